//! `@cacheInvalidate`: what a field of the mutation type ends, told by its arguments before anybody is asked.

use apollo_compiler::{Name, ast};
use schema_model::{CacheInvalidation, FieldDefinition, Supergraph, TypeKind};
use serde_json::{Map, Value};

use super::{Target, Told};
use crate::caching::{
    entities::EntityTypes,
    formats::{self, Arguments},
    selected::Schema,
};

/// What is said of one field.
#[derive(Debug, Default)]
pub(in crate::caching) struct Templates {
    /// With placeholders where arguments' values belong.
    targets: Vec<Target>,
    /// Nothing else changes.
    is_complete: bool,
}

/// A `@cacheInvalidate` that says nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The field that it stands on.
    pub(crate) coordinate: String,
    pub(crate) reason: String,
}

/// Every `@cacheInvalidate` of a graph that cannot be heeded.
pub(crate) fn mistakes(supergraph: &Supergraph, entities: &EntityTypes) -> Vec<Mistake> {
    let schema = Schema {
        supergraph,
        entities,
    };
    let mutation = supergraph.root(ast::OperationType::Mutation);
    let mut found = Vec::new();
    for ty in supergraph.type_ids() {
        let definition = supergraph.ty(ty);
        let fields = definition.fields.iter();
        let fields = fields.map(|field| supergraph.field(*field));
        for field in fields.filter(|field| !field.cache_invalidations.is_empty()) {
            let reasons = match Some(ty) == mutation {
                true => Templates::of(schema, field).1,
                false => vec!["it is for fields of the mutation type".to_owned()],
            };
            found.extend(reasons.into_iter().map(|reason| Mistake {
                coordinate: format!("{}.{}", definition.name, field.name),
                reason,
            }));
        }
    }
    found
}

impl Templates {
    /// What is said of `field`, a field of the mutation type, and what is wrong with what is not heeded: then it is not all
    /// that changes either.
    pub(in crate::caching) fn of(
        schema: Schema<'_>,
        field: &FieldDefinition,
    ) -> (Self, Vec<String>) {
        let (mut templates, mut wrong) = (Self::default(), Vec::new());
        for CacheInvalidation { arguments } in &field.cache_invalidations {
            let read = read(arguments).and_then(|(target, is_complete)| {
                if let Some(target) = &target {
                    check(schema, field, target)?;
                }
                Ok((target, is_complete))
            });
            match read {
                Ok((target, is_complete)) => {
                    templates.targets.extend(target);
                    templates.is_complete |= is_complete;
                }
                Err(reason) => wrong.push(reason),
            }
        }
        templates.is_complete &= wrong.is_empty();
        (templates, wrong)
    }

    pub(in crate::caching) fn are_none(&self) -> bool {
        self.targets.is_empty() && !self.is_complete
    }

    /// What is said with these arguments. Without the value of one it is not all that changes.
    pub(in crate::caching) fn fill(
        &self,
        arguments: &Arguments<'_>,
        entities: &EntityTypes,
        subgraph: &str,
    ) -> Told {
        let mut told = Told {
            is_complete: self.is_complete,
            ..Told::default()
        };
        for target in &self.targets {
            let filled = target.filled(|format| arguments.expand(format));
            let tags = filled.and_then(|target| target.tags(entities, Some(subgraph)).ok());
            match tags {
                Some(tags) => {
                    told.is_told = true;
                    told.names.extend(tags);
                }
                None => told.is_complete = false,
            }
        }
        told.is_told |= told.is_complete;
        told
    }
}

impl Target {
    /// With values in place of placeholders.
    fn filled(&self, value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let key = self.key.iter();
        let key = key.map(|(field, format)| Some((field.clone(), value(format)?)));
        Some(Self {
            key: key.collect::<Option<_>>()?,
            tag: match &self.tag {
                Some(format) => Some(value(format)?),
                None => None,
            },
            ..self.clone()
        })
    }
}

/// The target, and whether it is said that nothing else changes. Without anything else than that there is no target.
fn read(
    arguments: &[(Name, apollo_compiler::Node<ast::Value>)],
) -> Result<(Option<Target>, bool), String> {
    let (mut target, mut is_complete) = (Map::new(), false);
    for (name, value) in arguments {
        let json = formats::constant(value);
        let written = value.serialize().no_indent();
        let wrong = |what: &str| format!("`{name}` must be {what}, not {written}");
        match (name.as_str(), json) {
            ("complete", Some(Value::Bool(value))) => is_complete = value,
            ("complete", _) => return Err(wrong("a Boolean")),
            ("key", Some(json)) => {
                let form = "one or more strings as in \"id: {$args.id}\"";
                let key = key(&json).ok_or_else(|| wrong(form))?;
                target.insert(name.to_string(), Value::Object(key));
            }
            // A single value stands for a list of it.
            ("fields", Some(Value::String(field))) => {
                target.insert(name.to_string(), Value::Array(vec![Value::String(field)]));
            }
            (_, Some(json)) => {
                target.insert(name.to_string(), json);
            }
            (_, None) => return Err(wrong("a constant")),
        }
    }
    if target.is_empty() {
        return match is_complete {
            true => Ok((None, true)),
            false => Err("it names nothing".to_owned()),
        };
    }
    let target =
        serde_json::from_value(Value::Object(target)).map_err(|error| error.to_string())?;
    Ok((Some(target), is_complete))
}

/// `id: {$args.id}`, or several of these.
fn key(json: &Value) -> Option<Map<String, Value>> {
    let parts = match json {
        Value::Array(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let pairs = parts.iter().map(|part| {
        let (field, value) = part.as_str()?.split_once(':')?;
        Some((
            field.trim().to_owned(),
            Value::String(value.trim().to_owned()),
        ))
    });
    let key: Map<String, Value> = pairs.collect::<Option<_>>()?;
    (key.len() == parts.len() && !key.is_empty()).then_some(key)
}

/// Whether everything that a target names is there.
fn check(schema: Schema<'_>, field: &FieldDefinition, target: &Target) -> Result<(), String> {
    let Schema {
        supergraph,
        entities,
    } = schema;
    target.tags(entities, Some(""))?;
    if let Some(name) = &target.subgraph
        && supergraph.subgraph_named(name).is_none()
    {
        return Err(format!("there is no subgraph `{name}`"));
    }
    if let Some(coordinate) = &target.field
        && !is_root_field(supergraph, coordinate)
    {
        return Err(format!("there is no root field `{coordinate}`"));
    }
    if let Some(ty) = &target.ty
        && let Some(id) = supergraph.type_named(ty)
    {
        let mut named = target.key.keys().chain(&target.fields);
        if let Some(name) = named.find(|name| supergraph.field_named(id, name).is_none()) {
            return Err(format!("there is no field `{ty}.{name}`"));
        }
    }
    let mut formats = target.key.values().chain(&target.tag);
    formats.try_for_each(|format| {
        formats::placeholders(format)
            .ok_or_else(|| format!("a brace in {format:?} is not closed"))?
            .into_iter()
            .try_for_each(|path| placeholder(supergraph, field, path))
    })
}

fn is_root_field(supergraph: &Supergraph, coordinate: &str) -> bool {
    use ast::OperationType::{Mutation, Query, Subscription};
    let Some((ty, field)) = coordinate.split_once('.') else {
        return false;
    };
    let Some(id) = supergraph.type_named(ty) else {
        return false;
    };
    let mut roots = [Query, Mutation, Subscription].into_iter();
    roots.any(|kind| supergraph.root(kind) == Some(id))
        && supergraph.field_named(id, field).is_some()
}

/// Whether a placeholder leads to a single scalar or enum value of an argument.
fn placeholder(supergraph: &Supergraph, field: &FieldDefinition, path: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{{{path}}}: {why}"));
    let Some(steps) = path.strip_prefix("$args.") else {
        return wrong("what stands in braces must be an argument as in {$args.id}");
    };
    let mut steps = steps.split('.');
    let first = steps.next().unwrap_or_default();
    let mut arguments = field.arguments.iter();
    let Some(argument) = arguments.find(|argument| argument.name == first) else {
        return wrong(&format!("the field has no argument `{first}`"));
    };
    let mut ty = argument.ty;
    for step in steps {
        let name = &supergraph.ty(ty.named()).name;
        match supergraph.field_named(ty.named(), step) {
            Some(id) if !ty.is_list() => ty = supergraph.field(id).ty,
            _ => return wrong(&format!("`{name}` has no field `{step}`, or is a list")),
        }
    }
    let kind = supergraph.ty(ty.named()).kind;
    match kind {
        TypeKind::Scalar(_) | TypeKind::Enum if !ty.is_list() => Ok(()),
        _ => wrong("it is no single scalar or enum value"),
    }
}

#[cfg(test)]
mod tests;
