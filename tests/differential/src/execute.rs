//! A plain GraphQL executor, written from section 6 of the specification. It answers for the monolith, and for each
//! subgraph over the same data; it shares nothing with the router.

pub(crate) mod arguments;
mod complete;
pub(crate) mod entities;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use apollo_compiler::ast::OperationType;
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Name, Schema};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::coverage::Coverage;
use crate::world::World;
use crate::world::data::Object;
use crate::world::subgraph::SubgraphSchema;

/// A null that must not be: what surrounds it becomes null.
pub(crate) struct Propagated;

/// Names of a path.
pub(crate) type Path = Vec<Value>;

/// An error of a field.
#[derive(Clone, Debug)]
pub(crate) struct FieldError {
    pub(crate) path: Path,
    /// The router need not report it: the value is of a type that clients do not know.
    pub(crate) is_optional: bool,
}

/// One execution of one operation.
pub(crate) struct Execution<'a> {
    pub(crate) world: &'a World,
    pub(crate) schema: &'a Schema,
    pub(crate) document: &'a ExecutableDocument,
    pub(crate) variables: &'a Map<String, Value>,
    /// The subgraph that executes; `None` for the monolith.
    pub(crate) subgraph: Option<&'a SubgraphSchema>,
    /// Mutations so far.
    pub(crate) clock: &'a AtomicU64,
    /// Introspection is answered elsewhere.
    pub(crate) introspection: &'a Map<String, Value>,
    pub(crate) path: Path,
    /// The objects around, the nearest last.
    pub(crate) around: Vec<Object>,
    pub(crate) errors: Vec<FieldError>,
    /// What the router must not have asked.
    pub(crate) violations: Vec<String>,
    pub(crate) was_blind: bool,
    pub(crate) coverage: Coverage,
    pub(crate) mistake: Option<Mistake>,
}

/// A planted mistake; the rig must find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Two entities of an answer change places.
    SwappedEntities,
    /// The keys of an object come in the wrong order.
    KeyOrder,
    /// A null that must not be stays where it is.
    NoPropagation,
    /// Fields with a condition are always selected.
    Conditions,
    /// An argument is not looked at.
    Arguments,
    /// Subgraphs say that every field may be selected, and the last is not there.
    LostField,
}

/// Fields of one response key.
type Grouped<'a> = IndexMap<Name, Vec<&'a Field>>;

impl<'a> Execution<'a> {
    /// ExecuteRequest (6.1): the data and, in `errors`, what went wrong.
    pub(crate) fn run(&mut self, operation: &'a Operation) -> Value {
        let canonical = match operation.operation_type {
            OperationType::Mutation => "Mutation",
            _ => "Query",
        };
        let ty = Name::new_static(canonical);
        let ty = ty.unwrap_or_else(|_| unreachable!("a name"));
        let root = Object { ty, id: 0 };
        if self.type_name(&root) != root.ty {
            self.coverage.note("renamed root");
        }
        let is_mutation = operation.operation_type == OperationType::Mutation;
        let grouped = self.collect(&root, [&operation.selection_set]);
        if is_mutation && grouped.len() > 1 {
            self.coverage.note("mutation with several fields");
        }
        match self.fields(&root, grouped, is_mutation) {
            Ok(data) => Value::Object(data),
            Err(Propagated) => Value::Null,
        }
    }

    /// What the executing schema calls an object's type.
    pub(crate) fn type_name(&self, object: &Object) -> Name {
        let Some(subgraph) = self.subgraph else {
            return object.ty.clone();
        };
        let roots = &subgraph.schema.schema_definition;
        let root = match object.ty.as_str() {
            "Query" => roots.query.as_ref(),
            "Mutation" => roots.mutation.as_ref(),
            _ => None,
        };
        if let Some(root) = root {
            return root.name.clone();
        }
        if let Some(ExtendedType::Object(_)) = self.schema.types.get(&object.ty) {
            return object.ty.clone();
        }
        // An interface object stands for its implementations.
        let mut types = subgraph.types.iter();
        let found = types.find(|(name, facts)| {
            facts.is_interface_object && self.world.data.is_possible(name, &object.ty)
        });
        let Some((name, _)) = found else {
            panic!("{} does not know {}", subgraph.name, object.ty);
        };
        name.clone()
    }

    /// In one schema, arguments from contexts are filled on the spot; subgraphs are given them.
    fn with_contexts(
        &mut self,
        object: &Object,
        field: &Field,
        mut arguments: Map<String, Value>,
    ) -> Map<String, Value> {
        let data = &self.world.data;
        for argument in data.context_arguments(object, &field.name) {
            if self.subgraph.is_some() {
                continue;
            }
            self.coverage.note("argument from a context");
            let around = &self.around[..self.around.len() - 1];
            let value = data.given_by_context(argument, around);
            arguments.insert(argument.name.to_string(), value);
        }
        arguments.sort_keys();
        arguments
    }

    fn note(&mut self, object: &Object, field: &Field, clock: u64) {
        let Some(subgraph) = self.subgraph else {
            if clock > 0 && field.name.starts_with("tick") {
                self.coverage.note("value after a mutation");
            }
            if object.ty == "Query" && self.path.len() > 1 {
                self.coverage.note("query below the root");
            }
            return;
        };
        if self.is_blind(object) {
            self.coverage.note("field of an interface object");
        }
        let Some(facts) = subgraph.field(&self.type_name(object), &field.name) else {
            return;
        };
        if facts.shareable {
            self.coverage.note("shared field");
        }
        match &facts.overrides {
            Some((_, Some(_))) => self.coverage.note("field taken over while a label is on"),
            Some((_, None)) => self.coverage.note("field taken over by @override"),
            None => {}
        }
    }

    /// Whether the executing subgraph does not know the object's true type.
    fn is_blind(&self, object: &Object) -> bool {
        let name = self.type_name(object);
        let facts = self.subgraph.and_then(|subgraph| subgraph.types.get(&name));
        facts.is_some_and(|facts| facts.is_interface_object)
    }

    /// CollectFields (6.3.2).
    pub(crate) fn collect(
        &self,
        object: &Object,
        sets: impl IntoIterator<Item = &'a SelectionSet>,
    ) -> Grouped<'a> {
        let ty = self.type_name(object);
        let mut grouped = IndexMap::new();
        let mut visited = HashSet::new();
        for set in sets {
            self.collect_into(&ty, &set.selections, &mut visited, &mut grouped);
        }
        grouped
    }

    fn collect_into(
        &self,
        ty: &Name,
        selections: &'a [Selection],
        visited: &mut HashSet<&'a Name>,
        grouped: &mut Grouped<'a>,
    ) {
        for selection in selections {
            if !self.is_selected(selection) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let key = field.response_key().clone();
                    grouped.entry(key).or_default().push(field);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.fragment_name;
                    if !visited.insert(name) {
                        continue;
                    }
                    let fragment = &self.document.fragments[name];
                    if self.applies(ty, fragment.type_condition()) {
                        let selections = &fragment.selection_set.selections;
                        self.collect_into(ty, selections, visited, grouped);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(ty, condition)) {
                        let selections = &fragment.selection_set.selections;
                        self.collect_into(ty, selections, visited, grouped);
                    }
                }
            }
        }
    }

    /// `@skip` and `@include` (3.13).
    fn is_selected(&self, selection: &Selection) -> bool {
        if self.mistake == Some(Mistake::Conditions) {
            return true;
        }
        let directives = selection.directives();
        let holds = |name: &str| {
            let directive = directives.get(name)?;
            let value = directive.specified_argument_by_name("if")?;
            let none = Value::Null;
            let value = match value.as_variable() {
                Some(variable) => self.variables.get(variable.as_str()).unwrap_or(&none),
                None => return value.to_bool(),
            };
            value.as_bool()
        };
        holds("skip") != Some(true) && holds("include") != Some(false)
    }

    /// DoesFragmentTypeApply (6.3.2).
    fn applies(&self, ty: &Name, condition: &Name) -> bool {
        ty == condition || self.schema.is_subtype(condition, ty)
    }

    /// ExecuteSelectionSet (6.3).
    pub(crate) fn fields(
        &mut self,
        object: &Object,
        grouped: Grouped<'a>,
        is_mutation: bool,
    ) -> Result<Map<String, Value>, Propagated> {
        let mut out = Map::new();
        let mut outcome = Ok(());
        self.around.push(object.clone());
        for (key, fields) in grouped {
            if is_mutation && !fields[0].name.starts_with("__") {
                self.clock.fetch_add(1, Ordering::SeqCst);
            }
            self.path.push(key.as_str().into());
            let value = self.field(object, &fields);
            self.path.pop();
            match value {
                Ok(value) => drop(out.insert(key.to_string(), value)),
                // Mutations that are listed later have their effect all the same, here and there.
                Err(Propagated) => outcome = Err(Propagated),
            }
        }
        self.around.pop();
        if self.mistake == Some(Mistake::KeyOrder) && self.subgraph.is_none() && out.len() > 2 {
            out = out.into_iter().rev().collect();
        }
        if self.mistake == Some(Mistake::LostField) && self.subgraph.is_some() && out.len() > 2 {
            let last = out.keys().next_back().cloned();
            last.map(|last| out.shift_remove(&last));
        }
        outcome.map(|()| out)
    }

    /// ExecuteField (6.4).
    fn field(&mut self, object: &Object, fields: &[&'a Field]) -> Result<Value, Propagated> {
        let field = fields[0];
        match field.name.as_str() {
            "__typename" => return Ok(self.type_name(object).as_str().into()),
            "__schema" | "__type" => {
                let key = field.response_key().as_str();
                return Ok(self.introspection.get(key).cloned().unwrap_or_default());
            }
            "_entities" => return Ok(self.entities(fields)),
            _ => {}
        }
        let definition = &field.definition;
        let arguments =
            arguments::coerce(self.schema, definition, &field.arguments, self.variables);
        let arguments = match self.mistake {
            Some(Mistake::Arguments) => Map::new(),
            _ => arguments,
        };
        let arguments = self.with_contexts(object, field, arguments);
        let clock = self.clock.load(Ordering::SeqCst);
        self.note(object, field, clock);
        let data = &self.world.data;
        let resolved = data.resolve(object, &field.name, &arguments, clock);
        self.was_blind |= self.is_blind(object);
        self.complete(&definition.ty, fields, resolved)
    }
}
