//! The router alone over the benchmark's subgraphs.

use benches_subgraphs::{Estimate, Handle, Subgraph, serve};

use super::client::Client;
use super::program::{Program, weft};

/// A router process, and the four subgraphs in this one.
pub(crate) struct BenchStack {
    pub(crate) router: Program,
    pub(crate) subgraphs: Handle,
}

impl BenchStack {
    pub(crate) async fn start(estimate: Estimate) -> Self {
        let subgraphs = serve(([127, 0, 0, 1], 0).into(), estimate)
            .await
            .expect("loopback has a free port");
        let supergraph = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/benches/data/supergraph.graphql"
        );
        let mut command = weft(&[
            "router",
            "--supergraph",
            supergraph,
            "--listen",
            "127.0.0.1:0",
        ]);
        for subgraph in Subgraph::ALL {
            let name = subgraph.name().to_uppercase();
            command.env(
                format!("WEFT_SUBGRAPHS__{name}__URL"),
                subgraphs.url(subgraph),
            );
        }
        let router = Program::start(command).await;
        Self { router, subgraphs }
    }

    pub(crate) fn client(&self) -> Client {
        self.router.client()
    }
}
