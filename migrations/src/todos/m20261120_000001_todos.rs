//! Todos. Users and posts live in other services' databases, so nothing refers to their tables.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(
    elided_lifetimes_in_paths,
    reason = "async_trait needs the signatures as the trait has them"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(todos()).await?;
        for (name, columns) in [
            ("todos_owner", ["owner_id", "id"]),
            ("todos_owner_open", ["owner_id", "completed_at"]),
            ("todos_assignee", ["assignee_id", "id"]),
            ("todos_related_post", ["related_post_id", "id"]),
            ("todos_updated", ["updated_at", "id"]),
        ] {
            let [first, second] = columns;
            let mut index = Index::create();
            index.name(name).table("todos").col(first).col(second);
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("todos").to_owned())
            .await
    }
}

fn todos() -> TableCreateStatement {
    Table::create()
        .table("todos")
        .col(pk_uuid("id"))
        .col(uuid("owner_id"))
        .col(uuid_null("assignee_id"))
        .col(uuid_null("related_post_id"))
        .col(text("title"))
        .col(text_null("description"))
        // Title and description, folded by the service: SQLite knows no case but ASCII's.
        .col(text("search_text"))
        // From 0, the least urgent, to 3: todos are listed by it.
        .col(integer("priority").check(Expr::col("priority").between(0, 3)))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(timestamp_with_time_zone_null("completed_at"))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned()
}
