//! The fields of each subgraph's definitions.

use rustc_hash::FxHashMap;

use super::build::Builder;
use super::{Local, LocalField, LocalId, LocalKind};
use crate::facts::walk;
use crate::merged::{MergedField, Overridden};
use crate::satisfiability::field_sets::SetId;
use crate::source::At;
use crate::subgraph::{Field, FieldSet, TypeDefinition};

impl<'a> Builder<'a> {
    pub(super) fn add_local_fields(&mut self) {
        for local in 0..self.locals.len() {
            let Local {
                graph,
                ty,
                definition,
                ..
            } = self.locals[local];
            let merged = self.types[ty].merged;
            let mut fields = FxHashMap::default();
            for field in definition.fields.values() {
                let merged = merged.fields.get(&field.name);
                let name = self.names.field(&field.name);
                fields.insert(name, self.local_field(graph, definition, field, merged));
            }
            self.locals[local].fields = fields;
            self.locals[local].has_own_key = self.has_own_key(graph, definition);
        }
    }

    fn local_field(
        &mut self,
        graph: usize,
        definition: &'a TypeDefinition,
        field: &'a Field,
        merged: Option<&'a MergedField>,
    ) -> LocalField {
        let is_overridden = merged.is_some_and(|one| one.overrides.of(graph) != Overridden::No);
        let label = merged.and_then(|one| one.overrides.label(graph));
        let label = label.map(|label| (self.label(label), !is_overridden));
        let contextual = field.arguments.values();
        let contextual = contextual.filter_map(|one| one.from_context.as_ref()?.value.as_ref());
        let contexts = contextual.filter_map(|one| {
            let set = self.field_sets.read(&one.fields, &mut self.names);
            let context = (graph, one.context.as_str(), set);
            self.context_ids.get(&context).copied()
        });
        let contexts = contexts.collect();
        let requires = self.set(field.requires.as_ref());
        let provides = self.set(field.provides.as_ref());
        let target = self.names.ty(field.ty.inner_named_type());
        LocalField {
            is_external: self.subgraphs[graph].facts.is_external(definition, field),
            is_overridden: is_overridden && label.is_none(),
            label,
            requires,
            contexts,
            provides,
            target: target.and_then(|ty| self.local(ty, graph)),
            is_uniform: false,
        }
    }

    fn set(&mut self, fields: Option<&'a (FieldSet, At)>) -> Option<SetId> {
        let (fields, _) = fields?;
        Some(self.field_sets.read(fields, &mut self.names))
    }

    fn has_own_key(&self, graph: usize, definition: &'a TypeDefinition) -> bool {
        let valid = &self.subgraphs[graph];
        let is_elsewhere = |ty: &TypeDefinition, field: &Field| {
            let merged = self.merged.types.get(&ty.name);
            let merged = merged.and_then(|ty| ty.fields.get(&field.name));
            let is_overridden = merged.is_some_and(|one| {
                one.overrides.of(graph) != Overridden::No && one.overrides.label(graph).is_none()
            });
            is_overridden || valid.facts.is_external(ty, field)
        };
        definition.keys.iter().any(|key| {
            let mut is_own = true;
            let selections = key.fields.selections();
            let name = &definition.name;
            walk(&valid.subgraph, name, selections, &mut |ty, field| {
                is_own &= !is_elsewhere(ty, field);
            });
            is_own
        })
    }

    pub(super) fn mark_uniform_fields(&mut self) {
        for id in 0..self.locals.len() {
            let local = &self.locals[id];
            if local.kind != LocalKind::Interface {
                continue;
            }
            let visible = &self.types[local.ty].objects;
            let objects: Vec<LocalId> = local
                .objects
                .iter()
                .filter(|ty| visible.binary_search(ty).is_ok())
                .filter_map(|&ty| self.local(ty, local.graph))
                .collect();
            let uniform = local.fields.iter().filter(|(name, field)| {
                field.is_resolved()
                    && objects.iter().all(|&object| {
                        let field = self.locals[object].fields.get(name);
                        field.is_some_and(|field| {
                            field.is_resolved() && field.label.is_none() && field.requires.is_none()
                        })
                    })
            });
            let uniform: Vec<_> = uniform.map(|(&name, _)| name).collect();
            for name in uniform {
                if let Some(field) = self.locals[id].fields.get_mut(&name) {
                    field.is_uniform = true;
                }
            }
        }
    }
}
