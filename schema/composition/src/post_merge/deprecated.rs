//! `@deprecated`: what has to be given cannot be given up.

use super::Check;
use crate::diagnostic::Code;
use crate::merged::MergedInput;

impl Check<'_> {
    /// A subgraph alone cannot say so, but one may require what another deprecates.
    pub(super) fn deprecated(&mut self) {
        let merged = self.merged;
        for (name, ty) in &merged.types {
            for (field, definition) in &ty.fields {
                for (argument, input) in &definition.arguments {
                    self.deprecated_input(input, || format!("{name}.{field}({argument}:)"));
                }
            }
            for (field, input) in &ty.inputs {
                self.deprecated_input(input, || format!("{name}.{field}"));
            }
        }
        for (name, directive) in &merged.executable_directives {
            for (argument, input) in &directive.arguments {
                self.deprecated_input(input, || format!("@{name}({argument}:)"));
            }
        }
    }

    fn deprecated_input(&mut self, input: &MergedInput, coordinate: impl Fn() -> String) {
        let mut directives = input.directives.iter();
        if input.is_required() && directives.any(|one| one.name == "deprecated") {
            let coordinate = coordinate();
            let message = format!(
                "{coordinate} is @deprecated, but the subgraphs together make it required; make it optional everywhere"
            );
            self.error(Code::InvalidGraphql, &coordinate, &input.sites, message);
        }
    }
}
