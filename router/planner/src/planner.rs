//! The planner: search, carry out, merge, assemble.

use std::sync::Arc;

use apollo_compiler::ast::OperationType;
use router_operation::{Operation, Selection, SelectionSet};
use schema_model::{SubgraphId, Supergraph};

use crate::assemble::{Parts, assemble};
use crate::builder::Builder;
use crate::error::PlanError;
use crate::fetches;
use crate::graph::JoinGraph;
use crate::identities::Identities;
use crate::labels::{ActiveLabels, relevant};
use crate::plan::{QueryPlan, ResponseObject, ResponseObjectId, ResponseVariant, RowRef};
use crate::position::PositionId;
use crate::selection::StepId;
use crate::slot_search::{MAX_SLOTS, Oracle, SlotSearch};
use crate::slots::{Slot, Slots};
use crate::solver::Solver;

/// How many positions may be answered in search of fewer slots.
const SLOT_WORK: usize = 5_000;

/// Plans operations against one supergraph. Built once; planning takes `&self`, is deterministic and bounded.
#[derive(Debug)]
pub struct Planner {
    graph: JoinGraph,
    identities: Identities,
}

impl Planner {
    /// Prepares a supergraph for planning.
    pub fn new(supergraph: Arc<Supergraph>) -> Self {
        Self {
            graph: JoinGraph::new(supergraph),
            identities: Identities::default(),
        }
    }

    /// Makes mutations say which entities they changed: in each object of their results whose type is an entity in the
    /// subgraph that is asked, the fields that `fields_of` names for its type are selected too, unless the subgraph cannot
    /// answer one of them. Clients do not see them.
    #[must_use]
    pub fn identifying_changes<'n>(
        mut self,
        fields_of: impl Fn(&str) -> Option<&'n [Box<str>]>,
    ) -> Self {
        self.identities = Identities::new(&self.graph.supergraph, fields_of);
        self
    }

    /// The supergraph that is planned against.
    pub fn supergraph(&self) -> &Arc<Supergraph> {
        &self.graph.supergraph
    }

    /// All labels of progressive `@override`s, sorted.
    pub fn labels(&self) -> &[Arc<str>] {
        self.graph.labels.names()
    }

    /// The labels that an operation's plan can depend on, sorted. Others make no difference to it.
    pub fn labels_of(&self, operation: &Operation) -> Vec<Arc<str>> {
        relevant(&self.graph, &operation.selection_set)
    }

    /// Plans an operation while no label of a progressive `@override` is on.
    ///
    /// # Errors
    /// As [`Self::plan_with`].
    pub fn plan(&self, operation: &Operation) -> Result<QueryPlan, PlanError> {
        self.plan_with(operation, &ActiveLabels::default())
    }

    /// Plans an operation for requests for which the given labels are on.
    ///
    /// # Errors
    /// Nothing leads to a field (the supergraph is not satisfiable), or the operation multiplies beyond bounds.
    pub fn plan_with(
        &self,
        operation: &Operation,
        active: &ActiveLabels,
    ) -> Result<QueryPlan, PlanError> {
        let roots = self.root_selections(operation, active)?;
        let mut solver = Solver::new(&self.graph, active);
        let first = self.round(operation, &roots, &mut solver);
        let mut best = match first {
            Err(_) if solver.is_exhausted() => {
                solver.be_thorough();
                self.round(operation, &roots, &mut solver)?
            }
            first => first?,
        };
        if let [root] = roots.as_slice()
            && let Some(slots) = self.fewer_slots(operation, root, &mut solver, &best)
        {
            solver.keep_within(slots);
            if let Ok(next) = self.round(operation, &roots, &mut solver)
                && next.rank() < best.rank()
            {
                best = next;
            }
        }
        Ok(assemble(best))
    }

    /// Slots within which the operation can be answered at less than what is known, if there are such.
    fn fewer_slots<'p>(
        &'p self,
        operation: &Operation,
        root: &'p SelectionSet,
        solver: &mut Solver<'p>,
        best: &Parts<'_, '_>,
    ) -> Option<Slots> {
        let used = best.groups.iter().map(|group| Slot {
            level: u32::try_from(group.level).unwrap_or(u32::MAX),
            subgraph: best.steps[group.steps[0].index()].subgraph,
        });
        let used: Vec<Slot> = used.collect();
        let slots = slots_to_try(&self.graph.supergraph, &used)?;
        let mut oracle = SolverOracle {
            position: solver.positions.intern(vec![root], Vec::new(), 0),
            kind: operation.kind,
            solver,
        };
        SlotSearch::new(&mut oracle, slots).least(&used)
    }

    /// The root selections that are planned by themselves: all at once, or each field of a mutation, together with
    /// those before it that end with their own request to the same subgraph.
    fn root_selections(
        &self,
        operation: &Operation,
        active: &ActiveLabels,
    ) -> Result<Vec<SelectionSet>, PlanError> {
        let set = &operation.selection_set;
        if operation.kind != OperationType::Mutation {
            return Ok(vec![set.clone()]);
        }
        let one = |selection: &Selection| SelectionSet {
            ty: set.ty,
            selections: vec![selection.clone()],
        };
        let fields: Vec<SelectionSet> = set.selections.iter().map(one).collect();
        let mut solver = Solver::new(&self.graph, active);
        let mut roots: Vec<SelectionSet> = Vec::new();
        let mut open = None;
        for field in &fields {
            let position = solver.positions.intern(vec![field], Vec::new(), 0);
            let solution = solver.solve_root(operation.kind, position, 0)?;
            let subgraph = solution.calls.first().map(|call| call.subgraph);
            match roots.last_mut() {
                Some(last) if open.is_some() && open == subgraph => {
                    last.selections.extend(field.selections.iter().cloned());
                }
                _ => roots.push(field.clone()),
            }
            open = subgraph.filter(|_| solution.cost.fetches == 1);
        }
        Ok(roots)
    }

    /// One search under the solver's prices, carried out and merged.
    fn round<'p>(
        &'p self,
        operation: &'p Operation,
        roots: &'p [SelectionSet],
        solver: &mut Solver<'p>,
    ) -> Result<Parts<'p, 'p>, PlanError> {
        let is_mutation = operation.kind == OperationType::Mutation;
        let mut solutions = Vec::with_capacity(roots.len());
        for root in roots {
            let position = solver.positions.intern(vec![root], Vec::new(), 0);
            solutions.push(solver.solve_root(operation.kind, position, 0)?);
        }
        let mut builder = Builder::new(&self.graph, &solver.positions);
        let mut fields = Vec::new();
        for solution in &solutions {
            let start = builder.steps.len();
            fields.extend(builder.root(solution, operation.kind)?);
            if is_mutation {
                let before: Vec<StepId> = (0..start).map(StepId::of).collect();
                for step in &mut builder.steps[start..] {
                    if step.input.is_none() {
                        step.after.clone_from(&before);
                    }
                }
            }
        }
        let root = ResponseObjectId(u32::try_from(builder.objects.len()).unwrap_or(u32::MAX));
        builder.objects.push(ResponseObject {
            ty: operation.root,
            type_from: RowRef {
                row: 0,
                links: Vec::new(),
            },
            variants: vec![ResponseVariant {
                types: Vec::new(),
                fields,
                instead: None,
            }],
        });
        if is_mutation {
            let steps = &builder.steps;
            self.identities
                .select(&self.graph, steps, &mut builder.selections);
        }
        let groups = fetches::group(&self.graph.supergraph, &builder.steps, &builder.selections);
        Ok(Parts {
            supergraph: &self.graph.supergraph,
            operation,
            steps: builder.steps,
            selections: builder.selections,
            groups,
            objects: builder.objects,
            root,
        })
    }
}

/// The slots among which there may be fewer than those used: all that can make a difference, unless they are too many.
fn slots_to_try(supergraph: &Supergraph, used: &[Slot]) -> Option<Vec<Slot>> {
    let depth = used.iter().map(|slot| slot.level).max()?;
    // One request less, one in each level.
    let most = u32::try_from(used.len().checked_sub(2)?).ok()?;
    let everyone: Vec<SubgraphId> = supergraph.subgraph_ids().collect();
    let mut asked: Vec<SubgraphId> = used.iter().map(|slot| slot.subgraph).collect();
    asked.sort_unstable();
    asked.dedup();
    let ranges = [
        (&everyone, most.max(depth)),
        (&everyone, depth),
        (&asked, most.max(depth)),
        (&asked, depth),
    ];
    let mut ranges = ranges.into_iter();
    let fitting = ranges.find(|(subgraphs, last)| {
        let levels = *last as usize + 1;
        subgraphs.len().saturating_mul(levels) <= MAX_SLOTS
    });
    let Some((subgraphs, last)) = fitting else {
        return (used.len() <= MAX_SLOTS).then(|| used.to_vec());
    };
    let slots = (0..=last).flat_map(|level| {
        let subgraphs = subgraphs.iter().copied();
        subgraphs.map(move |subgraph| Slot { level, subgraph })
    });
    Some(slots.collect())
}

/// Asks a solver.
struct SolverOracle<'s, 'p> {
    solver: &'s mut Solver<'p>,
    kind: OperationType,
    position: PositionId,
}

impl Oracle for SolverOracle<'_, '_> {
    fn suffices(&mut self, slots: Slots) -> Option<bool> {
        if self.solver.work() > SLOT_WORK {
            return None;
        }
        self.solver.sketch_within(slots);
        Some(self.solver.solve_root(self.kind, self.position, 0).is_ok())
    }
}
