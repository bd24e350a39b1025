//! From solutions to steps: carries a solution out, position by position, and notes where each piece of the
//! client's answer and of each representation is found.
//!
//! Until requests are merged, ids in [`SlotRef`]s are provisional: a slot is an [`EntryId`], a link's fetch is a
//! [`StepId`] (its call and input are zero), a row of the root context is the root's [`StepId`].

mod context;
mod representation;
mod response;
mod want;

use std::rc::Rc;
use std::sync::Arc;

use apollo_compiler::ast::OperationType;
use rustc_hash::FxHashMap;
use schema_model::{FieldId, SubgraphId, TypeId};

use crate::error::PlanError;
use crate::graph::JoinGraph;
use crate::plan::{
    ContextSource, FetchId, LinkRef, Representation, ResponseField, ResponseObject,
    ResponseObjectId, RowRef, SlotRef,
};
use crate::position::{Group, PositionId, Positions};
use crate::selection::{EntryId, NodeId, SelectionNode, Selections, StepId};
use crate::solver::{Call, GroupSolution, Solution, SolvedWant};
use context::Bindings;
pub(crate) use context::StepContext;

/// How many selection nodes one plan may have.
const MAX_NODES: usize = 200_000;

/// One request to one subgraph, before merging.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) subgraph: SubgraphId,
    pub(crate) kind: OperationType,
    /// The root's or the entity's selection.
    pub(crate) selection: NodeId,
    pub(crate) input: Option<StepInput>,
    /// What is taken from contexts for the entities.
    pub(crate) contexts: Vec<StepContext>,
    /// Steps that must have ended before; ascending.
    pub(crate) after: Vec<StepId>,
    /// The level of the request that it goes into, if that was chosen.
    pub(crate) slot: Option<u32>,
}

impl Step {
    /// Whether it is an `_entities` call, which can share a request with others.
    pub(crate) fn asks_about_entities(&self) -> bool {
        let input = self.input.as_ref();
        input.is_some_and(|input| !input.representations.is_empty())
    }
}

/// The rows that a step below the root asks about.
#[derive(Clone, Debug)]
pub(crate) struct StepInput {
    pub(crate) from: NodeId,
    /// None for a root type.
    pub(crate) representations: Vec<Representation>,
    pub(crate) path: Vec<Arc<str>>,
    /// By the step's contexts.
    pub(crate) contexts: Vec<ContextSource>,
}

/// A place where an object's fields are selected, as seen from the position's context.
#[derive(Clone, Debug)]
struct Place {
    node: NodeId,
    row: RowRef,
    /// The types under which the group's fields are selected there, when they are not the group's.
    via: Option<TypeId>,
    /// The contexts set around.
    contexts: Bindings,
}

/// A position that was carried out.
#[derive(Debug)]
struct BuiltPosition<'a> {
    groups: Vec<BuiltGroup<'a>>,
    /// Among them interface objects whose true type a call told, each with how the position goes on there.
    resolved: Vec<(TypeId, Rc<BuiltPosition<'a>>)>,
    /// `None` when only keys or `@requires` read it.
    object: Option<ResponseObjectId>,
    /// Whose row says what the runtime type is.
    type_from: RowRef,
    /// Whether the position may be of one object type only.
    is_monomorphic: bool,
}

/// A group that was carried out.
#[derive(Debug)]
struct BuiltGroup<'a> {
    group: Rc<Group<'a>>,
    wants: Vec<BuiltWant<'a>>,
}

/// A want that was carried out.
#[derive(Clone, Debug)]
struct BuiltWant<'a> {
    field: FieldId,
    arguments: &'a [apollo_compiler::Node<apollo_compiler::ast::Argument>],
    slots: Vec<SlotRef>,
    child: Option<Rc<BuiltPosition<'a>>>,
    /// Something below depends on what keys and `@requires` may not wait for.
    is_dependent: bool,
}

/// A composite field selected before: at a node, by response key and field class, solved in the same way (the last
/// two are a key's and a solution's address; solutions are shared when nothing differs).
type ReuseKey = (NodeId, u32, usize, usize);

/// Carries solutions out.
pub(crate) struct Builder<'b, 'a> {
    graph: &'a JoinGraph,
    positions: &'b Positions<'a>,
    pub(crate) selections: Selections<'a>,
    pub(crate) steps: Vec<Step>,
    pub(crate) objects: Vec<ResponseObject>,
    reuse: FxHashMap<ReuseKey, (EntryId, Rc<BuiltPosition<'a>>)>,
}

impl<'b, 'a> Builder<'b, 'a> {
    pub(crate) fn new(graph: &'a JoinGraph, positions: &'b Positions<'a>) -> Self {
        Self {
            graph,
            positions,
            selections: Selections::default(),
            steps: Vec::new(),
            objects: Vec::new(),
            reuse: FxHashMap::default(),
        }
    }

    /// Carries out the root position, or one field of a mutation; returns its part of the client's answer.
    pub(crate) fn root(
        &mut self,
        solution: &GroupSolution<'a>,
        kind: OperationType,
    ) -> Result<Vec<ResponseField>, PlanError> {
        let mut places = Vec::new();
        for call in &solution.calls {
            let step = StepId::of(self.steps.len());
            let node = self.add_node(SelectionNode {
                step,
                subgraph: call.subgraph,
                ty: Some(call.via),
                types: vec![call.via],
                names_type: false,
                entries: Vec::new(),
            })?;
            self.steps.push(Step {
                subgraph: call.subgraph,
                kind,
                selection: node,
                input: None,
                contexts: Vec::new(),
                after: Vec::new(),
                slot: call.slot,
            });
            places.push(Place {
                node,
                row: row(step.0, Vec::new()),
                via: None,
                contexts: Rc::default(),
            });
        }
        let mut wants: Vec<Option<BuiltWant<'a>>> = vec![None; solution.wants.len()];
        self.wants_up_to(solution, &places, &mut wants, &[])?;
        let wants: Vec<_> = wants.into_iter().flatten().collect();
        Ok(self.response_fields(&solution.group, &wants))
    }

    fn position(
        &mut self,
        id: PositionId,
        ty: TypeId,
        solution: &Solution<'a>,
        homes: &[Place],
        path: &[Arc<str>],
    ) -> Result<BuiltPosition<'a>, PlanError> {
        let mut groups = Vec::with_capacity(solution.groups.len());
        let mut others = Vec::new();
        for group in &solution.groups {
            if let Some(resolved) = &group.resolved {
                let places = self.resolve(group, homes, path)?;
                let position = self.position(id, ty, resolved, &places, path)?;
                if solution.groups.len() == 1 {
                    return Ok(position);
                }
                others.push((group.group.ty(), Rc::new(position)));
                continue;
            }
            groups.push(self.group(group, homes, path)?);
        }
        let is_monomorphic = homes
            .first()
            .is_some_and(|home| self.selections.node(home.node).types.len() == 1);
        let mut built = BuiltPosition {
            groups,
            resolved: others,
            object: None,
            type_from: homes
                .first()
                .map_or(row(0, Vec::new()), |home| home.row.clone()),
            is_monomorphic,
        };
        if let (Some(home), false) = (homes.first(), self.positions.get(id).client.is_empty()) {
            let object = ResponseObject {
                ty,
                type_from: home.row.clone(),
                variants: self.variants(&built),
            };
            self.objects.push(object);
            let id = u32::try_from(self.objects.len() - 1).unwrap_or(u32::MAX);
            built.object = Some(ResponseObjectId(id));
        }
        Ok(built)
    }

    /// Carries out the call that tells an interface object's runtime type; returns where the position goes on.
    fn resolve(
        &mut self,
        solution: &GroupSolution<'a>,
        homes: &[Place],
        path: &[Arc<str>],
    ) -> Result<Vec<Place>, PlanError> {
        let (_, mut places) = self.sources(solution, homes, path)?;
        let known = places.split_off(places.len().saturating_sub(1));
        places.truncate(if solution.leaves_homes {
            0
        } else {
            homes.len()
        });
        let interface = solution.group.ty();
        let own = places.into_iter().map(|place| Place {
            via: Some(interface),
            ..place
        });
        Ok(known.into_iter().chain(own).collect())
    }

    fn group(
        &mut self,
        solution: &GroupSolution<'a>,
        homes: &[Place],
        path: &[Arc<str>],
    ) -> Result<BuiltGroup<'a>, PlanError> {
        let (wants, _) = self.sources(solution, homes, path)?;
        Ok(BuiltGroup {
            group: Rc::clone(&solution.group),
            wants,
        })
    }

    /// Carries out a group's calls and wants.
    fn sources(
        &mut self,
        solution: &GroupSolution<'a>,
        homes: &[Place],
        path: &[Arc<str>],
    ) -> Result<(Vec<BuiltWant<'a>>, Vec<Place>), PlanError> {
        let mut places = homes.to_vec();
        let mut wants: Vec<Option<BuiltWant<'a>>> = vec![None; solution.wants.len()];
        self.wants_up_to(solution, &places, &mut wants, path)?;
        for call in &solution.calls {
            let place = self.call(solution, call, &places, &wants, path)?;
            places.push(place);
            self.wants_up_to(solution, &places, &mut wants, path)?;
        }
        Ok((wants.into_iter().flatten().collect(), places))
    }

    /// Carries out the wants whose last source has just come to be.
    fn wants_up_to(
        &mut self,
        solution: &GroupSolution<'a>,
        places: &[Place],
        wants: &mut [Option<BuiltWant<'a>>],
        path: &[Arc<str>],
    ) -> Result<(), PlanError> {
        let is_next = |solved: &SolvedWant<'a>| solved.sources.iter().all(|s| *s < places.len());
        let mut later = Vec::new();
        for (index, solved) in solution.wants.iter().enumerate() {
            if wants[index].is_some() || !is_next(solved) {
                continue;
            }
            match solved.want.is_dependent {
                true => later.push(index),
                false => {
                    wants[index] = Some(self.want(&solution.group, solved, places, path)?);
                }
            }
        }
        let taken = solution.group.contexts.iter();
        let mut taken = taken.filter_map(|set| set.want);
        if later.is_empty() || taken.any(|index| wants[index].is_none()) {
            return Ok(());
        }
        let places = self.with_contexts(solution, places, wants, path);
        for index in later {
            let solved = &solution.wants[index];
            wants[index] = Some(self.want(&solution.group, solved, &places, path)?);
        }
        Ok(())
    }

    fn call(
        &mut self,
        solution: &GroupSolution<'a>,
        call: &Call<'a>,
        places: &[Place],
        wants: &[Option<BuiltWant<'a>>],
        path: &[Arc<str>],
    ) -> Result<Place, PlanError> {
        let group = &solution.group;
        let base = &places[solution.base];
        let via = (!group.types.contains(&call.via)).then_some(call.via);
        let step = StepId::of(self.steps.len());
        let types = match self.graph.supergraph.ty(call.via).is_abstract() {
            true => self.graph.possible_types(call.via, call.subgraph).to_vec(),
            false => group.types.clone(),
        };
        let node = self.add_node(SelectionNode {
            step,
            subgraph: call.subgraph,
            ty: call.key.is_none().then_some(call.via),
            types,
            names_type: false,
            entries: Vec::new(),
        })?;
        let representations = match call.key {
            Some(_) => self.representations(group, call, base, wants),
            None => Vec::new(),
        };
        let contexts = match call.key {
            Some(_) => self.call_contexts(solution, call, places.len(), base),
            None => Vec::new(),
        };
        let (sources, read) = Self::context_sources(&contexts, base);
        let around = match call.key {
            Some(_) => Self::carried(step, &contexts, &sources),
            None => Self::linked(step, base),
        };
        let from_step = self.selections.node(base.node).step;
        let after = representation::steps_read(&representations, from_step, read);
        self.steps.push(Step {
            subgraph: call.subgraph,
            kind: match self.graph.kind_of_root(call.via) {
                Some(kind) if call.key.is_none() => kind,
                _ => OperationType::Query,
            },
            selection: node,
            input: Some(StepInput {
                from: base.node,
                representations,
                path: path.to_vec(),
                contexts: sources,
            }),
            contexts,
            after,
            slot: call.slot,
        });
        Ok(Place {
            node,
            row: linked_row(base, step),
            via,
            contexts: around,
        })
    }

    fn add_node(&mut self, node: SelectionNode) -> Result<NodeId, PlanError> {
        if self.selections.nodes.len() >= MAX_NODES {
            return Err(PlanError::TooComplex { limit: MAX_NODES });
        }
        Ok(self.selections.add_node(node))
    }
}

/// The row that a step's link leads to from a place's.
fn linked_row(base: &Place, step: StepId) -> RowRef {
    let mut links = base.row.links.clone();
    links.push(LinkRef {
        fetch: FetchId(step.0),
        call: 0,
        input: 0,
    });
    row(base.row.row, links)
}

fn row(row: u32, links: Vec<LinkRef>) -> RowRef {
    RowRef { row, links }
}
