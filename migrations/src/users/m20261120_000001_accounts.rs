//! Users, and apart from them (never selected with them) their password hashes.

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
        let users = Table::create()
            .table("users")
            .col(pk_uuid("id"))
            .col(text("username").unique_key())
            .col(text("display_name"))
            // The display name as searches compare it: folded by the service, because SQLite and some
            // locales of PostgreSQL know the case of ASCII only.
            .col(text("search_name"))
            .col(text_null("bio"))
            .col(text_null("avatar_url"))
            .col(text("email").unique_key())
            .col(text("role").check(Expr::col("role").is_in(["USER", "ADMIN"])))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned();
        manager.create_table(users).await?;

        let credentials = Table::create()
            .table("credentials")
            .col(pk_uuid("user_id"))
            .col(text("password_hash"))
            .col(timestamp_with_time_zone("updated_at"))
            .foreign_key(
                ForeignKey::create()
                    .name("credentials_user_id_fkey")
                    .from("credentials", "user_id")
                    .to("users", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(credentials).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["credentials", "users"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
