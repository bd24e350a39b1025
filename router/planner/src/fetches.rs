//! From steps to fetches: levels, and which steps become one request.

use rustc_hash::FxHashMap;
use schema_model::{SubgraphId, Supergraph};

use crate::builder::Step;
use crate::print::print;
use crate::selection::{Selections, StepId};

/// Steps that become one request, in the order of the fetches.
#[derive(Debug)]
pub(crate) struct FetchGroup {
    pub(crate) steps: Vec<StepId>,
    pub(crate) level: usize,
}

/// What a step selects, and what describes its answer.
type Same = (String, String);

/// Assigns steps to as few requests as possible: those to one subgraph in one level become one, and a step that
/// may wait joins a later request to its subgraph.
///
/// Steps to a root type below the root share one only if all they select is the same.
pub(crate) fn group(
    supergraph: &Supergraph,
    steps: &[Step],
    selections: &Selections<'_>,
) -> Vec<FetchGroup> {
    let earliest = levels(steps);
    let placed = chosen(steps).unwrap_or_else(|| place(steps, &earliest));
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|&index| (placed[index], index));
    let mut groups: Vec<FetchGroup> = Vec::new();
    let mut open: FxHashMap<(SubgraphId, usize, Option<Same>), usize> = FxHashMap::default();
    for index in order {
        let (step, level) = (&steps[index], placed[index]);
        let same = (!step.asks_about_entities()).then(|| {
            let printed = print(supergraph, selections, step.selection);
            (printed.text, format!("{:?}", printed.shapes))
        });
        let at = (step.subgraph, level, same);
        let known = step.input.is_some().then(|| open.get(&at)).flatten();
        match known {
            Some(&group) => groups[group].steps.push(StepId::of(index)),
            None => {
                if step.input.is_some() {
                    open.insert(at, groups.len());
                }
                groups.push(FetchGroup {
                    steps: vec![StepId::of(index)],
                    level,
                });
            }
        }
    }
    groups
}

/// The earliest level of every step. Steps come after those they depend on.
pub(crate) fn levels(steps: &[Step]) -> Vec<usize> {
    let mut levels: Vec<usize> = Vec::with_capacity(steps.len());
    for step in steps {
        let before = step.after.iter().map(|other| levels[other.index()] + 1);
        levels.push(before.max().unwrap_or(0));
    }
    levels
}

/// The levels that were chosen, if they were and every step comes after those it depends on (what is taken from contexts
/// is not known when levels are chosen).
fn chosen(steps: &[Step]) -> Option<Vec<usize>> {
    let levels = steps
        .iter()
        .map(|step| step.slot.map(|level| level as usize));
    let levels: Vec<usize> = levels.collect::<Option<_>>()?;
    let is_after = |(step, level): (&Step, &usize)| {
        let mut before = step.after.iter();
        before.all(|before| levels[before.index()] < *level)
    };
    steps.iter().zip(&levels).all(is_after).then_some(levels)
}

/// Latest first: whatever has to run at a level opens a request there, and every step to the same subgraph that
/// may run there joins it. Per subgraph this is the least number of requests for the given depth.
fn place(steps: &[Step], earliest: &[usize]) -> Vec<usize> {
    let last = earliest.iter().copied().max().unwrap_or(0);
    let mut placed: Vec<Option<usize>> = vec![None; steps.len()];
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (index, step) in steps.iter().enumerate() {
        for before in &step.after {
            dependents[before.index()].push(index);
        }
    }
    for level in (0..=last).rev() {
        let due = (0..steps.len()).filter(|i| placed[*i].is_none() && earliest[*i] == level);
        let due: Vec<usize> = due.collect();
        for &index in &due {
            placed[index] = Some(level);
        }
        for index in 0..steps.len() {
            let may_wait = placed[index].is_none()
                && steps[index].asks_about_entities()
                && earliest[index] <= level
                && dependents[index]
                    .iter()
                    .all(|d| placed[*d].is_some_and(|at| at > level));
            let is_open = due.iter().any(|d| {
                steps[*d].subgraph == steps[index].subgraph && steps[*d].asks_about_entities()
            });
            if may_wait && is_open {
                placed[index] = Some(level);
            }
        }
    }
    let placed = placed.into_iter().zip(earliest);
    placed
        .map(|(at, earliest)| at.unwrap_or(*earliest))
        .collect()
}
