//! `@context` and `@fromContext`: what an argument takes from a context is one value that fits
//! it, wherever the context is set.

use std::collections::HashSet;

use apollo_compiler::Name;
use apollo_compiler::ast::Type;

use super::Check;
use crate::diagnostic::Code;
use crate::source::At;
use crate::subgraph::{Field, FromContext, Input, Kind, Problem, Selection, TypeDefinition};

/// One contextual argument while it is checked.
struct Contextual<'c> {
    coordinate: String,
    argument: &'c Input,
    context: &'c str,
}

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

    fn selection_error(&mut self, contextual: &Contextual<'_>, at: At, message: String) {
        let message = format!("in the selection from ${}: {message}", contextual.context);
        let code = Code::ContextInvalidSelection;
        self.error(code, &contextual.coordinate, at, message);
    }

    /// One field, or fragments with one field each for the types that set the context.
    fn context_selections(
        &mut self,
        contextual: &Contextual<'_>,
        selections: &[Selection],
        setting: &[Name],
        from: &FromContext,
    ) {
        match selections.first() {
            Some(Selection::Inline { .. }) => {
                self.context_fragments(contextual, selections, setting, from);
            }
            _ => {
                for ty in setting {
                    self.context_value(contextual, selections, ty, from);
                }
            }
        }
    }

    fn context_fragments(
        &mut self,
        contextual: &Contextual<'_>,
        selections: &[Selection],
        setting: &[Name],
        from: &FromContext,
    ) {
        let subgraph = self.subgraph;
        let mut conditions: HashSet<&Name> = HashSet::new();
        for selection in selections {
            let Selection::Inline {
                condition,
                at,
                has_directives,
                selections,
            } = selection
            else {
                let message = "select one field, or only fragments `... on Type { field }`";
                return self.selection_error(contextual, from.at, message.to_owned());
            };
            self.no_context_directives(contextual, *has_directives, *at);
            let object = condition
                .as_ref()
                .and_then(|name| subgraph.types.get(name))
                .filter(|ty| ty.kind == Kind::Object);
            let Some(object) = object else {
                let message = "a fragment has to name an object type of this subgraph";
                self.selection_error(contextual, *at, message.to_owned());
                continue;
            };
            if !conditions.insert(&object.name) {
                let message = format!("there are several fragments on {}", object.name);
                self.selection_error(contextual, *at, message);
            }
            let is_used = setting
                .iter()
                .any(|ty| can_be(subgraph.types.get(ty), object));
            if !is_used {
                let context = contextual.context;
                let message = format!("{} never sets the context {context}", object.name);
                self.selection_error(contextual, *at, message);
            }
            self.context_value(contextual, selections, &object.name, from);
        }
        for ty in setting {
            let definition = subgraph.types.get(ty);
            let mut objects = conditions
                .iter()
                .filter_map(|name| subgraph.types.get(*name));
            if !objects.any(|object| can_be(definition, object)) {
                let message = format!("{ty} sets the context, but no fragment is for it");
                self.selection_error(contextual, from.at, message);
            }
        }
    }

    fn no_context_directives(&mut self, contextual: &Contextual<'_>, present: bool, at: At) {
        if present {
            let message = "directives are not allowed".to_owned();
            self.selection_error(contextual, at, message);
        }
    }

    /// What is selected on one type has the argument's type.
    fn context_value(
        &mut self,
        contextual: &Contextual<'_>,
        selections: &[Selection],
        ty: &Name,
        from: &FromContext,
    ) {
        let Some(selected) = self.selected_type(contextual, selections, ty, from) else {
            return;
        };
        let wanted = &contextual.argument.ty;
        // There may be no value, or none of a list's items: the argument has to take null.
        if selected != *wanted {
            let coordinate = &contextual.coordinate;
            let message = format!(
                "{coordinate} is {wanted}, but what is taken from {ty} is {selected}; the types have to be the same, and a contextual argument has to allow null throughout"
            );
            self.selection_error(contextual, contextual.argument.at, message);
        }
    }

    /// The type of the one value selected, with null allowed throughout.
    fn selected_type(
        &mut self,
        contextual: &Contextual<'_>,
        selections: &[Selection],
        parent: &Name,
        from: &FromContext,
    ) -> Option<Type> {
        let subgraph = self.subgraph;
        let ty = subgraph.types.get(parent)?;
        if ty.is_interface_object() {
            let message = format!("{parent} is an @interfaceObject, which has no context");
            self.selection_error(contextual, from.at, message);
            return None;
        }
        let [selection @ Selection::Field { name, at, .. }] = selections else {
            let message = format!("select exactly one field of {parent}");
            self.selection_error(contextual, from.at, message);
            return None;
        };
        if name == "__typename" {
            return Some(Type::Named(Name::new_static_unchecked("String")));
        }
        let Some(field) = ty.fields.get(name) else {
            self.selection_error(contextual, *at, format!("{parent} has no field {name}"));
            return None;
        };
        let below = self.context_field(contextual, selection, field)?;
        let inner = field.ty.inner_named_type();
        let selected = match below {
            Some(below) => self.selected_type(contextual, below, inner, from)?,
            None => Type::Named(inner.clone()),
        };
        Some(in_lists_of(&field.ty, selected))
    }

    /// The selections below a field, if it has some and may be selected as it is.
    fn context_field<'s>(
        &mut self,
        contextual: &Contextual<'_>,
        selection: &'s Selection,
        field: &Field,
    ) -> Option<Option<&'s [Selection]>> {
        let Selection::Field {
            name,
            at,
            alias,
            arguments,
            has_directives,
            selections,
        } = selection
        else {
            return None;
        };
        self.no_context_directives(contextual, *has_directives, *at);
        let mut problems = Vec::new();
        if let Some(alias) = alias {
            problems.push(format!("the alias {alias} is not allowed"));
        }
        for given in arguments {
            if !field.arguments.contains_key(&given.name) {
                problems.push(format!("{name} has no argument {}", given.name));
            }
        }
        let given: HashSet<&Name> = arguments.iter().map(|one| &one.name).collect();
        for argument in field.arguments.values() {
            if argument.is_required() && !given.contains(&argument.name) {
                problems.push(format!("{name} needs the argument {}", argument.name));
            }
        }
        let inner = field.ty.inner_named_type();
        let has_fields = self.subgraph.types.get(inner);
        let has_fields = has_fields.is_some_and(|inner| inner.kind.is_composite());
        if has_fields && selections.is_none() {
            problems.push(format!("{name} is {inner}: select a field of it"));
        } else if !has_fields && selections.is_some() {
            problems.push(format!("{name} is {inner}, which has no fields"));
        }
        let is_right = problems.is_empty();
        for problem in problems {
            self.selection_error(contextual, *at, problem);
        }
        is_right.then_some(selections.as_deref())
    }
}

/// Whether a value of the type may be this object.
fn can_be(ty: Option<&TypeDefinition>, object: &TypeDefinition) -> bool {
    ty.is_some_and(|ty| {
        ty.name == object.name
            || object.implements.contains_key(&ty.name)
            || ty.members.contains_key(&object.name)
    })
}

/// As many lists as the field's type has, around the type of what is selected below it.
fn in_lists_of(field: &Type, selected: Type) -> Type {
    match field {
        Type::Named(_) | Type::NonNullNamed(_) => selected,
        Type::List(item) | Type::NonNullList(item) => {
            Type::List(Box::new(in_lists_of(item, selected)))
        }
    }
}
