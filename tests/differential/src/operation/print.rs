//! Operations as text.

use std::fmt::Write;

use super::{Generator, Selection};

impl Generator<'_> {
    pub(crate) fn print(
        &self,
        keyword: &str,
        name: &str,
        selections: &[Selection],
        others: &str,
    ) -> String {
        let mut out = format!("{keyword} {name}");
        if !self.variables.is_empty() {
            let variables = self.variables.iter().map(|variable| {
                let default = variable.default.as_ref();
                let default = default.map_or(String::new(), |text| format!(" = {text}"));
                format!("${}: {}{default}", variable.name, variable.ty)
            });
            let variables: Vec<String> = variables.collect();
            let _ = write!(out, "({})", variables.join(", "));
        }
        print_selections(selections, &mut out);
        for fragment in &self.fragments {
            let _ = write!(
                out,
                "\nfragment {} on {}",
                fragment.name, fragment.condition
            );
            print_selections(&fragment.selections, &mut out);
        }
        if !others.is_empty() {
            let _ = write!(out, "\n{others}");
        }
        out
    }
}

fn print_selections(selections: &[Selection], out: &mut String) {
    out.push_str(" {");
    for selection in selections {
        out.push(' ');
        match selection {
            Selection::Field {
                alias,
                name,
                arguments,
                directives,
                selections,
            } => {
                if let Some(alias) = alias {
                    let _ = write!(out, "{alias}: ");
                }
                let _ = write!(out, "{name}{arguments}{directives}");
                if !selections.is_empty() {
                    print_selections(selections, out);
                }
            }
            Selection::Inline {
                condition,
                directives,
                selections,
            } => {
                out.push_str("...");
                if let Some(condition) = condition {
                    let _ = write!(out, " on {condition}");
                }
                out.push_str(directives);
                print_selections(selections, out);
            }
            Selection::Spread { name, directives } => {
                let _ = write!(out, "...{name}{directives}");
            }
        }
    }
    out.push_str(" }");
}
