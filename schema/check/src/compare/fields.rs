//! Fields of objects and interfaces, and their arguments.

use apollo_compiler::Name;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::{Component, FieldDefinition};

use super::{DeprecationKinds, Found, announced, inputs, wrapping};
use crate::change::ChangeKind;

const DEPRECATION: DeprecationKinds = DeprecationKinds {
    added: ChangeKind::FieldDeprecationAdded,
    removed: ChangeKind::FieldDeprecationRemoved,
    reason_changed: ChangeKind::FieldDeprecationReasonChanged,
};

type Fields = IndexMap<Name, Component<FieldDefinition>>;

/// Fields by name.
pub(super) fn compare(ty: &str, old: &Fields, new: &Fields, found: &mut Found<'_>) {
    for (name, before) in old {
        let coordinate = format!("{ty}.{name}");
        match new.get(name) {
            Some(now) => one(&coordinate, before, now, found),
            None => {
                let announced = announced(&before.directives);
                let message = format!(
                    "field {coordinate} was removed{announced}; operations that select it are refused"
                );
                found.breaking(ChangeKind::FieldRemoved, &coordinate, message);
            }
        }
    }
    for (name, _) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let coordinate = format!("{ty}.{name}");
        let message = format!("field {coordinate} was added");
        found.safe(ChangeKind::FieldAdded, &coordinate, message);
    }
}

fn one(coordinate: &str, old: &FieldDefinition, new: &FieldDefinition, found: &mut Found<'_>) {
    if old.ty != new.ty {
        let (before, now) = (&old.ty, &new.ty);
        let kind = ChangeKind::FieldTypeChanged;
        if wrapping::is_safe_output(before, now) {
            let message =
                format!("{coordinate} is {now} instead of {before}: less of it can be null");
            found.safe(kind, coordinate, message);
        } else {
            let effect = match wrapping::is_same_but_for_null(before, now) {
                true => "clients may get null where they were promised a value",
                false => "clients cannot read what they get, or their selections are refused",
            };
            let message = format!("{coordinate} is {now} instead of {before}; {effect}");
            found.breaking(kind, coordinate, message);
        }
    }
    inputs::arguments(coordinate, &old.arguments, &new.arguments, found);
    let (before, now) = (&old.description, &new.description);
    let kind = ChangeKind::FieldDescriptionChanged;
    found.description(kind, coordinate, before.as_ref(), now.as_ref());
    found.deprecation(&DEPRECATION, coordinate, &old.directives, &new.directives);
}
