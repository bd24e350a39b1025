//! The insides of `@key`, `@requires`, `@provides` and `@fromContext`, resolved to field ids.

use apollo_compiler::executable::{self, Selection, SelectionSet};

use super::{FieldIndex, Source, contexts};
use crate::definition::{FieldDefinition, TypeDefinition};
use crate::error::ModelError;
use crate::field_set::{FieldSet, FieldSetSelection};
use crate::id::TypeId;

/// Resolves every field set of every type and field.
pub(super) fn read(
    source: &Source<'_>,
    types: &mut [TypeDefinition],
    fields: &mut [FieldDefinition],
    index: &FieldIndex,
) -> Result<(), ModelError> {
    let resolver = Resolver { source, index };
    for (position, definition) in types.iter_mut().enumerate() {
        let on = TypeId::from_index(position);
        let entries = definition.subgraphs.iter_mut();
        for key in entries.flat_map(|entry| &mut entry.keys) {
            resolver.resolve(&mut key.fields, on, || definition.name.to_string())?;
        }
    }
    for field in fields {
        let coordinate = || format!("{}.{}", types[field.parent.index()].name, field.name);
        for entry in &mut field.subgraphs {
            if let Some(requires) = &mut entry.requires {
                resolver.resolve(requires, field.parent, coordinate)?;
            }
            if let Some(provides) = &mut entry.provides {
                resolver.resolve(provides, entry.ty.named(), coordinate)?;
            }
            let arguments = entry.context_arguments.iter_mut();
            for value in arguments.flat_map(|argument| &mut argument.values) {
                resolver.resolve(&mut value.selection, value.on, coordinate)?;
                contexts::retain_possible(value, types);
            }
        }
    }
    Ok(())
}

struct Resolver<'a> {
    source: &'a Source<'a>,
    index: &'a FieldIndex,
}

impl Resolver<'_> {
    fn resolve(
        &self,
        set: &mut FieldSet,
        on: TypeId,
        coordinate: impl Fn() -> String,
    ) -> Result<(), ModelError> {
        let name = &self.source.names.in_order[on.index()];
        let parsed = executable::FieldSet::parse(
            self.source.schema,
            name.clone(),
            set.source.as_str(),
            "field set",
        );
        let resolved = parsed
            .map_err(|invalid| invalid.errors.to_string())
            .and_then(|parsed| self.selections(&parsed.selection_set, on));
        set.selections = resolved.map_err(|reason| {
            let coordinate = coordinate();
            ModelError::InvalidFieldSet {
                place: self.source.place(&coordinate),
                coordinate,
                field_set: set.source.clone(),
                reason,
            }
        })?;
        Ok(())
    }

    fn selections(&self, set: &SelectionSet, on: TypeId) -> Result<Vec<FieldSetSelection>, String> {
        let selections = set.selections.iter();
        selections
            .map(|selection| self.selection(selection, on))
            .collect()
    }

    fn selection(&self, selection: &Selection, on: TypeId) -> Result<FieldSetSelection, String> {
        match selection {
            Selection::Field(field) if field.name == "__typename" => {
                Ok(FieldSetSelection::Typename)
            }
            Selection::Field(field) => {
                let found = self.index.get(&(on, field.name.clone()));
                let id = found.ok_or_else(|| format!("no field `{}`", field.name))?;
                let below = self
                    .source
                    .names
                    .get(field.definition.ty.inner_named_type());
                let below = below.ok_or_else(|| format!("no type for `{}`", field.name))?;
                Ok(FieldSetSelection::Field {
                    field: *id,
                    arguments: field.arguments.clone(),
                    selections: self.selections(&field.selection_set, below)?,
                })
            }
            Selection::InlineFragment(fragment) => {
                let on = match &fragment.type_condition {
                    Some(name) => self
                        .source
                        .names
                        .get(name)
                        .ok_or_else(|| format!("no type `{name}`"))?,
                    None => on,
                };
                Ok(FieldSetSelection::Fragment {
                    on,
                    selections: self.selections(&fragment.selection_set, on)?,
                })
            }
            Selection::FragmentSpread(spread) => Err(format!(
                "the fragment spread `...{}` has no place in a field set",
                spread.fragment_name
            )),
        }
    }
}
