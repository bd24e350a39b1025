//! A fresh PostgreSQL database that is dropped with the value.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::services::postgres_url;

/// An empty database of its own.
pub(crate) struct TestDatabase {
    name: String,
    url: String,
}

impl TestDatabase {
    pub(crate) async fn create() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("weft_stack_{}_{number}", std::process::id());
        let server = postgres_url();
        let (base, _) = server
            .rsplit_once('/')
            .expect("the URL ends with a database");
        let mut connection = connect(server).await;
        for statement in [
            format!("drop database if exists {name} with (force)"),
            format!("create database {name}"),
        ] {
            let statement = connection.execute(AssertSqlSafe(statement)).await;
            statement.expect("the server makes a database");
        }
        Self {
            url: format!("{base}/{name}"),
            name,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Begins to count this database's statements.
    pub(crate) async fn count_statements(&self) {
        let mut connection = connect(&self.url).await;
        let extension = connection.execute("create extension if not exists pg_stat_statements");
        extension
            .await
            .expect("the server has pg_stat_statements loaded (scripts/with-services.sh does)");
    }

    /// The statements clients have sent since counting began, with how often; the session's own
    /// housekeeping (`begin`, `set`, the catalogue) left out.
    pub(crate) async fn statements(&self) -> Vec<(String, i64)> {
        let mut connection = connect(&self.url).await;
        let rows = sqlx::query(
            "select query, sum(calls)::bigint as calls from pg_stat_statements
              where dbid = (select oid from pg_database where datname = current_database())
                and toplevel
                and query !~* '^\\s*(begin|commit|rollback|set|show|deallocate|create extension)'
                and query !~* 'pg_stat_statements|pg_catalog|current_database'
              group by query order by query",
        )
        .fetch_all(&mut connection)
        .await
        .expect("the server tells its statements");
        rows.iter()
            .map(|row| (row.get("query"), row.get("calls")))
            .collect()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        // A thread of its own: this may run inside a runtime, or while a test unwinds.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(postgres_url()).await?;
                connection.execute(AssertSqlSafe(statement)).await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
            })
        });
        if !matches!(dropping.join(), Ok(Ok(()))) {
            eprintln!("database {} could not be dropped", self.name);
        }
    }
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .expect("the test server accepts connections")
}
