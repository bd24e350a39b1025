//! The table of plan quality.

use anyhow::Result;
use router_planner::Planner;

use crate::cases::Case;
use crate::compare::waves;
use crate::optimal::optimum;

/// How many sets of requests the reference may try for a line of the table.
const SETS: usize = 1_500;

/// On graphs of more subgraphs it does not even begin.
const MAX_SUBGRAPHS: usize = 6;

/// What is the same whenever the table is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The graph and the operation.
    pub name: String,
    /// How many subgraphs the graph has.
    pub subgraphs: usize,
    /// Fetches and waves of the plan.
    pub plan: (usize, usize),
}

/// The plan of a case.
///
/// # Errors
/// There is none.
pub fn line(case: &Case) -> Result<Line> {
    let plan = Planner::new(case.supergraph.clone()).plan(&case.operation)?;
    Ok(Line {
        name: format!("{} | {}", case.graph, case.name),
        subgraphs: case.supergraph.subgraphs().len(),
        plan: (plan.fetches.len(), waves(&plan)),
    })
}

/// The least fetches and waves, if the reference finds them.
pub fn least(case: &Case, most: usize) -> Option<(usize, usize)> {
    if case.supergraph.subgraphs().len() > MAX_SUBGRAPHS {
        return None;
    }
    let found = optimum(&case.supergraph, &case.operation, most, SETS).ok()?;
    Some((found.fetches(), found.waves()))
}

/// The lines of a table as it was written: what they say of the plans.
pub fn read(table: &str) -> Vec<Line> {
    let lines = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, graph, name, subgraphs, fetches, waves, ..] = cells.as_slice() else {
            return None;
        };
        Some(Line {
            name: format!("{graph} | {name}"),
            subgraphs: subgraphs.parse().ok()?,
            plan: (fetches.parse().ok()?, waves.parse().ok()?),
        })
    });
    lines.collect()
}
