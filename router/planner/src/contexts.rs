//! Contexts (`@context`): what fields with `@fromContext` arguments take from the objects around them.

use apollo_compiler::Name;
use router_operation::SelectionSet;
use rustc_hash::FxHashMap;
use schema_model::{ContextArgument, ContextValue, Supergraph, TypeId};

/// Index of something that is taken from a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ContextId(u32);

/// An argument that is filled from a context.
#[derive(Clone, Debug)]
pub(crate) struct ContextUse {
    pub(crate) context: ContextId,
    pub(crate) argument: Name,
    /// The argument's type, as it is written.
    pub(crate) ty: String,
}

/// What is taken from objects of some type.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The type that sets the context.
    on: TypeId,
    /// One field, down to a leaf.
    pub(crate) selection: SelectionSet,
    pub(crate) source: String,
}

/// All that fields take from contexts, each once.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    taken: Vec<Vec<Taken>>,
    index: FxHashMap<(String, Vec<(TypeId, String)>), ContextId>,
}

impl Contexts {
    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// What the argument takes; `selection_set` reads a field set.
    pub(crate) fn add(
        &mut self,
        supergraph: &Supergraph,
        argument: &ContextArgument,
        selection_set: impl Fn(&ContextValue) -> SelectionSet,
    ) -> ContextUse {
        let values = argument.values.iter();
        let values = values.map(|value| (value.on, value.selection.source.clone()));
        let key = (argument.context.clone(), values.collect());
        let next = ContextId(u32::try_from(self.taken.len()).unwrap_or(u32::MAX));
        let context = *self.index.entry(key).or_insert(next);
        if context == next {
            let values = argument.values.iter().map(|value| Taken {
                on: value.on,
                selection: selection_set(value),
                source: value.selection.source.clone(),
            });
            self.taken.push(values.collect());
        }
        ContextUse {
            context,
            argument: argument.name.clone(),
            ty: supergraph.display(argument.ty),
        }
    }

    /// What is taken from an object of this type, if it sets the context.
    pub(crate) fn taken(
        &self,
        supergraph: &Supergraph,
        context: ContextId,
        ty: TypeId,
    ) -> Option<&Taken> {
        let taken = self.taken.get(context.0 as usize)?;
        let own = taken.iter().find(|one| one.on == ty);
        own.or_else(|| taken.iter().find(|one| supergraph.is_possible(one.on, ty)))
    }

    /// All that may be taken from a context.
    pub(crate) fn all_taken(&self, context: ContextId) -> impl Iterator<Item = &Taken> {
        self.taken.get(context.0 as usize).into_iter().flatten()
    }

    /// Whether the type sets any context.
    pub(crate) fn is_set_by(&self, supergraph: &Supergraph, ty: TypeId) -> bool {
        let contexts = 0..u32::try_from(self.taken.len()).unwrap_or(u32::MAX);
        let mut contexts = contexts.map(ContextId);
        contexts.any(|context| self.taken(supergraph, context, ty).is_some())
    }
}
