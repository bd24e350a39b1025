//! `weft subgraph`: one service over HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use router_server::{Log, LogFormat, init_telemetry, stop_signal};
use subgraphs_kit::identity::{
    AccessVerifier, Authenticator, HttpKeySource, InternalSecrets, InternalVerifier, KeyCache,
};
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::services::{self, Built, Service};

/// How long requests under way may still take when the service stops.
const DRAIN: Duration = Duration::from_secs(30);

/// Issuer and audience of access tokens, as the users service sets them.
const TOKENS: &str = "weft";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Which service: users, posts or todos.
    #[arg(value_parser = clap::value_parser!(Service))]
    service: Service,
    /// Where to listen: address:port; 127.0.0.1:4001, 4002 or 4003 by default; port 0 takes a free one.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// The database: postgres://… or sqlite://FILE. Without it WEFT_<SERVICE>_DATABASE_URL, then a SQLite file
    /// in --data-dir, which is migrated.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Where the SQLite file is.
    #[arg(long, env = "WEFT_DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Without WEFT_INTERNAL_SECRET: where the keys are with which clients' access tokens are verified, for example
    /// http://127.0.0.1:4001/.well-known/jwks.json. The users service has them itself.
    #[arg(long, env = "WEFT_JWKS_URL")]
    jwks_url: Option<String>,
    /// How log lines look.
    #[arg(long, env = "WEFT_LOG__FORMAT", value_parser = ["text", "json"], default_value = "text")]
    log_format: String,
    /// What is logged: error, warn, info, debug, trace, or target=level pairs.
    #[arg(long, env = "WEFT_LOG__LEVEL", default_value = "info")]
    log_level: String,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    init_telemetry(&Log {
        level: arguments.log_level.clone(),
        format: match arguments.log_format.as_str() {
            "json" => LogFormat::Json,
            _ => LogFormat::Text,
        },
        ..Log::default()
    });
    let service = arguments.service;
    let secret = std::env::var("WEFT_INTERNAL_SECRET").ok();
    let secrets = secret.as_deref().map(InternalSecrets::parse).transpose();
    let secrets = secrets.map_err(Failure::usage)?;
    let listen = arguments
        .listen
        .unwrap_or(services::default_listen(service));

    let db = database(&arguments).await?;
    let secure_cookies = !listen.ip().is_loopback();
    let built = Built::new(service, db, secrets.is_some(), secure_cookies).await?;
    let authenticator = authenticator(&arguments, &built, secrets.as_ref())?;
    if secrets.is_none() && !listen.ip().is_loopback() {
        tracing::warn!(
            "WEFT_INTERNAL_SECRET is not set: whoever reaches {listen} is a client, not only the router"
        );
    }
    let router = match &built {
        Built::Users(users) => users.router(authenticator),
        Built::Plain(service) => subgraphs_kit::http::router(service.clone(), authenticator),
    };
    let failed = |error| Failure::input(format!("cannot listen on {listen}: {error}"));
    let stop = stop_signal();
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    tracing::info!(server.address = %address, subgraph = service.name(), "serving");
    subgraphs_kit::http::serve(listener, router, stop, DRAIN).await;
    tracing::info!("stopped");
    Ok(())
}

/// The database. A file of our own is migrated here; one that is named is migrated by `weft migrate`, because
/// several replicas may start at once.
async fn database(arguments: &Arguments) -> Result<subgraphs_kit::db::Db, Failure> {
    let service = arguments.service;
    let url = match &arguments.database_url {
        Some(url) => url.clone(),
        None => services::database_url(service, &arguments.data_dir)?,
    };
    let db = services::connect(service, &url).await?;
    if url.starts_with("sqlite") {
        services::migrate(service, &db).await?;
    } else {
        refuse_pending(service, &db).await?;
    }
    Ok(db)
}

async fn refuse_pending(service: Service, db: &subgraphs_kit::db::Db) -> Result<(), Failure> {
    let steps = migrations::status(service, db.write()).await;
    let steps =
        steps.map_err(|error| Failure::input(format!("migrations of {service}: {error}")))?;
    match steps.iter().find(|step| !step.applied) {
        None => Ok(()),
        Some(step) => Err(Failure::input(format!(
            "the database of {service} lacks the migration {}: run `weft migrate --service {service} up`",
            step.name
        ))),
    }
}

fn authenticator(
    arguments: &Arguments,
    built: &Built,
    secrets: Option<&InternalSecrets>,
) -> Result<Authenticator, Failure> {
    if let Some(secrets) = secrets {
        let verifier = InternalVerifier::new(secrets, arguments.service.name());
        return Ok(Authenticator::Internal(verifier));
    }
    if let Built::Users(users) = built {
        return Ok(Authenticator::Alone(users.access_verifier()));
    }
    let Some(url) = &arguments.jwks_url else {
        tracing::warn!(
            "neither WEFT_INTERNAL_SECRET nor --jwks-url is set: every client is anonymous"
        );
        return Ok(Authenticator::Anonymous);
    };
    let source = HttpKeySource::new(url);
    let source = source.map_err(|error| Failure::usage(format!("--jwks-url: {error}")))?;
    let keys = Arc::new(KeyCache::new(source));
    Ok(Authenticator::Alone(AccessVerifier::new(
        keys, TOKENS, TOKENS,
    )))
}
