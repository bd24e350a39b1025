//! Positions: the composite places of an operation, each with the selections that meet there, and how the
//! runtime types of a place fall into groups that are planned alike.

mod needs;

use std::rc::Rc;
use std::sync::Arc;

use apollo_compiler::ast::Argument;
use apollo_compiler::{Name, Node};
use router_operation::{
    CollectedField, FieldTarget, IntrospectionField, Selection, SelectionSet, collect_fields,
};
use rustc_hash::FxHashMap;
use schema_model::{FieldId, TypeId};

use crate::contexts::{ContextId, Taken};
use crate::equal_sets::EqualSets;
use crate::graph::JoinGraph;

/// How deep field sets may lead below what the client asked for.
const MAX_INTERNAL_DEPTH: u32 = 12;

/// Index of a position.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(crate) struct PositionId(u32);

/// A place in the tree of objects: what the client selects on it, and what keys and `@requires` need of it.
#[derive(Debug, Default)]
pub(crate) struct Position<'a> {
    pub(crate) client: Vec<&'a SelectionSet>,
    pub(crate) internal: Vec<&'a SelectionSet>,
    /// How far field sets have led from what the client asked for.
    pub(crate) internal_depth: u32,
}

/// A field wanted on a group of object types.
#[derive(Clone, Debug)]
pub(crate) struct Want<'a> {
    /// The client's response key; `None` when only keys or `@requires` need the field.
    pub(crate) response_key: Option<&'a Name>,
    /// The field of the group's first type.
    pub(crate) field: FieldId,
    pub(crate) arguments: &'a [Node<Argument>],
    /// The position below, unless it is a leaf.
    pub(crate) child: Option<PositionId>,
    /// A key, `@requires` or a context reads it.
    pub(crate) is_demanded: bool,
    /// A call about the group's own objects reads it, so that it must stand in the base's rows or in those of calls.
    pub(crate) is_read_here: bool,
    /// What is taken below it from contexts that are set here or around.
    pub(crate) needs: Rc<[ContextId]>,
    /// Something is taken below it from a context that is set here.
    pub(crate) is_dependent: bool,
}

/// One key of the client's answer for a group.
#[derive(Clone, Debug)]
pub(crate) enum ClientField<'a> {
    Typename(&'a Name),
    Introspection(Arc<IntrospectionField>),
    /// Null, whatever the object is.
    Null(&'a Name, FieldId),
    /// Index into the group's wants.
    Want(usize),
}

/// A context that objects set, and which is needed below them.
#[derive(Debug)]
pub(crate) struct SetContext<'a> {
    pub(crate) context: ContextId,
    pub(crate) taken: &'a Taken,
    /// The want that stands for what is taken; `None`: the type's name, or nothing.
    pub(crate) want: Option<usize>,
}

/// Runtime types of a position that want the same and get it in the same ways.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// At least one; the first stands for all.
    pub(crate) types: Vec<TypeId>,
    pub(crate) wants: Vec<Want<'a>>,
    /// In the order of CollectFields.
    pub(crate) fields: Vec<ClientField<'a>>,
    /// Contexts that objects of the group set for what is below.
    pub(crate) contexts: Vec<SetContext<'a>>,
}

impl Group<'_> {
    pub(crate) fn ty(&self) -> TypeId {
        self.types[0]
    }
}

/// Groups by position, the runtime types that may be met there, and those of them of which nothing is asked.
type GroupIndex<'a> = FxHashMap<(PositionId, Vec<TypeId>, Vec<TypeId>), Rc<[Rc<Group<'a>>]>>;

/// Addresses of the selection sets that make a position.
type PositionKey = (Vec<usize>, Vec<usize>);

/// All positions met so far, each once.
pub(crate) struct Positions<'a> {
    graph: &'a JoinGraph,
    arena: Vec<Position<'a>>,
    index: FxHashMap<PositionKey, PositionId>,
    groups: GroupIndex<'a>,
    needs: FxHashMap<PositionId, Rc<[ContextId]>>,
    equal: EqualSets<'a>,
}

impl<'a> Positions<'a> {
    pub(crate) fn new(graph: &'a JoinGraph) -> Self {
        Self {
            graph,
            arena: Vec::new(),
            index: FxHashMap::default(),
            groups: FxHashMap::default(),
            needs: FxHashMap::default(),
            equal: EqualSets::default(),
        }
    }

    pub(crate) fn get(&self, id: PositionId) -> &Position<'a> {
        &self.arena[id.0 as usize]
    }

    pub(crate) fn intern(
        &mut self,
        client: Vec<&'a SelectionSet>,
        internal: Vec<&'a SelectionSet>,
        internal_depth: u32,
    ) -> PositionId {
        let client: Vec<&'a SelectionSet> = client
            .into_iter()
            .map(|set| self.equal.first(set))
            .collect();
        let address = |set: &&SelectionSet| std::ptr::from_ref::<SelectionSet>(set).addr();
        let key = (
            client.iter().map(address).collect(),
            internal.iter().map(address).collect(),
        );
        let next = PositionId(u32::try_from(self.arena.len()).unwrap_or(u32::MAX));
        let id = *self.index.entry(key).or_insert(next);
        if id == next {
            self.arena.push(Position {
                client,
                internal,
                internal_depth,
            });
        }
        id
    }

    /// Whether field sets have led too far from what the client asked for to go on.
    pub(crate) fn is_too_deep(&self, id: PositionId) -> bool {
        self.get(id).internal_depth > MAX_INTERNAL_DEPTH
    }

    /// Adds what a field set selects on a group; returns the wants that stand for its fields.
    pub(crate) fn demand(
        &mut self,
        wants: &mut Vec<Want<'a>>,
        set: &'a SelectionSet,
        ty: TypeId,
        depth: u32,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        for field in collect_fields(&self.graph.supergraph, &[set], ty) {
            let FieldTarget::Field(id) = field.target else {
                continue;
            };
            let same = wants
                .iter()
                .position(|w| w.field == id && w.arguments == field.arguments && !w.is_dependent);
            let index = same.unwrap_or_else(|| {
                let child = (!field.selection_sets.is_empty())
                    .then(|| self.intern(Vec::new(), field.selection_sets.clone(), depth + 1));
                wants.push(Want {
                    response_key: None,
                    field: id,
                    arguments: field.arguments,
                    child,
                    is_demanded: true,
                    is_read_here: false,
                    needs: Rc::default(),
                    is_dependent: false,
                });
                wants.len() - 1
            });
            let want = &mut wants[index];
            want.is_demanded = true;
            want.child = want
                .child
                .map(|child| self.with_internal(child, &field.selection_sets));
            found.push(index);
        }
        found
    }

    /// Whether an object known only as `interface` must be told its runtime type before what is selected here can
    /// be answered.
    pub(crate) fn needs_runtime_type(&self, id: PositionId, interface: TypeId) -> bool {
        let position = self.get(id);
        let mut sets = position.client.iter().chain(&position.internal);
        sets.any(|set| self.narrows(set, interface))
    }

    fn narrows(&self, set: &SelectionSet, interface: TypeId) -> bool {
        let supergraph = &self.graph.supergraph;
        set.selections.iter().any(|selection| match selection {
            Selection::Field(field) => field.target == FieldTarget::Typename,
            Selection::Fragment(fragment) => {
                let is_wider = fragment.ty == interface
                    || supergraph.ty(interface).interfaces.contains(&fragment.ty);
                let possible = &supergraph.ty(interface).possible_types;
                let mut possible = possible.iter();
                let is_about_it = possible.any(|ty| supergraph.is_possible(fragment.ty, *ty));
                is_about_it && (!is_wider || self.narrows(fragment, interface))
            }
        })
    }

    fn with_internal(&mut self, id: PositionId, sets: &[&'a SelectionSet]) -> PositionId {
        let position = self.get(id);
        let mut internal = position.internal.clone();
        for &set in sets {
            if !internal.iter().any(|other| std::ptr::eq(*other, set)) {
                internal.push(set);
            }
        }
        if internal.len() == position.internal.len() {
            return id;
        }
        let (client, depth) = (position.client.clone(), position.internal_depth);
        self.intern(client, internal, depth)
    }

    /// The position's runtime types, out of `types`, in groups that are planned alike. A type that clients must not
    /// see is among them where keys or `@requires` read it. Of those in `absent` the client gets what must not be null.
    pub(crate) fn groups(
        &mut self,
        id: PositionId,
        types: &[TypeId],
        absent: &[TypeId],
    ) -> Rc<[Rc<Group<'a>>]> {
        let key = (id, types.to_vec(), absent.to_vec());
        if let Some(known) = self.groups.get(&key) {
            return Rc::clone(known);
        }
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut by_signature: FxHashMap<Vec<usize>, usize> = FxHashMap::default();
        let is_read = !self.get(id).internal.is_empty();
        for &ty in types {
            if !is_read && self.graph.supergraph.ty(ty).is_inaccessible {
                continue;
            }
            let is_absent = absent.contains(&ty);
            let mut signature = self.signature(id, ty);
            signature.push(usize::from(is_absent));
            if let Some(&group) = by_signature.get(&signature) {
                groups[group].types.push(ty);
            } else {
                by_signature.insert(signature, groups.len());
                groups.push(self.group(id, ty, is_absent));
            }
        }
        let groups: Rc<[Rc<Group<'a>>]> = groups.into_iter().map(Rc::new).collect();
        self.groups.insert(key, Rc::clone(&groups));
        groups
    }

    /// Equal for types that see the same selections on fields that all subgraphs treat alike.
    fn signature(&self, id: PositionId, ty: TypeId) -> Vec<usize> {
        let position = self.get(id);
        let is_hidden = self.graph.supergraph.ty(ty).is_inaccessible;
        let mut signature = vec![self.graph.ty(ty).class as usize, usize::from(is_hidden)];
        let mut add = |fields: Vec<CollectedField<'a>>| {
            for field in fields {
                signature.push(std::ptr::from_ref(field.response_key).addr());
                if let FieldTarget::Field(id) = field.target {
                    signature.push(self.graph.field(id).class as usize);
                }
                for set in field.selection_sets {
                    signature.push(std::ptr::from_ref(set).addr());
                }
            }
            signature.push(usize::MAX);
        };
        add(collect_fields(&self.graph.supergraph, &position.client, ty));
        for set in &position.internal {
            add(collect_fields(&self.graph.supergraph, &[set], ty));
        }
        signature
    }

    fn group(&mut self, id: PositionId, ty: TypeId, is_absent: bool) -> Group<'a> {
        let position = self.get(id);
        let (mut client, internal) = (position.client.clone(), position.internal.clone());
        let depth = position.internal_depth;
        if self.graph.supergraph.ty(ty).is_inaccessible {
            client.clear();
        }
        let mut wants = Vec::new();
        let mut fields = Vec::new();
        for field in collect_fields(&self.graph.supergraph, &client, ty) {
            fields.push(match field.target {
                FieldTarget::Typename => ClientField::Typename(field.response_key),
                FieldTarget::Introspection(about) => ClientField::Introspection(about),
                FieldTarget::Field(id)
                    if is_absent && !self.graph.supergraph.field(id).ty.is_non_null() =>
                {
                    ClientField::Null(field.response_key, id)
                }
                FieldTarget::Field(id) => {
                    let is_leaf = field.selection_sets.is_empty();
                    let child =
                        (!is_leaf).then(|| self.intern(field.selection_sets, Vec::new(), 0));
                    wants.push(Want {
                        response_key: Some(field.response_key),
                        field: id,
                        arguments: field.arguments,
                        child,
                        is_demanded: false,
                        is_read_here: false,
                        needs: Rc::default(),
                        is_dependent: false,
                    });
                    ClientField::Want(wants.len() - 1)
                }
            });
        }
        self.note_needs(&mut wants, ty);
        for set in internal {
            self.demand(&mut wants, set, ty, depth);
        }
        let contexts = self.set_contexts(&mut wants, ty, depth);
        Group {
            types: vec![ty],
            wants,
            fields,
            contexts,
        }
    }
}
