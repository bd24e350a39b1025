//! Supergraph SDL to the model, phase by phase.

mod cache_invalidations;
mod cache_tags;
mod contexts;
mod directives;
mod field_sets;
mod fields;
mod types;

use std::sync::Arc;

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};
use rustc_hash::FxHashMap;

use crate::api;
use crate::error::{ModelError, Place};
use crate::id::{FieldId, SubgraphId, TypeId};
use crate::link::Links;
use crate::supergraph::{Roots, Subgraph, Supergraph};

const MAX_SUBGRAPHS: usize = u16::MAX as usize;

/// Reads supergraph SDL: subgraphs, then type names, then types, fields and field sets.
pub(crate) fn read(sdl: &str, file: &str) -> Result<Supergraph, ModelError> {
    let schema = Schema::parse_and_validate(sdl, file)
        .map_err(|invalid| ModelError::invalid_schema(&invalid.errors))?;
    let links = Links::of(&schema);
    links.check(&schema)?;
    let api = Arc::new(api::derive(&schema, &links)?);
    let (subgraphs, graphs) = subgraphs(&schema)?;
    let names = Names::of(&schema, &links);
    let source = Source {
        contexts: contexts::read(&schema, &links, &names),
        schema: &schema,
        links,
        graphs,
        subgraph_count: subgraphs.len(),
        names,
    };
    let mut types = types::read(&source)?;
    let (mut fields, fields_by_name) = fields::read(&source, &mut types)?;
    field_sets::read(&source, &mut types, &mut fields, &fields_by_name)?;
    Ok(Supergraph {
        api,
        subgraphs,
        roots: roots(&source),
        types,
        fields,
        types_by_name: source.names.by_name,
        fields_by_name,
    })
}

/// What every phase reads from.
struct Source<'a> {
    schema: &'a Valid<Schema>,
    links: Links,
    graphs: FxHashMap<Name, SubgraphId>,
    subgraph_count: usize,
    names: Names,
    contexts: contexts::Contexts,
}

/// Fields by parent and name.
type FieldIndex = FxHashMap<(TypeId, Name), FieldId>;

/// The types that get an id: all but join's own and introspection's.
struct Names {
    in_order: Vec<Name>,
    by_name: FxHashMap<Name, TypeId>,
}

impl Names {
    fn of(schema: &Schema, links: &Links) -> Self {
        let names = schema.types.keys();
        let kept = names.filter(|name| !name.starts_with("__") && !links.is_machinery_type(name));
        let in_order: Vec<Name> = kept.cloned().collect();
        let ids = in_order.iter().enumerate();
        let by_name = ids.map(|(index, name)| (name.clone(), TypeId::from_index(index)));
        Self {
            by_name: by_name.collect(),
            in_order,
        }
    }

    fn get(&self, name: &Name) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    fn all<'a>(&self, names: impl Iterator<Item = &'a Name>) -> Vec<TypeId> {
        names.filter_map(|name| self.get(name)).collect()
    }
}

impl Source<'_> {
    fn definition(&self, id: TypeId) -> Option<&ExtendedType> {
        self.schema.types.get(&self.names.in_order[id.index()])
    }

    fn graph(&self, value: &Name, coordinate: &str) -> Result<SubgraphId, ModelError> {
        let found = self.graphs.get(value).copied();
        found.ok_or_else(|| ModelError::UnknownGraph {
            coordinate: coordinate.to_owned(),
            graph: value.to_string(),
            place: self.place(coordinate),
        })
    }

    /// Where an element is.
    fn place(&self, coordinate: &str) -> Option<Place> {
        Place::of_coordinate(self.schema, coordinate)
    }

    fn all_subgraphs(&self) -> impl Iterator<Item = SubgraphId> + use<> {
        (0..self.subgraph_count).map(SubgraphId::from_index)
    }
}

fn subgraphs(schema: &Schema) -> Result<(Vec<Subgraph>, FxHashMap<Name, SubgraphId>), ModelError> {
    let Some(ExtendedType::Enum(graphs)) = schema.types.get("join__Graph") else {
        return Err(ModelError::NotASupergraph);
    };
    let count = graphs.values.len();
    if count > MAX_SUBGRAPHS {
        return Err(ModelError::TooManySubgraphs {
            count,
            limit: MAX_SUBGRAPHS,
        });
    }
    let mut subgraphs = Vec::with_capacity(count);
    let mut ids = FxHashMap::default();
    for (index, (graph, value)) in graphs.values.iter().enumerate() {
        let directive = value.directives.get("join__graph");
        let argument = |name| {
            let value = directive.and_then(|d| d.specified_argument_by_name(name));
            value.and_then(|v| v.as_str()).map(str::to_owned)
        };
        subgraphs.push(Subgraph {
            name: argument("name").unwrap_or_else(|| graph.to_lowercase()),
            graph: graph.clone(),
            url: argument("url").unwrap_or_default(),
        });
        ids.insert(graph.clone(), SubgraphId::from_index(index));
    }
    Ok((subgraphs, ids))
}

fn roots(source: &Source<'_>) -> Roots {
    let definition = &source.schema.schema_definition;
    let root = |name: &Option<apollo_compiler::schema::ComponentName>| {
        let name = name.as_ref()?;
        source.names.get(&name.name)
    };
    Roots {
        query: root(&definition.query),
        mutation: root(&definition.mutation),
        subscription: root(&definition.subscription),
    }
}
