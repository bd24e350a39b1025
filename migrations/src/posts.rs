//! The tables of the posts service.

use sea_orm_migration::prelude::*;

mod m20261120_000001_posts;
mod m20261120_000002_search;

/// Migrates the posts service's database.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_posts::Migration),
            Box::new(m20261120_000002_search::Migration),
        ]
    }
}
