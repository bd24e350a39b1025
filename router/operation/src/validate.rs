//! Validation rules that the compiler lacks, for documents that it takes for valid: variables inside of lists and
//! objects, `@oneOf`, object fields given twice, defaults that are null.

use apollo_compiler::ast::{Argument, DirectiveList, InputValueDefinition, Type, Value};
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{ExecutableDocument, Name, Node, Schema};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::document::locations;
use crate::error::{OperationError, Problem};

/// Every mistake of these kinds.
pub(crate) fn check(schema: &Schema, document: &ExecutableDocument) -> Vec<OperationError> {
    let mut errors = Vec::new();
    for operation in document.operations.iter() {
        let variables = operation.variables.iter();
        let mut checker = Checker {
            schema,
            document,
            variables: variables.map(|one| (&one.name, one)).collect(),
            fragments: FxHashSet::default(),
            errors: &mut errors,
        };
        checker.operation(operation);
    }
    errors
}

type Variable = apollo_compiler::ast::VariableDefinition;

struct Checker<'a, 'e> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    variables: FxHashMap<&'a Name, &'a Node<Variable>>,
    /// Those already looked at.
    fragments: FxHashSet<&'a Name>,
    errors: &'e mut Vec<OperationError>,
}

/// What is expected where a value stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    ty: &'a Type,
    has_default: bool,
    /// A field of this `@oneOf` input.
    one_of: Option<&'a Name>,
}

impl<'a> Place<'a> {
    fn of(definition: &'a InputValueDefinition) -> Self {
        Self {
            ty: &definition.ty,
            has_default: definition.default_value.is_some(),
            one_of: None,
        }
    }
}

impl<'a> Checker<'a, '_> {
    fn operation(&mut self, operation: &'a Operation) {
        self.directives(&operation.directives);
        for variable in &operation.variables {
            self.directives(&variable.directives);
            if let Some(default) = &variable.default_value {
                let place = Place {
                    ty: &variable.ty,
                    has_default: false,
                    one_of: None,
                };
                self.value(default, Some(place));
            }
        }
        self.selections(&operation.selection_set);
    }

    fn selections(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => {
                    self.arguments(&field.arguments, &field.definition.arguments);
                    self.selections(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => self.selections(&fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.fragment_name);
                    if let Some(fragment) = fragment
                        && self.fragments.insert(&fragment.name)
                    {
                        self.directives(&fragment.directives);
                        self.selections(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &'a DirectiveList) {
        for directive in directives.iter() {
            if let Some(definition) = self.schema.directive_definitions.get(&directive.name) {
                self.arguments(&directive.arguments, &definition.arguments);
            }
        }
    }

    fn arguments(
        &mut self,
        arguments: &'a [Node<Argument>],
        definitions: &'a [Node<InputValueDefinition>],
    ) {
        for argument in arguments {
            let mut known = definitions.iter();
            let definition = known.find(|definition| definition.name == argument.name);
            self.value(&argument.value, definition.map(|one| Place::of(one)));
        }
    }

    /// Checks a value; without a place it stands inside of a custom scalar, where anything may.
    fn value(&mut self, value: &'a Node<Value>, place: Option<Place<'a>>) {
        match &**value {
            Value::Variable(name) => self.variable(value, name, place),
            Value::List(items) => {
                let item = place.map(|place| Place {
                    ty: match place.ty {
                        Type::List(item) | Type::NonNullList(item) => item,
                        single => single,
                    },
                    has_default: false,
                    one_of: None,
                });
                for value in items {
                    self.value(value, item);
                }
            }
            Value::Object(fields) => self.object(value, fields, place),
            _ => {}
        }
    }

    fn object(
        &mut self,
        value: &Node<Value>,
        fields: &'a [(Name, Node<Value>)],
        place: Option<Place<'a>>,
    ) {
        let input = place.and_then(|place| self.input(place.ty.inner_named_type()));
        let one_of = input.filter(|input| input.directives.has("oneOf"));
        if let Some(input) = one_of {
            let is_one = matches!(fields, [(_, only)] if !only.is_null());
            if !is_one {
                let ty = &input.name;
                let message =
                    format!("{ty} is @oneOf: exactly one field must be given, and not null");
                self.report(value, message);
            }
        }
        let mut seen = FxHashSet::default();
        for (name, value) in fields {
            if !seen.insert(name) {
                let message = format!("the field `{name}` is given twice in one object");
                self.report(value, message);
            }
            let definition = input.and_then(|input| input.fields.get(name));
            let place = definition.map(|definition| Place {
                one_of: one_of.map(|input| &input.name),
                ..Place::of(definition)
            });
            self.value(value, place);
        }
    }

    fn input(&self, name: &Name) -> Option<&'a InputObjectType> {
        match self.schema.types.get(name)? {
            ExtendedType::InputObject(input) => Some(input),
            _ => None,
        }
    }

    fn variable(&mut self, value: &Node<Value>, name: &Name, place: Option<Place<'a>>) {
        let Some(variable) = self.variables.get(name).copied() else {
            self.report(value, format!("the variable ${name} is not declared"));
            return;
        };
        let Some(place) = place else {
            return;
        };
        let ty = &variable.ty;
        if let (Some(input), false) = (place.one_of, ty.is_non_null()) {
            let message = format!(
                "{input} is @oneOf, so ${name} must not be null; declare it as {ty}! to use it here"
            );
            self.report(value, message);
        } else if !is_usable(variable, place) {
            let expected = place.ty;
            let message = format!("${name} of type {ty} cannot be used where {expected} is needed");
            self.report(value, message);
        }
    }

    fn report(&mut self, value: &Node<Value>, message: String) {
        self.errors.push(OperationError {
            problem: Problem::Validation,
            message,
            locations: locations(value.location(), &self.document.sources),
        });
    }
}

/// IsVariableUsageAllowed (section 5.8.5).
fn is_usable(variable: &Variable, place: Place<'_>) -> bool {
    if !place.ty.is_non_null() || variable.ty.is_non_null() {
        return variable.ty.is_assignable_to(place.ty);
    }
    let default = variable.default_value.as_ref();
    let has_default = default.is_some_and(|default| !default.is_null());
    let nullable = place.ty.clone().nullable();
    (has_default || place.has_default) && variable.ty.is_assignable_to(&nullable)
}
