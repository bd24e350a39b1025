//! Queries on `signing_keys`.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder, QuerySelect};
use subgraphs_kit::Result;

use crate::entity::signing_key::{Column, Entity, Model};

/// How many generations are read; more cannot be of use at once.
const GENERATIONS: u64 = 16;

/// The latest generations, newest first.
pub(crate) async fn all(connection: &impl ConnectionTrait) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .order_by_desc(Column::Generation)
        .limit(GENERATIONS)
        .all(connection)
        .await?)
}

/// Adds a generation unless it exists.
pub(crate) async fn add(connection: &impl ConnectionTrait, key: Model) -> Result<()> {
    Entity::insert(key.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}
