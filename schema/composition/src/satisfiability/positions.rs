//! Where one can stand in a subgraph: on one of its types, with what `@provides` adds on the way
//! that led there.

use rustc_hash::FxHashMap;

use super::federated::LabelId;
use super::federated::{Federated, LocalId, LocalKind};
use super::field_sets::{Selected, SetId};
use super::names::{NameId, TypeId};

/// Number of a position. Below the number of definitions, it is the definition of that number with
/// nothing provided.
pub(super) type PositionId = usize;

/// What is provided at a position: sets of selections, sorted.
type Provided = Vec<SetId>;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Position {
    local: LocalId,
    provided: Provided,
}

/// A field that can be taken from a position, if its conditions are met.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// Where it leads, unless it is a leaf.
    pub(super) to: Option<PositionId>,
    pub(super) requires: Option<SetId>,
    pub(super) label: Option<(LabelId, bool)>,
}

/// All positions that have been come by.
pub(super) struct Positions {
    locals: usize,
    providing: Vec<Position>,
    ids: FxHashMap<Position, PositionId>,
}

impl Positions {
    pub(super) fn new(federated: &Federated<'_>) -> Self {
        Self {
            locals: federated.locals.len(),
            providing: Vec::new(),
            ids: FxHashMap::default(),
        }
    }

    pub(super) fn local(&self, position: PositionId) -> LocalId {
        match position.checked_sub(self.locals) {
            None => position,
            Some(at) => self.providing[at].local,
        }
    }

    pub(super) fn is_plain(&self, position: PositionId) -> bool {
        position < self.locals
    }

    fn provided(&self, position: PositionId) -> &[SetId] {
        match position.checked_sub(self.locals) {
            None => &[],
            Some(at) => &self.providing[at].provided,
        }
    }

    fn id(&mut self, local: LocalId, mut provided: Provided) -> PositionId {
        if provided.is_empty() {
            return local;
        }
        provided.sort_unstable();
        provided.dedup();
        let next = self.locals + self.providing.len();
        let position = Position { local, provided };
        *self.ids.entry(position).or_insert_with_key(|position| {
            self.providing.push(position.clone());
            next
        })
    }

    /// The field of that name, if the subgraph resolves it there.
    pub(super) fn step(
        &mut self,
        federated: &Federated<'_>,
        position: PositionId,
        name: NameId,
    ) -> Option<Step> {
        let local = self.local(position);
        let definition = &federated.locals[local];
        let field = definition.fields.get(&name)?;
        let mut below: Provided = Vec::new();
        let mut is_provided = false;
        for &set in self.provided(position) {
            is_provided |= provides(federated, definition.ty, set, name, &mut below);
        }
        let is_resolved = match definition.kind {
            LocalKind::Interface => field.is_uniform,
            _ => field.is_resolved(),
        };
        if !is_resolved && !is_provided {
            return None;
        }
        below.extend(field.provides);
        Some(Step {
            to: field.target.map(|target| self.id(target, below)),
            requires: field.requires,
            label: field.label,
        })
    }

    /// The position after a condition on an object type that the position's abstract type may be.
    pub(super) fn cast(
        &mut self,
        federated: &Federated<'_>,
        position: PositionId,
        to: TypeId,
    ) -> Option<PositionId> {
        let definition = &federated.locals[self.local(position)];
        definition.objects.binary_search(&to).ok()?;
        let local = federated.local(to, definition.graph)?;
        let provided = self.provided(position).iter();
        let below = provided
            .flat_map(|&set| federated.field_sets.get(set))
            .filter_map(|one| match *one {
                Selected::On { ty, below } if fits(federated, ty, to) => Some(below),
                _ => None,
            })
            .collect();
        Some(self.id(local, below))
    }
}

/// Whether the provided set has the field, and what it provides below.
fn provides(
    federated: &Federated<'_>,
    on: TypeId,
    set: SetId,
    name: NameId,
    below: &mut Provided,
) -> bool {
    let mut found = false;
    for one in federated.field_sets.get(set) {
        match *one {
            Selected::Field {
                name: provided,
                below: inner,
            } if provided == name => {
                found = true;
                below.extend(inner);
            }
            Selected::On { ty, below: inner } if fits(federated, ty, on) => {
                found |= provides(federated, on, inner, name, below);
            }
            _ => {}
        }
    }
    found
}

/// Whether every object of type `ty` meets the condition.
pub(super) fn fits(federated: &Federated<'_>, condition: TypeId, ty: TypeId) -> bool {
    let possible = &federated.types[condition].possible;
    condition == ty || possible.binary_search(&ty).is_ok()
}
