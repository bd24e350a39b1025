//! What is selected in subgraphs: a tree of nodes for every step, before it is printed.

use apollo_compiler::ast::Argument;
use apollo_compiler::{Name, Node};
use schema_model::{SubgraphId, TypeId, TypeRef};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            pub(crate) fn of(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// Index of a step: a request to a subgraph before requests are merged.
    StepId
);
index!(
    /// Index of a composite position of a step.
    NodeId
);
index!(
    /// Index of a field selected at a node.
    EntryId
);

/// A composite position of a step.
#[derive(Debug)]
pub(crate) struct SelectionNode {
    pub(crate) step: StepId,
    pub(crate) subgraph: SubgraphId,
    /// The type declared there; `None` for entities, which only type conditions select on.
    pub(crate) ty: Option<TypeId>,
    /// Object types that may be met.
    pub(crate) types: Vec<TypeId>,
    /// Whether the runtime type's name is selected although only one type may be met.
    pub(crate) names_type: bool,
    pub(crate) entries: Vec<EntryId>,
}

/// A field selected at a node.
#[derive(Debug)]
pub(crate) struct SelectionEntry<'a> {
    /// The client's response key, unless only keys or `@requires` read the field.
    pub(crate) response_key: Option<&'a Name>,
    pub(crate) name: &'a Name,
    pub(crate) arguments: &'a [Node<Argument>],
    /// Arguments that are filled from contexts, with the context's index in the step.
    pub(crate) contexts: Vec<(&'a Name, u32)>,
    /// The object types for which it is selected.
    pub(crate) types: Vec<TypeId>,
    /// Its type in the subgraph.
    pub(crate) ty: TypeRef,
    pub(crate) child: Option<NodeId>,
    /// Neither the client's answer nor another request reads it.
    pub(crate) is_unread: bool,
}

/// The selections of all steps.
#[derive(Debug, Default)]
pub(crate) struct Selections<'a> {
    pub(crate) nodes: Vec<SelectionNode>,
    pub(crate) entries: Vec<SelectionEntry<'a>>,
}

impl<'a> Selections<'a> {
    pub(crate) fn node(&self, id: NodeId) -> &SelectionNode {
        &self.nodes[id.index()]
    }

    pub(crate) fn entry(&self, id: EntryId) -> &SelectionEntry<'a> {
        &self.entries[id.index()]
    }

    pub(crate) fn add_node(&mut self, node: SelectionNode) -> NodeId {
        self.nodes.push(node);
        NodeId::of(self.nodes.len() - 1)
    }

    /// Selects a leaf, or finds the same leaf selected before.
    pub(crate) fn add_leaf(&mut self, node: NodeId, leaf: SelectionEntry<'a>) -> EntryId {
        let known = self.node(node).entries.iter().copied().find(|id| {
            let entry = self.entry(*id);
            let is_same = entry.child.is_none()
                && entry.name == leaf.name
                && entry.arguments == leaf.arguments
                && entry.contexts == leaf.contexts
                && entry.ty == leaf.ty;
            let keys = (entry.response_key, leaf.response_key);
            is_same && !matches!(keys, (Some(one), Some(other)) if one != other)
        });
        let Some(id) = known else {
            return self.add_entry(node, leaf);
        };
        let entry = &mut self.entries[id.index()];
        entry.response_key = entry.response_key.or(leaf.response_key);
        for ty in leaf.types {
            if !entry.types.contains(&ty) {
                entry.types.push(ty);
            }
        }
        id
    }

    /// Selects a field.
    pub(crate) fn add_entry(&mut self, node: NodeId, entry: SelectionEntry<'a>) -> EntryId {
        let id = EntryId::of(self.entries.len());
        self.entries.push(entry);
        self.nodes[node.index()].entries.push(id);
        id
    }
}
