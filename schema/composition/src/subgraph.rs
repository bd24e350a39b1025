//! One subgraph's schema as composition sees it: GraphQL-valid, root types under their default
//! names, every federation directive read into a field of its own.

mod build;
mod context;
mod default_values;
mod elements;
mod field_set;

use std::collections::HashMap;

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, DirectiveDefinition, DirectiveLocation, Type, Value};
use indexmap::IndexMap;

pub(crate) use build::build;
pub(crate) use context::{Context, FromContext};
pub(crate) use field_set::{FieldSet, Problem, Selection};

use crate::links::{Compose, Link};
use crate::source::{At, Source};
use crate::specification::{Federation, Version};

/// A subgraph that is valid GraphQL; its federation directives are read, not yet validated.
#[derive(Clone)]
pub(crate) struct Subgraph {
    pub(crate) source: Source,
    pub(crate) url: String,
    pub(crate) version: Version,
    /// Sorted by name.
    pub(crate) types: IndexMap<Name, TypeDefinition>,
    /// The directives it defines itself, sorted by name.
    pub(crate) own_directives: IndexMap<Name, OwnDirective>,
    pub(crate) directives: Directives,
    pub(crate) schema: SchemaDefinition,
}

/// Directives beyond GraphQL's own.
#[derive(Clone)]
pub(crate) struct Directives {
    pub(crate) links: Vec<Link>,
    /// What federation's directives are called here.
    pub(crate) federation: HashMap<String, Federation>,
    /// Federation directives that are applied: name here, and where it is from.
    pub(crate) used: Vec<(Federation, String, At)>,
    /// All definitions, the machinery's and GraphQL's included.
    pub(crate) definitions: IndexMap<Name, Node<DirectiveDefinition>>,
    /// Applications of `@composeDirective`.
    pub(crate) composed: Vec<Compose>,
}

/// The `schema` element itself.
#[derive(Clone)]
pub(crate) struct SchemaDefinition {
    pub(crate) at: At,
    pub(crate) description: Option<String>,
    pub(crate) applied: Vec<Applied>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
}

impl Kind {
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Kind::Scalar => "a scalar",
            Kind::Object => "an object type",
            Kind::Interface => "an interface",
            Kind::Union => "a union",
            Kind::Enum => "an enum",
            Kind::InputObject => "an input type",
        }
    }

    pub(crate) fn is_composite(self) -> bool {
        matches!(self, Kind::Object | Kind::Interface | Kind::Union)
    }
}

#[derive(Clone)]
pub(crate) struct TypeDefinition {
    pub(crate) name: Name,
    pub(crate) at: At,
    pub(crate) kind: Kind,
    pub(crate) description: Option<String>,
    /// Only `extend type`, or `@extends`: no definition in this subgraph.
    pub(crate) is_extension: bool,
    /// There is a `type`, not only `extend type` (`@extends` or not).
    pub(crate) has_definition: bool,
    pub(crate) implements: IndexMap<Name, At>,
    pub(crate) fields: IndexMap<Name, Field>,
    pub(crate) inputs: IndexMap<Name, Input>,
    pub(crate) values: IndexMap<Name, EnumValue>,
    pub(crate) members: IndexMap<Name, At>,
    pub(crate) keys: Vec<Key>,
    pub(crate) interface_object: Option<At>,
    pub(crate) applied: Vec<Applied>,
    pub(crate) cache_tags: Vec<CacheTag>,
    /// More than one `@shareable` on one declaration.
    pub(crate) repeated_shareable: Option<At>,
    /// `@context`s, sorted by name.
    pub(crate) contexts: Vec<Context>,
}

#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) at: At,
    pub(crate) fields: FieldSet,
    pub(crate) resolvable: bool,
    /// Stands on `extend type`, or on a type with `@extends`.
    pub(crate) on_extension: bool,
}

#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) name: Name,
    pub(crate) at: At,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) arguments: IndexMap<Name, Input>,
    /// Stands in an `extend type`.
    pub(crate) in_extension: bool,
    pub(crate) external: Option<At>,
    pub(crate) shareable: Option<At>,
    pub(crate) repeated_shareable: Option<At>,
    pub(crate) requires: Option<(FieldSet, At)>,
    pub(crate) provides: Option<(FieldSet, At)>,
    pub(crate) overrides: Option<Override>,
    pub(crate) applied: Vec<Applied>,
    pub(crate) cache_tags: Vec<CacheTag>,
}

/// `@cacheTag(format:)`.
#[derive(Clone)]
pub(crate) struct CacheTag {
    pub(crate) at: At,
    pub(crate) format: String,
}

/// `@override(from:, label:)`.
#[derive(Clone)]
pub(crate) struct Override {
    pub(crate) at: At,
    pub(crate) from: String,
    pub(crate) label: Option<String>,
}

/// An argument or an input field.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) name: Name,
    pub(crate) at: At,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) default: Option<Node<Value>>,
    /// `@fromContext`, if it is an argument.
    pub(crate) from_context: Option<FromContext>,
    pub(crate) applied: Vec<Applied>,
}

impl Input {
    /// Whether a caller has to give it.
    pub(crate) fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

/// A subgraph's own directive.
#[derive(Clone)]
pub(crate) struct OwnDirective {
    pub(crate) at: At,
    pub(crate) description: Option<String>,
    pub(crate) repeatable: bool,
    /// Where operations may have it, sorted; empty if it is for schemas only.
    pub(crate) locations: Vec<DirectiveLocation>,
    pub(crate) arguments: IndexMap<Name, Input>,
}

#[derive(Clone)]
pub(crate) struct EnumValue {
    pub(crate) at: At,
    pub(crate) description: Option<String>,
    pub(crate) applied: Vec<Applied>,
}

/// A directive that travels into the supergraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Composing {
    Deprecated,
    SpecifiedBy,
    OneOf,
    Federation(Federation),
    /// One that the subgraph names in `@composeDirective`.
    Custom,
}

/// One application of a composing directive.
#[derive(Clone)]
pub(crate) struct Applied {
    pub(crate) directive: Composing,
    pub(crate) at: At,
    pub(crate) node: Node<Directive>,
}

pub(crate) fn is_inaccessible(applied: &[Applied]) -> bool {
    let inaccessible = Composing::Federation(Federation::Inaccessible);
    applied.iter().any(|one| one.directive == inaccessible)
}

impl Applied {
    pub(crate) fn is_access_rule(&self) -> bool {
        matches!(self.directive, Composing::Federation(known) if known.is_access_rule())
    }
}

impl Subgraph {
    pub(crate) fn name(&self) -> &str {
        &self.source.name
    }
}

impl TypeDefinition {
    /// Whether the type is one of the three root types (they have their default names).
    pub(crate) fn is_root(&self) -> bool {
        self.kind == Kind::Object
            && matches!(self.name.as_str(), "Query" | "Mutation" | "Subscription")
    }

    pub(crate) fn is_interface_object(&self) -> bool {
        self.interface_object.is_some()
    }
}
