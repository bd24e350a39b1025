//! A todo.

use sea_orm::entity::prelude::*;
use subgraphs_kit::search::fold;

/// A row of `todos`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "todos")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) assignee_id: Option<Uuid>,
    pub(crate) related_post_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub(crate) title: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) description: Option<String>,
    /// [`search_text`] of title and description.
    #[sea_orm(column_type = "Text")]
    pub(crate) search_text: String,
    pub(crate) priority: Priority,
    pub(crate) due_at: Option<DateTimeUtc>,
    /// Null while the todo is open.
    pub(crate) completed_at: Option<DateTimeUtc>,
    /// Counts changes, so that a lost race is noticed.
    pub(crate) version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
}

/// How urgent a todo is. The numbers are in order, because todos are listed by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
pub(crate) enum Priority {
    /// Some day.
    #[sea_orm(num_value = 0)]
    Low,
    /// As usual.
    #[sea_orm(num_value = 1)]
    Medium,
    /// Before others.
    #[sea_orm(num_value = 2)]
    High,
    /// Now.
    #[sea_orm(num_value = 3)]
    Urgent,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What searches look at.
pub(crate) fn search_text(title: &str, description: Option<&str>) -> String {
    let mut text = fold(title);
    if let Some(description) = description {
        text.push('\n');
        text.push_str(&fold(description));
    }
    text
}
