//! Posts, their tags and their comments.

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
        for table in [posts(), post_tags(), comments()] {
            manager.create_table(table).await?;
        }
        for (table, name, columns) in [
            ("posts", "posts_author", ["author_id", "id"]),
            ("posts", "posts_status", ["status", "id"]),
            ("posts", "posts_updated", ["updated_at", "id"]),
            ("post_tags", "post_tags_tag", ["tag", "post_id"]),
            ("comments", "comments_post", ["post_id", "id"]),
            ("comments", "comments_author", ["author_id", "id"]),
        ] {
            let [first, second] = columns;
            let mut index = Index::create();
            index.name(name).table(table).col(first).col(second);
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["comments", "post_tags", "posts"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn posts() -> TableCreateStatement {
    Table::create()
        .table("posts")
        .col(pk_uuid("id"))
        .col(uuid("author_id"))
        .col(text("title"))
        .col(text("body"))
        .col(text("status").check(Expr::col("status").is_in(["DRAFT", "PUBLISHED"])))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("published_at"))
        .to_owned()
}

fn post_tags() -> TableCreateStatement {
    Table::create()
        .table("post_tags")
        .col(uuid("post_id"))
        .col(text("tag"))
        .col(integer("position"))
        .primary_key(Index::create().col("post_id").col("tag"))
        .foreign_key(&mut to_posts("post_tags"))
        .to_owned()
}

fn comments() -> TableCreateStatement {
    Table::create()
        .table("comments")
        .col(pk_uuid("id"))
        .col(uuid("post_id"))
        .col(uuid("author_id"))
        .col(text("body"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut to_posts("comments"))
        .to_owned()
}

/// What belongs to a post goes with it.
fn to_posts(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "post_id")
        .to("posts", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
