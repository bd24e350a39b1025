//! The supergraph: arenas of types and fields, and the schema clients see.

use std::sync::Arc;

use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema, ast::OperationType};
use rustc_hash::FxHashMap;

use crate::definition::{FieldDefinition, TypeDefinition};
use crate::error::ModelError;
use crate::id::{FieldId, SubgraphId, TypeId};
use crate::read;
use crate::type_ref::TypeRef;

/// A composed graph, as the router reads it.
#[derive(Clone, Debug)]
pub struct Supergraph {
    pub(crate) api: Arc<Valid<Schema>>,
    pub(crate) subgraphs: Vec<Subgraph>,
    pub(crate) types: Vec<TypeDefinition>,
    pub(crate) fields: Vec<FieldDefinition>,
    pub(crate) types_by_name: FxHashMap<Name, TypeId>,
    pub(crate) fields_by_name: FxHashMap<(TypeId, Name), FieldId>,
    pub(crate) roots: Roots,
}

/// Root operation types.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Roots {
    pub(crate) query: Option<TypeId>,
    pub(crate) mutation: Option<TypeId>,
    pub(crate) subscription: Option<TypeId>,
}

/// One subgraph of the join graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subgraph {
    /// The name given at composition.
    pub name: String,
    /// The value of `join__Graph` that stands for it.
    pub graph: Name,
    /// Where it is served, as composed; may be empty.
    pub url: String,
}

impl Supergraph {
    /// Reads supergraph SDL (join spec v0.1 to v0.5).
    ///
    /// # Errors
    /// The SDL is not valid GraphQL, is not a supergraph, or its join directives contradict each other.
    pub fn parse(sdl: &str) -> Result<Self, ModelError> {
        Self::parse_named(sdl, "supergraph.graphql")
    }

    /// The same, naming the file the SDL is from in diagnostics.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_named(sdl: &str, file: &str) -> Result<Self, ModelError> {
        read::read(sdl, file)
    }

    /// The schema clients see: no federation machinery, nothing `@inaccessible`.
    pub fn api(&self) -> &Arc<Valid<Schema>> {
        &self.api
    }

    /// All subgraphs, by id.
    pub fn subgraphs(&self) -> &[Subgraph] {
        &self.subgraphs
    }

    /// All subgraph ids, ascending.
    pub fn subgraph_ids(&self) -> impl Iterator<Item = SubgraphId> + use<> {
        (0..self.subgraphs.len()).map(SubgraphId::from_index)
    }

    /// One subgraph.
    pub fn subgraph(&self, id: SubgraphId) -> &Subgraph {
        &self.subgraphs[id.index()]
    }

    /// A subgraph by the name given at composition.
    pub fn subgraph_named(&self, name: &str) -> Option<SubgraphId> {
        let index = self.subgraphs.iter().position(|s| s.name == name)?;
        Some(SubgraphId::from_index(index))
    }

    /// All type ids, ascending.
    pub fn type_ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        (0..self.types.len()).map(TypeId::from_index)
    }

    /// One type.
    pub fn ty(&self, id: TypeId) -> &TypeDefinition {
        &self.types[id.index()]
    }

    /// A type by name.
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        self.types_by_name.get(name).copied()
    }

    /// One field.
    pub fn field(&self, id: FieldId) -> &FieldDefinition {
        &self.fields[id.index()]
    }

    /// How many fields there are; every `FieldId::index` is below it.
    pub fn field_count(&self) -> usize {
        self.fields.len()
    }

    /// A field of `parent` by name. `__typename` and introspection fields are not in the model.
    pub fn field_named(&self, parent: TypeId, name: &str) -> Option<FieldId> {
        let name = Name::new(name).ok()?;
        self.fields_by_name.get(&(parent, name)).copied()
    }

    /// The root type of an operation kind, if the graph has it.
    pub fn root(&self, kind: OperationType) -> Option<TypeId> {
        match kind {
            OperationType::Query => self.roots.query,
            OperationType::Mutation => self.roots.mutation,
            OperationType::Subscription => self.roots.subscription,
        }
    }

    /// Whether a value of `object` may stand where `expected` is asked for. `object` is an interface where an interface
    /// object stands for its implementations.
    pub fn is_possible(&self, expected: TypeId, object: TypeId) -> bool {
        let definition = self.ty(object);
        expected == object
            || self.ty(expected).possible_types.contains(&object)
            || definition.is_abstract() && definition.interfaces.contains(&expected)
    }

    /// A type reference in SDL notation.
    pub fn display(&self, ty: TypeRef) -> String {
        let inner = match ty.item() {
            Some(item) => format!("[{}]", self.display(item)),
            None => self.ty(ty.named()).name.to_string(),
        };
        if ty.is_non_null() { inner + "!" } else { inner }
    }
}
