//! What clients give: arguments of fields and directives, and fields of input types.

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{InputValueDefinition, Value};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::Component;

use super::{DeprecationKinds, Found, announced, defaults, wrapping};
use crate::change::{ChangeKind, Criticality};

/// What changes are called where the values stand, and what adding an optional one is.
pub(super) struct Kinds {
    noun: &'static str,
    removed: ChangeKind,
    added: ChangeKind,
    added_optional: Criticality,
    type_changed: ChangeKind,
    default_changed: ChangeKind,
    description_changed: ChangeKind,
    deprecation: DeprecationKinds,
}

const ARGUMENTS: Kinds = Kinds {
    noun: "argument",
    removed: ChangeKind::ArgumentRemoved,
    added: ChangeKind::ArgumentAdded,
    added_optional: Criticality::Dangerous,
    type_changed: ChangeKind::ArgumentTypeChanged,
    default_changed: ChangeKind::ArgumentDefaultChanged,
    description_changed: ChangeKind::ArgumentDescriptionChanged,
    deprecation: DeprecationKinds {
        added: ChangeKind::ArgumentDeprecationAdded,
        removed: ChangeKind::ArgumentDeprecationRemoved,
        reason_changed: ChangeKind::ArgumentDeprecationReasonChanged,
    },
};

const INPUT_FIELDS: Kinds = Kinds {
    noun: "input field",
    removed: ChangeKind::InputFieldRemoved,
    added: ChangeKind::InputFieldAdded,
    added_optional: Criticality::Dangerous,
    type_changed: ChangeKind::InputFieldTypeChanged,
    default_changed: ChangeKind::InputFieldDefaultChanged,
    description_changed: ChangeKind::InputFieldDescriptionChanged,
    deprecation: DeprecationKinds {
        added: ChangeKind::InputFieldDeprecationAdded,
        removed: ChangeKind::InputFieldDeprecationRemoved,
        reason_changed: ChangeKind::InputFieldDeprecationReasonChanged,
    },
};

/// Arguments of directives.
pub(super) const DIRECTIVE_ARGUMENTS: Kinds = Kinds {
    noun: "argument",
    removed: ChangeKind::DirectiveArgumentRemoved,
    added: ChangeKind::DirectiveArgumentAdded,
    added_optional: Criticality::Safe,
    type_changed: ChangeKind::DirectiveArgumentTypeChanged,
    default_changed: ChangeKind::DirectiveArgumentDefaultChanged,
    description_changed: ChangeKind::DirectiveArgumentDescriptionChanged,
    deprecation: DeprecationKinds {
        added: ChangeKind::DirectiveArgumentDeprecationAdded,
        removed: ChangeKind::DirectiveArgumentDeprecationRemoved,
        reason_changed: ChangeKind::DirectiveArgumentDeprecationReasonChanged,
    },
};

/// Fields of an input type.
pub(super) fn fields(
    ty: &str,
    old: &IndexMap<Name, Component<InputValueDefinition>>,
    new: &IndexMap<Name, Component<InputValueDefinition>>,
    found: &mut Found<'_>,
) {
    let coordinate = |name: &str| format!("{ty}.{name}");
    let (old, new) = (old.values(), new.values());
    let (old, new) = (old.map(|field| &***field), new.map(|field| &***field));
    compare(&INPUT_FIELDS, &coordinate, old, new, found);
}

/// Arguments of a field.
pub(super) fn arguments(
    field: &str,
    old: &[Node<InputValueDefinition>],
    new: &[Node<InputValueDefinition>],
    found: &mut Found<'_>,
) {
    arguments_as(&ARGUMENTS, field, old, new, found);
}

/// Arguments of a field or a directive.
pub(super) fn arguments_as(
    kinds: &Kinds,
    owner: &str,
    old: &[Node<InputValueDefinition>],
    new: &[Node<InputValueDefinition>],
    found: &mut Found<'_>,
) {
    let coordinate = |name: &str| format!("{owner}({name}:)");
    let (old, new) = (old.iter(), new.iter());
    let (old, new) = (
        old.map(|argument| &**argument),
        new.map(|argument| &**argument),
    );
    compare(kinds, &coordinate, old, new, found);
}

fn compare<'a>(
    kinds: &Kinds,
    coordinate: &dyn Fn(&str) -> String,
    old: impl Iterator<Item = &'a InputValueDefinition>,
    new: impl Iterator<Item = &'a InputValueDefinition>,
    found: &mut Found<'_>,
) {
    let by_name = |input: &'a InputValueDefinition| (&input.name, input);
    let old: IndexMap<&Name, &InputValueDefinition> = old.map(by_name).collect();
    let new: IndexMap<&Name, &InputValueDefinition> = new.map(by_name).collect();
    let noun = kinds.noun;
    for (name, before) in &old {
        let at = coordinate(name);
        match new.get(name) {
            Some(now) => one(kinds, &at, before, now, found),
            None => {
                let announced = announced(&before.directives);
                let message = format!(
                    "{noun} {at} was removed{announced}; operations that give it are refused"
                );
                found.breaking(kinds.removed, &at, message);
            }
        }
    }
    for (name, now) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let at = coordinate(name);
        if now.is_required() {
            let message = format!(
                "{noun} {at} was added and must be given; operations that do not give it are refused"
            );
            found.breaking(kinds.added, &at, message);
        } else {
            let effect = match kinds.added_optional {
                Criticality::Safe => " and need not be given",
                _ => "; operations that do not give it may be answered differently",
            };
            let message = format!("{noun} {at} was added{effect}");
            found.push(kinds.added_optional, kinds.added, &at, message);
        }
    }
}

fn one(
    kinds: &Kinds,
    coordinate: &str,
    old: &InputValueDefinition,
    new: &InputValueDefinition,
    found: &mut Found<'_>,
) {
    if old.ty != new.ty {
        let changed = format!("{coordinate} is {} instead of {}", new.ty, old.ty);
        if wrapping::is_safe_input(&old.ty, &new.ty) {
            let message = format!("{changed}: what clients give is still right");
            found.safe(kinds.type_changed, coordinate, message);
        } else {
            let effect = match wrapping::is_same_but_for_null(&old.ty, &new.ty) {
                true => {
                    "operations that give null or a variable that may be null, or nothing, are refused"
                }
                false => {
                    "operations that give it a value or a variable of the old type are refused"
                }
            };
            found.breaking(
                kinds.type_changed,
                coordinate,
                format!("{changed}; {effect}"),
            );
        }
    }
    default(kinds, coordinate, old, new, found);
    let (before, now) = (&old.description, &new.description);
    let kind = kinds.description_changed;
    found.description(kind, coordinate, before.as_ref(), now.as_ref());
    let (before, now) = (&old.directives, &new.directives);
    found.deprecation(&kinds.deprecation, coordinate, before, now);
}

fn default(
    kinds: &Kinds,
    coordinate: &str,
    old: &InputValueDefinition,
    new: &InputValueDefinition,
    found: &mut Found<'_>,
) {
    let kind = kinds.default_changed;
    let is_same = |before: &Value, now: &Value| {
        defaults::is_same((before, &old.ty, found.old), (now, &new.ty, found.new))
    };
    let shown = |value: &Value| value.serialize().no_indent().to_string();
    match (&old.default_value, &new.default_value) {
        (Some(before), Some(now)) if !is_same(before, now) => found.dangerous(
            kind,
            coordinate,
            format!("the default of {coordinate} is {} instead of {}; operations that do not give it are answered differently", shown(now), shown(before)),
        ),
        (Some(before), None) if new.ty.is_non_null() => found.breaking(
            kind,
            coordinate,
            format!("{coordinate} has no default any more ({}) and must be given; operations that do not give it are refused", shown(before)),
        ),
        (Some(before), None) => found.dangerous(
            kind,
            coordinate,
            format!("{coordinate} has no default any more ({}); operations that do not give it are answered differently", shown(before)),
        ),
        (None, Some(now)) if old.ty.is_non_null() => found.safe(
            kind,
            coordinate,
            format!("{coordinate} has a default now ({}) and need not be given", shown(now)),
        ),
        (None, Some(now)) => found.dangerous(
            kind,
            coordinate,
            format!("{coordinate} has a default now ({}); operations that do not give it are answered differently", shown(now)),
        ),
        _ => {}
    }
}
