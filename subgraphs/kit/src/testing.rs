//! A fresh database per test, on SQLite and on PostgreSQL; and a Redis, see [`redis_url`].
//!
//! PostgreSQL is the server at `WEFT_TEST_POSTGRES_URL` (with rights to create databases). Without the
//! variable a private server is started from the installed binaries; it ends with the test process. If
//! there are no binaries either, the test fails and says so: it is never skipped.

mod postgres;
mod redis;

use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use crate::db::{Db, DbConfig};

pub use redis::redis_url;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file of its own.
    Sqlite,
    /// A database of its own on a server.
    Postgres,
}

impl Backend {
    /// Every backend: a store's tests run on each.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// A database that exists for one test.
pub struct TestDb {
    /// The pools.
    pub db: Db,
    /// Where it is, to connect again.
    pub url: String,
    cleanup: Cleanup,
}

enum Cleanup {
    /// Deleted when dropped.
    Directory(#[expect(dead_code, reason = "kept for its Drop")] TempDir),
    Database {
        server: String,
        name: String,
    },
}

impl TestDb {
    /// A new, empty database. Migrate it before use.
    ///
    /// # Panics
    /// When the database cannot be had: a test without its database has failed.
    pub async fn create(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::create_sqlite().await,
            Backend::Postgres => Self::create_postgres().await,
        }
    }

    async fn create_sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("test.db");
        let url = format!("sqlite://{}", path.display());
        Self {
            db: connect(&url).await,
            url,
            cleanup: Cleanup::Directory(directory),
        }
    }

    async fn create_postgres() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let server = postgres::server_url();
        let name = format!(
            "weft_test_{}_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed),
            uuid::Uuid::new_v4().simple()
        );
        let admin = connect(&server).await;
        admin
            .write()
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .expect("the test server lets us create databases");
        admin.close().await.expect("the connection closes");
        let url = postgres::with_database(&server, &name);
        Self {
            db: connect(&url).await,
            url,
            cleanup: Cleanup::Database { server, name },
        }
    }

    /// Drops the database. A test that fails before leaves it behind on a server given from outside.
    ///
    /// # Panics
    /// When it cannot be dropped.
    pub async fn drop_database(self) {
        self.db.close().await.expect("the pools close");
        if let Cleanup::Database { server, name } = &self.cleanup {
            let admin = connect(server).await;
            admin
                .write()
                .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .await
                .expect("the database can be dropped");
            admin.close().await.expect("the connection closes");
        }
    }
}

async fn connect(url: &str) -> Db {
    let mut config = DbConfig::new("test", url);
    config.max_connections = 4;
    Db::connect(&config)
        .await
        .expect("the test database answers")
}

#[cfg(test)]
mod tests;
