//! `weft router`: the router alone, over subgraphs reached by HTTP. On SIGHUP it reads its schemas again.

use std::path::PathBuf;

use router_server::{
    Config, ServerError, Setup, Sources, init_telemetry, reload_on_hangup, stop_signal,
};

use crate::failure::{Failure, with_causes};

/// Read when --config is not given and the file is there.
const DEFAULT_CONFIG: &str = "weft.yaml";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Configuration file; weft.yaml in the working directory if there is one.
    #[arg(long, env = "WEFT_CONFIG")]
    config: Option<PathBuf>,
    /// Serve this composed supergraph (SDL file), and what becomes of it.
    #[arg(long, conflicts_with = "compose")]
    supergraph: Option<String>,
    /// Compose the subgraphs of this supergraph.yaml and serve them, composing again when a schema changes.
    #[arg(long)]
    compose: Option<String>,
    /// Where to listen: address:port; port 0 takes a free one.
    #[arg(long)]
    listen: Option<String>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let sources = Sources::process(config_file(arguments.config))
        .flag("--supergraph", "supergraph", arguments.supergraph)
        .flag("--compose", "compose", arguments.compose)
        .flag("--listen", "listen", arguments.listen);
    let config = load(&sources)?;
    init_telemetry(&config.log);
    let setup = Setup::new(config, &sources).map_err(refused)?;
    let stop = stop_signal();
    let server = setup.bind().await.map_err(refused)?;
    reload_on_hangup(server.reloader());
    server.run(stop).await;
    Ok(())
}

/// The configuration file to read: the one named, or the usual one if it is there.
pub(crate) fn config_file(named: Option<PathBuf>) -> Option<PathBuf> {
    let usual = PathBuf::from(DEFAULT_CONFIG);
    named.or_else(|| usual.is_file().then_some(usual))
}

/// The configuration, or every mistake in it.
pub(crate) fn load(sources: &Sources) -> Result<Config, Failure> {
    Config::load(sources).map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Failure::usage(lines.join("\n"))
    })
}

/// Why the router did not start, with the exit status that says whose fault it is.
pub(crate) fn refused(error: ServerError) -> Failure {
    match error {
        ServerError::Configuration { .. }
        | ServerError::InternalSecret { .. }
        | ServerError::Cache { .. }
        | ServerError::NoGraph
        | ServerError::SubgraphUrl { .. } => Failure::usage(error),
        ServerError::Read { .. }
        | ServerError::Composition { .. }
        | ServerError::Supergraph { .. }
        | ServerError::Listen { .. } => Failure::input(with_causes(&error)),
        ServerError::Client { .. } | ServerError::Workers { .. } | ServerError::Panicked => {
            Failure::internal("starting the router", error)
        }
    }
}
