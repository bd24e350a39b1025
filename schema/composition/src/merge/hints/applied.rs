//! Applications of one directive on one element that say different things.

use std::fmt::Display;

use apollo_compiler::Node;
use apollo_compiler::ast::Directive;

use super::{Merger, common_prefix, shortened};
use crate::diagnostic::Code;
use crate::merge::applied::Application;
use crate::merged::Site;

impl Merger<'_> {
    /// Only one of them is kept.
    pub(in crate::merge) fn hint_one_of_several(
        &mut self,
        coordinate: impl Display,
        applications: &[Application<'_>],
        kept: &Node<Directive>,
    ) {
        let code = Code::InconsistentNonRepeatableDirectiveArguments;
        self.hint_applications(
            code,
            coordinate,
            applications,
            (kept, "; write the same everywhere"),
        );
    }

    /// Their arguments are merged.
    pub(in crate::merge) fn hint_merged_arguments(
        &mut self,
        coordinate: impl Display,
        applications: &[Application<'_>],
        merged: &Node<Directive>,
    ) {
        let code = Code::MergedNonRepeatableDirectiveArguments;
        let how = ", made of all; write the same everywhere unless the difference is meant";
        self.hint_applications(code, coordinate, applications, (merged, how));
    }

    fn hint_applications(
        &mut self,
        code: Code,
        coordinate: impl Display,
        applications: &[Application<'_>],
        (outcome, how): (&Node<Directive>, &str),
    ) {
        if !self.wants(code) {
            return;
        }
        let texts = applications.iter();
        let texts: Vec<(usize, String)> = texts
            .map(|(graph, applied)| (*graph, arguments(&applied.node)))
            .collect();
        let merged = arguments(outcome);
        let others = texts.iter().map(|(_, text)| text.as_str());
        let common = common_prefix(&merged, others.filter(|text| *text != merged));
        let values = texts.iter();
        let values = values.map(|(graph, text)| (*graph, shortened(text, common)));
        let message = format!(
            "@{} on {coordinate} has {}; the supergraph has {}{how}",
            outcome.name,
            self.by_value(values),
            shortened(&merged, common)
        );
        let mut sites: Vec<Site> = applications
            .iter()
            .map(|(graph, applied)| (*graph, applied.at))
            .collect();
        sites.dedup();
        self.hint(code, coordinate, &sites, message);
    }
}

fn arguments(application: &Directive) -> String {
    if application.arguments.is_empty() {
        return "no arguments".to_owned();
    }
    let written = application.arguments.iter();
    let written = written.map(|one| format!("{}: {}", one.name, one.value.serialize().no_indent()));
    format!("({})", written.collect::<Vec<_>>().join(", "))
}
