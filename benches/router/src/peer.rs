//! Another router to compare with.

use crate::site::Router;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PeerArguments {
    /// Compare with this router: a shell command that serves the supergraph file $BENCH_SUPERGRAPH at
    /// http://127.0.0.1:$BENCH_PORT/graphql, in the mode $BENCH_MODE (no-dedup or default).
    #[arg(long, value_name = "CMD")]
    peer: Option<String>,
    /// What the other router is called in the report.
    #[arg(long, value_name = "NAME", default_value = "peer")]
    peer_name: String,
}

impl PeerArguments {
    /// Its name and how it is started, if there is one.
    pub(crate) fn router(&self) -> Option<(String, Router)> {
        let command = self.peer.clone()?;
        Some((self.peer_name.clone(), Router::Peer { command }))
    }
}
