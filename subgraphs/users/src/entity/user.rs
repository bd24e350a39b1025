//! A user as others see one.

use sea_orm::entity::prelude::*;

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Role {
    /// Sees and changes what is their own.
    #[sea_orm(string_value = "USER")]
    User,
    /// Sees everybody's email address.
    #[sea_orm(string_value = "ADMIN")]
    Admin,
}

/// A row of `users`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub username: String,
    pub display_name: String,
    /// The display name folded, for searches.
    pub search_name: String,
    pub bio: Option<String>,
    pub avatar_url: Option<String>,
    #[sea_orm(unique)]
    pub email: String,
    pub role: Role,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
