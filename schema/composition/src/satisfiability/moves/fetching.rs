//! Whether a field set can be fetched for an object, by whatever detours.

use super::{Goal, GoalId, Moves};
use crate::satisfiability::federated::LocalKind;
use crate::satisfiability::field_sets::{Selected, SetId};
use crate::satisfiability::names::{NameId, TypeId};
use crate::satisfiability::positions::{PositionId, fits};
use crate::subgraph::Kind;

impl Moves<'_, '_> {
    /// Whether each selection can be fetched from some of the positions.
    pub(super) fn fetches_all(&mut self, by: GoalId, from: &[PositionId], set: SetId) -> bool {
        let selections = self.federated.field_sets.get(set);
        selections.iter().all(|&one| self.fetches(by, from, one))
    }

    pub(super) fn fetches(&mut self, by: GoalId, from: &[PositionId], what: Selected) -> bool {
        self.spend(from.len());
        if self.is_exhausted() {
            return false;
        }
        match what {
            Selected::Typename => self.tells_type(by, from),
            Selected::Field { name, below } => self.fetches_field(by, from, name, below),
            Selected::On { ty, below } => {
                if from.iter().any(|&one| self.is_other_object(one, ty)) {
                    return true;
                }
                let cast = self.casts(by, from, ty);
                if !cast.is_empty() && self.fetches_all(by, &cast, below) {
                    return true;
                }
                let is_object = self.federated.types[ty].merged.kind == Kind::Object;
                !is_object && self.fetches_apart(by, from, Some(ty), what)
            }
        }
    }

    fn fetches_field(
        &mut self,
        by: GoalId,
        from: &[PositionId],
        name: NameId,
        below: Option<SetId>,
    ) -> bool {
        let mut tails: Vec<PositionId> = Vec::new();
        for &position in from {
            if self.take(by, position, name, false, &mut tails) && below.is_none() {
                return true;
            }
        }
        let reached = self.all_reached(by, from);
        for &position in &reached {
            if self.take(by, position, name, true, &mut tails) && below.is_none() {
                return true;
            }
        }
        if let Some(below) = below {
            tails.sort_unstable();
            tails.dedup();
            if !tails.is_empty() && self.fetches_all(by, &tails, below) {
                return true;
            }
        }
        let what = Selected::Field { name, below };
        self.fetches_apart(by, from, None, what) || self.fetches_apart(by, &reached, None, what)
    }

    /// Takes a field where the subgraph resolves it. What it `@requires` is sent along from
    /// elsewhere, so unless the subgraph is entered just for the field, there has to be a key to
    /// come back by.
    fn take(
        &mut self,
        by: GoalId,
        position: PositionId,
        name: NameId,
        is_entered: bool,
        tails: &mut Vec<PositionId>,
    ) -> bool {
        self.spend(1);
        let federated = self.federated;
        let Some(step) = self.positions.step(federated, position, name) else {
            return false;
        };
        // A condition has to hold whether the label is active or not, and in any context.
        let local = &federated.locals[self.positions.local(position)];
        let needs_context = !local.fields[&name].contexts.is_empty();
        if step.label.is_some() || needs_context {
            return false;
        }
        if let Some(requires) = step.requires {
            if !is_entered && !local.has_own_key {
                return false;
            }
            let fetch = self.lean(by, Goal::Fetch(position, requires));
            if !self.known[fetch].holds {
                return false;
            }
        }
        tails.extend(step.to);
        true
    }

    fn all_reached(&mut self, by: GoalId, from: &[PositionId]) -> Vec<PositionId> {
        let mut all: Vec<PositionId> = Vec::new();
        for &position in from {
            let reach = self.lean(by, Goal::Reach(position));
            all.extend(&self.known[reach].reached);
        }
        all.sort_unstable();
        all.dedup();
        self.spend(all.len());
        all
    }

    fn kind(&self, position: PositionId) -> LocalKind {
        self.federated.locals[self.positions.local(position)].kind
    }

    /// Whether some subgraph knows what the object is; an `@interfaceObject` does not.
    fn tells_type(&mut self, by: GoalId, from: &[PositionId]) -> bool {
        let knows =
            |moves: &Self, position: PositionId| moves.kind(position) != LocalKind::InterfaceObject;
        if from.iter().any(|&one| knows(self, one)) {
            return true;
        }
        let reached = self.all_reached(by, from);
        reached.into_iter().any(|one| knows(self, one))
    }

    /// An object of which nothing is selected under the condition.
    fn is_other_object(&self, position: PositionId, condition: TypeId) -> bool {
        let ty = self.federated.locals[self.positions.local(position)].ty;
        self.kind(position) == LocalKind::Object && !fits(self.federated, condition, ty)
    }

    /// The positions after a type condition, as far as objects need not be told apart for it.
    fn casts(&mut self, by: GoalId, from: &[PositionId], to: TypeId) -> Vec<PositionId> {
        let federated = self.federated;
        let mut cast = Vec::new();
        for &position in from {
            let local = &federated.locals[self.positions.local(position)];
            match local.kind {
                _ if local.ty == to => cast.push(position),
                LocalKind::Object => cast.push(position),
                LocalKind::InterfaceObject => {
                    if fits(federated, local.ty, to) && self.tells_type(by, &[position]) {
                        cast.push(position);
                    }
                }
                LocalKind::Interface | LocalKind::Union => {
                    cast.extend(self.positions.cast(federated, position, to));
                }
            }
        }
        cast
    }

    /// Whether the selection can be fetched at some interface or union for each object apart that
    /// it may be there (and that meets the condition).
    fn fetches_apart(
        &mut self,
        by: GoalId,
        from: &[PositionId],
        condition: Option<TypeId>,
        what: Selected,
    ) -> bool {
        let federated = self.federated;
        from.iter().any(|&position| {
            let local = &federated.locals[self.positions.local(position)];
            if !matches!(local.kind, LocalKind::Interface | LocalKind::Union) {
                return false;
            }
            let objects = local.objects.iter().copied();
            let mut objects =
                objects.filter(|&object| condition.is_none_or(|ty| fits(federated, ty, object)));
            let mut is_any = false;
            objects.all(|object| {
                is_any = true;
                let Some(cast) = self.positions.cast(federated, position, object) else {
                    return false;
                };
                let goal = match what {
                    Selected::On { below, .. } => Goal::Fetch(cast, below),
                    _ => Goal::Select(cast, what),
                };
                let fetch = self.lean(by, goal);
                self.known[fetch].holds
            }) && is_any
        })
    }
}
