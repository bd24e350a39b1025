//! The tags of posts.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use subgraphs_kit::{Result, keyset::id_in};
use uuid::Uuid;

use crate::entity::post_tag::{ActiveModel, Column, Entity};

/// The tags of each post, in their author's order. Every post has an entry.
pub(crate) async fn by_posts(
    connection: &impl ConnectionTrait,
    posts: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>> {
    let backend = connection.get_database_backend();
    let column = Expr::col((Entity, Column::PostId));
    let rows = Entity::find()
        .filter(id_in(backend, column, posts))
        .order_by_asc(Column::PostId)
        .order_by_asc(Column::Position)
        .all(connection)
        .await?;
    let mut tags: HashMap<_, Vec<_>> = posts.iter().map(|post| (*post, Vec::new())).collect();
    for row in rows {
        tags.entry(row.post_id).or_default().push(row.tag);
    }
    Ok(tags)
}

/// Gives the post these tags, which must differ, and no others.
pub(super) async fn replace(
    connection: &impl ConnectionTrait,
    post: Uuid,
    tags: &[String],
) -> Result<()> {
    Entity::delete_many()
        .filter(Column::PostId.eq(post))
        .exec(connection)
        .await?;
    if tags.is_empty() {
        return Ok(());
    }
    let rows = tags.iter().zip(0..).map(|(tag, position)| ActiveModel {
        post_id: Set(post),
        tag: Set(tag.clone()),
        position: Set(position),
    });
    Entity::insert_many(rows)
        .exec_without_returning(connection)
        .await?;
    Ok(())
}
