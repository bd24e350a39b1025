//! Posts, their tags and their comments.

use sea_orm_migration::{
    DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait,
    prelude::{ColumnDef, DeriveIden, Expr, ExprTrait, ForeignKey, ForeignKeyAction, Index, Table},
};

/// The number is part of what the database records, so it never changes.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261120_000001_posts"
    }
}

#[derive(DeriveIden)]
enum Posts {
    Table,
    Id,
    AuthorId,
    Title,
    Body,
    Status,
    Version,
    CreatedAt,
    UpdatedAt,
    PublishedAt,
}

#[derive(DeriveIden)]
enum PostTags {
    Table,
    PostId,
    Tag,
    Position,
}

#[derive(DeriveIden)]
enum Comments {
    Table,
    Id,
    PostId,
    AuthorId,
    Body,
    CreatedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        create_posts(manager).await?;
        create_tags(manager).await?;
        create_comments(manager).await
    }

    async fn down(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for table in [
            Table::drop().table(Comments::Table).to_owned(),
            Table::drop().table(PostTags::Table).to_owned(),
            Table::drop().table(Posts::Table).to_owned(),
        ] {
            manager.drop_table(table).await?;
        }
        Ok(())
    }
}

async fn create_posts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let status_is_known = Expr::col(Posts::Status).is_in(["DRAFT", "PUBLISHED"]);
    manager
        .create_table(
            Table::create()
                .table(Posts::Table)
                .col(ColumnDef::new(Posts::Id).uuid().not_null().primary_key())
                .col(ColumnDef::new(Posts::AuthorId).uuid().not_null())
                .col(ColumnDef::new(Posts::Title).text().not_null())
                .col(ColumnDef::new(Posts::Body).text().not_null())
                .col(
                    ColumnDef::new(Posts::Status)
                        .text()
                        .not_null()
                        .check(status_is_known),
                )
                .col(ColumnDef::new(Posts::Version).big_integer().not_null())
                .col(time(Posts::CreatedAt).not_null())
                .col(time(Posts::UpdatedAt).not_null())
                .col(&mut time(Posts::PublishedAt))
                .to_owned(),
        )
        .await?;
    for (name, columns) in [
        ("posts_author", [Posts::AuthorId, Posts::Id]),
        ("posts_status", [Posts::Status, Posts::Id]),
        ("posts_updated", [Posts::UpdatedAt, Posts::Id]),
        ("posts_published", [Posts::PublishedAt, Posts::Id]),
    ] {
        let [first, second] = columns;
        let mut index = Index::create();
        index.name(name).table(Posts::Table).col(first).col(second);
        manager.create_index(index).await?;
    }
    Ok(())
}

async fn create_tags(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(PostTags::Table)
                .col(ColumnDef::new(PostTags::PostId).uuid().not_null())
                .col(ColumnDef::new(PostTags::Tag).text().not_null())
                .col(ColumnDef::new(PostTags::Position).integer().not_null())
                .primary_key(Index::create().col(PostTags::PostId).col(PostTags::Tag))
                .foreign_key(
                    ForeignKey::create()
                        .from(PostTags::Table, PostTags::PostId)
                        .to(Posts::Table, Posts::Id)
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    let mut by_tag = Index::create();
    by_tag
        .name("post_tags_tag")
        .table(PostTags::Table)
        .col(PostTags::Tag)
        .col(PostTags::PostId);
    manager.create_index(by_tag).await
}

async fn create_comments(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(Comments::Table)
                .col(ColumnDef::new(Comments::Id).uuid().not_null().primary_key())
                .col(ColumnDef::new(Comments::PostId).uuid().not_null())
                .col(ColumnDef::new(Comments::AuthorId).uuid().not_null())
                .col(ColumnDef::new(Comments::Body).text().not_null())
                .col(time(Comments::CreatedAt).not_null())
                .foreign_key(
                    ForeignKey::create()
                        .from(Comments::Table, Comments::PostId)
                        .to(Posts::Table, Posts::Id)
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    for (name, column) in [
        ("comments_post", Comments::PostId),
        ("comments_author", Comments::AuthorId),
    ] {
        let mut index = Index::create();
        index
            .name(name)
            .table(Comments::Table)
            .col(column)
            .col(Comments::Id);
        manager.create_index(index).await?;
    }
    Ok(())
}

fn time(column: impl sea_orm_migration::prelude::IntoIden) -> ColumnDef {
    ColumnDef::new(column).timestamp_with_time_zone().take()
}
