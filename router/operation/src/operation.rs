//! The normalised operation: what the planner reads.

use apollo_compiler::ast::{Argument, OperationType, Type, Value};
use apollo_compiler::{Name, Node};
use schema_model::{FieldId, Supergraph, TypeId};

/// A client operation without fragments spreads, `@skip`, `@include` or duplicate fields.
///
/// Invariants: every inline fragment narrows the type around it (its `on` is neither that type nor a
/// supertype); within one selection set a response key occurs at most once between two fragments, and for a leaf at
/// most once outside of them; a type condition may recur. The order is the client's, as CollectFields needs it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Query, mutation or subscription.
    pub kind: OperationType,
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// The root type.
    pub root: TypeId,
    /// What is asked for.
    pub selection_set: SelectionSet,
    /// The variables it declares.
    pub variables: Vec<Variable>,
}

/// A declared variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name, without `$`.
    pub name: Name,
    /// Its type as declared.
    pub ty: Type,
    /// Its default, if any.
    pub default: Option<Node<Value>>,
}

/// What is selected on one composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionSet {
    /// The type around the selections: object, interface or union.
    pub ty: TypeId,
    /// In the client's order.
    pub selections: Vec<Selection>,
}

/// A field or an inline fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// A field.
    Field(Field),
    /// `... on T { … }`.
    Fragment(SelectionSet),
}

/// A field that the client selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Alias or name.
    pub response_key: Name,
    /// What it selects.
    pub target: FieldTarget,
    /// Arguments as written; variables are left in place.
    pub arguments: Vec<Node<Argument>>,
    /// What is selected below; `None` for leaves.
    pub selection_set: Option<SelectionSet>,
}

/// What a field selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldTarget {
    /// `__typename`.
    Typename,
    /// `__schema` or `__type`.
    Introspection(std::sync::Arc<IntrospectionField>),
    /// A field of the surrounding type.
    Field(FieldId),
}

/// An introspection field of the query root. Its value is computed apart from the plan, by
/// [`crate::Request::introspect`], and found there by the response key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntrospectionField {
    /// The client's response key.
    pub response_key: Name,
}

/// A field as it applies to one object type, duplicates merged.
#[derive(Clone, Debug)]
pub struct CollectedField<'a> {
    /// The response key.
    pub response_key: &'a Name,
    /// What it selects; a field of the object type itself even where an interface's was written.
    pub target: FieldTarget,
    /// Arguments of the first occurrence (validation made all occurrences equal).
    pub arguments: &'a [Node<Argument>],
    /// The selection sets of all occurrences, in order.
    pub selection_sets: Vec<&'a SelectionSet>,
}

/// CollectFields of the specification (section 6.3.2) for an object type over one or more selection sets that
/// are merged: response keys in the order of their first occurrence.
pub fn collect_fields<'a>(
    supergraph: &Supergraph,
    sets: &[&'a SelectionSet],
    object: TypeId,
) -> Vec<CollectedField<'a>> {
    let mut collected = indexmap::IndexMap::new();
    for set in sets {
        collect_into(supergraph, set, object, &mut collected);
    }
    collected.into_values().collect()
}

fn collect_into<'a>(
    supergraph: &Supergraph,
    set: &'a SelectionSet,
    object: TypeId,
    collected: &mut indexmap::IndexMap<&'a Name, CollectedField<'a>>,
) {
    for selection in &set.selections {
        match selection {
            Selection::Fragment(fragment) => {
                if supergraph.is_possible(fragment.ty, object) {
                    collect_into(supergraph, fragment, object, collected);
                }
            }
            Selection::Field(field) => {
                let entry = collected.entry(&field.response_key);
                let merged = entry.or_insert_with(|| CollectedField {
                    response_key: &field.response_key,
                    target: on_object(supergraph, &field.target, object),
                    arguments: &field.arguments,
                    selection_sets: Vec::new(),
                });
                merged.selection_sets.extend(&field.selection_set);
            }
        }
    }
}

fn on_object(supergraph: &Supergraph, target: &FieldTarget, object: TypeId) -> FieldTarget {
    match target {
        FieldTarget::Field(id) => {
            let name = &supergraph.field(*id).name;
            let own = supergraph.field_named(object, name);
            FieldTarget::Field(own.unwrap_or(*id))
        }
        other => other.clone(),
    }
}
