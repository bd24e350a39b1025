#![doc = include_str!("../README.md")]

mod api;
mod authorization;
mod cache_invalidation;
mod cache_tag;
mod definition;
mod error;
mod field_set;
mod id;
mod link;
mod read;
mod supergraph;
mod type_ref;

pub use authorization::Authorization;
pub use cache_invalidation::CacheInvalidation;
pub use cache_tag::CacheTag;
pub use definition::{
    ArgumentDefinition, ContextArgument, ContextValue, FieldDefinition, FieldInSubgraph, Key,
    LeafKind, Override, TypeDefinition, TypeInSubgraph, TypeKind,
};
pub use error::{ModelError, Place};
pub use field_set::{FieldSet, FieldSetSelection};
pub use id::{FieldId, SubgraphId, TypeId};
pub use supergraph::{Subgraph, Supergraph};
pub use type_ref::TypeRef;
