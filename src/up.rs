//! `weft up`: the whole stack in one process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use router_executor::Subgraph;
use router_server::{
    GraphSource, KeySource, KeySourceError, Setup, Sources, init_telemetry, stop_signal,
};
use subgraphs_users::Users;
use subgraphs_users::seed::{DEMO_PASSWORD, DEMO_USERNAME};

use crate::failure::Failure;
use crate::mount::Mounted;
use crate::output::print_line;
use crate::router::{config_file, load, refused};
use crate::schema;
use crate::seed::{Amounts, Databases};
use crate::services::{Built, Service};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where the SQLite files are, for services without a database URL in the environment
    /// (WEFT_USERS_DATABASE_URL, WEFT_POSTS_DATABASE_URL, WEFT_TODOS_DATABASE_URL).
    #[arg(long, env = "WEFT_DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Where to listen: address:port; port 0 takes a free one.
    #[arg(long)]
    listen: Option<String>,
    /// The router's configuration file; weft.yaml in the working directory if there is one.
    #[arg(long, env = "WEFT_CONFIG")]
    config: Option<PathBuf>,
    /// Do not plant demo data in an empty database.
    #[arg(long)]
    no_demo: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let sources = Sources::process(config_file(arguments.config)).flag(
        "--listen",
        "listen",
        arguments.listen,
    );
    let config = load(&sources)?;
    init_telemetry(&config.log);
    let is_loopback = is_loopback(config.listen.as_str());

    let databases = Databases::open(&arguments.data_dir).await?;
    if !arguments.no_demo && databases.is_empty().await? {
        databases.seed(Amounts::DEMO).await?;
    }
    let Databases {
        users,
        posts,
        todos,
    } = databases;
    let users = Built::new(Service::Users, users, true, !is_loopback).await?;
    let posts = Built::new(Service::Posts, posts, true, !is_loopback).await?;
    let todos = Built::new(Service::Todos, todos, true, !is_loopback).await?;
    let keys = match &users {
        Built::Users(users) => Some(Arc::new(OwnKeys(users.clone())) as Arc<dyn KeySource>),
        Built::Plain(_) => None,
    };
    let services = [users, posts, todos];
    let mounted = services.iter().map(|built| {
        let service = built.service();
        let port: Arc<dyn Subgraph> = Arc::new(Mounted::new(service.clone(), &config));
        (service.name().to_owned(), port)
    });
    let graph = GraphSource::Subgraphs(schema::inputs(&Service::ALL));
    let setup = Setup {
        keys,
        publishes_keys: true,
        subgraphs: mounted.collect(),
        environment: sources.environment,
        ..Setup::over(config, graph)
    };
    let stop = stop_signal();
    let server = setup.bind().await.map_err(refused)?;
    greet(server.address(), arguments.no_demo)?;
    server.run(stop).await;
    Ok(())
}

/// Whether clients can only come from this machine.
fn is_loopback(listen: &str) -> bool {
    let address = listen.parse::<SocketAddr>();
    address.map_or(listen.starts_with("localhost:"), |a| a.ip().is_loopback())
}

fn greet(address: SocketAddr, no_demo: bool) -> Result<(), Failure> {
    let demo = if no_demo {
        String::new()
    } else {
        format!("\n  demo login  {DEMO_USERNAME} / {DEMO_PASSWORD}")
    };
    print_line(format_args!(
        "Weft is serving on http://{address}/\n  GraphiQL    http://{address}/\n  GraphQL     http://{address}/graphql{demo}"
    ))
}

/// The users service's keys, for the router in the same process.
struct OwnKeys(Users);

impl std::fmt::Debug for OwnKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnKeys")
    }
}

impl KeySource for OwnKeys {
    fn fetch(&self) -> BoxFuture<'_, Result<Bytes, KeySourceError>> {
        Box::pin(async move {
            let failed = |error: &dyn std::fmt::Display| KeySourceError(error.to_string());
            let keys = self.0.jwks().await.map_err(|error| failed(&error))?;
            let json = serde_json::to_vec(&keys).map_err(|error| failed(&error))?;
            Ok(Bytes::from(json))
        })
    }
}
