//! Why an operation has no plan.

/// Why an operation has no plan. The graph or the planner is at fault, never the client's syntax.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No sequence of subgraph calls leads to the field. A supergraph that was checked for satisfiability at
    /// composition has no such field.
    #[error("no plan: `{coordinate}` cannot be reached: {reason}")]
    Unreachable {
        /// Schema coordinate of the field.
        coordinate: String,
        /// What was missing.
        reason: String,
    },
    /// The graph has no root type for this kind of operation.
    #[error("no plan: the graph has no {kind} root")]
    NoRoot {
        /// `query`, `mutation` or `subscription`.
        kind: &'static str,
    },
    /// Fragments on abstract types multiply beyond what one plan may hold.
    #[error("no plan: the operation needs more than {limit} subgraph selections")]
    TooComplex {
        /// How many one plan may hold.
        limit: usize,
    },
}
