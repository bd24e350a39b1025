//! From merged types and subgraphs to the numbered graph: types, definitions, keys.

use apollo_compiler::Name;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    ApiField, ContextId, Federated, KeyGroup, LabelId, Local, LocalId, LocalKind, Type, find,
};
use crate::facts::implementations;
use crate::merged::{Merged, MergedField, is_inaccessible};
use crate::satisfiability::field_sets::{FieldSets, SetId};
use crate::satisfiability::names::{NameId, Names, TypeId};
use crate::subgraph::{Kind, TypeDefinition};
use crate::validate::ValidSubgraph;

pub(super) struct Builder<'a> {
    pub(super) merged: &'a Merged,
    pub(super) subgraphs: &'a [ValidSubgraph],
    pub(super) names: Names<'a>,
    pub(super) field_sets: FieldSets,
    labels: Vec<&'a str>,
    label_ids: FxHashMap<&'a str, LabelId>,
    pub(super) context_ids: FxHashMap<(usize, &'a str, SetId), ContextId>,
    pub(super) types: Vec<Type<'a>>,
    pub(super) locals: Vec<Local<'a>>,
}

impl<'a> Federated<'a> {
    pub(in crate::satisfiability) fn new(
        merged: &'a Merged,
        subgraphs: &'a [ValidSubgraph],
    ) -> Self {
        let composite = merged.types.iter().filter(|(_, ty)| ty.kind.is_composite());
        let mut builder = Builder {
            merged,
            subgraphs,
            names: Names::new(composite.map(|(name, _)| name).collect()),
            field_sets: FieldSets::default(),
            labels: Vec::new(),
            label_ids: FxHashMap::default(),
            context_ids: FxHashMap::default(),
            types: Vec::new(),
            locals: Vec::new(),
        };
        builder.add_types();
        builder.add_locals();
        builder.add_contexts();
        builder.add_local_fields();
        builder.mark_uniform_fields();
        builder.add_keys();
        builder.add_api_fields();
        Self {
            merged,
            subgraphs,
            names: builder.names,
            field_sets: builder.field_sets,
            labels: builder.labels,
            types: builder.types,
            locals: builder.locals,
        }
    }
}

impl<'a> Builder<'a> {
    fn add_types(&mut self) {
        let composite = self.merged.types.iter();
        for (name, merged) in composite.filter(|(_, ty)| ty.kind.is_composite()) {
            self.types.push(Type {
                merged,
                name,
                is_accessible: !is_inaccessible(&merged.directives),
                locals: Vec::new(),
                possible: Vec::new(),
                objects: Vec::new(),
                fields: Vec::new(),
                contexts: Vec::new(),
                keys: Vec::new(),
            });
        }
        for id in 0..self.types.len() {
            let merged = self.types[id].merged;
            match merged.kind {
                Kind::Union => {
                    let members = merged.members.iter();
                    let members = members.filter_map(|name| self.names.ty(name));
                    self.types[id].possible = members.collect();
                }
                Kind::Object => {
                    self.types[id].possible.push(id);
                    for interface in &merged.implements {
                        if let Some(interface) = self.names.ty(interface) {
                            self.types[interface].possible.push(id);
                        }
                    }
                }
                _ => {}
            }
        }
        for id in 0..self.types.len() {
            self.types[id].possible.sort_unstable();
            let visible = self.types[id].possible.iter().copied();
            let visible = visible.filter(|&object| self.types[object].is_accessible);
            self.types[id].objects = visible.collect();
        }
    }

    fn add_locals(&mut self) {
        for (graph, valid) in self.subgraphs.iter().enumerate() {
            let implementations = implementations(&valid.subgraph);
            for definition in valid.subgraph.types.values() {
                let Some(ty) = self.names.ty(&definition.name) else {
                    continue;
                };
                let kind = local_kind(definition);
                let members: Vec<&Name> = match kind {
                    LocalKind::Interface => {
                        let found = implementations.get(&definition.name);
                        found.into_iter().flatten().map(|ty| &ty.name).collect()
                    }
                    LocalKind::Union => definition.members.keys().collect(),
                    LocalKind::Object | LocalKind::InterfaceObject => vec![&definition.name],
                };
                let members = members.into_iter().filter_map(|name| self.names.ty(name));
                let mut objects: Vec<TypeId> = members.collect();
                objects.sort_unstable();
                self.types[ty].locals.push(self.locals.len());
                self.locals.push(Local {
                    graph,
                    ty,
                    kind,
                    is_root: definition.is_root(),
                    definition,
                    fields: FxHashMap::default(),
                    objects,
                    has_own_key: false,
                });
            }
        }
    }

    /// A context that an interface or a union sets is set by each of its objects. What several arguments take from
    /// it is told apart: some of it may be had where other may not.
    fn add_contexts(&mut self) {
        let mut taken: FxHashMap<(usize, &'a str), Vec<(ContextId, SetId)>> = FxHashMap::default();
        for local in &self.locals {
            let fields = local.definition.fields.values();
            let arguments = fields.flat_map(|field| field.arguments.values());
            for argument in arguments {
                let from = argument.from_context.as_ref();
                let Some(value) = from.and_then(|from| from.value.as_ref()) else {
                    continue;
                };
                let set = self.field_sets.read(&value.fields, &mut self.names);
                let next = self.context_ids.len();
                let key = (local.graph, value.context.as_str(), set);
                let id = *self.context_ids.entry(key).or_insert(next);
                if id == next {
                    let context = (local.graph, value.context.as_str());
                    taken.entry(context).or_default().push((id, set));
                }
            }
        }
        for local in &self.locals {
            for context in &local.definition.contexts {
                let taken = taken.get(&(local.graph, context.name.as_str()));
                let mut setting = self.types[local.ty].possible.clone();
                setting.push(local.ty);
                for ty in setting {
                    self.types[ty].contexts.extend(taken.into_iter().flatten());
                }
            }
        }
        for ty in &mut self.types {
            ty.contexts.sort_unstable();
            ty.contexts.dedup();
        }
    }

    pub(super) fn local(&self, ty: TypeId, graph: usize) -> Option<LocalId> {
        find(&self.types[ty].locals, &self.locals, graph)
    }

    pub(super) fn label(&mut self, label: &'a str) -> LabelId {
        let next = self.labels.len();
        let id = *self.label_ids.entry(label).or_insert(next);
        if id == next {
            self.labels.push(label);
        }
        id
    }

    fn add_keys(&mut self) {
        for ty in 0..self.types.len() {
            let mut groups: Vec<KeyGroup> = Vec::new();
            let locals = self.types[ty].locals.clone();
            self.group_keys(&locals, false, &mut groups);
            if self.types[ty].merged.kind == Kind::Object {
                let standing = self.interface_objects(ty);
                self.group_keys(&standing, true, &mut groups);
            }
            self.types[ty].keys = groups;
        }
    }

    /// The `@interfaceObject`s that stand for an object.
    fn interface_objects(&self, ty: TypeId) -> Vec<LocalId> {
        let interfaces = self.types[ty].merged.implements.iter();
        let interfaces = interfaces.filter_map(|name| self.names.ty(name));
        interfaces
            .flat_map(|interface| self.types[interface].locals.iter().copied())
            .filter(|&local| self.locals[local].kind == LocalKind::InterfaceObject)
            .collect()
    }

    fn group_keys(&mut self, locals: &[LocalId], stands: bool, groups: &mut Vec<KeyGroup>) {
        let mut by_key: FxHashMap<SetId, usize> = FxHashMap::default();
        let mut seen: FxHashSet<(SetId, LocalId)> = FxHashSet::default();
        for &local in locals {
            let definition = self.locals[local].definition;
            for key in definition.keys.iter().filter(|key| key.resolvable) {
                let set = self.field_sets.read(&key.fields, &mut self.names);
                let at = *by_key.entry(set).or_insert_with(|| {
                    groups.push(KeyGroup {
                        key: set,
                        targets: Vec::new(),
                        is_interface_object: stands,
                    });
                    groups.len() - 1
                });
                if seen.insert((set, local)) {
                    groups[at].targets.push(local);
                }
            }
        }
    }

    fn add_api_fields(&mut self) {
        for id in 0..self.types.len() {
            let ty = &self.types[id];
            if !ty.is_accessible || ty.merged.kind != Kind::Object {
                continue;
            }
            let merged = ty.merged;
            let mut declaring = ty.locals.clone();
            declaring.extend(self.interface_objects(id));
            declaring.sort_unstable();
            let mut sources: FxHashMap<NameId, Vec<LocalId>> = FxHashMap::default();
            for local in declaring {
                for name in self.locals[local].fields.keys() {
                    sources.entry(*name).or_default().push(local);
                }
            }
            let mut fields: Vec<ApiField<'a>> = Vec::new();
            for (text, field) in &merged.fields {
                if !is_inaccessible(&field.directives) {
                    let name = self.names.field(text);
                    let sources = sources.remove(&name).unwrap_or_default();
                    fields.push(self.api_field(text, name, field, sources));
                }
            }
            fields.sort_unstable_by_key(|field| field.text);
            self.types[id].fields = fields;
        }
    }

    fn api_field(
        &self,
        text: &'a Name,
        name: NameId,
        merged: &'a MergedField,
        sources: Vec<LocalId>,
    ) -> ApiField<'a> {
        let field = |&local: &LocalId| self.locals[local].fields.get(&name);
        let own = sources
            .iter()
            .filter(|&&local| self.locals[local].kind == LocalKind::Object);
        let label = own.filter_map(field).find_map(|field| field.label);
        let resolving = sources.iter().filter_map(field);
        let resolving = resolving.filter(|field| field.is_resolved()).count();
        ApiField {
            name,
            merged,
            text,
            target: self.names.ty(merged.ty.inner_named_type()),
            label: label.map(|(label, _)| label),
            is_shared: resolving > 1,
            sources,
        }
    }
}

fn local_kind(definition: &TypeDefinition) -> LocalKind {
    match definition.kind {
        Kind::Interface => LocalKind::Interface,
        Kind::Union => LocalKind::Union,
        _ if definition.is_interface_object() => LocalKind::InterfaceObject,
        _ => LocalKind::Object,
    }
}
