//! Normalisation: fragments inlined, conditions decided, fields merged, in the client's order.

use std::sync::Arc;

use apollo_compiler::executable::{self, Selection as Written, SelectionSet as WrittenSet};
use apollo_compiler::{ExecutableDocument, Name, Node};
use rustc_hash::FxHashMap;
use schema_model::{Supergraph, TypeId, TypeKind};

use crate::conditions::Conditions;
use crate::operation::{
    Field, FieldTarget, IntrospectionField, Operation, Selection, SelectionSet, Variable,
};

/// Normalises a valid operation. Time is linear in the operation with fragments expanded, which the limits bound.
pub(crate) fn normalize(
    supergraph: &Supergraph,
    document: &ExecutableDocument,
    operation: &executable::Operation,
    root: TypeId,
    conditions: &Conditions,
) -> Operation {
    let normalizer = Normalizer {
        supergraph,
        document,
        conditions,
    };
    let variables = operation.variables.iter().map(|variable| Variable {
        name: variable.name.clone(),
        ty: (*variable.ty).clone(),
        default: variable.default_value.clone(),
    });
    Operation {
        kind: operation.operation_type,
        name: operation.name.clone(),
        root,
        selection_set: normalizer.set(root, &[&operation.selection_set]),
        variables: variables.collect(),
    }
}

struct Normalizer<'a> {
    supergraph: &'a Supergraph,
    document: &'a ExecutableDocument,
    conditions: &'a Conditions,
}

/// A selection at one level, before what is below it is merged.
enum Pending<'a> {
    Field(&'a executable::Field, Vec<&'a WrittenSet>),
    Fragment(TypeId, Vec<&'a WrittenSet>),
}

/// The selections of one level, and where each response key outside fragments stands last among them.
#[derive(Default)]
struct Level<'a> {
    pending: Vec<Pending<'a>>,
    by_key: FxHashMap<&'a Name, usize>,
    /// Where the last fragment stands.
    last_fragment: Option<usize>,
}

impl<'a> Normalizer<'a> {
    fn set(&self, ty: TypeId, written: &[&'a WrittenSet]) -> SelectionSet {
        let mut level = Level::default();
        for set in written {
            self.gather(ty, set, &mut level);
        }
        let pending = level.pending.into_iter();
        SelectionSet {
            ty,
            selections: pending
                .filter_map(|pending| self.finish(ty, pending))
                .collect(),
        }
    }

    fn gather(&self, ty: TypeId, set: &'a WrittenSet, level: &mut Level<'a>) {
        for selection in &set.selections {
            if !self.conditions.include(selection.directives()) {
                continue;
            }
            match selection {
                Written::Field(field) => level.add_field(field),
                Written::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    self.fragment(ty, condition, &fragment.selection_set, level);
                }
                Written::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        let condition = Some(fragment.type_condition());
                        self.fragment(ty, condition, &fragment.selection_set, level);
                    }
                }
            }
        }
    }

    fn fragment(
        &self,
        ty: TypeId,
        condition: Option<&Name>,
        set: &'a WrittenSet,
        level: &mut Level<'a>,
    ) {
        let on = condition.and_then(|name| self.supergraph.type_named(name));
        match on {
            None => self.gather(ty, set, level),
            Some(on) if self.is_subtype(ty, on) => self.gather(ty, set, level),
            Some(on) if self.overlap(ty, on) => level.add_fragment(on, set),
            Some(_) => {}
        }
    }

    /// Whether every field of `on` is also a field of `ty` and every value of `ty` is one of `on`.
    fn is_subtype(&self, ty: TypeId, on: TypeId) -> bool {
        let supergraph = self.supergraph;
        ty == on
            || supergraph.ty(ty).interfaces.contains(&on)
            || supergraph.ty(on).kind == TypeKind::Union && {
                let mut possible = supergraph.ty(ty).possible_types.iter();
                possible.all(|object| supergraph.is_possible(on, *object))
            }
    }

    fn overlap(&self, ty: TypeId, on: TypeId) -> bool {
        let mut possible = self.supergraph.ty(ty).possible_types.iter();
        possible.any(|object| self.supergraph.is_possible(on, *object))
    }

    fn finish(&self, ty: TypeId, pending: Pending<'a>) -> Option<Selection> {
        match pending {
            Pending::Fragment(on, sets) => {
                let set = self.set(on, &sets);
                (!set.selections.is_empty()).then_some(Selection::Fragment(set))
            }
            Pending::Field(field, sets) => self.field(ty, field, &sets).map(Selection::Field),
        }
    }

    fn field(
        &self,
        ty: TypeId,
        field: &executable::Field,
        sets: &[&'a WrittenSet],
    ) -> Option<Field> {
        let response_key = field.response_key().clone();
        let target = match field.name.as_str() {
            "__typename" => FieldTarget::Typename,
            "__schema" | "__type" => FieldTarget::Introspection(Arc::new(IntrospectionField {
                response_key: response_key.clone(),
            })),
            name => FieldTarget::Field(self.supergraph.field_named(ty, name)?),
        };
        let below = match target {
            FieldTarget::Field(id) => {
                let named = self.supergraph.field(id).ty.named();
                let is_composite = self.supergraph.ty(named).is_composite();
                is_composite.then(|| self.set(named, sets))
            }
            _ => None,
        };
        Some(Field {
            response_key,
            target,
            arguments: field.arguments.clone(),
            selection_set: below,
        })
    }
}

impl<'a> Level<'a> {
    /// Adds a field, to an earlier one of its key if that does not change the order of what is below: a fragment in
    /// between may have the same key, and its selections come first then.
    fn add_field(&mut self, field: &'a Node<executable::Field>) {
        let next = self.pending.len();
        let at = *self.by_key.entry(field.response_key()).or_insert(next);
        let is_leaf = field.selection_set.selections.is_empty();
        let may_join = is_leaf || self.last_fragment.is_none_or(|fragment| fragment < at);
        match self.pending.get_mut(at) {
            Some(Pending::Field(_, sets)) if may_join => sets.push(&field.selection_set),
            _ => {
                self.by_key.insert(field.response_key(), next);
                let sets = vec![&field.selection_set];
                self.pending.push(Pending::Field(field, sets));
            }
        }
    }

    /// Adds a fragment; one right behind another on the same type continues it.
    fn add_fragment(&mut self, on: TypeId, set: &'a WrittenSet) {
        match self.pending.last_mut() {
            Some(Pending::Fragment(last, sets)) if *last == on => sets.push(set),
            _ => {
                self.last_fragment = Some(self.pending.len());
                self.pending.push(Pending::Fragment(on, vec![set]));
            }
        }
    }
}
