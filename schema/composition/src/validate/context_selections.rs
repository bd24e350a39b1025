//! What `@fromContext` selects: one value of the argument's type, wherever the context is set.

use std::collections::HashSet;

use apollo_compiler::Name;
use apollo_compiler::ast::Type;

use super::Check;
use crate::diagnostic::Code;
use crate::source::At;
use crate::subgraph::{Field, FromContext, Input, Kind, Selection, TypeDefinition};

/// One contextual argument while it is checked.
pub(super) struct Contextual<'c> {
    pub(super) coordinate: String,
    pub(super) argument: &'c Input,
    pub(super) context: &'c str,
}

impl Check<'_> {
    pub(super) fn selection_error(&mut self, contextual: &Contextual<'_>, at: At, message: String) {
        let message = format!("in the selection from ${}: {message}", contextual.context);
        let code = Code::ContextInvalidSelection;
        self.error(code, &contextual.coordinate, at, message);
    }

    /// One field, or fragments with one field each for the types that set the context.
    pub(super) fn context_selections(
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
