//! The graphs that are served, composed for wherever their subgraphs listen.

use std::net::SocketAddr;

use anyhow::{Result, anyhow};
use benches_subgraphs::Subgraph;
use schema_composition::{SubgraphInput, compose};

use crate::synthetic::Service;

/// A graph of which the bench asks something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Graph {
    /// The public gateway benchmark's.
    Benchmark,
    /// The benchmark's with a field more, which nobody asks for.
    BenchmarkChanged,
    /// The one of `synthetic`.
    Synthetic,
}

impl Graph {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Benchmark => "benchmark",
            Self::BenchmarkChanged => "benchmark-changed",
            Self::Synthetic => "synthetic",
        }
    }

    /// Supergraph SDL over subgraphs at `http://{address}/{name}`.
    pub(crate) fn supergraph(self, address: SocketAddr) -> Result<String> {
        let inputs: Vec<SubgraphInput> = self
            .subgraphs()
            .into_iter()
            .map(|(name, sdl)| SubgraphInput {
                url: format!("http://{address}/{name}"),
                name,
                sdl,
                source: None,
            })
            .collect();
        let composed = compose(&inputs).map_err(|diagnostics| anyhow!("{diagnostics}"))?;
        Ok(composed.supergraph)
    }

    /// Name and SDL of every subgraph.
    fn subgraphs(self) -> Vec<(String, String)> {
        let of_benchmark = Subgraph::ALL.map(|s| (s.name().to_owned(), sdl(s).to_owned()));
        match self {
            Self::Benchmark => of_benchmark.to_vec(),
            Self::BenchmarkChanged => of_benchmark
                .map(|(name, sdl)| {
                    (
                        name,
                        sdl.replace("birthday: Int", "birthday: Int\nage: Int"),
                    )
                })
                .to_vec(),
            Self::Synthetic => Service::subgraphs()
                .map(|service| (service.name(), service.sdl()))
                .collect(),
        }
    }
}

fn sdl(subgraph: Subgraph) -> &'static str {
    match subgraph {
        Subgraph::Accounts => include_str!("../../data/subgraphs/accounts.graphql"),
        Subgraph::Inventory => include_str!("../../data/subgraphs/inventory.graphql"),
        Subgraph::Products => include_str!("../../data/subgraphs/products.graphql"),
        Subgraph::Reviews => include_str!("../../data/subgraphs/reviews.graphql"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_graph_composes() {
        let address = SocketAddr::from(([127, 0, 0, 1], 4200));
        let cases = [
            (
                Graph::Benchmark,
                "http://127.0.0.1:4200/reviews",
                "birthday: Int",
            ),
            (
                Graph::BenchmarkChanged,
                "http://127.0.0.1:4200/reviews",
                "age: Int",
            ),
            (
                Graph::Synthetic,
                "http://127.0.0.1:4200/part12",
                "s20: String",
            ),
        ];
        for (graph, url, field) in cases {
            let supergraph = graph.supergraph(address).unwrap();
            assert!(
                supergraph.contains(url) && supergraph.contains(field),
                "{supergraph}"
            );
        }
        let supergraph = Graph::Benchmark.supergraph(address).unwrap();
        assert!(!supergraph.contains("age: Int"));
    }
}
