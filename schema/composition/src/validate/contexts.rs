//! `@context` and `@fromContext`: contexts have plain names, and arguments take from contexts where
//! the router can fill them.

use super::Check;
use super::context_selections::Contextual;
use crate::diagnostic::Code;
use crate::subgraph::{Field, FromContext, Input, Kind, Problem, TypeDefinition};

impl Check<'_> {
    /// Names of contexts, and `@fromContext` where there is no field to resolve.
    pub(super) fn contexts(&mut self) {
        let subgraph = self.subgraph;
        for ty in subgraph.types.values() {
            for context in &ty.contexts {
                let name = &context.name;
                let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name.chars().all(|c| c.is_ascii_alphanumeric());
                if !is_plain {
                    let message = format!(
                        "{name:?} is no name for a context: use letters and digits, a letter first"
                    );
                    self.error(Code::ContextNameInvalid, &ty.name, context.at, message);
                }
            }
        }
        for (name, directive) in &subgraph.own_directives {
            for argument in directive.arguments.values() {
                if let Some(from) = &argument.from_context {
                    let coordinate = format!("@{name}({}:)", argument.name);
                    let message = "@fromContext is for arguments of fields, not of directives";
                    self.error(
                        Code::ContextNotSet,
                        &coordinate,
                        from.at,
                        message.to_owned(),
                    );
                }
            }
        }
        if let Some(at) = self.facts.contexts_exceeded() {
            let message =
                "contexts of this subgraph are set and used too often to check every use of them";
            let message = message.to_owned();
            self.error(Code::UnsupportedFeature, subgraph.name(), at, message);
        }
    }

    pub(super) fn contextual_arguments(&mut self, ty: &TypeDefinition, field: &Field) {
        for argument in field.arguments.values() {
            if let Some(from) = &argument.from_context {
                let coordinate = format!("{}.{}({}:)", ty.name, field.name, argument.name);
                self.contextual_argument(ty, field, argument, from, coordinate);
            }
        }
    }

    fn contextual_argument(
        &mut self,
        ty: &TypeDefinition,
        field: &Field,
        argument: &Input,
        from: &FromContext,
        coordinate: String,
    ) {
        let code = Code::ContextNotSet;
        if ty.kind != Kind::Object {
            let message =
                "@fromContext is for fields of object types; an interface resolves nothing";
            return self.error(code, &coordinate, from.at, message.to_owned());
        }
        self.implements_no_interface(ty, field, from, &coordinate);
        if argument.default.is_some() {
            let message = format!("{coordinate} cannot have a default: its context fills it");
            self.error(code, &coordinate, from.at, message);
        }
        let Some(value) = &from.value else {
            let message =
                "@fromContext begins with the name of a context, as in \"$context { field }\"";
            let code = Code::NoContextInSelection;
            return self.error(code, &coordinate, from.at, message.to_owned());
        };
        let context = value.context.as_str();
        let setting = self.facts.setting(context);
        if setting.is_empty() {
            let message = format!(
                "no type of this subgraph sets the context {context:?}; add @context(name: {context:?}) to the types it is to be taken from"
            );
            self.error(code, &coordinate, from.at, message);
        } else if self.facts.contexts_exceeded().is_none() {
            let contextual = Contextual {
                coordinate: coordinate.clone(),
                argument,
                context,
            };
            match &value.fields.content {
                Ok(selections) => self.context_selections(&contextual, selections, setting, from),
                Err(Problem::Syntax { message, at }) => {
                    let message = format!("what is selected cannot be read: {message}");
                    self.selection_error(&contextual, *at, message);
                }
                Err(Problem::NotText) => {}
            }
        }
        if !ty.keys.iter().any(|key| key.resolvable) {
            let message = format!(
                "{coordinate} is filled from a context, so {} has to be reachable as an entity: give it a @key that this subgraph resolves",
                ty.name
            );
            self.error(Code::ContextNoResolvableKey, &ty.name, ty.at, message);
        }
    }

    /// Through an interface the field could be selected with the argument given.
    fn implements_no_interface(
        &mut self,
        ty: &TypeDefinition,
        field: &Field,
        from: &FromContext,
        coordinate: &str,
    ) {
        let subgraph = self.subgraph;
        for interface in ty.implements.keys() {
            let definition = subgraph.types.get(interface);
            if definition.is_some_and(|one| one.fields.contains_key(&field.name)) {
                let message = format!(
                    "@fromContext cannot be used in {}.{}, which implements {interface}.{1}",
                    ty.name, field.name
                );
                self.error(Code::ContextNotSet, coordinate, from.at, message);
            }
        }
    }
}
