//! The database of one service: a primary to write to and, where there is one, a replica to read from.

mod sqlite_file;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sqlx::{
    postgres::PgConnectOptions,
    sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use tokio::net::TcpStream;

use crate::{Error, Result};

/// How long a SQLite statement waits for another writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// A pooled connection idle for longer is pinged before use.
const PING_AFTER_IDLE: Duration = Duration::from_secs(30);
/// How long `/ready` waits for the database.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// How to reach a service's database.
#[derive(Clone, Debug)]
pub struct DbConfig {
    /// `sqlite://path`, `sqlite::memory:` or `postgres://…`.
    pub url: String,
    /// A replica to read from, if there is one.
    pub read_url: Option<String>,
    /// What PostgreSQL shows as `application_name`.
    pub application_name: String,
    /// Connections per pool, 4 to 8 for SQLite.
    pub max_connections: u32,
    /// PostgreSQL ends a statement that runs for longer.
    pub statement_timeout: Duration,
    /// How long to try to connect at start, and to wait for a free connection later.
    pub acquire_timeout: Duration,
}

impl DbConfig {
    /// The defaults for `url`, on behalf of `service`.
    pub fn new(service: &str, url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            read_url: None,
            application_name: format!("weft-{service}"),
            max_connections: 8,
            statement_timeout: Duration::from_secs(10),
            acquire_timeout: Duration::from_secs(5),
        }
    }
}

/// The pools of one service. Clones share them.
#[derive(Clone)]
pub struct Db {
    write: DatabaseConnection,
    read: DatabaseConnection,
    statements: Arc<AtomicU64>,
}

impl Db {
    /// Connects, trying for at most `acquire_timeout`.
    ///
    /// # Errors
    /// `Connect`, with the URL (less its password) and the reason.
    pub async fn connect(config: &DbConfig) -> Result<Self> {
        let statements = Arc::new(AtomicU64::new(0));
        let write = open(config, &config.url, &statements).await?;
        let read = match &config.read_url {
            Some(url) => open(config, url, &statements).await?,
            None => write.clone(),
        };
        Ok(Self {
            write,
            read,
            statements,
        })
    }

    /// The primary: for writes, and for reads that must see them.
    #[must_use]
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Where queries read.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Begins a write transaction. SQLite's takes the write lock at once (`IMMEDIATE`): a deferred one
    /// fails when another writer came between its first read and its first write.
    ///
    /// # Errors
    /// `Database`.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        Ok(self
            .write
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await?)
    }

    /// Statements executed since the start on both pools, `BEGIN` and `COMMIT` not counted.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether both pools answer now.
    ///
    /// # Errors
    /// `Client` with `SERVICE_UNAVAILABLE` or `TIMEOUT`.
    pub async fn ping(&self) -> Result<()> {
        let both = async {
            self.write.ping().await?;
            self.read.ping().await
        };
        match tokio::time::timeout(PING_TIMEOUT, both).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Error::client(
                crate::ErrorCode::Timeout,
                "the database did not answer in time",
            )),
        }
    }

    /// Closes the pools; connections in use end first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn close(&self) -> Result<()> {
        self.write.close_by_ref().await?;
        Ok(self.read.close_by_ref().await?)
    }
}

async fn open(
    config: &DbConfig,
    url: &str,
    statements: &Arc<AtomicU64>,
) -> Result<DatabaseConnection> {
    let shown = without_password(url);
    let refuse = |reason: String| Error::Connect {
        url: shown.clone(),
        reason,
    };
    let options = options(config, url).map_err(&refuse)?;
    let connecting = Database::connect(options);
    let outcome = tokio::time::timeout(config.acquire_timeout, connecting).await;
    let connected = match outcome {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => {
            let seconds = config.acquire_timeout.as_secs_f32();
            Err(format!("no answer within {seconds} s"))
        }
    };
    let mut connection = match connected {
        Ok(connection) => connection,
        Err(reason) => return Err(refuse(unreachable(url).await.unwrap_or(reason))),
    };
    let statements = Arc::clone(statements);
    connection.set_metric_callback(move |_| {
        statements.fetch_add(1, Ordering::Relaxed);
    });
    Ok(connection)
}

/// Why a PostgreSQL server cannot be reached at all: a pool tries again and again and only says that time is up.
async fn unreachable(url: &str) -> Option<String> {
    let server: PgConnectOptions = url.parse().ok()?;
    if server.get_socket().is_some() {
        return None;
    }
    let (host, port) = (server.get_host(), server.get_port());
    let connecting = TcpStream::connect((host, port));
    let error = match tokio::time::timeout(PING_TIMEOUT, connecting).await {
        Ok(Ok(_)) => return None,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer".to_owned(),
    };
    Some(format!("cannot connect to {host}:{port}: {error}"))
}

fn options(config: &DbConfig, url: &str) -> Result<ConnectOptions, String> {
    // sqlx knows both spellings of the scheme, SeaORM only one.
    let url = match url.strip_prefix("postgresql://") {
        Some(rest) => format!("postgres://{rest}"),
        None => url.to_owned(),
    };
    let mut options = ConnectOptions::new(url.clone());
    options
        .sqlx_logging(false)
        .acquire_timeout(config.acquire_timeout)
        .connect_timeout(config.acquire_timeout)
        .max_connections(config.max_connections.max(1))
        .test_before_acquire_if_idle_for(PING_AFTER_IDLE);
    if url.starts_with("postgres://") {
        options
            .set_application_name(config.application_name.clone())
            .statement_timeout(config.statement_timeout);
    } else if url.starts_with("sqlite:") {
        sqlite_options(&mut options, &url)?;
    } else {
        return Err("the URL must begin with sqlite: or postgres://".to_owned());
    }
    Ok(options)
}

fn sqlite_options(options: &mut ConnectOptions, url: &str) -> Result<(), String> {
    let memory = url.contains(":memory:") || url.contains("mode=memory");
    if memory {
        // Every connection to a memory database is a database of its own, so there is one, for ever.
        options
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
    }
    let create = !url.contains("mode=");
    if !memory {
        let file = sqlite_file::path(url)?;
        sqlite_file::require_directory(&file)?;
        if create || url.contains("mode=rwc") {
            sqlite_file::create(&file)?;
        }
        sqlite_file::warn_if_readable_by_others(&file);
    }
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .journal_mode(if memory {
                SqliteJournalMode::Memory
            } else {
                SqliteJournalMode::Wal
            })
            .synchronous(SqliteSynchronous::Normal);
        if create {
            sqlite.create_if_missing(true)
        } else {
            sqlite
        }
    });
    Ok(())
}

/// The URL as it may be shown and logged.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let rest = rest.split_once('?').map_or(rest, |(base, _)| base);
    let Some((credentials, host)) = rest.rsplit_once('@') else {
        return format!("{scheme}://{rest}");
    };
    let user = credentials
        .split_once(':')
        .map_or(credentials, |(user, _)| user);
    format!("{scheme}://{user}@{host}")
}

#[cfg(test)]
mod tests;
