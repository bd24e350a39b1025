//! What is known of a fetch for caching before any request: worked out once for a plan, handed to the subgraph's port
//! with every request.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use apollo_compiler::ast::{self, Document, Field, OperationType, Selection};
use router_planner::{Fetch, FetchInput};
use schema_model::{CacheTag, SubgraphId, Supergraph, TypeId};

use super::{
    entities::EntityTypes,
    invalidation::templates::Templates,
    selected::{Schema, Selected, collect, operation},
};

/// A fetch as it is cached.
#[derive(Debug)]
pub(crate) struct FetchUnits {
    pub(super) kind: OperationType,
    pub(super) entities: Arc<EntityTypes>,
    pub(super) units: Units,
    refusals: Refusals,
}

/// How often in a row the headers of a fetch's answers forbade that they are kept, to clients without and with a token.
#[derive(Debug, Default)]
struct Refusals([AtomicU8; 2]);

/// After so many nothing is looked for, until an answer may be kept again.
const ENOUGH: u8 = 8;

/// What is kept under a key of its own.
#[derive(Debug)]
pub(super) enum Units {
    /// The whole answer.
    Root(RootUnit),
    /// Each entity, by `_entities` field.
    Entities(Vec<CallUnits>),
}

/// The answer to a fetch from the root type.
#[derive(Debug)]
pub(super) struct RootUnit {
    pub(super) selected: Selected,
    pub(super) fields: Vec<RootField>,
}

/// A field of the root type.
#[derive(Debug)]
pub(super) struct RootField {
    pub(super) response_key: Box<str>,
    /// `Query.users`.
    pub(super) coordinate: Box<str>,
    /// Formats of `@cacheTag`.
    pub(super) formats: Vec<Box<str>>,
    pub(super) arguments: Vec<(Box<str>, ast::Value)>,
    /// Of a mutation: the types of entities that its result may be or have in it, not looking into entities.
    pub(super) reached: BTreeSet<Box<str>>,
    /// Those among them that may also be where nothing is selected.
    pub(super) hidden: BTreeSet<Box<str>>,
    /// Of a mutation: what its `@cacheInvalidate`s say.
    pub(super) templates: Templates,
}

/// The entities of one `_entities` field.
#[derive(Debug)]
pub(super) struct CallUnits {
    pub(super) entities: Arc<EntityTypes>,
    pub(super) response_key: Box<str>,
    /// What is selected of them, as it is sent.
    pub(super) selection: Box<str>,
    pub(super) selected: Selected,
    /// Formats of `@cacheTag` by type.
    pub(super) formats: Vec<(Box<str>, Vec<Box<str>>)>,
}

impl FetchUnits {
    /// Whether it is worth looking for what is kept: a subgraph that never lets anything be kept is only asked.
    pub(super) fn may_be_kept(&self, has_identity: bool) -> bool {
        self.refusals(has_identity).load(Ordering::Relaxed) < ENOUGH
    }

    /// Learns whether an answer could be kept, as far as its headers go.
    pub(super) fn learn(&self, has_identity: bool, may_be_kept: bool) {
        let refusals = self.refusals(has_identity);
        match (may_be_kept, refusals.load(Ordering::Relaxed)) {
            (true, 0) | (false, ENOUGH..) => {}
            (true, _) => refusals.store(0, Ordering::Relaxed),
            (false, so_far) => refusals.store(so_far + 1, Ordering::Relaxed),
        }
    }

    fn refusals(&self, has_identity: bool) -> &AtomicU8 {
        let Refusals([anonymous, identified]) = &self.refusals;
        if has_identity { identified } else { anonymous }
    }

    /// The units of a fetch; `None` if its answers cannot be kept, or nothing be learnt from them.
    pub(super) fn of(
        supergraph: &Supergraph,
        entities: &Arc<EntityTypes>,
        fetch: &Fetch,
    ) -> Option<Self> {
        let schema = Schema {
            supergraph,
            entities,
        };
        let document = Document::parse(fetch.query.to_string(), "fetch").ok()?;
        let operation = operation(&document)?;
        let units = match &fetch.input {
            FetchInput::Root(_) | FetchInput::RootBelow { .. } => {
                Units::Root(RootUnit::of(schema, fetch, &operation.selection_set)?)
            }
            FetchInput::Entities(calls) => {
                // With contextual arguments the operation's text is another one each time.
                if calls.iter().any(|call| !call.contexts.is_empty()) {
                    return None;
                }
                let calls = calls.iter().map(|call| {
                    let key = call.response_key.as_str();
                    let field =
                        operation
                            .selection_set
                            .iter()
                            .find_map(|selection| match selection {
                                Selection::Field(field) if field.response_name() == key => {
                                    Some(field)
                                }
                                _ => None,
                            });
                    Some(CallUnits::of(schema, entities, fetch.subgraph, field?))
                });
                Units::Entities(calls.collect::<Option<_>>()?)
            }
        };
        Some(Self {
            kind: fetch.kind,
            entities: Arc::clone(entities),
            units,
            refusals: Refusals::default(),
        })
    }
}

impl RootUnit {
    fn of(schema: Schema<'_>, fetch: &Fetch, selections: &[Selection]) -> Option<Self> {
        let root = schema.supergraph.root(fetch.kind)?;
        let fields = selections.iter().filter_map(|selection| match selection {
            Selection::Field(field) => RootField::of(schema, fetch.subgraph, root, field),
            _ => None,
        });
        Some(Self {
            selected: Selected::of(schema, root, selections),
            fields: fields.collect(),
        })
    }
}

impl RootField {
    fn of(schema: Schema<'_>, subgraph: SubgraphId, root: TypeId, field: &Field) -> Option<Self> {
        let supergraph = schema.supergraph;
        let definition = supergraph.field(supergraph.field_named(root, &field.name)?);
        let arguments = field.arguments.iter();
        let arguments =
            arguments.map(|argument| (argument.name.as_str().into(), (*argument.value).clone()));
        let mut reach = Reach {
            schema,
            subgraph,
            unselected: BTreeSet::new(),
            reached: BTreeSet::new(),
            hidden: BTreeSet::new(),
        };
        let is_change = supergraph.root(OperationType::Mutation) == Some(root);
        let templates = match is_change {
            true => Templates::of(schema, definition).0,
            false => Templates::default(),
        };
        if is_change {
            reach.go(definition.ty.named(), Some(&field.selection_set));
        }
        let Reach {
            reached, hidden, ..
        } = reach;
        Some(Self {
            response_key: field.response_name().as_str().into(),
            coordinate: format!("{}.{}", supergraph.ty(root).name, field.name).into(),
            formats: formats(&definition.cache_tags, subgraph),
            arguments: arguments.collect(),
            reached,
            hidden,
            templates,
        })
    }
}

impl CallUnits {
    fn of(
        schema: Schema<'_>,
        entities: &Arc<EntityTypes>,
        subgraph: SubgraphId,
        field: &Field,
    ) -> Self {
        let selection = field
            .selection_set
            .iter()
            .map(|part| part.serialize().no_indent().to_string());
        let types = field
            .selection_set
            .iter()
            .filter_map(|selection| match selection {
                Selection::InlineFragment(fragment) => fragment.type_condition.as_ref(),
                _ => None,
            });
        let formats = types.filter_map(|name| {
            let ty = schema.supergraph.ty(schema.supergraph.type_named(name)?);
            let formats = formats(&ty.cache_tags, subgraph);
            (!formats.is_empty()).then(|| (name.as_str().into(), formats))
        });
        Self {
            entities: Arc::clone(entities),
            response_key: field.response_name().as_str().into(),
            selection: selection.collect::<Vec<String>>().join(" ").into(),
            selected: Selected::of_entities(schema, &field.selection_set),
            formats: formats.collect(),
        }
    }
}

fn formats(tags: &[CacheTag], subgraph: SubgraphId) -> Vec<Box<str>> {
    let own = tags.iter().filter(|tag| tag.is_of(subgraph));
    own.map(|tag| tag.format.as_str().into()).collect()
}

/// Finds the entity types that a value is or has in it, as a subgraph knows it, up to the first entity on each way.
struct Reach<'s> {
    schema: Schema<'s>,
    subgraph: SubgraphId,
    /// Types that were seen where nothing is selected.
    unselected: BTreeSet<TypeId>,
    reached: BTreeSet<Box<str>>,
    hidden: BTreeSet<Box<str>>,
}

impl Reach<'_> {
    fn go(&mut self, ty: TypeId, selections: Option<&[Selection]>) {
        let supergraph = self.schema.supergraph;
        let definition = supergraph.ty(ty);
        if self.schema.entities.get(&definition.name).is_some() {
            self.reached.insert(definition.name.as_str().into());
            if selections.is_none() {
                self.hidden.insert(definition.name.as_str().into());
            }
            return;
        }
        if selections.is_none() && !self.unselected.insert(ty) {
            return;
        }
        for possible in definition.possible_types.iter().filter(|one| **one != ty) {
            let entity = self.schema.entities.get(&supergraph.ty(*possible).name);
            match (entity, selections) {
                (None, Some(selections)) => self.fields(*possible, ty, selections),
                _ => self.go(*possible, selections),
            }
        }
        match selections {
            Some(selections) => self.fields(ty, ty, selections),
            None => {
                for field in &definition.fields {
                    let field = supergraph.field(*field);
                    if field.in_subgraph(self.subgraph).is_some() {
                        self.go(field.ty.named(), None);
                    }
                }
            }
        }
    }

    /// The fields of a value of type `ty`, where `position` is expected.
    fn fields(&mut self, ty: TypeId, position: TypeId, selections: &[Selection]) {
        let supergraph = self.schema.supergraph;
        let mut selected = Vec::new();
        collect(supergraph, position, selections, &mut selected);
        for field in &supergraph.ty(ty).fields {
            let field = supergraph.field(*field);
            if field.in_subgraph(self.subgraph).is_none() {
                continue;
            }
            let here = selected.iter().filter(|(parent, selected)| {
                let is_here = *parent == ty || supergraph.is_possible(*parent, ty);
                is_here && *selected.name == *field.name
            });
            let here: Vec<&Field> = here.map(|(_, field)| *field).collect();
            if here.is_empty() {
                self.go(field.ty.named(), None);
            }
            for selected in here {
                self.go(field.ty.named(), Some(&selected.selection_set));
            }
        }
    }
}
