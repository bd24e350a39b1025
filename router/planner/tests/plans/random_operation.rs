//! Random valid operations of a schema.

use std::fmt::Write as _;

use apollo_compiler::Schema;
use apollo_compiler::ast::{Type, Value};
use apollo_compiler::schema::{ExtendedType, FieldDefinition, InputValueDefinition};

use super::random_graph::Numbers;

/// How deep operations are at most.
const DEPTH: u32 = 7;

/// A query; the same number gives the same one.
pub(crate) fn random_operation(schema: &Schema, seed: u64) -> String {
    let mut writer = Writer {
        schema,
        numbers: Numbers(seed),
        out: String::new(),
        left: 60,
        aliases: 0,
    };
    writer.set("Query", 0);
    writer.out
}

struct Writer<'a> {
    schema: &'a Schema,
    numbers: Numbers,
    out: String,
    /// Fields that may still be written.
    left: u32,
    aliases: u32,
}

impl Writer<'_> {
    fn below(&mut self, bound: usize) -> usize {
        self.numbers.below(bound)
    }

    fn set(&mut self, ty: &str, depth: u32) {
        let schema = self.schema;
        let (fields, possible): (Vec<&FieldDefinition>, Vec<&str>) = match &schema.types[ty] {
            ExtendedType::Object(object) => {
                (object.fields.values().map(|f| &***f).collect(), vec![])
            }
            ExtendedType::Interface(interface) => {
                let fields = interface.fields.values().map(|f| &***f);
                (fields.collect(), self.possible(ty))
            }
            ExtendedType::Union(union) => {
                (vec![], union.members.iter().map(|m| m.as_str()).collect())
            }
            _ => (vec![], vec![]),
        };
        self.out.push_str("{ ");
        let start = self.out.len();
        for _ in 0..1 + self.below(4) {
            if !fields.is_empty() && (possible.is_empty() || self.below(2) == 0) {
                let field = fields[self.below(fields.len())];
                self.field(field, depth);
            } else if !possible.is_empty() && depth < DEPTH {
                let on = possible[self.below(possible.len())];
                let _ = write!(self.out, "... on {on} ");
                self.set(on, depth + 1);
            }
        }
        if self.out.len() == start || self.below(8) == 0 {
            self.out.push_str("__typename ");
        }
        self.out.push_str("} ");
    }

    /// Object types and interfaces that an object of the interface may be of.
    fn possible(&self, interface: &str) -> Vec<&'static str> {
        let types = self.schema.types.iter();
        let names = types.filter(|(_, ty)| match ty {
            ExtendedType::Object(object) => object.implements_interfaces.contains(interface),
            ExtendedType::Interface(other) => other.implements_interfaces.contains(interface),
            _ => false,
        });
        // Leaked names: a test's schemas are small.
        names
            .map(|(name, _)| &*Box::leak(name.to_string().into_boxed_str()))
            .collect()
    }

    fn field(&mut self, field: &FieldDefinition, depth: u32) {
        let ty = field.ty.inner_named_type();
        let is_composite = matches!(
            &self.schema.types[ty],
            ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_)
        );
        if self.left == 0 || is_composite && depth >= DEPTH {
            return;
        }
        self.left -= 1;
        // Aliases of their own keep fields from clashing; some fields are left without.
        if !field.arguments.is_empty() || self.below(3) == 0 {
            self.aliases += 1;
            let _ = write!(self.out, "a{}: ", self.aliases);
        }
        self.out.push_str(&field.name);
        let arguments: Vec<&InputValueDefinition> =
            field.arguments.iter().map(|one| &**one).collect();
        let mut given = Vec::new();
        for argument in arguments {
            if argument.is_required() || self.below(2) == 0 {
                let value = self.value(&argument.ty, 0);
                given.push(format!("{}: {value}", argument.name));
            }
        }
        if !given.is_empty() {
            let _ = write!(self.out, "({})", given.join(", "));
        }
        self.out.push(' ');
        if is_composite {
            self.set(ty, depth + 1);
        }
    }

    fn value(&mut self, ty: &Type, depth: u32) -> String {
        if !ty.is_non_null() && (depth > 1 || self.below(4) == 0) {
            return Value::Null.to_string();
        }
        if ty.is_list() {
            return format!("[{}]", self.value(ty.item_type(), depth + 1));
        }
        let name = ty.inner_named_type();
        match (&self.schema.types[name], name.as_str()) {
            (ExtendedType::Enum(definition), _) => definition
                .values
                .keys()
                .next()
                .map_or(String::new(), ToString::to_string),
            (ExtendedType::InputObject(input), _) => {
                let required = input.fields.values().filter(|field| field.is_required());
                let required: Vec<(String, Type)> = required
                    .map(|field| (field.name.to_string(), (*field.ty).clone()))
                    .collect();
                let fields: Vec<String> = required
                    .iter()
                    .map(|(name, ty)| format!("{name}: {}", self.value(ty, depth + 1)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            (_, "Int" | "Float") => String::from("1"),
            (_, "Boolean") => String::from("true"),
            _ => String::from("\"x\""),
        }
    }
}
