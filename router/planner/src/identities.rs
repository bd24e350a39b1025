//! What tells entities apart, selected in mutations' results for whoever must know what a mutation changed.

use apollo_compiler::ast::OperationType;
use schema_model::{FieldId, SubgraphId, Supergraph, TypeId};

use crate::builder::Step;
use crate::graph::{FieldOption, JoinGraph};
use crate::selection::{NodeId, SelectionEntry, Selections};

/// The fields that tell entities of a type apart, by type. Empty for types without such, and if nobody must know.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    by_type: Vec<Box<[FieldId]>>,
}

impl Identities {
    pub(crate) fn new<'n>(
        supergraph: &Supergraph,
        fields_of: impl Fn(&str) -> Option<&'n [Box<str>]>,
    ) -> Self {
        let of = |ty: TypeId| -> Option<Box<[FieldId]>> {
            let names = fields_of(&supergraph.ty(ty).name)?.iter();
            let fields = names.map(|name| supergraph.field_named(ty, name));
            fields.collect()
        };
        let types = supergraph.type_ids();
        Self {
            by_type: types.map(|ty| of(ty).unwrap_or_default()).collect(),
        }
    }

    /// Selects them in the results of all mutations among `steps`.
    pub(crate) fn select<'a>(
        &self,
        graph: &'a JoinGraph,
        steps: &[Step],
        selections: &mut Selections<'a>,
    ) {
        if self.by_type.is_empty() {
            return;
        }
        let mutations = steps
            .iter()
            .filter(|step| step.kind == OperationType::Mutation);
        let mut open: Vec<NodeId> = mutations.map(|step| step.selection).collect();
        while let Some(node) = open.pop() {
            self.select_at(graph, node, selections);
            let entries = selections.node(node).entries.iter();
            open.extend(entries.filter_map(|entry| selections.entry(*entry).child));
        }
    }

    /// Selects them on objects of all types that may be met at a node.
    fn select_at<'a>(&self, graph: &'a JoinGraph, id: NodeId, selections: &mut Selections<'a>) {
        let (declared, subgraph) = (selections.node(id).ty, selections.node(id).subgraph);
        for ty in selections.node(id).types.clone() {
            let Some(options) = self.options(graph, ty, subgraph) else {
                continue;
            };
            // Where an interface stands that one type implements there, its name says that it is that type.
            selections.nodes[id.index()].names_type |= declared != Some(ty);
            for option in options {
                let leaf = SelectionEntry {
                    response_key: None,
                    name: &graph.supergraph.field(option.field).name,
                    arguments: &[],
                    contexts: Vec::new(),
                    types: vec![ty],
                    ty: option.ty,
                    child: None,
                    is_unread: true,
                };
                selections.add_leaf(id, leaf);
            }
        }
    }

    /// The fields of an entity type as a subgraph answers them; `None` if the type is none there, or one of them is not
    /// answered.
    fn options<'a>(
        &self,
        graph: &'a JoinGraph,
        ty: TypeId,
        subgraph: SubgraphId,
    ) -> Option<Vec<&'a FieldOption>> {
        let there = graph.supergraph.ty(ty).in_subgraph(subgraph)?;
        let fields = self.by_type.get(ty.index())?;
        if there.keys.is_empty() || fields.is_empty() {
            return None;
        }
        let options = fields.iter().map(|field| {
            let mut options = graph.field(*field).options.iter();
            options.find(|option| {
                option.subgraph == subgraph && option.via == ty && option.is_always_resolvable()
            })
        });
        options.collect()
    }
}
