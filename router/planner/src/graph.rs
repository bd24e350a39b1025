//! What the planner knows of a supergraph before any operation: for every field the subgraphs it can be had
//! from, for every type the subgraphs it can be entered at, field sets in the form of selections.

use std::sync::Arc;

use apollo_compiler::ast::OperationType;
use router_operation::{Field, FieldTarget, Selection, SelectionSet};
use rustc_hash::{FxBuildHasher, FxHashMap};
use schema_model::{
    FieldId, FieldInSubgraph, FieldSetSelection, SubgraphId, Supergraph, TypeDefinition, TypeId,
    TypeKind, TypeRef,
};

use crate::contexts::{ContextUse, Contexts};
use crate::labels::{LabelCondition, Labels, Valuation};

/// A supergraph, prepared for planning.
#[derive(Debug)]
pub(crate) struct JoinGraph {
    pub(crate) supergraph: Arc<Supergraph>,
    pub(crate) labels: Labels,
    pub(crate) contexts: Contexts,
    fields: Vec<FieldKnowledge>,
    types: Vec<TypeKnowledge>,
    /// By type: whether fields lead from it to an abstract type that subgraphs know differently.
    leads_to_partial: Vec<bool>,
}

/// What is known of one field.
#[derive(Debug, Default)]
pub(crate) struct FieldKnowledge {
    /// Equal for fields (of different types) that every subgraph treats alike.
    pub(crate) class: u32,
    /// Where it is known, by ascending subgraph.
    pub(crate) options: Vec<FieldOption>,
}

/// A subgraph that knows a field.
#[derive(Debug)]
pub(crate) struct FieldOption {
    pub(crate) subgraph: SubgraphId,
    /// The field there: of the type itself, or of the interface it is through an interface object.
    pub(crate) field: FieldId,
    /// The type there: the object type, or the interface that stands for it.
    pub(crate) via: TypeId,
    /// The field's type there.
    pub(crate) ty: TypeRef,
    /// Answered without a path that provides it, while `labels` hold.
    resolvable: bool,
    pub(crate) labels: Vec<LabelCondition>,
    pub(crate) requires: Option<SelectionSet>,
    /// Arguments that are filled from contexts.
    pub(crate) contexts: Vec<ContextUse>,
}

impl FieldOption {
    /// Whether something must be sent along, which only a call about the object can.
    pub(crate) fn needs_call(&self) -> bool {
        self.requires.is_some() || !self.contexts.is_empty()
    }

    /// Whether it is answered whatever led there, whatever labels are on, and with nothing sent along.
    pub(crate) fn is_always_resolvable(&self) -> bool {
        self.resolvable && self.labels.is_empty() && !self.needs_call()
    }

    /// Whether it is answered without a path that provides it.
    pub(crate) fn is_resolvable(&self, labels: &Valuation) -> bool {
        self.resolvable && labels.satisfies(&self.labels)
    }
}

/// What is known of one object type (or of an interface, as interface objects stand for it).
#[derive(Debug, Default)]
pub(crate) struct TypeKnowledge {
    /// Equal for types with the same keys everywhere.
    pub(crate) class: u32,
    pub(crate) entries: Vec<Entry>,
    /// For an interface: subgraphs that know its implementations and can be entered in its name.
    pub(crate) resolvers: Vec<Entry>,
    /// Subgraphs that require something for one of its fields.
    pub(crate) requiring: Vec<SubgraphId>,
}

/// A way into a subgraph by `_entities`.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) subgraph: SubgraphId,
    /// The type that representations name.
    pub(crate) via: TypeId,
    /// Resolvable keys, in the order written; none are needed to enter a root type.
    pub(crate) keys: Vec<SelectionSet>,
}

impl JoinGraph {
    pub(crate) fn new(supergraph: Arc<Supergraph>) -> Self {
        let mut graph = Self {
            fields: Vec::new(),
            types: Vec::new(),
            labels: Labels::read(&supergraph),
            contexts: Contexts::default(),
            leads_to_partial: Vec::new(),
            supergraph,
        };
        let types = graph.supergraph.type_ids();
        graph.types = types.map(|ty| graph.read_type(ty)).collect();
        let mut fields = Vec::new();
        fields.resize_with(graph.supergraph.field_count(), FieldKnowledge::default);
        for ty in graph.supergraph.type_ids() {
            if graph.supergraph.ty(ty).is_composite() {
                for &field in &graph.supergraph.ty(ty).fields {
                    fields[field.index()].options = graph.read_field(ty, field);
                }
            }
        }
        graph.fields = fields;
        graph.read_contexts();
        graph.leads_to_partial = graph.find_partial();
        for ty in graph.supergraph.type_ids() {
            let fields = graph.supergraph.ty(ty).fields.iter();
            let options = fields.flat_map(|field| &graph.fields[field.index()].options);
            let requiring = options.filter(|option| option.needs_call());
            graph.types[ty.index()].requiring = requiring.map(|option| option.subgraph).collect();
        }
        graph.classify();
        graph
    }

    pub(crate) fn field(&self, field: FieldId) -> &FieldKnowledge {
        &self.fields[field.index()]
    }

    pub(crate) fn ty(&self, ty: TypeId) -> &TypeKnowledge {
        &self.types[ty.index()]
    }

    /// Whether fields lead from a type (or none is needed) to an abstract type that subgraphs know differently.
    pub(crate) fn leads_to_partial(&self, ty: TypeId) -> bool {
        self.leads_to_partial[ty.index()]
    }

    pub(crate) fn is_root(&self, ty: TypeId) -> bool {
        self.kind_of_root(ty).is_some()
    }

    /// The kind of operation whose root the type is.
    pub(crate) fn kind_of_root(&self, ty: TypeId) -> Option<OperationType> {
        let mut kinds = [
            OperationType::Query,
            OperationType::Mutation,
            OperationType::Subscription,
        ]
        .into_iter();
        kinds.find(|kind| self.supergraph.root(*kind) == Some(ty))
    }

    fn find_partial(&self) -> Vec<bool> {
        let is_partial = |ty: TypeId| {
            let definition = self.supergraph.ty(ty);
            let mut known = definition.subgraphs.iter();
            let mut known = known.by_ref().filter(|there| !there.is_interface_object);
            let first = known.next().map(|there| &there.possible_types);
            definition.is_abstract() && known.any(|there| Some(&there.possible_types) != first)
        };
        let mut found: Vec<bool> = self.supergraph.type_ids().map(is_partial).collect();
        let mut above: Vec<Vec<TypeId>> = vec![Vec::new(); found.len()];
        for ty in self.supergraph.type_ids() {
            let definition = self.supergraph.ty(ty);
            for field in &definition.fields {
                let below = self.supergraph.field(*field).ty.named();
                above[below.index()].push(ty);
            }
            for possible in &definition.possible_types {
                above[possible.index()].push(ty);
            }
        }
        let mut open: Vec<TypeId> = self.supergraph.type_ids().collect();
        open.retain(|ty| found[ty.index()]);
        while let Some(ty) = open.pop() {
            for &parent in &above[ty.index()] {
                if !std::mem::replace(&mut found[parent.index()], true) {
                    open.push(parent);
                }
            }
        }
        found
    }

    /// Object types that `subgraph` can return where it declares `ty`.
    pub(crate) fn possible_types(&self, ty: TypeId, subgraph: SubgraphId) -> &[TypeId] {
        let definition = self.supergraph.ty(ty);
        match definition.in_subgraph(subgraph) {
            Some(there) => &there.possible_types,
            None => &definition.possible_types,
        }
    }

    /// Whether the interface `ty` is an object type in `subgraph`.
    pub(crate) fn is_interface_object(&self, ty: TypeId, subgraph: SubgraphId) -> bool {
        let there = self.supergraph.ty(ty).in_subgraph(subgraph);
        there.is_some_and(|there| there.is_interface_object)
    }

    /// `Type.field`, for messages.
    pub(crate) fn coordinate(&self, field: FieldId) -> String {
        let definition = self.supergraph.field(field);
        let parent = &self.supergraph.ty(definition.parent).name;
        format!("{parent}.{}", definition.name)
    }

    fn read_type(&self, ty: TypeId) -> TypeKnowledge {
        let definition = self.supergraph.ty(ty);
        let mut entries = Vec::new();
        for there in &definition.subgraphs {
            if self.is_root(ty) {
                entries.push(Entry {
                    subgraph: there.subgraph,
                    via: ty,
                    keys: Vec::new(),
                });
            } else if definition.kind == TypeKind::Object || there.is_interface_object {
                entries.extend(self.entry(definition, ty, there.subgraph));
            }
        }
        for (interface, subgraph) in self.interface_objects(definition) {
            let definition = self.supergraph.ty(interface);
            entries.extend(self.entry(definition, interface, subgraph));
        }
        let mut resolvers = Vec::new();
        if definition.kind == TypeKind::Interface {
            let knowing = definition.subgraphs.iter();
            for there in knowing.filter(|there| !there.is_interface_object) {
                resolvers.extend(self.entry(definition, ty, there.subgraph));
            }
        }
        TypeKnowledge {
            class: 0,
            entries,
            resolvers,
            requiring: Vec::new(),
        }
    }

    fn entry(&self, definition: &TypeDefinition, via: TypeId, at: SubgraphId) -> Option<Entry> {
        let there = definition.in_subgraph(at)?;
        let keys = there.keys.iter().filter(|key| key.resolvable);
        let keys: Vec<_> = keys
            .map(|key| self.selection_set(&key.fields.selections, via))
            .collect();
        (!keys.is_empty()).then_some(Entry {
            subgraph: at,
            via,
            keys,
        })
    }

    /// Interfaces of an object type that stand for it in subgraphs which do not know it.
    fn interface_objects(&self, object: &TypeDefinition) -> Vec<(TypeId, SubgraphId)> {
        let mut found = Vec::new();
        if object.kind != TypeKind::Object {
            return found;
        }
        for &interface in &object.interfaces {
            for there in &self.supergraph.ty(interface).subgraphs {
                if there.is_interface_object && object.in_subgraph(there.subgraph).is_none() {
                    found.push((interface, there.subgraph));
                }
            }
        }
        found
    }

    fn read_field(&self, parent: TypeId, field: FieldId) -> Vec<FieldOption> {
        let definition = self.supergraph.field(field);
        let parent_definition = self.supergraph.ty(parent);
        let mut options = Vec::new();
        for there in &definition.subgraphs {
            if parent_definition.kind == TypeKind::Object
                || self.is_interface_object(parent, there.subgraph)
            {
                options.push(self.option(there, field, parent));
            }
        }
        for (interface, subgraph) in self.interface_objects(parent_definition) {
            let own = self.supergraph.field_named(interface, &definition.name);
            let there = own.and_then(|own| {
                let there = self.supergraph.field(own).in_subgraph(subgraph)?;
                Some(self.option(there, own, interface))
            });
            options.extend(there);
        }
        options.sort_by_key(|option| option.subgraph);
        options
    }

    fn option(&self, there: &FieldInSubgraph, field: FieldId, via: TypeId) -> FieldOption {
        let requires = there.requires.as_ref();
        FieldOption {
            subgraph: there.subgraph,
            field,
            via,
            ty: there.ty,
            resolvable: there.is_resolvable(),
            labels: self
                .labels
                .conditions(&self.supergraph, field, there.subgraph),
            requires: requires.map(|set| self.selection_set(&set.selections, via)),
            contexts: Vec::new(),
        }
    }

    /// Notes which arguments are filled from contexts, and what they take.
    fn read_contexts(&mut self) {
        let mut contexts = Contexts::default();
        let mut fields = std::mem::take(&mut self.fields);
        for option in fields.iter_mut().flat_map(|field| &mut field.options) {
            let definition = self.supergraph.field(option.field);
            let there = definition.in_subgraph(option.subgraph);
            let arguments = there.map_or(&[][..], |there| &there.context_arguments);
            let uses = arguments.iter().map(|argument| {
                contexts.add(&self.supergraph, argument, |value| {
                    self.selection_set(&value.selection.selections, value.on)
                })
            });
            option.contexts = uses.collect();
        }
        self.fields = fields;
        self.contexts = contexts;
    }

    /// A field set in the form of an operation's selections; response keys are the fields' names.
    fn selection_set(&self, selections: &[FieldSetSelection], ty: TypeId) -> SelectionSet {
        let selections = selections.iter().map(|selection| match selection {
            FieldSetSelection::Typename => Selection::Field(Field {
                response_key: apollo_compiler::name!("__typename"),
                target: FieldTarget::Typename,
                arguments: Vec::new(),
                selection_set: None,
            }),
            FieldSetSelection::Field {
                field,
                arguments,
                selections,
            } => {
                let definition = self.supergraph.field(*field);
                let below = definition.ty.named();
                let is_composite = self.supergraph.ty(below).is_composite();
                Selection::Field(Field {
                    response_key: definition.name.clone(),
                    target: FieldTarget::Field(*field),
                    arguments: arguments.clone(),
                    selection_set: is_composite.then(|| self.selection_set(selections, below)),
                })
            }
            FieldSetSelection::Fragment { on, selections } => {
                Selection::Fragment(self.selection_set(selections, *on))
            }
        });
        SelectionSet {
            ty,
            selections: selections.collect(),
        }
    }

    /// Numbers the classes of fields and types that the planner may treat as one.
    fn classify(&mut self) {
        let mut classes: FxHashMap<String, u32> = FxHashMap::with_hasher(FxBuildHasher);
        let mut class = |signature: String| {
            let next = u32::try_from(classes.len()).unwrap_or(u32::MAX);
            *classes.entry(signature).or_insert(next)
        };
        for (index, knowledge) in self.fields.iter_mut().enumerate() {
            let mut signature = String::from("field");
            for option in &knowledge.options {
                let definition = self.supergraph.field(option.field);
                let there = definition.in_subgraph(option.subgraph);
                let source = |set: Option<&schema_model::FieldSet>| set.map(|s| s.source.clone());
                let via_interface = (option.field.index() != index).then_some(option.via);
                signature += &format!(
                    "{:?}|{via_interface:?}|{:?}|{}{:?}|{:?}|{:?}{:?};",
                    option.subgraph,
                    option.ty,
                    option.resolvable,
                    option.labels,
                    source(there.and_then(|t| t.requires.as_ref())),
                    source(there.and_then(|t| t.provides.as_ref())),
                    option.contexts,
                );
            }
            knowledge.class = class(signature);
        }
        for ty in self.supergraph.type_ids() {
            let mut signature = String::from("type");
            for there in &self.supergraph.ty(ty).subgraphs {
                signature += &format!("{:?}", there.subgraph);
                for key in &there.keys {
                    signature += &format!("|{}{}", key.fields.source, key.resolvable);
                }
                signature.push(';');
            }
            for entry in &self.types[ty.index()].entries {
                if entry.via != ty {
                    signature += &format!("{:?}{:?};", entry.via, entry.subgraph);
                }
            }
            if self.contexts.is_set_by(&self.supergraph, ty) {
                signature += &format!("{ty:?}");
            }
            self.types[ty.index()].class = class(signature);
        }
    }
}
