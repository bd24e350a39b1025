//! How large an answer may be.

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Node, Schema};

/// A full introspection writes about so many bytes for one element of a schema, texts aside.
const BYTES_PER_ELEMENT: usize = 600;
/// The answer may be so many times what a full introspection takes.
const MOST_TIMES: usize = 4;
const ALWAYS_ALLOWED: usize = 256 << 10;

/// The most bytes an honest question about `schema` is answered with.
pub(super) fn allowed(schema: &Schema) -> usize {
    ALWAYS_ALLOWED.max(MOST_TIMES * size(schema))
}

fn size(schema: &Schema) -> usize {
    let types = schema.types.values().map(|ty| {
        let below: usize = match ty {
            ExtendedType::Object(one) => one.fields.values().map(|field| of_field(field)).sum(),
            ExtendedType::Interface(one) => one.fields.values().map(|field| of_field(field)).sum(),
            ExtendedType::Union(one) => one.members.len() * BYTES_PER_ELEMENT,
            ExtendedType::Enum(one) => {
                let values = one.values.values();
                values.map(|one| element(one.description.as_ref())).sum()
            }
            ExtendedType::InputObject(one) => {
                let fields = one.fields.values();
                fields.map(|one| element(one.description.as_ref())).sum()
            }
            ExtendedType::Scalar(_) => 0,
        };
        element(ty.description()) + below
    });
    types.sum()
}

fn of_field(field: &FieldDefinition) -> usize {
    let arguments = field.arguments.iter();
    let arguments =
        arguments.map(|one: &Node<InputValueDefinition>| element(one.description.as_ref()));
    element(field.description.as_ref()) + arguments.sum::<usize>()
}

fn element(description: Option<&Node<str>>) -> usize {
    BYTES_PER_ELEMENT + description.map_or(0, |text| text.len())
}
