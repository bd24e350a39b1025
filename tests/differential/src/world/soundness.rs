//! Worlds that compose but mean nothing: shrinking leads there.

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema, executable};

use super::field_set::FieldSet;
use super::subgraph::{SubgraphSchema, possible};

/// Every abstract type has runtime types, and every field set is valid where it stands.
pub(crate) fn check(schema: &Schema, subgraphs: &[SubgraphSchema]) -> Result<(), String> {
    let is_abstract = |ty: &ExtendedType| ty.is_interface() || ty.is_union();
    for (name, _) in schema.types.iter().filter(|(_, ty)| is_abstract(ty)) {
        let types = possible(schema, name);
        let mut visible = types.iter().filter(|ty| {
            let ty = &schema.types[*ty];
            !ty.directives().has("inaccessible")
        });
        if visible.next().is_none() {
            return Err(format!("{name} has no runtime types"));
        }
    }
    for subgraph in subgraphs {
        for (ty, facts) in &subgraph.types {
            for key in &facts.keys {
                check_set(&subgraph.schema, ty, &key.fields)?;
            }
            for (name, field) in &facts.fields {
                if let Some(set) = &field.requires {
                    check_set(&subgraph.schema, ty, set)?;
                }
                let definition = subgraph.schema.type_field(ty, name);
                if let (Some(set), Ok(definition)) = (&field.provides, definition) {
                    let target = definition.ty.inner_named_type();
                    check_set(&subgraph.schema, target, set)?;
                }
            }
        }
    }
    Ok(())
}

fn check_set(schema: &Valid<Schema>, ty: &Name, set: &FieldSet) -> Result<(), String> {
    let text: Vec<String> = set.iter().map(ToString::to_string).collect();
    let text = text.join(" ");
    let valid = executable::FieldSet::parse_and_validate(schema, ty.clone(), &text, "fields");
    valid.map(|_| ()).map_err(|e| format!("{ty}: {text}: {e}"))
}
