//! A failing case as text that can be pasted.

use std::fmt::Write;

use serde_json::Value;

use crate::check::Difference;
use crate::shrink::Case;

/// Subgraphs, operation, plan, and both answers.
pub fn render(case: &Case, difference: &Difference) -> String {
    let mut out = String::new();
    for (name, sdl) in &case.parts {
        let _ = writeln!(out, "# {name}.graphql\n{}\n", sdl.trim());
    }
    let _ = writeln!(
        out,
        "# operation.graphql\n{}",
        case.request.operation.trim()
    );
    if let Some(name) = &case.request.name {
        let _ = writeln!(out, "# operation name: {name}");
    }
    if !case.request.variables.is_empty() {
        let variables = Value::Object(case.request.variables.clone());
        let _ = writeln!(out, "# variables: {variables}");
    }
    if !case.request.labels.is_empty() {
        let _ = writeln!(out, "# labels: {}", case.request.labels.join(", "));
    }
    let Difference {
        kind,
        what,
        plan,
        expected,
        got,
    } = difference;
    let _ = writeln!(out, "\n{kind:?}: {what}");
    if !plan.is_empty() {
        let _ = writeln!(out, "{plan}");
    }
    if !expected.is_empty() {
        let _ = writeln!(out, "expected {expected}\n     got {got}");
    }
    out
}
