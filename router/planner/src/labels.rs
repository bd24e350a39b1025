//! Labels of progressive `@override`: which are on for a request, and which an operation can depend on.
//!
//! Like conditions, labels are decided before planning: a plan is for the labels that are on among those that matter.

use std::collections::BTreeSet;
use std::sync::Arc;

use router_operation::{FieldTarget, Selection, SelectionSet};
use rustc_hash::FxHashSet;
use schema_model::{FieldId, FieldInSubgraph, SubgraphId, Supergraph, TypeId};

use crate::graph::JoinGraph;

/// The labels of `@override(label:)` that are on; all others are off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActiveLabels {
    /// Sorted, each once.
    names: Box<[Arc<str>]>,
}

impl ActiveLabels {
    /// Whether a label is on.
    pub fn contains(&self, label: &str) -> bool {
        self.names
            .binary_search_by(|own| (**own).cmp(label))
            .is_ok()
    }

    /// Those of these labels that are on here.
    #[must_use]
    pub fn among(&self, labels: &[Arc<str>]) -> Self {
        let kept = labels.iter().filter(|label| self.contains(label));
        kept.cloned().collect()
    }
}

impl FromIterator<Arc<str>> for ActiveLabels {
    fn from_iter<I: IntoIterator<Item = Arc<str>>>(labels: I) -> Self {
        let sorted: BTreeSet<Arc<str>> = labels.into_iter().collect();
        Self {
            names: sorted.into_iter().collect(),
        }
    }
}

/// Index of a label of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LabelId(u32);

/// A field is resolved only while a label is on, or only while it is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LabelCondition {
    pub(crate) label: LabelId,
    pub(crate) is_on: bool,
}

/// The labels of a graph that are on, by label.
#[derive(Debug)]
pub(crate) struct Valuation {
    is_on: Vec<bool>,
}

impl Valuation {
    pub(crate) fn satisfies(&self, conditions: &[LabelCondition]) -> bool {
        let holds = |one: &LabelCondition| self.is_on[one.label.0 as usize] == one.is_on;
        conditions.iter().all(holds)
    }
}

/// All labels of a graph.
#[derive(Debug)]
pub(crate) struct Labels {
    /// Sorted, each once.
    names: Vec<Arc<str>>,
}

impl Labels {
    pub(crate) fn read(supergraph: &Supergraph) -> Self {
        let mut names = BTreeSet::new();
        for ty in supergraph.type_ids() {
            for &field in &supergraph.ty(ty).fields {
                let subgraphs = supergraph.field(field).subgraphs.iter();
                let labels = subgraphs.filter_map(|there| progressive(there)?.label.as_deref());
                names.extend(labels.map(Arc::from));
            }
        }
        Self {
            names: names.into_iter().collect(),
        }
    }

    pub(crate) fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    pub(crate) fn valuation(&self, active: &ActiveLabels) -> Valuation {
        let names = self.names.iter();
        Valuation {
            is_on: names.map(|name| active.contains(name)).collect(),
        }
    }

    /// Under which labels a subgraph resolves a field: its own override's is on, that of an override from it is off.
    /// An override of what its subgraph cannot resolve holds always.
    pub(crate) fn conditions(
        &self,
        supergraph: &Supergraph,
        field: FieldId,
        subgraph: SubgraphId,
    ) -> Vec<LabelCondition> {
        let definition = supergraph.field(field);
        let mut conditions = Vec::new();
        for there in &definition.subgraphs {
            let Some(overrides) = progressive(there) else {
                continue;
            };
            let Some(from) = supergraph.subgraph_named(&overrides.from) else {
                continue;
            };
            let overridden = definition.in_subgraph(from);
            if from == there.subgraph || !overridden.is_some_and(FieldInSubgraph::is_resolvable) {
                continue;
            }
            let is_on = there.subgraph == subgraph;
            if is_on || from == subgraph {
                let label = overrides.label.as_deref().and_then(|name| self.id(name));
                conditions.extend(label.map(|label| LabelCondition { label, is_on }));
            }
        }
        conditions
    }

    fn id(&self, name: &str) -> Option<LabelId> {
        let index = self.names.binary_search_by(|own| (**own).cmp(name)).ok()?;
        Some(LabelId(u32::try_from(index).unwrap_or(u32::MAX)))
    }
}

fn progressive(there: &FieldInSubgraph) -> Option<&schema_model::Override> {
    there.overrides.as_ref().filter(|one| one.label.is_some())
}

/// The labels that the plan of an operation can depend on: those of the fields it selects, and of what keys and
/// `@requires` may read on the way.
pub(crate) fn relevant(graph: &JoinGraph, selected: &SelectionSet) -> Vec<Arc<str>> {
    if graph.labels.names.is_empty() {
        return Vec::new();
    }
    let mut touched = Touched {
        graph,
        fields: FxHashSet::default(),
        types: FxHashSet::default(),
        pending: vec![selected],
        labels: BTreeSet::new(),
    };
    while let Some(set) = touched.pending.pop() {
        touched.set(set);
    }
    let labels = touched.labels.into_iter();
    labels
        .map(|label| Arc::clone(&graph.labels.names[label.0 as usize]))
        .collect()
}

/// What planning an operation may touch.
struct Touched<'g> {
    graph: &'g JoinGraph,
    fields: FxHashSet<FieldId>,
    types: FxHashSet<TypeId>,
    /// Selections still to be looked at.
    pending: Vec<&'g SelectionSet>,
    labels: BTreeSet<LabelId>,
}

impl<'g> Touched<'g> {
    fn set(&mut self, set: &'g SelectionSet) {
        let supergraph = &self.graph.supergraph;
        self.ty(set.ty);
        for selection in &set.selections {
            match selection {
                Selection::Fragment(fragment) => self.pending.push(fragment),
                Selection::Field(field) => {
                    if let FieldTarget::Field(id) = field.target {
                        self.field(id);
                        let name = &supergraph.field(id).name;
                        for &object in &supergraph.ty(set.ty).possible_types {
                            let own = supergraph.field_named(object, name);
                            own.into_iter().for_each(|own| self.field(own));
                        }
                    }
                    self.pending.extend(&field.selection_set);
                }
            }
        }
    }

    fn field(&mut self, field: FieldId) {
        if !self.fields.insert(field) {
            return;
        }
        let graph = self.graph;
        for option in &graph.field(field).options {
            let labels = option.labels.iter().map(|condition| condition.label);
            self.labels.extend(labels);
            self.pending.extend(&option.requires);
            for from in &option.contexts {
                let taken = graph.contexts.all_taken(from.context);
                self.pending.extend(taken.map(|taken| &taken.selection));
            }
        }
    }

    /// Objects of the type may have to be fetched by any of their keys.
    fn ty(&mut self, ty: TypeId) {
        if !self.types.insert(ty) {
            return;
        }
        let graph = self.graph;
        let known = graph.ty(ty);
        for entry in known.entries.iter().chain(&known.resolvers) {
            self.pending.extend(&entry.keys);
        }
        for &object in &graph.supergraph.ty(ty).possible_types {
            self.ty(object);
        }
    }
}
