//! Field sets against the subgraph's schema, with the position of the mistake inside the string.

use std::collections::HashSet;

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::Argument;

use super::Check;
use crate::diagnostic::Code;
use crate::source::At;
use crate::subgraph::{Field, FieldSet, Kind, Problem, Selection, TypeDefinition};

/// Whose field set it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Key,
    Requires,
    Provides,
}

impl Role {
    fn directive(self) -> &'static str {
        match self {
            Role::Key => "@key",
            Role::Requires => "@requires",
            Role::Provides => "@provides",
        }
    }

    fn invalid(self) -> Code {
        match self {
            Role::Key => Code::KeyInvalidFields,
            Role::Requires => Code::RequiresInvalidFields,
            Role::Provides => Code::ProvidesInvalidFields,
        }
    }

    fn invalid_type(self) -> Code {
        match self {
            Role::Key => Code::KeyInvalidFieldsType,
            Role::Requires => Code::RequiresInvalidFieldsType,
            Role::Provides => Code::ProvidesInvalidFieldsType,
        }
    }

    fn has_directive(self) -> Code {
        match self {
            Role::Key => Code::KeyDirectiveInFieldsArg,
            Role::Requires => Code::RequiresDirectiveInFieldsArg,
            Role::Provides => Code::ProvidesDirectiveInFieldsArg,
        }
    }

    /// Keys and provided fields cannot have arguments; required ones can.
    fn has_arguments(self) -> Option<Code> {
        match self {
            Role::Key => Some(Code::KeyFieldsHasArgs),
            Role::Requires => None,
            Role::Provides => Some(Code::ProvidesFieldsHasArgs),
        }
    }

    fn missing_external(self) -> Option<Code> {
        match self {
            Role::Key => None,
            Role::Requires => Some(Code::RequiresFieldsMissingExternal),
            Role::Provides => Some(Code::ProvidesFieldsMissingExternal),
        }
    }
}

/// One field set while it is checked.
struct Context {
    role: Role,
    /// Coordinate of what carries the directive.
    owner: String,
}

impl Check<'_> {
    pub(super) fn requires(&mut self, ty: &TypeDefinition, field: &Field) {
        let Some((fields, at)) = &field.requires else {
            return;
        };
        let owner = format!("{}.{}", ty.name, field.name);
        if ty.kind == Kind::Interface {
            let message = "@requires is not supported on fields of interfaces".to_owned();
            self.error(Code::RequiresUnsupportedOnInterface, &owner, *at, message);
        }
        self.field_set(Role::Requires, fields, owner, &ty.name);
    }

    pub(super) fn provides(&mut self, ty: &TypeDefinition, field: &Field) {
        let Some((fields, at)) = &field.provides else {
            return;
        };
        let owner = format!("{}.{}", ty.name, field.name);
        if self.facts.is_external(ty, field) {
            let message = format!(
                "{owner} is @external, so this subgraph does not resolve it and cannot provide anything with it; remove @provides or @external"
            );
            let code = Code::ExternalCollisionWithAnotherDirective;
            self.error(code, &owner, *at, message);
            return;
        }
        if ty.kind == Kind::Interface {
            let message = "@provides is not supported on fields of interfaces".to_owned();
            self.error(Code::ProvidesUnsupportedOnInterface, &owner, *at, message);
        }
        let inner = field.ty.inner_named_type();
        let target = self.subgraph.types.get(inner);
        if !target.is_some_and(|target| target.kind.is_composite()) {
            let message =
                format!("@provides needs a field with sub-fields, but {owner} is {inner}");
            self.error(Code::ProvidesOnNonObjectField, &owner, *at, message);
            return;
        }
        self.field_set(Role::Provides, fields, owner, inner);
    }

    pub(super) fn field_set(&mut self, role: Role, set: &FieldSet, owner: String, parent: &Name) {
        let context = Context { role, owner };
        match &set.content {
            Ok(selections) => self.selections(&context, selections, parent, false),
            Err(Problem::NotText) => {
                let directive = role.directive();
                let message = format!("the `fields` of {directive} must be a string");
                self.error(role.invalid_type(), &context.owner, set.at, message);
            }
            Err(Problem::Syntax { message, at }) => {
                let message = format!(
                    "the `fields` of {} cannot be read: {message}",
                    role.directive()
                );
                self.error(role.invalid(), &context.owner, *at, message);
            }
        }
    }

    fn invalid(&mut self, context: &Context, at: At, message: &str) {
        let message = format!("in the `fields` of {}: {message}", context.role.directive());
        self.error(context.role.invalid(), &context.owner, at, message);
    }

    fn selections(
        &mut self,
        context: &Context,
        selections: &[Selection],
        parent: &Name,
        in_external: bool,
    ) {
        let subgraph = self.subgraph;
        let Some(ty) = subgraph.types.get(parent) else {
            return;
        };
        for selection in selections {
            match selection {
                Selection::Field { name, .. } if name == "__typename" => {}
                Selection::Field { .. } => self.selected_field(context, selection, ty, in_external),
                Selection::Inline {
                    condition,
                    at,
                    has_directives,
                    selections,
                } => {
                    self.no_directive(context, *has_directives, *at);
                    let condition = condition.as_ref().unwrap_or(parent);
                    if self.is_composite(condition) {
                        self.selections(context, selections, condition, in_external);
                    } else {
                        let message = format!("{condition} is no type that has fields");
                        self.invalid(context, *at, &message);
                    }
                }
                Selection::Spread { name, at } => {
                    self.invalid(context, *at, &format!("there is no fragment {name} here"));
                }
            }
        }
    }

    /// Whether the object can be of that type is not asked: in another subgraph it may be.
    fn is_composite(&self, condition: &Name) -> bool {
        let target = self.subgraph.types.get(condition);
        target.is_some_and(|target| target.kind.is_composite())
    }

    fn no_directive(&mut self, context: &Context, has_directives: bool, at: At) {
        if has_directives {
            let directive = context.role.directive();
            let message = format!("the `fields` of {directive} cannot contain directives");
            self.error(context.role.has_directive(), &context.owner, at, message);
        }
    }

    fn selected_field(
        &mut self,
        context: &Context,
        selection: &Selection,
        ty: &TypeDefinition,
        in_external: bool,
    ) {
        let Selection::Field {
            name,
            at,
            alias,
            arguments,
            has_directives,
            selections,
        } = selection
        else {
            return;
        };
        self.no_directive(context, *has_directives, *at);
        if let Some(alias) = alias {
            self.invalid(context, *at, &format!("the alias {alias} is not allowed"));
        }
        let Some(field) = ty.fields.get(name) else {
            let message = format!("{} has no field {name}", ty.name);
            return self.invalid(context, *at, &message);
        };
        self.arguments(context, ty, field, arguments, *at);
        if !self.key_type(context, ty, field, *at) {
            return;
        }
        let is_external = self.facts.is_external(ty, field);
        let inner = field.ty.inner_named_type();
        let has_fields = self
            .subgraph
            .types
            .get(inner)
            .is_some_and(|inner| inner.kind.is_composite());
        match selections {
            Some(_) if !has_fields => {
                let message = format!("{}.{name} is {inner}, which has no fields", ty.name);
                self.invalid(context, *at, &message);
            }
            None if has_fields => {
                let message = format!("{}.{name} is {inner}: select fields of it", ty.name);
                self.invalid(context, *at, &message);
            }
            Some(selections) => {
                let in_external =
                    in_external || is_external || self.facts.is_externally_implemented(ty, field);
                self.selections(context, selections, inner, in_external);
            }
            None if !is_external && !in_external => {
                self.missing_external(context, ty, field, *at);
            }
            None => {}
        }
    }

    fn missing_external(&mut self, context: &Context, ty: &TypeDefinition, field: &Field, at: At) {
        let Some(code) = context.role.missing_external() else {
            return;
        };
        let directive = context.role.directive();
        let coordinate = format!("{}.{}", ty.name, field.name);
        let message = if self.facts.is_fake_external(ty, field) {
            format!(
                "{directive} selects {coordinate}, which is the key of an extension and so resolved here; leave it out"
            )
        } else {
            format!(
                "{directive} selects {coordinate}, which this subgraph resolves itself; mark it @external or leave it out"
            )
        };
        self.error(code, &context.owner, at, message);
    }

    fn arguments(
        &mut self,
        context: &Context,
        ty: &TypeDefinition,
        field: &Field,
        given: &[Node<Argument>],
        at: At,
    ) {
        let coordinate = format!("{}.{}", ty.name, field.name);
        if let Some(code) = context.role.has_arguments() {
            if !field.arguments.is_empty() || !given.is_empty() {
                let directive = context.role.directive();
                let message =
                    format!("{directive} cannot select {coordinate}, because it has arguments");
                self.error(code, &context.owner, at, message);
            }
            return;
        }
        for argument in given {
            if !field.arguments.contains_key(&argument.name) {
                let message = format!("{coordinate} has no argument {}", argument.name);
                self.invalid(context, at, &message);
            }
        }
        let given: HashSet<&Name> = given.iter().map(|argument| &argument.name).collect();
        for argument in field.arguments.values() {
            if argument.is_required() && !given.contains(&argument.name) {
                let message = format!("{coordinate} needs the argument {}", argument.name);
                self.invalid(context, at, &message);
            }
        }
    }

    /// Keys identify by plain values and objects: no abstract types.
    fn key_type(&mut self, context: &Context, ty: &TypeDefinition, field: &Field, at: At) -> bool {
        if context.role != Role::Key {
            return true;
        }
        let inner = self.subgraph.types.get(field.ty.inner_named_type());
        let what = match inner.map(|inner| inner.kind) {
            Some(kind @ (Kind::Interface | Kind::Union)) => kind.describe(),
            _ => return true,
        };
        let message = format!(
            "@key cannot select {}.{}, which is {what}",
            ty.name, field.name
        );
        let code = Code::KeyFieldsSelectInvalidType;
        self.error(code, &context.owner, at, message);
        false
    }
}
