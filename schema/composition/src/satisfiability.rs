//! Phase eight: every query that the API schema allows can be answered by some combination of
//! subgraphs.
//!
//! The walk goes from the root types by every field, and keeps for each point of a query all the
//! places in subgraphs where the object may be asked for. A field that none of them leads to is a
//! mistake; the message has a query that runs into it.
//!
//! A field with `@fromContext` can only be taken where the context has been set on the way; that
//! what is selected from it can be fetched there, is not proven.

mod federated;
mod field_sets;
mod labels;
mod moves;
mod names;
mod paths;
mod positions;
mod reasons;
mod runtime_types;
mod state;
mod walk;

use crate::Options;
use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::merged::{Merged, Site, subgraph_names};
use crate::post_merge::PostMergeValidated;
use crate::validate::Validated;
use federated::Federated;
use paths::Taken;
use runtime_types::Disagreement;
use walk::{BrokenMutation, DeadEnd, Found, Walk};

/// A merged schema whose queries can all be answered.
pub(crate) struct Satisfiable(pub(crate) Merged);

pub(crate) fn check(
    valid: PostMergeValidated,
    subgraphs: &Validated,
    options: &Options,
    report: &mut Findings,
) -> Satisfiable {
    let merged = valid.0;
    let federated = Federated::new(&merged, &subgraphs.0);
    let mut walk = Walk::new(&federated, options.max_subgraph_paths);
    match walk.all() {
        Some(found) => Outcome {
            federated: &federated,
            walk: &mut walk,
            report,
        }
        .tell(&found),
        None => too_much(options, report),
    }
    Satisfiable(merged)
}

fn too_much(options: &Options, report: &mut Findings) {
    let message = format!(
        "it takes more than the {} paths through subgraphs that are allowed to find out whether all queries can be answered; let fewer subgraphs share a type, give it fewer keys, or allow more",
        options.max_subgraph_paths
    );
    let code = Code::MaxValidationSubgraphPathsExceeded;
    report.push(Diagnostic::error(code, message, []));
}

/// What was found becomes diagnostics.
struct Outcome<'o, 'f, 'a> {
    federated: &'f Federated<'a>,
    walk: &'o mut Walk<'f, 'a>,
    report: &'o mut Findings,
}

impl Outcome<'_, '_, '_> {
    fn tell(&mut self, found: &Found) {
        for dead_end in &found.dead_ends {
            if self.report.is_full() {
                break;
            }
            let message = self.dead_end(dead_end);
            self.error(Code::SatisfiabilityError, dead_end.taken, message);
        }
        for mutation in &found.mutations {
            self.mutation(mutation);
        }
        for disagreement in &found.disagreements {
            self.disagreement(disagreement);
        }
    }

    fn name(&self, taken: Taken) -> String {
        match taken {
            Taken::Field(ty, index) => {
                let ty = &self.federated.types[ty];
                format!("{}.{}", ty.name, ty.fields[index].text)
            }
            Taken::On(ty) | Taken::Root(ty) => self.federated.types[ty].name.to_string(),
        }
    }

    fn sites(&self, taken: Taken) -> &[Site] {
        match taken {
            Taken::Field(ty, index) => &self.federated.types[ty].fields[index].merged.sites,
            Taken::On(ty) | Taken::Root(ty) => &self.federated.types[ty].merged.sites,
        }
    }

    fn error(&mut self, code: Code, taken: Taken, message: String) {
        let coordinate = self.name(taken);
        let locations = self
            .federated
            .merged
            .locations(&coordinate, self.sites(taken));
        let error = Diagnostic::error(code, message, locations);
        self.report.push(error);
    }

    fn dead_end(&mut self, dead_end: &DeadEnd) -> String {
        let path = dead_end.state.path;
        let witness = self
            .walk
            .paths
            .witness(self.federated, path, dead_end.taken);
        let what = self.name(dead_end.taken);
        let reasons = reasons::reasons(&mut self.walk.moves, dead_end);
        let assumed: Vec<String> = dead_end
            .state
            .assumed
            .iter()
            .map(|&(label, is_active)| {
                let state = if is_active { "is" } else { "is not" };
                format!(
                    " while the label {:?} {state} active",
                    self.federated.labels[label]
                )
            })
            .collect();
        format!(
            "no combination of subgraphs answers `{witness}`{}: {what} cannot be reached{reasons}",
            assumed.join(" and")
        )
    }

    fn mutation(&mut self, mutation: &BrokenMutation) {
        let what = self.name(mutation.taken);
        let graphs = mutation.dead_ends.iter().map(|(graph, _)| *graph);
        let names = subgraph_names(&self.federated.merged.graphs, graphs);
        let parts: Vec<String> = mutation
            .dead_ends
            .iter()
            .map(|(graph, dead_end)| {
                let name = self.federated.subgraph(*graph);
                format!("\nfrom {name:?}, {}", self.dead_end(dead_end))
            })
            .collect();
        let message = format!(
            "{what} is shared by {names}, but a mutation is sent to one subgraph only, and none of them leads to everything a client may ask for:{}",
            parts.concat()
        );
        self.error(Code::SatisfiabilityError, mutation.taken, message);
    }

    fn disagreement(&mut self, found: &Disagreement) {
        let taken = Taken::Field(found.ty, found.index);
        let what = self.name(taken);
        let paths = &self.walk.paths;
        let witness = paths.witness(self.federated, found.path, taken);
        let list = |types: &[names::TypeId]| {
            let names = types
                .iter()
                .map(|&ty| self.federated.names.of_type(ty).as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        let parts: Vec<String> = found
            .objects
            .iter()
            .map(|(graph, objects)| {
                let name = self.federated.subgraph(*graph);
                match objects.as_slice() {
                    [] => format!("nothing in {name:?}"),
                    objects => format!("{} in {name:?}", list(objects)),
                }
            })
            .collect();
        let parts = parts.join(", but ");
        if found.common.is_empty() {
            let message = format!(
                "{what} is shared, so its subgraphs have to answer `{witness}` alike, but it can be {parts}: nothing in common"
            );
            self.error(Code::ShareableHasMismatchedRuntimeTypes, taken, message);
            return;
        }
        let message = format!(
            "{what} is shared, so its subgraphs have to answer `{witness}` alike, but it can be {parts}; return only {} from it",
            list(&found.common)
        );
        let code = Code::InconsistentRuntimeTypesForShareableReturn;
        let locations = self.federated.merged.locations(&what, self.sites(taken));
        let hint = Diagnostic::hint(code, message, locations);
        self.report.hint(hint);
    }
}
