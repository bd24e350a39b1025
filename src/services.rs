//! The three services as the program runs them: their databases, how they are built, what they publish.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use subgraphs_kit::clock::Deps;
use subgraphs_kit::db::{Db, DbConfig};
use subgraphs_kit::limits::Limits;
use subgraphs_kit::service::ServiceConfig;
use subgraphs_users::Users;
use subgraphs_users::config::UsersConfig;
use subgraphs_users::limiter::RedisLimiter;

pub(crate) use migrations::Service;

use crate::failure::{Failure, with_causes};

/// A service's schema.
pub(crate) fn sdl(service: Service) -> String {
    match service {
        Service::Users => subgraphs_users::sdl(),
        Service::Posts => subgraphs_posts::sdl(),
        Service::Todos => subgraphs_todos::sdl(),
    }
}

/// Where a service listens unless told otherwise.
pub(crate) fn default_listen(service: Service) -> SocketAddr {
    let port = match service {
        Service::Users => 4001,
        Service::Posts => 4002,
        Service::Todos => 4003,
    };
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Where a service keeps its data: `WEFT_<SERVICE>_DATABASE_URL`, or a SQLite file in `data_dir`, which is
/// created for its owner alone: the users' file holds password hashes and signing keys.
pub(crate) fn database_url(service: Service, data_dir: &Path) -> Result<String, Failure> {
    if let Some(url) = variable(service, "DATABASE_URL") {
        return Ok(url);
    }
    let mut directory = std::fs::DirBuilder::new();
    directory.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut directory, 0o700);
    directory.create(data_dir).map_err(|error| {
        let data_dir = data_dir.display();
        Failure::usage(format!(
            "cannot create the data directory {data_dir}: {error}"
        ))
    })?;
    let file = data_dir.join(format!("{service}.db"));
    Ok(format!("sqlite://{}", file.display()))
}

/// Connects to a service's database, or says why that cannot be done.
pub(crate) async fn connect(service: Service, url: &str) -> Result<Db, Failure> {
    let mut config = DbConfig::new(service.name(), url);
    config.read_url = variable(service, "DATABASE_READ_URL");
    let connected = Db::connect(&config).await;
    connected.map_err(|error| {
        let reason = with_causes(&error);
        Failure::input(format!(
            "the database of {service} cannot be used: {reason}"
        ))
    })
}

/// Connects and migrates, for the roles that own their database alone.
pub(crate) async fn open(service: Service, data_dir: &Path) -> Result<Db, Failure> {
    let db = connect(service, &database_url(service, data_dir)?).await?;
    migrate(service, &db).await?;
    Ok(db)
}

/// Applies the migrations a database does not have yet.
pub(crate) async fn migrate(service: Service, db: &Db) -> Result<(), Failure> {
    let migrated = migrations::up(service, db.write()).await;
    migrated
        .map_err(|error| Failure::input(format!("migrating {service}: {}", with_causes(&error))))
}

/// A built service.
pub(crate) enum Built {
    /// Users, which also publishes keys.
    Users(Users),
    /// One of the others.
    Plain(subgraphs_kit::service::Service),
}

impl Built {
    /// Builds `service` over its database. `behind_router`: requests come validated, from the router alone.
    ///
    /// Users counts attempts to sign in on the Redis at `REDIS_URL`, if there is one, so that replicas count
    /// together; a Redis that does not answer is warned of and keeps nobody from starting.
    pub(crate) async fn new(
        service: Service,
        db: Db,
        behind_router: bool,
        secure_cookies: bool,
    ) -> Result<Self, Failure> {
        let config = ServiceConfig {
            name: service.name(),
            db,
            deps: Deps::system(),
            limits: Limits::default(),
            behind_router,
        };
        Ok(match service {
            Service::Users => {
                let settings = UsersConfig {
                    secure_cookies,
                    ..UsersConfig::default()
                };
                let users = match std::env::var("REDIS_URL")
                    .ok()
                    .filter(|url| !url.is_empty())
                {
                    None => Users::new(config, settings),
                    Some(url) => {
                        let limiter = RedisLimiter::open(&url, settings.attempts)
                            .map_err(|error| Failure::usage(format!("REDIS_URL: {error}")))?;
                        limiter.check().await;
                        Users::with_limiter(config, settings, Arc::new(limiter))
                    }
                };
                Self::Users(users.map_err(|e| Failure::internal("building users", e))?)
            }
            Service::Posts => Self::Plain(subgraphs_posts::build(config)),
            Service::Todos => Self::Plain(subgraphs_todos::build(config)),
        })
    }

    /// What answers GraphQL requests.
    pub(crate) fn service(&self) -> &subgraphs_kit::service::Service {
        match self {
            Self::Users(users) => users.service(),
            Self::Plain(service) => service,
        }
    }
}

/// An environment variable of one service: `WEFT_USERS_…`.
fn variable(service: Service, name: &str) -> Option<String> {
    let name = format!("WEFT_{}_{name}", service.name().to_uppercase());
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
