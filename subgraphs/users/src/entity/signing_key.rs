//! A key access tokens are signed with.

use sea_orm::entity::prelude::*;

/// A row of `signing_keys`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    /// Keys are numbered, so two replicas cannot both add the next one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i64,
    #[sea_orm(unique)]
    pub kid: String,
    /// PKCS#8.
    pub private_key: Vec<u8>,
    pub public_key: Vec<u8>,
    pub created_at: DateTimeUtc,
    /// From when on it signs, until the next generation does.
    pub activates_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
