//! The subgraphs as one graph of numbers: what each has of every type, and what clients see.

mod build;
mod fields;

use apollo_compiler::Name;
use rustc_hash::FxHashMap;

use super::field_sets::{FieldSets, Selected, SetId};
use super::names::{NameId, Names, TypeId};
use crate::merged::{Merged, MergedField, MergedType};
use crate::subgraph::TypeDefinition;
use crate::validate::ValidSubgraph;

/// Number of a type's definition in one subgraph.
pub(super) type LocalId = usize;
/// Number of a context of a subgraph and of what is taken from it.
pub(super) type ContextId = usize;
/// Number of a label of `@override`.
pub(super) type LabelId = usize;

pub(super) struct Federated<'a> {
    pub(super) merged: &'a Merged,
    pub(super) subgraphs: &'a [ValidSubgraph],
    pub(super) names: Names<'a>,
    pub(super) field_sets: FieldSets,
    pub(super) labels: Vec<&'a str>,
    /// By [`TypeId`].
    pub(super) types: Vec<Type<'a>>,
    /// By [`LocalId`].
    pub(super) locals: Vec<Local<'a>>,
}

/// A type of the supergraph that has fields, or stands for types that have.
pub(super) struct Type<'a> {
    pub(super) merged: &'a MergedType,
    pub(super) name: &'a Name,
    pub(super) is_accessible: bool,
    /// Its definitions, by subgraph.
    pub(super) locals: Vec<LocalId>,
    /// The objects behind it, those that clients do not see included; itself if it is an object.
    /// Sorted.
    pub(super) possible: Vec<TypeId>,
    /// Those that clients see.
    pub(super) objects: Vec<TypeId>,
    /// An object's fields as clients see them, by name.
    pub(super) fields: Vec<ApiField<'a>>,
    /// Contexts that fields below it find set, and what they take from it.
    pub(super) contexts: Vec<(ContextId, SetId)>,
    /// Ways into its definitions by key.
    pub(super) keys: Vec<KeyGroup>,
}

/// A field of an object type in the API schema.
pub(super) struct ApiField<'a> {
    pub(super) name: NameId,
    pub(super) merged: &'a MergedField,
    pub(super) text: &'a Name,
    /// The type to go on with, unless it is a leaf.
    pub(super) target: Option<TypeId>,
    pub(super) label: Option<LabelId>,
    pub(super) is_shared: bool,
    /// The definitions that declare it, by number: the object's, and those of `@interfaceObject`s
    /// for its interfaces.
    pub(super) sources: Vec<LocalId>,
}

/// Definitions that can be entered by the same key.
pub(super) struct KeyGroup {
    pub(super) key: SetId,
    pub(super) targets: Vec<LocalId>,
    /// The targets stand for an interface of the type, so where one comes from has to declare
    /// the key's fields on the object itself.
    pub(super) is_interface_object: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LocalKind {
    Object,
    /// An object type that stands for an interface.
    InterfaceObject,
    Interface,
    Union,
}

/// A type as one subgraph defines it.
pub(super) struct Local<'a> {
    pub(super) graph: usize,
    pub(super) ty: TypeId,
    pub(super) kind: LocalKind,
    pub(super) is_root: bool,
    pub(super) definition: &'a TypeDefinition,
    pub(super) fields: FxHashMap<NameId, LocalField>,
    /// Objects this subgraph may return for it; sorted.
    pub(super) objects: Vec<TypeId>,
    /// Some `@key` whose fields are all resolved here: where an object was, it can be found again.
    pub(super) has_own_key: bool,
}

/// A field as one subgraph declares it.
pub(super) struct LocalField {
    pub(super) is_external: bool,
    /// `@override` without a label by another subgraph.
    pub(super) is_overridden: bool,
    /// Resolved here only while the label is, or is not, active.
    pub(super) label: Option<(LabelId, bool)>,
    pub(super) requires: Option<SetId>,
    /// Contexts that its arguments are filled from.
    pub(super) contexts: Vec<ContextId>,
    pub(super) provides: Option<SetId>,
    /// The definition it leads to, unless it is a leaf.
    pub(super) target: Option<LocalId>,
    /// On an interface: every object behind it resolves the field here, so it can be asked for
    /// without knowing which one it is.
    pub(super) is_uniform: bool,
}

impl LocalField {
    pub(super) fn is_resolved(&self) -> bool {
        !self.is_external && !self.is_overridden
    }
}

impl<'a> Federated<'a> {
    pub(super) fn subgraph(&self, graph: usize) -> &'a str {
        self.subgraphs[graph].subgraph.name()
    }

    /// The definition of a type in one subgraph.
    pub(super) fn local(&self, ty: TypeId, graph: usize) -> Option<LocalId> {
        find(&self.types[ty].locals, &self.locals, graph)
    }

    /// Whether a definition declares every field of the set (resolved there or not).
    pub(super) fn declares(&self, local: LocalId, set: SetId) -> bool {
        self.field_sets.get(set).iter().all(|one| match *one {
            Selected::Typename => true,
            Selected::Field { name, below } => {
                let field = self.locals[local].fields.get(&name);
                field.is_some_and(|field| match (below, field.target) {
                    (Some(below), Some(target)) => self.declares(target, below),
                    (below, target) => below.is_none() && target.is_none(),
                })
            }
            Selected::On { below, .. } => self.declares(local, below),
        })
    }
}

impl Federated<'_> {
    /// Whether a definition resolves every field of the set without anything from elsewhere.
    pub(super) fn resolves_all(&self, local: LocalId, set: SetId) -> bool {
        let is_object = matches!(
            self.locals[local].kind,
            LocalKind::Object | LocalKind::InterfaceObject
        );
        is_object
            && self.field_sets.get(set).iter().all(|one| {
                let Selected::Field { name, below } = *one else {
                    return false;
                };
                let field = self.locals[local].fields.get(&name);
                field.is_some_and(|field| {
                    let is_free = field.is_resolved()
                        && field.label.is_none()
                        && field.requires.is_none()
                        && field.contexts.is_empty();
                    let inner = below.is_none_or(|below| {
                        field
                            .target
                            .is_some_and(|target| self.resolves_all(target, below))
                    });
                    is_free && inner
                })
            })
    }
}

/// Which of a type's definitions (sorted by subgraph) is this subgraph's.
fn find(of_type: &[LocalId], locals: &[Local<'_>], graph: usize) -> Option<LocalId> {
    let at = of_type.binary_search_by_key(&graph, |&local| locals[local].graph);
    at.ok().map(|at| of_type[at])
}
