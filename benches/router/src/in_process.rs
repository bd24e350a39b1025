//! A router that has the benchmark's subgraphs in its own process.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use benches_subgraphs::{Estimate, Schemas, Subgraph};
use futures::future::BoxFuture;
use router_executor::{SubgraphError, SubgraphRequest, SubgraphResponse};
use router_server::{Config, GraphSource, Setup, Sources, init_telemetry, stop_signal};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// Serve the benchmark's graph, its subgraphs called through memory.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long)]
    listen: String,
    /// The benchmark's supergraph.
    #[arg(long)]
    supergraph: PathBuf,
    /// The router's configuration.
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Serves until the process is stopped.
pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let sources =
        Sources::process(arguments.config).flag("--listen", "listen", Some(arguments.listen));
    let config = Config::load(&sources);
    let config = config.map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(lines.join("\n"))
    })?;
    init_telemetry(&config.log);
    let schemas = Schemas::new(Estimate::Unknown);
    let ports = Subgraph::ALL.map(|subgraph| {
        let port: Arc<dyn router_executor::Subgraph> = Arc::new(Mounted {
            subgraph,
            schemas: schemas.clone(),
        });
        (subgraph.name().to_owned(), port)
    });
    let setup = Setup {
        subgraphs: ports.into(),
        ..Setup::over(config, GraphSource::Supergraph(arguments.supergraph))
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let stop = stop_signal();
        setup.bind().await.context("no router")?.run(stop).await;
        Ok(())
    })
}

/// One of the benchmark's subgraphs as the router's port, in the way in which `weft` mounts its services: a task for
/// each request, which ends when nobody waits for it any more.
struct Mounted {
    subgraph: Subgraph,
    schemas: Schemas,
}

impl router_executor::Subgraph for Mounted {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(async move {
            let (schemas, subgraph) = (self.schemas.clone(), self.subgraph);
            let body = request.body;
            let work = async move { schemas.answer(subgraph, &body).await };
            let task = AbortOnDropHandle::new(tokio::spawn(work));
            let answer = match request.deadline {
                Some(deadline) => tokio::time::timeout_at(Instant::from_std(deadline), task).await,
                None => Ok(task.await),
            };
            let answer = answer.map_err(|_| SubgraphError::Timeout)?;
            let detail = |error: &dyn ToString| SubgraphError::Request {
                detail: error.to_string(),
            };
            let answer = answer.map_err(|panicked| detail(&panicked))?;
            Ok(SubgraphResponse::json(
                answer.map_err(|wrong| detail(&wrong))?,
            ))
        })
    }
}
