//! Default values fit the types they are for. GraphQL parsers do not check that.
//!
//! As lenient as what is in use: a text may stand for an enum value and the other way round, and a
//! whole number may have a decimal point; both are then written as the type has it, and the fields of
//! an object in the order of their names, so that equal defaults are equal. A required field of an
//! input object may be missing from a default, which only its own subgraph uses.

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{InputValueDefinition, IntValue, Type, Value};
use apollo_compiler::schema::ExtendedType;

use super::build::Reader;
use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::source::At;

/// Numbers from here on are not written as whole ones any more.
const MAX_WHOLE: f64 = 1e21;

impl Reader<'_> {
    /// Arguments and input fields: their defaults, and that none is both required and deprecated.
    pub(super) fn check_inputs(&self, report: &mut Findings) {
        for ty in self.schema.types.values() {
            match ty {
                ExtendedType::Object(ty) => {
                    for (name, field) in &ty.fields {
                        self.check_arguments(
                            &format!("{}.{name}", ty.name),
                            &field.arguments,
                            report,
                        );
                    }
                }
                ExtendedType::Interface(ty) => {
                    for (name, field) in &ty.fields {
                        self.check_arguments(
                            &format!("{}.{name}", ty.name),
                            &field.arguments,
                            report,
                        );
                    }
                }
                ExtendedType::InputObject(ty) => {
                    for (name, input) in &ty.fields {
                        self.check_input(&format!("{}.{name}", ty.name), input, report);
                    }
                }
                _ => {}
            }
        }
        for (name, definition) in &self.schema.directive_definitions {
            self.check_arguments(&format!("@{name}"), &definition.arguments, report);
        }
    }

    fn check_arguments(
        &self,
        owner: &str,
        arguments: &[Node<InputValueDefinition>],
        report: &mut Findings,
    ) {
        for argument in arguments {
            let coordinate = format!("{owner}({}:)", argument.name);
            self.check_input(&coordinate, argument, report);
        }
    }

    fn check_input(&self, coordinate: &str, input: &InputValueDefinition, report: &mut Findings) {
        let mut wrong = |at: At, message: String| {
            // What composition itself defines is right.
            if at.is_some() {
                let location = self.source.location(coordinate.to_owned(), at);
                report.push(Diagnostic::error(Code::InvalidGraphql, message, [location]));
            }
        };
        if let Some(default) = &input.default_value {
            let problem = self.problem(default, &input.ty);
            if let Some((value, problem)) = problem {
                let at = self.source.at(value.location().or(default.location()));
                wrong(
                    at,
                    format!(
                        "the default of {coordinate} does not fit its type {}: {problem}",
                        input.ty
                    ),
                );
            }
        }
        let deprecated = input.directives.get("deprecated");
        if let Some(deprecated) = deprecated.filter(|_| input.is_required()) {
            let at = self.at(deprecated);
            wrong(
                at,
                format!(
                    "{coordinate} is required, so it cannot be deprecated; give it a default or allow null first"
                ),
            );
        }
    }

    /// The first part of a value that does not fit a type, and why.
    fn problem<'v>(&self, value: &'v Node<Value>, ty: &Type) -> Option<(&'v Node<Value>, String)> {
        if value.is_null() {
            return ty
                .is_non_null()
                .then(|| (value, format!("{ty} cannot be null")));
        }
        match ty {
            Type::List(item) | Type::NonNullList(item) => match &**value {
                Value::List(items) => items.iter().find_map(|value| self.problem(value, item)),
                // One item may stand for a list of it.
                _ => self.problem(value, item),
            },
            Type::Named(name) | Type::NonNullNamed(name) => self.named_problem(value, name),
        }
    }

    fn named_problem<'v>(
        &self,
        value: &'v Node<Value>,
        name: &Name,
    ) -> Option<(&'v Node<Value>, String)> {
        let fits = match self.schema.types.get(name)? {
            ExtendedType::InputObject(ty) => {
                let Value::Object(fields) = &**value else {
                    return Some((value, format!("{name} is an input object")));
                };
                return fields
                    .iter()
                    .find_map(|(key, value)| match ty.fields.get(key) {
                        Some(field) => self.problem(value, &field.ty),
                        None => Some((value, format!("{name} has no field {key}"))),
                    });
            }
            ExtendedType::Enum(ty) => match &**value {
                Value::Enum(given) => ty.values.contains_key(given),
                Value::String(given) => ty.values.contains_key(given.as_str()),
                _ => false,
            },
            ExtendedType::Scalar(_) => fits_scalar(value, name),
            _ => true,
        };
        let given = value.serialize().no_indent();
        (!fits).then(|| (value, format!("{given} is no {name}")))
    }

    /// A default as its type has it.
    pub(super) fn default(&self, input: &InputValueDefinition) -> Option<Node<Value>> {
        let default = input.default_value.as_ref()?;
        Some(
            self.written(default, &input.ty)
                .unwrap_or_else(|| default.clone()),
        )
    }

    /// The value as its type has it, if it is written otherwise.
    fn written(&self, value: &Node<Value>, ty: &Type) -> Option<Node<Value>> {
        let name = match ty {
            Type::List(item) | Type::NonNullList(item) => {
                let Value::List(items) = &**value else {
                    return self.written(value, item);
                };
                let changed: Vec<_> = items
                    .iter()
                    .map(|value| self.written(value, item))
                    .collect();
                if changed.iter().all(Option::is_none) {
                    return None;
                }
                let items = items.iter().zip(changed);
                let items = items.map(|(item, changed)| changed.unwrap_or_else(|| item.clone()));
                return Some(Node::new(Value::List(items.collect())));
            }
            Type::Named(name) | Type::NonNullNamed(name) => name,
        };
        let changed = match (self.schema.types.get(name)?, &**value) {
            (ExtendedType::Enum(_), Value::String(text)) => Value::Enum(Name::new(text).ok()?),
            (ExtendedType::Scalar(_), Value::Enum(text)) if name == "String" || name == "ID" => {
                Value::String(text.to_string())
            }
            (ExtendedType::Scalar(_), Value::Float(number)) if is_built_in_number(name) => {
                let number = number
                    .try_to_f64()
                    .ok()
                    .filter(|number| is_whole(*number))?;
                Value::Int(IntValue::new_parsed(&format!("{number:.0}")))
            }
            (ExtendedType::InputObject(ty), Value::Object(fields)) => {
                let fields = fields.iter().map(|(key, value)| {
                    let field = ty.fields.get(key);
                    let changed = field.and_then(|field| self.written(value, &field.ty));
                    (key.clone(), changed.unwrap_or_else(|| value.clone()))
                });
                let mut fields: Vec<_> = fields.collect();
                fields.sort_by(|(one, _), (other, _)| one.cmp(other));
                Value::Object(fields)
            }
            _ => return None,
        };
        Some(Node::new(changed))
    }
}

fn is_built_in_number(name: &Name) -> bool {
    ["Int", "Float", "ID"].contains(&name.as_str())
}

fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < MAX_WHOLE
}

fn fits_scalar(value: &Value, name: &Name) -> bool {
    let number = match value {
        Value::Int(number) => number.try_to_f64().ok(),
        Value::Float(number) => number.try_to_f64().ok(),
        _ => None,
    };
    let is_whole = number.is_some_and(is_whole);
    let is_text = matches!(value, Value::String(_) | Value::Enum(_));
    match name.as_str() {
        "Int" => is_whole,
        "Float" => number.is_some_and(f64::is_finite),
        "String" => is_text,
        "ID" => is_text || is_whole,
        "Boolean" => matches!(value, Value::Boolean(_)),
        _ => true,
    }
}
