//! `@requires` in the supergraph: other subgraphs resolve what is required, so its arguments have to
//! be right for all of them.

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::Argument;

use super::Merger;
use crate::diagnostic::Code;
use crate::merged::{MergedField, Site};
use crate::source::At;
use crate::subgraph::Selection;

/// A `@requires` that is looked at.
struct Requirement {
    coordinate: String,
    graph: usize,
}

impl Merger<'_> {
    /// Only when everything else is merged as it should be: what is missing for another reason is
    /// no mistake of the one who requires it.
    pub(super) fn check_requirements(&mut self) {
        if !self.report.is_empty() {
            return;
        }
        for (graph, valid) in self.subgraphs.iter().enumerate() {
            for ty in valid.subgraph.types.values() {
                for field in ty.fields.values() {
                    if let Some((fields, _)) = &field.requires {
                        let coordinate = format!("{}.{}", ty.name, field.name);
                        let requirement = Requirement { coordinate, graph };
                        self.check_selections(&requirement, &ty.name, fields.selections());
                    }
                }
            }
        }
    }

    fn check_selections(
        &mut self,
        requirement: &Requirement,
        parent: &Name,
        selections: &[Selection],
    ) {
        for selection in selections {
            match selection {
                Selection::Field {
                    name,
                    at,
                    arguments,
                    selections,
                    ..
                } => {
                    let merged = self.types.get(parent);
                    let Some(field) = merged.and_then(|ty| ty.fields.get(name)) else {
                        continue;
                    };
                    let inner = field.ty.inner_named_type().clone();
                    let coordinate = format!("{parent}.{name}");
                    let wrong = wrong_argument(&coordinate, field, arguments);
                    self.report_requirement(requirement, *at, wrong);
                    let below = selections.as_deref().unwrap_or_default();
                    self.check_selections(requirement, &inner, below);
                }
                Selection::Inline {
                    condition,
                    selections,
                    ..
                } => {
                    let parent = condition.as_ref().unwrap_or(parent);
                    self.check_selections(requirement, parent, selections);
                }
                Selection::Spread { .. } => {}
            }
        }
    }

    fn report_requirement(
        &mut self,
        requirement: &Requirement,
        at: At,
        wrong: Option<(String, Vec<Site>)>,
    ) {
        let Some((problem, mut sites)) = wrong else {
            return;
        };
        let message = format!("in the `fields` of @requires: {problem}");
        sites.retain(|(graph, _)| *graph != requirement.graph);
        sites.insert(0, (requirement.graph, at));
        let code = Code::RequiresInvalidFields;
        self.error(code, &requirement.coordinate, &sites, message);
    }
}

/// What is wrong with the arguments given for a merged field, and where that field is resolved.
fn wrong_argument(
    coordinate: &str,
    field: &MergedField,
    given: &[Node<Argument>],
) -> Option<(String, Vec<Site>)> {
    let unknown = given
        .iter()
        .find(|one| !field.arguments.contains_key(&one.name));
    if let Some(unknown) = unknown {
        let problem = format!(
            "{coordinate} has no argument {} in the supergraph, because not every subgraph has it",
            unknown.name
        );
        return Some((problem, field.sites.clone()));
    }
    let (name, required) = field.arguments.iter().find(|(name, argument)| {
        argument.is_required() && given.iter().all(|one| one.name != **name)
    })?;
    let problem =
        format!("{coordinate} needs the argument {name}, which another subgraph requires");
    Some((problem, required.sites.clone()))
}
