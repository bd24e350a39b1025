//! Arguments and input fields that are not the same everywhere.

use super::{Merger, lacking, shortened};
use crate::diagnostic::Code;
use crate::merged::Site;
use crate::subgraph::Input;

impl Merger<'_> {
    /// An optional argument or input field that some subgraphs do not take.
    pub(in crate::merge) fn hint_dropped_input(
        &mut self,
        code: Code,
        coordinate: &str,
        having: &[Site],
        places: &[Site],
    ) {
        if !self.wants(code) {
            return;
        }
        let lacking = lacking(places, having);
        let message = format!(
            "{coordinate} is {}; the supergraph leaves it out, since not every subgraph would understand it; add it to the others, or remove it",
            self.presence(having, &lacking)
        );
        self.hint(code, coordinate, &[having, &lacking].concat(), message);
    }

    /// A default value that some subgraphs do not give.
    pub(in crate::merge) fn hint_dropped_default(
        &mut self,
        coordinate: &str,
        sources: &[(usize, &Input)],
    ) {
        let code = Code::InconsistentDefaultValuePresence;
        if !self.wants(code) {
            return;
        }
        let message = format!(
            "the default of {coordinate} is {}; the supergraph has none, so that each subgraph uses its own; give the same default everywhere, or none",
            self.defaults(sources)
        );
        let sites: Vec<Site> = sources
            .iter()
            .map(|(graph, one)| (*graph, one.at))
            .collect();
        self.hint(code, coordinate, &sites, message);
    }

    /// "1 in subgraph a, but not given in subgraph b".
    pub(in crate::merge) fn defaults(&self, sources: &[(usize, &Input)]) -> String {
        let written = |one: &Input| {
            let default = one.default.as_ref()?;
            Some(shortened(&default.serialize().no_indent().to_string(), 0))
        };
        let values = sources.iter().map(|(graph, one)| {
            let shown = written(one).unwrap_or_else(|| "not given".to_owned());
            (*graph, shown)
        });
        self.by_value(values)
    }
}
