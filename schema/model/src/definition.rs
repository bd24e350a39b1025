//! Types and fields of the supergraph, with what each subgraph says of them.

use apollo_compiler::{Name, Node, ast};

use crate::authorization::Authorization;
use crate::cache_invalidation::CacheInvalidation;
use crate::cache_tag::CacheTag;
use crate::field_set::FieldSet;
use crate::id::{FieldId, SubgraphId, TypeId};
use crate::type_ref::TypeRef;

/// A named type of the supergraph.
#[derive(Clone, Debug)]
pub struct TypeDefinition {
    /// The name, the same in every subgraph and in the API.
    pub name: Name,
    /// Object, interface, …
    pub kind: TypeKind,
    /// Fields in the order of the supergraph SDL (objects, interfaces, input objects).
    pub fields: Vec<FieldId>,
    /// Interfaces this type implements in the supergraph (transitively, as written).
    pub interfaces: Vec<TypeId>,
    /// The object types a value may have at run time: itself for an object; implementations or members
    /// otherwise, in order of definition. `@inaccessible` ones are included.
    pub possible_types: Vec<TypeId>,
    /// Values of an enum that the API shows.
    pub enum_values: Vec<Name>,
    /// What each subgraph that defines the type says of it, by ascending subgraph.
    pub subgraphs: Vec<TypeInSubgraph>,
    /// Contexts that a value of this type sets for everything below it, by their names as composed.
    pub contexts: Vec<String>,
    /// Hidden from clients.
    pub is_inaccessible: bool,
    /// What a client needs to select anything of this type.
    pub authorization: Authorization,
    /// Tags of cached entities, by the order of the SDL.
    pub cache_tags: Vec<CacheTag>,
}

impl TypeDefinition {
    /// What `subgraph` says of the type, if it defines it.
    pub fn in_subgraph(&self, subgraph: SubgraphId) -> Option<&TypeInSubgraph> {
        let at = self
            .subgraphs
            .binary_search_by_key(&subgraph, |entry| entry.subgraph);
        at.ok().map(|index| &self.subgraphs[index])
    }

    /// Interface or union.
    pub fn is_abstract(&self) -> bool {
        matches!(self.kind, TypeKind::Interface | TypeKind::Union)
    }

    /// Object, interface or union: a type whose values have selections.
    pub fn is_composite(&self) -> bool {
        matches!(
            self.kind,
            TypeKind::Object | TypeKind::Interface | TypeKind::Union
        )
    }
}

/// The kind of a named type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `type`
    Object,
    /// `interface`
    Interface,
    /// `union`
    Union,
    /// `enum`
    Enum,
    /// `input`
    InputObject,
    /// `scalar`; built-in ones are told apart for response checking.
    Scalar(LeafKind),
}

/// What a scalar's JSON token has to look like in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafKind {
    /// A 32-bit integer.
    Int,
    /// Any JSON number.
    Float,
    /// A JSON string.
    String,
    /// `true` or `false`.
    Boolean,
    /// A string, or an integer that is passed on as it came.
    Id,
    /// Anything.
    Custom,
}

/// A type as one subgraph knows it.
#[derive(Clone, Debug)]
pub struct TypeInSubgraph {
    /// The subgraph.
    pub subgraph: SubgraphId,
    /// Its `@key`s in the order written.
    pub keys: Vec<Key>,
    /// The supergraph's interface is an object type here (`@interfaceObject`).
    pub is_interface_object: bool,
    /// Interfaces the type implements in this subgraph.
    pub interfaces: Vec<TypeId>,
    /// Object types this subgraph can return where the type is expected: itself for an object (and for an
    /// interface object), the subgraph's implementations or members otherwise.
    pub possible_types: Vec<TypeId>,
}

/// A `@key` of a type in one subgraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The selection that identifies an entity.
    pub fields: FieldSet,
    /// Whether the subgraph answers `_entities` for it.
    pub resolvable: bool,
}

/// A field of an object, interface or input object type.
#[derive(Clone, Debug)]
pub struct FieldDefinition {
    /// The name, the same in every subgraph and in the API.
    pub name: Name,
    /// The type it belongs to.
    pub parent: TypeId,
    /// The type as clients see it.
    pub ty: TypeRef,
    /// Arguments clients may give.
    pub arguments: Vec<ArgumentDefinition>,
    /// What each subgraph that has the field says of it, by ascending subgraph.
    pub subgraphs: Vec<FieldInSubgraph>,
    /// Hidden from clients.
    pub is_inaccessible: bool,
    /// What a client needs to select it.
    pub authorization: Authorization,
    /// Tags of the field's cached answers (root fields), by the order of the SDL.
    pub cache_tags: Vec<CacheTag>,
    /// What a field of the mutation type ends of what is kept, by the order of the SDL.
    pub cache_invalidations: Vec<CacheInvalidation>,
}

impl FieldDefinition {
    /// What `subgraph` says of the field, if it has it.
    pub fn in_subgraph(&self, subgraph: SubgraphId) -> Option<&FieldInSubgraph> {
        let at = self
            .subgraphs
            .binary_search_by_key(&subgraph, |entry| entry.subgraph);
        at.ok().map(|index| &self.subgraphs[index])
    }
}

/// An argument of a field.
#[derive(Clone, Debug)]
pub struct ArgumentDefinition {
    /// The name.
    pub name: Name,
    /// The type.
    pub ty: TypeRef,
    /// The default, if any.
    pub default: Option<Node<ast::Value>>,
}

/// A field as one subgraph knows it.
#[derive(Clone, Debug)]
pub struct FieldInSubgraph {
    /// The subgraph.
    pub subgraph: SubgraphId,
    /// Its type there (the API's type, unless `@join__field(type:)` says otherwise).
    pub ty: TypeRef,
    /// `@external`: declared there, resolved elsewhere (unless a path provides it).
    pub is_external: bool,
    /// Overridden by another subgraph for all requests and kept only because something else refers to it.
    pub is_overridden: bool,
    /// `@requires`: what must be sent along to resolve it.
    pub requires: Option<FieldSet>,
    /// `@provides`: what this subgraph can answer below this field although it is external there.
    pub provides: Option<FieldSet>,
    /// `@override`: whose field this one replaces.
    pub overrides: Option<Override>,
    /// `@fromContext` arguments.
    pub context_arguments: Vec<ContextArgument>,
}

impl FieldInSubgraph {
    /// Whether the subgraph answers the field by itself, wherever the object came from, and whatever labels of
    /// progressive overrides say.
    pub fn is_resolvable(&self) -> bool {
        !self.is_external && !self.is_overridden
    }
}

/// `@override(from:, label:)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The name of the subgraph that had the field.
    pub from: String,
    /// Progressive override's label; without one the override always holds.
    pub label: Option<String>,
}

/// An argument that is filled from the nearest ancestor that sets a context (`@fromContext`). Clients
/// cannot give it, so it is not among the field's arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextArgument {
    /// The context's name as composed.
    pub context: String,
    /// The argument's name in the subgraph.
    pub name: Name,
    /// The argument's type in the subgraph.
    pub ty: TypeRef,
    /// What to take, by the type of the ancestor, in ascending order of types. Empty if no type sets the
    /// context.
    pub values: Vec<ContextValue>,
}

/// What an argument takes from one of the types that set its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextValue {
    /// The type that sets the context.
    pub on: TypeId,
    /// One field of it, down to a leaf; or fragments with one field each, for the object types that it can be.
    pub selection: FieldSet,
}
