//! What follows from a subgraph's field sets: which fields are keys, which are used, and which
//! `@external`s mean what they say.

use std::collections::{HashMap, HashSet};

use apollo_compiler::Name;

use crate::source::At;
use crate::specification::Version;
use crate::subgraph::{Field, Input, Kind, Selection, Subgraph, TypeDefinition};

/// Type and field.
pub(crate) type Coordinate = (Name, Name);

/// Derived knowledge about one subgraph's fields.
#[derive(Default)]
pub(crate) struct Facts {
    /// `@external` key fields of an `extend type`: they are resolved here all the same.
    fake_external: HashSet<Coordinate>,
    keys: HashSet<Coordinate>,
    used: HashSet<Coordinate>,
    /// Fields of interfaces that some implementation has as `@external`.
    externally_implemented: HashSet<Coordinate>,
    /// Types that set a context, by the context's name.
    contexts: HashMap<String, Vec<Name>>,
    /// Where contexts began to be used too often to look at every use.
    contexts_exceeded: Option<At>,
}

/// Selections from contexts in one subgraph, each counted once per type that sets the context: a
/// product that grows faster than the input.
const MAX_CONTEXT_USES: usize = 1_000_000;

impl Facts {
    pub(crate) fn of(subgraph: &Subgraph) -> Self {
        let implementations = implementations(subgraph);
        let mut facts = Self::default();
        for ty in subgraph.types.values() {
            for key in &ty.keys {
                walk(
                    subgraph,
                    &ty.name,
                    key.fields.selections(),
                    &mut |parent, field| {
                        let coordinate = (parent.name.clone(), field.name.clone());
                        // In Federation 1, `extend type` only meant the type's own fields.
                        let meant = subgraph.version != Version::One
                            || parent.name == ty.name
                            || ty.has_definition;
                        if key.on_extension && field.external.is_some() && meant {
                            facts.fake_external.insert(coordinate.clone());
                        }
                        mark(parent, field, &implementations, &mut facts.used);
                        facts.keys.insert(coordinate);
                    },
                );
            }
            for field in ty.fields.values() {
                if let Some((fields, _)) = &field.provides {
                    let inner = field.ty.inner_named_type();
                    walk(
                        subgraph,
                        inner,
                        fields.selections(),
                        &mut |parent, field| {
                            mark(parent, field, &implementations, &mut facts.used);
                        },
                    );
                }
                if let Some((fields, _)) = &field.requires {
                    walk(
                        subgraph,
                        &ty.name,
                        fields.selections(),
                        &mut |parent, field| {
                            mark(parent, field, &implementations, &mut facts.used);
                        },
                    );
                }
            }
        }
        facts.use_by_interfaces(subgraph);
        facts.use_by_contexts(subgraph, &implementations);
        facts
    }

    /// What an argument takes from a context is used, wherever the context is set.
    fn use_by_contexts(
        &mut self,
        subgraph: &Subgraph,
        implementations: &HashMap<&Name, Vec<&TypeDefinition>>,
    ) {
        for ty in subgraph.types.values() {
            for context in &ty.contexts {
                let entry = self.contexts.entry(context.name.clone()).or_default();
                entry.push(ty.name.clone());
            }
        }
        let mut uses = 0;
        for argument in contextual_arguments(subgraph) {
            let from_context = argument.from_context.as_ref();
            let Some(value) = from_context.and_then(|one| one.value.as_ref()) else {
                continue;
            };
            let setting = self.contexts.get(&value.context);
            let setting = setting.map_or(&[][..], Vec::as_slice);
            uses += setting.len() * value.fields.size();
            if uses > MAX_CONTEXT_USES {
                self.contexts_exceeded = from_context.map(|one| one.at);
                return;
            }
            for name in setting {
                walk(
                    subgraph,
                    name,
                    value.fields.selections(),
                    &mut |parent, field| mark(parent, field, implementations, &mut self.used),
                );
            }
        }
    }

    /// Types that set a context, by name.
    pub(crate) fn setting(&self, context: &str) -> &[Name] {
        self.contexts.get(context).map_or(&[], Vec::as_slice)
    }

    /// Where contexts began to be used too often to look at every use, if they are.
    pub(crate) fn contexts_exceeded(&self) -> Option<At> {
        self.contexts_exceeded
    }

    /// A field that an interface asks for is used.
    fn use_by_interfaces(&mut self, subgraph: &Subgraph) {
        for ty in subgraph.types.values() {
            for interface in ty.implements.keys() {
                let fields = subgraph.types.get(interface).map(|found| &found.fields);
                for name in fields.into_iter().flat_map(|fields| fields.keys()) {
                    let field = ty.fields.get(name);
                    if field.is_some_and(|field| self.is_external(ty, field)) {
                        let coordinate = (interface.clone(), name.clone());
                        self.externally_implemented.insert(coordinate);
                    }
                    self.used.insert((ty.name.clone(), name.clone()));
                }
            }
        }
    }

    /// `@external`, and not merely the key of an extension.
    pub(crate) fn is_external(&self, ty: &TypeDefinition, field: &Field) -> bool {
        field.external.is_some() && !self.has(&self.fake_external, ty, field)
    }

    pub(crate) fn is_fake_external(&self, ty: &TypeDefinition, field: &Field) -> bool {
        self.has(&self.fake_external, ty, field)
    }

    /// `@shareable`, or a key field, which is shared by nature.
    pub(crate) fn is_shareable(&self, ty: &TypeDefinition, field: &Field) -> bool {
        field.shareable.is_some() || self.has(&self.keys, ty, field)
    }

    /// A field of an interface that some implementation here has as `@external`.
    pub(crate) fn is_externally_implemented(&self, ty: &TypeDefinition, field: &Field) -> bool {
        self.has(&self.externally_implemented, ty, field)
    }

    /// Appears in a field set, or satisfies an interface.
    pub(crate) fn is_used(&self, ty: &TypeDefinition, field: &Field) -> bool {
        self.has(&self.used, ty, field)
    }

    fn has(&self, set: &HashSet<Coordinate>, ty: &TypeDefinition, field: &Field) -> bool {
        !set.is_empty() && set.contains(&(ty.name.clone(), field.name.clone()))
    }
}

/// Arguments with `@fromContext`.
fn contextual_arguments(subgraph: &Subgraph) -> impl Iterator<Item = &Input> {
    subgraph.types.values().flat_map(|ty| {
        ty.fields.values().flat_map(|field| {
            let arguments = field.arguments.values();
            arguments.filter(|one| one.from_context.is_some())
        })
    })
}

/// Object types by interface.
pub(crate) fn implementations(subgraph: &Subgraph) -> HashMap<&Name, Vec<&TypeDefinition>> {
    let mut found: HashMap<&Name, Vec<&TypeDefinition>> = HashMap::new();
    for ty in subgraph.types.values().filter(|ty| ty.kind == Kind::Object) {
        for interface in ty.implements.keys() {
            found.entry(interface).or_default().push(ty);
        }
    }
    found
}

/// Marks a field; a field of an interface also marks those that implement it.
fn mark(
    parent: &TypeDefinition,
    field: &Field,
    implementations: &HashMap<&Name, Vec<&TypeDefinition>>,
    set: &mut HashSet<Coordinate>,
) {
    let fresh = set.insert((parent.name.clone(), field.name.clone()));
    if !fresh || parent.kind != Kind::Interface {
        return;
    }
    for ty in implementations.get(&parent.name).into_iter().flatten() {
        set.insert((ty.name.clone(), field.name.clone()));
    }
}

/// Visits the fields a field set selects, as far as they exist.
pub(crate) fn walk<'s>(
    subgraph: &'s Subgraph,
    parent: &Name,
    selections: &[Selection],
    visit: &mut dyn FnMut(&'s TypeDefinition, &'s Field),
) {
    let Some(ty) = subgraph.types.get(parent) else {
        return;
    };
    for selection in selections {
        match selection {
            Selection::Field {
                name, selections, ..
            } => {
                let Some(field) = ty.fields.get(name) else {
                    continue;
                };
                visit(ty, field);
                let inner = field.ty.inner_named_type();
                walk(
                    subgraph,
                    inner,
                    selections.as_deref().unwrap_or_default(),
                    visit,
                );
            }
            Selection::Inline {
                condition,
                selections,
                ..
            } => {
                let parent = condition.as_ref().unwrap_or(parent);
                walk(subgraph, parent, selections, visit);
            }
            Selection::Spread { .. } => {}
        }
    }
}
