//! The crate's own failures, apart from what subgraphs do.

/// Why something of the executor could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorError {
    /// The plan refers to what it does not hold; a mistake of the planner.
    #[error("the plan is not consistent: {what} {index} does not exist")]
    InconsistentPlan {
        /// What is referred to.
        what: &'static str,
        /// Its index.
        index: usize,
    },
    /// A subgraph's URL cannot be used.
    #[error("the subgraph URL `{url}` cannot be used: {reason}")]
    InvalidUrl {
        /// As configured.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The system's certificate authorities could not be read.
    #[error("cannot read the system's certificate authorities: {source}")]
    CertificateAuthorities {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
