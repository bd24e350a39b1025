//! Sessions and their refresh tokens, of which only digests are kept.

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
        let sessions = Table::create()
            .table("sessions")
            .col(pk_uuid("id"))
            .col(uuid("user_id"))
            .col(blob("rotation_secret"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("revoked_at"))
            .col(text_null("revoked_for"))
            .foreign_key(
                ForeignKey::create()
                    .name("sessions_user_id_fkey")
                    .from("sessions", "user_id")
                    .to("users", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(sessions).await?;

        let refresh_tokens = Table::create()
            .table("refresh_tokens")
            .col(blob("digest").primary_key())
            .col(uuid("session_id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("rotated_at"))
            .col(blob_null("successor"))
            .foreign_key(
                ForeignKey::create()
                    .name("refresh_tokens_session_id_fkey")
                    .from("refresh_tokens", "session_id")
                    .to("sessions", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(refresh_tokens).await?;

        for (table, column) in [("sessions", "user_id"), ("refresh_tokens", "session_id")] {
            let index = Index::create()
                .name(format!("{table}_{column}_idx"))
                .table(table)
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["refresh_tokens", "sessions"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
