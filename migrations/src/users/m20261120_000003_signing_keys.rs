//! The keys access tokens are signed with, numbered, so that replicas agree on each.

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
        let table = Table::create()
            .table("signing_keys")
            .col(big_integer("generation").primary_key())
            .col(text("kid").unique_key())
            .col(blob("private_key"))
            .col(blob("public_key"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("activates_at"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("signing_keys").to_owned())
            .await
    }
}
