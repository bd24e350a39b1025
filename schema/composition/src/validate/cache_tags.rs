//! `@cacheTag`: its format names arguments of a root field, or what is in every key of an entity.

use super::Check;
use crate::diagnostic::Code;
use crate::subgraph::{CacheTag, Field, Kind, Selection, TypeDefinition};

/// A piece in braces: `{$args.first}`.
struct Placeholder<'t> {
    /// `args` or `key`.
    variable: &'t str,
    path: Vec<&'t str>,
}

impl Check<'_> {
    pub(super) fn type_cache_tags(&mut self, ty: &TypeDefinition) {
        for tag in &ty.cache_tags {
            if !ty.keys.iter().any(|key| key.resolvable) {
                let message = format!(
                    "@cacheTag is for entities and root fields, but {} has no resolvable @key",
                    ty.name
                );
                let code = Code::CacheTagEntityNotResolvable;
                self.error(code, &ty.name, tag.at, message);
                continue;
            }
            for placeholder in self.placeholders(&ty.name, tag) {
                if let Err((code, message)) = self.key_placeholder(ty, &placeholder) {
                    self.error(code, &ty.name, tag.at, message);
                }
            }
        }
    }

    pub(super) fn field_cache_tags(&mut self, ty: &TypeDefinition, field: &Field) {
        let coordinate = format!("{}.{}", ty.name, field.name);
        for tag in &field.cache_tags {
            if !ty.is_root() {
                let message = format!(
                    "@cacheTag is for entities and root fields; put it on the root fields that lead to {coordinate}, or on the type {} if that is an entity",
                    ty.name
                );
                let code = Code::CacheTagAppliedToNonRootField;
                self.error(code, &coordinate, tag.at, message);
                continue;
            }
            for placeholder in self.placeholders(&coordinate, tag) {
                if let Err((code, message)) = self.argument_placeholder(field, &placeholder) {
                    self.error(code, &coordinate, tag.at, message);
                }
            }
        }
    }

    fn placeholders<'t>(&mut self, coordinate: &str, tag: &'t CacheTag) -> Vec<Placeholder<'t>> {
        let mut found = Vec::new();
        let mut rest = tag.format.as_str();
        while let Some((_, after)) = rest.split_once('{') {
            let inside = after.split_once('}');
            let placeholder = inside.and_then(|(inside, _)| placeholder(inside.trim()));
            let (Some((_, after)), Some(placeholder)) = (inside, placeholder) else {
                let message = format!(
                    "{:?} is no cache tag: what stands in braces must be a path as in {{$args.id}} or {{$key.id}}",
                    tag.format
                );
                self.error(Code::CacheTagInvalidFormat, coordinate, tag.at, message);
                return Vec::new();
            };
            found.push(placeholder);
            rest = after;
        }
        found
    }

    fn argument_placeholder(
        &self,
        field: &Field,
        placeholder: &Placeholder<'_>,
    ) -> Result<(), (Code, String)> {
        if placeholder.variable != "args" {
            return Err((
                Code::CacheTagInvalidFormatArgumentOnRootField,
                format!(
                    "the cache tag of a root field is made of its arguments: {{$args.x}}, not {{${}.x}}",
                    placeholder.variable
                ),
            ));
        }
        let Some((first, rest)) = placeholder.path.split_first() else {
            return Err(incomplete(placeholder));
        };
        let Some(argument) = field.arguments.get(*first) else {
            let message = format!("{} has no argument {first:?}", field.name);
            return Err((Code::CacheTagInvalidFormat, message));
        };
        self.path(first, &argument.ty, rest)
    }

    fn key_placeholder(
        &self,
        ty: &TypeDefinition,
        placeholder: &Placeholder<'_>,
    ) -> Result<(), (Code, String)> {
        if placeholder.variable != "key" {
            return Err((
                Code::CacheTagInvalidFormatArgumentOnEntity,
                format!(
                    "the cache tag of a type is made of its key: {{$key.x}}, not {{${}.x}}",
                    placeholder.variable
                ),
            ));
        }
        let Some((first, rest)) = placeholder.path.split_first() else {
            return Err(incomplete(placeholder));
        };
        let Some(field) = ty.fields.get(*first) else {
            let message = format!("{} has no field {first:?}", ty.name);
            return Err((Code::CacheTagInvalidFormat, message));
        };
        self.path(first, &field.ty, rest)?;
        let mut keys = ty.keys.iter();
        match keys.find(|key| !selects(key.fields.selections(), &placeholder.path)) {
            None => Ok(()),
            Some(key) => Err((
                Code::CacheTagInvalidFormatArgumentOnEntity,
                format!(
                    "{} is not in the key {:?} of {}; a cache tag may use what is in all keys",
                    placeholder.path.join("."),
                    key.fields.text(),
                    ty.name
                ),
            )),
        }
    }

    /// Follows `rest` from an element called `name`; what it ends at must be a single value.
    fn path(
        &self,
        name: &str,
        ty: &apollo_compiler::ast::Type,
        rest: &[&str],
    ) -> Result<(), (Code, String)> {
        let invalid = |message: String| Err((Code::CacheTagInvalidFormat, message));
        let (mut name, mut ty) = (name, ty);
        for next in rest {
            let found = self.subgraph.types.get(ty.inner_named_type());
            let composite = found.filter(|one| matches!(one.kind, Kind::Object | Kind::Interface));
            let Some(composite) = composite else {
                return invalid(format!(
                    "{name} is of type {ty}, whose fields a cache tag cannot use"
                ));
            };
            let Some(field) = composite.fields.get(*next) else {
                return invalid(format!("{} has no field {next:?}", composite.name));
            };
            (name, ty) = (next, &field.ty);
        }
        let found = self.subgraph.types.get(ty.inner_named_type());
        let is_leaf = found.is_none_or(|one| matches!(one.kind, Kind::Scalar | Kind::Enum));
        if ty.is_list() || !is_leaf {
            return invalid(format!(
                "{name} is of type {ty}; a cache tag can use single scalars and enum values"
            ));
        }
        Ok(())
    }
}

fn incomplete(placeholder: &Placeholder<'_>) -> (Code, String) {
    let variable = placeholder.variable;
    let message = format!("{{${variable}}} does not say which of them: write {{${variable}.x}}");
    (Code::CacheTagInvalidFormat, message)
}

/// `$args.first.second`
fn placeholder(text: &str) -> Option<Placeholder<'_>> {
    let mut parts = text.strip_prefix('$')?.split('.').map(str::trim);
    let variable = parts.next()?;
    let path: Vec<&str> = parts.collect();
    let is_name = |text: &&str| apollo_compiler::Name::new(text).is_ok();
    let are_names = is_name(&variable) && path.iter().all(is_name);
    are_names.then_some(Placeholder { variable, path })
}

fn selects(selections: &[Selection], path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    selections.iter().any(|selection| match selection {
        Selection::Field {
            name, selections, ..
        } => name == *first && selects(selections.as_deref().unwrap_or_default(), rest),
        Selection::Inline { selections, .. } => selects(selections, path),
        Selection::Spread { .. } => false,
    })
}
