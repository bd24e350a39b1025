//! Field sets of `@key`, `@requires` and `@provides`, as the rig reads them.

use apollo_compiler::ast::{Definition, Document, Selection};

/// The selections of a field set.
pub(crate) type FieldSet = Vec<Selection>;

/// Reads `id owner { id }`.
pub(crate) fn parse(text: &str) -> Result<FieldSet, String> {
    let document = Document::parse(format!("{{ {text} }}"), "fields.graphql");
    let document = document.map_err(|e| format!("field set {text:?}: {e}"))?;
    match document.definitions.first() {
        Some(Definition::OperationDefinition(operation)) => Ok(operation.selection_set.clone()),
        _ => Err(format!("field set {text:?}")),
    }
}

/// The names of the fields at the top of a field set, fragments included.
pub(crate) fn names_field(set: &[Selection], name: &str) -> bool {
    set.iter().any(|selection| match selection {
        Selection::Field(field) => field.name == name,
        Selection::InlineFragment(fragment) => names_field(&fragment.selection_set, name),
        Selection::FragmentSpread(_) => false,
    })
}
