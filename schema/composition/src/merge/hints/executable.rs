//! Directives for operations that are not the same everywhere.

use apollo_compiler::Name;
use apollo_compiler::ast::DirectiveLocation;

use super::{Merger, lacking};
use crate::diagnostic::Code;
use crate::merge::executable::{DirectiveSource, sites};
use crate::merged::Site;

impl<'a> Merger<'a> {
    /// Some subgraphs do not define it.
    pub(in crate::merge) fn hint_directive_presence(
        &mut self,
        name: &Name,
        sources: &[DirectiveSource<'a>],
    ) {
        let code = Code::InconsistentExecutableDirectivePresence;
        if !self.wants(code) {
            return;
        }
        let having = sites(sources);
        let everywhere: Vec<Site> = (0..self.subgraphs.len())
            .map(|graph| (graph, None))
            .collect();
        let message = format!(
            "@{name} is defined {}; the supergraph leaves it out, since an operation may go to any subgraph; define it in the others, or remove it",
            self.presence(&having, &lacking(&everywhere, &having))
        );
        self.hint(code, format_args!("@{name}"), &having, message);
    }

    /// There is no place in an operation where all subgraphs allow it.
    pub(in crate::merge) fn hint_no_common_location(
        &mut self,
        name: &Name,
        sources: &[DirectiveSource<'a>],
    ) {
        let so = "the supergraph leaves it out, since no location is allowed everywhere; add one";
        self.hint_by_location(Code::NoExecutableDirectiveIntersection, name, sources, so);
    }

    /// Not all subgraphs allow it in the same places.
    pub(in crate::merge) fn hint_locations(
        &mut self,
        name: &Name,
        sources: &[DirectiveSource<'a>],
        common: &[DirectiveLocation],
    ) {
        let so = format!(
            "the supergraph allows it on {}; define it with the same locations everywhere",
            written(common)
        );
        let code = Code::InconsistentExecutableDirectiveLocations;
        self.hint_by_location(code, name, sources, &so);
    }

    fn hint_by_location(
        &mut self,
        code: Code,
        name: &Name,
        sources: &[DirectiveSource<'a>],
        so: &str,
    ) {
        if !self.wants(code) {
            return;
        }
        let values = sources.iter();
        let values = values.map(|(graph, one)| (*graph, written(&one.locations)));
        let message = format!(
            "operations may have @{name} on {}; {so}",
            self.by_value(values)
        );
        self.hint(code, format_args!("@{name}"), &sites(sources), message);
    }

    /// Not all subgraphs allow it several times in one place.
    pub(in crate::merge) fn hint_repeatable(
        &mut self,
        name: &Name,
        sources: &[DirectiveSource<'a>],
    ) {
        let code = Code::InconsistentExecutableDirectiveRepeatable;
        if !self.wants(code) {
            return;
        }
        let (repeatable, once): (Vec<_>, Vec<_>) =
            sources.iter().copied().partition(|(_, one)| one.repeatable);
        let message = format!(
            "@{name} is repeatable {}; the supergraph has it once in a place only; define it as repeatable everywhere, or nowhere",
            self.presence(&sites(&repeatable), &sites(&once))
        );
        self.hint(code, format_args!("@{name}"), &sites(sources), message);
    }
}

fn written(locations: &[DirectiveLocation]) -> String {
    if locations.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<&str> = locations.iter().map(|one| one.name()).collect();
    names.join(" | ")
}
