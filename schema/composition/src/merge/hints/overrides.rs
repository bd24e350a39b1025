//! Overrides that are, or soon will be, no longer needed.

use super::Merger;
use crate::diagnostic::Code;
use crate::merge::fields::FieldSource;
use crate::merged::Overridden;
use crate::subgraph::Override;

impl<'a> Merger<'a> {
    /// `from` names no subgraph.
    pub(in crate::merge) fn hint_override_from_nowhere(
        &mut self,
        coordinate: &str,
        source: &FieldSource<'a>,
        overrides: &Override,
    ) {
        let code = Code::FromSubgraphDoesNotExist;
        if !self.wants(code) {
            return;
        }
        let count = self.subgraphs.len();
        let message = format!(
            "{coordinate} is overridden from {:?}, but there {} only {}; correct the name, or remove the @override",
            overrides.from,
            if count == 1 { "is" } else { "are" },
            self.names(0..count)
        );
        self.hint(code, coordinate, &[(source.graph, overrides.at)], message);
    }

    /// The other subgraph does not resolve the field: it is not there, or `@external`.
    pub(in crate::merge) fn hint_override_of_nothing(
        &mut self,
        coordinate: &str,
        source: &FieldSource<'a>,
        overrides: &Override,
        external: Option<&FieldSource<'a>>,
    ) {
        let code = Code::OverrideDirectiveCanBeRemoved;
        if !self.wants(code) {
            return;
        }
        let how = match external {
            Some(_) => "where it is @external",
            None => "which does not have it",
        };
        let message = format!(
            "{coordinate} is overridden from subgraph {:?}, {how}; remove the @override",
            overrides.from
        );
        let mut sites = vec![(source.graph, overrides.at)];
        sites.extend(external.map(FieldSource::site));
        self.hint(code, coordinate, &sites, message);
    }

    /// The other subgraph's field is resolved here, always or for some of the requests.
    pub(in crate::merge) fn hint_overridden(
        &mut self,
        coordinate: &str,
        source: &FieldSource<'a>,
        target: &FieldSource<'a>,
        (overrides, state): (&Override, Overridden),
    ) {
        let code = match overrides.label {
            Some(_) => Code::OverrideMigrationInProgress,
            None => Code::OverriddenFieldCanBeRemoved,
        };
        if !self.wants(code) {
            return;
        }
        let (here, there) = (self.graph_name(source.graph), &overrides.from);
        let what = match &overrides.label {
            Some(label) => format!(
                "{coordinate} moves from subgraph {there:?} to {here:?} by the label {label:?}; once it has moved, "
            ),
            None => format!("{coordinate} of subgraph {there:?} is overridden by {here:?}; "),
        };
        let change = match state {
            Overridden::Used => {
                "mark it @external there, where a field set or an interface still needs it"
            }
            _ => "remove it there",
        };
        let message = format!("{what}{change}");
        let sites = [target.site(), (source.graph, overrides.at)];
        self.hint(code, coordinate, &sites, message);
    }
}
