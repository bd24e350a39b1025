//! The users service's tables.

use sea_orm_migration::prelude::*;

mod m20261120_000001_accounts;
mod m20261120_000002_sessions;
mod m20261120_000003_signing_keys;

/// Migrates the users service's database.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_accounts::Migration),
            Box::new(m20261120_000002_sessions::Migration),
            Box::new(m20261120_000003_signing_keys::Migration),
        ]
    }
}
