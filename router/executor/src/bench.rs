//! The stages of an execution one by one, for `benches/instructions`: no part of what this crate promises.

use bytes::Bytes;

use crate::compile::ExecutablePlan;
use crate::execution::{ExecutionInput, ExecutionOutput};
use crate::ingest::{self, Budget, ErrorPolicy};
use crate::request::{self, Build};
use crate::schedule::Execution;
use crate::write;

/// An execution all of whose answers have come.
pub struct Stages<'a> {
    execution: Execution<'a>,
    bodies: Vec<Bytes>,
}

impl<'a> Stages<'a> {
    /// Runs the fetches of a plan.
    pub async fn run(plan: &'a ExecutablePlan, input: &'a ExecutionInput<'a>) -> Self {
        let mut execution = Execution::new(plan, input);
        execution.run().await;
        let answers = execution.answers.iter();
        let bodies = answers.map(|answer| answer.body.clone()).collect();
        Self { execution, bodies }
    }

    /// Reads all answers again; how many rows they have.
    pub fn ingest(&self) -> usize {
        let limit = self.execution.input.options.limits.values;
        let mut budget = Budget { limit, left: limit };
        let policy = ErrorPolicy {
            shown_extensions: &[],
        };
        let fetches = self.execution.plan.fetches.iter().zip(&self.bodies);
        let rows = fetches.zip(&self.execution.entities);
        let rows = rows.map(|((fetch, body), entities)| {
            let answer =
                ingest::ingest(body.clone(), &fetch.layout, entities, &mut budget, &policy);
            let tables = answer.map(|answer| answer.tables).unwrap_or_default();
            tables
                .iter()
                .map(|table| table.len() as usize)
                .sum::<usize>()
        });
        rows.sum()
    }

    /// Makes the requests of all fetches again; how many bytes they have.
    pub fn requests(&self) -> usize {
        let execution = &self.execution;
        let limit = execution.input.options.limits.request_bytes;
        let sizes = execution.plan.fetches.iter().map(|fetch| {
            let build = Build {
                fetch,
                variables: execution.input.variables,
                carried: &execution.carried,
            };
            let built = request::build(&build, execution.view(), limit, &mut Default::default());
            built.map_or(0, |built| built.body.len())
        });
        sizes.sum()
    }

    /// Writes the answer again; how many bytes it has.
    pub fn write(&self) -> usize {
        let execution = &self.execution;
        let written = write::write(execution.plan, execution.view(), execution.input);
        written.body.len()
    }

    /// The answer.
    pub fn finish(self) -> ExecutionOutput {
        self.execution.finish()
    }
}
