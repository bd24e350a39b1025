//! Directives that operations can use.

use std::collections::BTreeSet;

use apollo_compiler::Schema;
use apollo_compiler::ast::DirectiveDefinition;

use super::{Found, inputs};
use crate::change::ChangeKind;
use crate::read::BUILT_IN_DIRECTIVES;

/// Definitions by name.
pub(super) fn compare(old: &Schema, new: &Schema, found: &mut Found<'_>) {
    let ours = |schema: &'_ Schema, name: &str| {
        let definition = schema.directive_definitions.get(name)?;
        (!BUILT_IN_DIRECTIVES.contains(&name)).then(|| definition.clone())
    };
    for name in old.directive_definitions.keys() {
        let Some(before) = ours(old, name) else {
            continue;
        };
        let coordinate = format!("@{name}");
        match ours(new, name) {
            Some(now) => one(&coordinate, &before, &now, found),
            None => {
                let message = format!(
                    "directive {coordinate} was removed; operations that use it are refused"
                );
                found.breaking(ChangeKind::DirectiveRemoved, &coordinate, message);
            }
        }
    }
    for name in new.directive_definitions.keys() {
        if ours(new, name).is_some() && ours(old, name).is_none() {
            let coordinate = format!("@{name}");
            let message = format!("directive {coordinate} was added");
            found.safe(ChangeKind::DirectiveAdded, &coordinate, message);
        }
    }
}

fn one(
    coordinate: &str,
    old: &DirectiveDefinition,
    new: &DirectiveDefinition,
    found: &mut Found<'_>,
) {
    let locations = |definition: &DirectiveDefinition| {
        let locations = definition.locations.iter();
        locations.map(ToString::to_string).collect::<BTreeSet<_>>()
    };
    let (before, now) = (locations(old), locations(new));
    for location in before.difference(&now) {
        let message = format!(
            "{coordinate} cannot stand on {location} any more; where it does the document is refused"
        );
        found.breaking(ChangeKind::DirectiveLocationRemoved, coordinate, message);
    }
    for location in now.difference(&before) {
        let message = format!("{coordinate} can stand on {location} now");
        found.safe(ChangeKind::DirectiveLocationAdded, coordinate, message);
    }
    match (old.repeatable, new.repeatable) {
        (true, false) => found.breaking(
            ChangeKind::DirectiveRepeatableRemoved,
            coordinate,
            format!(
                "{coordinate} cannot be repeated any more; where it is the document is refused"
            ),
        ),
        (false, true) => found.safe(
            ChangeKind::DirectiveRepeatableAdded,
            coordinate,
            format!("{coordinate} can be repeated now"),
        ),
        _ => {}
    }
    let kinds = &inputs::DIRECTIVE_ARGUMENTS;
    inputs::arguments_as(kinds, coordinate, &old.arguments, &new.arguments, found);
    let (before, now) = (&old.description, &new.description);
    let kind = ChangeKind::DirectiveDescriptionChanged;
    found.description(kind, coordinate, before.as_ref(), now.as_ref());
}
