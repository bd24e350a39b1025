//! Enums that are not the same everywhere, or not used.

use apollo_compiler::Name;

use super::{Merger, lacking};
use crate::diagnostic::Code;
use crate::merged::Site;

impl Merger<'_> {
    pub(in crate::merge) fn hint_unused_enum(&mut self, name: &Name, places: &[Site]) {
        let code = Code::UnusedEnumType;
        if self.wants(code) {
            let message = format!(
                "{name} is used by no field and no argument; the supergraph has it with the values of all subgraphs; use it, or remove it"
            );
            self.hint(code, name, places, message);
        }
    }

    /// A value that only some subgraphs know; an enum for input leaves it out.
    pub(in crate::merge) fn hint_enum_value(
        &mut self,
        (name, value): (&Name, &Name),
        as_input: bool,
        having: &[Site],
        places: &[Site],
    ) {
        let (code, so) = if as_input {
            (
                Code::InconsistentEnumValueForInputEnum,
                "leaves it out, since not every subgraph would understand it; add it to the others, or remove it",
            )
        } else {
            (
                Code::InconsistentEnumValueForOutputEnum,
                "has it, since it may be a result; add it to the others if they know it",
            )
        };
        if !self.wants(code) {
            return;
        }
        let lacking = lacking(places, having);
        let message = format!(
            "{name}.{value} is {}; the supergraph {so}",
            self.presence(having, &lacking)
        );
        let sites = [having, &lacking].concat();
        self.hint(code, format_args!("{name}.{value}"), &sites, message);
    }
}
