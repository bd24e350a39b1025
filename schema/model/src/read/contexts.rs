//! `contextArguments` of `@join__field`: arguments that the router fills.

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::{Name, Schema};
use rustc_hash::FxHashMap;

use super::fields::own_type;
use super::{Names, Source, directives};
use crate::definition::{ContextArgument, ContextValue, TypeDefinition};
use crate::error::ModelError;
use crate::field_set::{FieldSet, FieldSetSelection};
use crate::id::TypeId;
use crate::link::Links;

/// Contexts and the types that set them.
pub(super) type Contexts = FxHashMap<String, Vec<TypeId>>;

/// All contexts that types set.
pub(super) fn read(schema: &Schema, links: &Links, names: &Names) -> Contexts {
    let directive = links.directive("context", "context");
    let mut found = Contexts::default();
    for (position, name) in names.in_order.iter().enumerate() {
        let definition = schema.types.get(name);
        let directives = definition.map(|definition| definition.directives());
        for context in directives
            .into_iter()
            .flat_map(|all| all.get_all(&directive))
        {
            if let Some(context) = directives::text(context, "name") {
                let setting = found.entry(context).or_default();
                setting.push(TypeId::from_index(position));
            }
        }
    }
    found
}

/// The arguments of one `@join__field`; the insides of selections are left to a later phase.
pub(super) fn arguments(
    source: &Source<'_>,
    directive: &Directive,
    coordinate: &str,
) -> Result<Vec<ContextArgument>, ModelError> {
    let mut found = Vec::new();
    for value in directives::items(directive, "contextArguments") {
        let get = |key| member(value, key);
        let (Some(context), Some(name), Some(ty), Some(selection)) =
            (get("context"), get("name"), get("type"), get("selection"))
        else {
            continue;
        };
        let Ok(name) = Name::new(name) else {
            continue;
        };
        let setting = source.contexts.get(context).into_iter().flatten();
        let values = setting.map(|on| ContextValue {
            on: *on,
            selection: FieldSet {
                selections: Vec::new(),
                source: selection.to_owned(),
            },
        });
        found.push(ContextArgument {
            context: context.to_owned(),
            name,
            ty: own_type(source, ty, coordinate)?,
            values: values.collect(),
        });
    }
    Ok(found)
}

fn member<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    let (_, value) = value.as_object()?.iter().find(|(name, _)| name == key)?;
    value.as_str()
}

/// Drops fragments on types that a value of the type cannot be: they are for other types that set
/// the context.
pub(super) fn retain_possible(value: &mut ContextValue, types: &[TypeDefinition]) {
    let on = value.on;
    let possible = &types[on.index()].possible_types;
    value
        .selection
        .selections
        .retain(|selection| match selection {
            FieldSetSelection::Fragment { on: condition, .. } => {
                *condition == on || possible.contains(condition)
            }
            FieldSetSelection::Typename | FieldSetSelection::Field { .. } => true,
        });
}
