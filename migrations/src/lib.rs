#![doc = include_str!("../README.md")]

mod posts;
mod todos;
mod users;

use std::{fmt, str::FromStr};

use sea_orm_migration::{
    MigrationStatus, MigratorTrait,
    sea_orm::{
        DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
        TransactionTrait,
    },
};

pub use sea_orm_migration::sea_orm::DbErr;

/// A service with tables of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Accounts and sessions.
    Users,
    /// Posts and comments.
    Posts,
    /// Todos.
    Todos,
}

/// One migration and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The migration's name, which begins with its number.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 3] = [Self::Users, Self::Posts, Self::Todos];

    /// The service's name, as in `weft subgraph <name>`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Posts => "posts",
            Self::Todos => "todos",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Service {
    type Err = UnknownService;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|service| service.name() == name)
            .ok_or_else(|| UnknownService(name.to_owned()))
    }
}

/// There is no service of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownService(pub String);

impl fmt::Display for UnknownService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no service {:?}: users, posts, todos", self.0)
    }
}

impl std::error::Error for UnknownService {}

/// Applies every migration the database does not have yet: all of them, or none if one fails. Doing it
/// again changes nothing.
///
/// # Errors
/// What the database refused.
pub async fn up(service: Service, connection: &DatabaseConnection) -> Result<(), DbErr> {
    let transaction = begin(connection).await?;
    match service {
        Service::Users => users::Migrator::up(&transaction, None).await,
        Service::Posts => posts::Migrator::up(&transaction, None).await,
        Service::Todos => todos::Migrator::up(&transaction, None).await,
    }?;
    transaction.commit().await
}

/// Takes back the last `steps` migrations, or all of them; none if one fails.
///
/// # Errors
/// What the database refused.
pub async fn down(
    service: Service,
    connection: &DatabaseConnection,
    steps: Option<u32>,
) -> Result<(), DbErr> {
    let transaction = begin(connection).await?;
    match service {
        Service::Users => users::Migrator::down(&transaction, steps).await,
        Service::Posts => posts::Migrator::down(&transaction, steps).await,
        Service::Todos => todos::Migrator::down(&transaction, steps).await,
    }?;
    transaction.commit().await
}

/// One transaction means one connection: of a SQLite pool, another may still hold a schema in which what
/// was just dropped exists. It takes the write lock at once, so that two processes migrate in turn.
async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    connection.begin_with_options(options).await
}

/// Every migration of the service, in order.
///
/// # Errors
/// What the database refused.
pub async fn status(service: Service, connection: &DatabaseConnection) -> Result<Vec<Step>, DbErr> {
    let transaction = begin(connection).await?;
    let steps = match service {
        Service::Users => steps::<users::Migrator>(&transaction).await,
        Service::Posts => steps::<posts::Migrator>(&transaction).await,
        Service::Todos => steps::<todos::Migrator>(&transaction).await,
    }?;
    transaction.commit().await?;
    Ok(steps)
}

async fn steps<M: MigratorTrait>(connection: &DatabaseTransaction) -> Result<Vec<Step>, DbErr> {
    M::install(connection).await?;
    let migrations = M::get_migration_with_status(connection).await?;
    Ok(migrations
        .iter()
        .map(|migration| Step {
            name: migration.name().to_owned(),
            applied: migration.status() == MigrationStatus::Applied,
        })
        .collect())
}
