//! Types: which there are, their kinds, root types, interfaces, unions and scalars.

use apollo_compiler::ast::OperationType;
use apollo_compiler::collections::IndexSet;
use apollo_compiler::schema::{
    ComponentName, ExtendedType, InputObjectType, ScalarType, UnionType,
};

use apollo_compiler::{Name, Schema};

use super::{Found, enums, fields, inputs};
use crate::change::ChangeKind;

type Names = IndexSet<ComponentName>;

/// Types that clients start from.
pub(super) fn roots(old: &Schema, new: &Schema, found: &mut Found<'_>) {
    let kinds = [
        (OperationType::Query, ChangeKind::SchemaQueryTypeChanged),
        (
            OperationType::Mutation,
            ChangeKind::SchemaMutationTypeChanged,
        ),
        (
            OperationType::Subscription,
            ChangeKind::SchemaSubscriptionTypeChanged,
        ),
    ];
    for (operation, kind) in kinds {
        match (old.root_operation(operation), new.root_operation(operation)) {
            (Some(before), None) => found.breaking(
                kind,
                before,
                format!("there is no root type for {operation} any more; every {operation} is refused"),
            ),
            (None, Some(now)) => found.safe(
                kind,
                now,
                format!("there is a root type for {operation} now: {now}"),
            ),
            (Some(before), Some(now)) if before != now => found.breaking(
                kind,
                before.min(now),
                format!("the root type for {operation} is {now} instead of {before}; fragments on {before} are refused"),
            ),
            _ => {}
        }
    }
}

/// Types by name.
pub(super) fn compare(old: &Schema, new: &Schema, found: &mut Found<'_>) {
    let is_ours = |ty: &ExtendedType| !ty.is_built_in();
    for (name, before) in old.types.iter().filter(|(_, ty)| is_ours(ty)) {
        match new.types.get(name).filter(|ty| is_ours(ty)) {
            Some(now) => one(before, now, found),
            None => found.breaking(
                ChangeKind::TypeRemoved,
                name,
                format!("type {name} was removed; operations that name it in a fragment or a variable are refused"),
            ),
        }
    }
    for (name, now) in new.types.iter().filter(|(_, ty)| is_ours(ty)) {
        if !old.types.get(name).is_some_and(is_ours) {
            let message = format!("{} {name} was added", kind_of(now));
            found.safe(ChangeKind::TypeAdded, name, message);
        }
    }
}

fn kind_of(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Scalar(_) => "scalar",
        ExtendedType::Object(_) => "object type",
        ExtendedType::Interface(_) => "interface",
        ExtendedType::Union(_) => "union",
        ExtendedType::Enum(_) => "enum",
        ExtendedType::InputObject(_) => "input type",
    }
}

fn one(old: &ExtendedType, new: &ExtendedType, found: &mut Found<'_>) {
    let name = new.name();
    match (old, new) {
        (ExtendedType::Scalar(old), ExtendedType::Scalar(new)) => scalar(old, new, found),
        (ExtendedType::Object(old), ExtendedType::Object(new)) => {
            let (before, now) = (&old.implements_interfaces, &new.implements_interfaces);
            interfaces(name, before, now, found);
            fields::compare(name, &old.fields, &new.fields, found);
        }
        (ExtendedType::Interface(old), ExtendedType::Interface(new)) => {
            let (before, now) = (&old.implements_interfaces, &new.implements_interfaces);
            interfaces(name, before, now, found);
            fields::compare(name, &old.fields, &new.fields, found);
        }
        (ExtendedType::Union(old), ExtendedType::Union(new)) => members(old, new, found),
        (ExtendedType::Enum(old), ExtendedType::Enum(new)) => enums::compare(old, new, found),
        (ExtendedType::InputObject(old), ExtendedType::InputObject(new)) => {
            one_of(old, new, found);
            inputs::fields(name, &old.fields, &new.fields, found);
        }
        _ => {
            let (before, now) = (kind_of(old), kind_of(new));
            return found.breaking(
                ChangeKind::TypeKindChanged,
                name,
                format!("{name} is of another kind: {now} instead of {before}; operations that use it are refused"),
            );
        }
    }
    let (before, now) = (old.description(), new.description());
    found.description(ChangeKind::TypeDescriptionChanged, name, before, now);
}

/// The names that only one of two sets has, each with whether it is the new one.
fn difference<'a>(old: &'a Names, new: &'a Names) -> impl Iterator<Item = (&'a Name, bool)> {
    let removed = old.iter().filter(|name| !new.contains(*name));
    let added = new.iter().filter(|name| !old.contains(*name));
    let removed = removed.map(|one| (&one.name, false));
    removed.chain(added.map(|one| (&one.name, true)))
}

fn interfaces(name: &str, old: &Names, new: &Names, found: &mut Found<'_>) {
    for (interface, is_new) in difference(old, new) {
        if is_new {
            found.dangerous(
                ChangeKind::InterfaceAdded,
                name,
                format!("{name} implements {interface} now; clients that ask for {interface} may get a {name}, which they do not know there"),
            );
        } else {
            found.breaking(
                ChangeKind::InterfaceRemoved,
                name,
                format!("{name} does not implement {interface} any more; fragments on {name} where {interface} is asked for are refused"),
            );
        }
    }
}

fn members(old: &UnionType, new: &UnionType, found: &mut Found<'_>) {
    let union = &new.name;
    for (member, is_new) in difference(&old.members, &new.members) {
        if is_new {
            found.dangerous(
                ChangeKind::UnionMemberAdded,
                union,
                format!("{member} is a member of {union} now; clients that ask for {union} may get a {member}, which they do not know there"),
            );
        } else {
            found.breaking(
                ChangeKind::UnionMemberRemoved,
                union,
                format!("{member} is no member of {union} any more; fragments on {member} where {union} is asked for are refused"),
            );
        }
    }
}

fn scalar(old: &ScalarType, new: &ScalarType, found: &mut Found<'_>) {
    let name = &new.name;
    let url = |scalar: &ScalarType| {
        let directive = scalar.directives.get("specifiedBy")?;
        let url = directive.specified_argument_by_name("url")?;
        url.as_str().map(str::to_owned)
    };
    let kind = ChangeKind::TypeSpecifiedByChanged;
    match (url(old), url(new)) {
        (Some(before), Some(now)) if before != now => found.dangerous(
            kind,
            name,
            format!("{name} is specified by {now} instead of {before}; clients may not understand its values"),
        ),
        (Some(_), None) => found.safe(kind, name, format!("{name} names no specification any more")),
        (None, Some(now)) => found.safe(kind, name, format!("{name} names its specification: {now}")),
        _ => {}
    }
}

fn one_of(old: &InputObjectType, new: &InputObjectType, found: &mut Found<'_>) {
    let name = &new.name;
    let is_one_of = |input: &InputObjectType| input.directives.has("oneOf");
    match (is_one_of(old), is_one_of(new)) {
        (false, true) => found.breaking(
            ChangeKind::TypeOneOfAdded,
            name,
            format!("{name} is @oneOf now; clients that give several of its fields, or none, are refused"),
        ),
        (true, false) => found.safe(
            ChangeKind::TypeOneOfRemoved,
            name,
            format!("{name} is not @oneOf any more; one field is still enough"),
        ),
        _ => {}
    }
}
