//! Shared fields of abstract types: every subgraph that resolves one answers for the others, so
//! the objects they may return should be the same.

use super::federated::LocalKind;
use super::names::TypeId;
use super::paths::PathId;
use super::positions::PositionId;
use super::state::State;
use super::walk::Walk;
use crate::subgraph::Kind;

/// A shared field whose subgraphs know different objects.
pub(super) struct Disagreement {
    pub(super) ty: TypeId,
    pub(super) index: usize,
    /// Subgraphs and the objects each may return.
    pub(super) objects: Vec<(usize, Vec<TypeId>)>,
    /// Objects that all may return.
    pub(super) common: Vec<TypeId>,
    /// The way to the object that has the field.
    pub(super) path: PathId,
}

impl Walk<'_, '_> {
    pub(super) fn compare_runtime_types(
        &mut self,
        state: &State,
        index: usize,
        tails: &[PositionId],
    ) {
        let federated = self.moves.federated;
        let field = &federated.types[state.ty].fields[index];
        let Some(target) = field.target.filter(|_| field.is_shared && tails.len() > 1) else {
            return;
        };
        let visible = &federated.types[target];
        if visible.merged.kind == Kind::Object {
            return;
        }
        let mut locals: Vec<usize> = tails
            .iter()
            .map(|&position| self.moves.positions.local(position))
            .filter(|&local| federated.locals[local].kind != LocalKind::InterfaceObject)
            .collect();
        locals.sort_unstable();
        locals.dedup();
        let is_abstract = |local: &&usize| {
            matches!(
                federated.locals[**local].kind,
                LocalKind::Interface | LocalKind::Union
            )
        };
        if locals.iter().filter(is_abstract).count() < 2
            || !self.compared.insert((state.ty, index, locals.clone()))
        {
            return;
        }
        let objects: Vec<(usize, Vec<TypeId>)> = locals
            .iter()
            .map(|&local| {
                let local = &federated.locals[local];
                let visible = local.objects.iter().copied();
                (
                    local.graph,
                    visible
                        .filter(|one| federated.types[*one].is_accessible)
                        .collect(),
                )
            })
            .collect();
        if objects.windows(2).all(|pair| pair[0].1 == pair[1].1) {
            return;
        }
        let mut common = visible.objects.clone();
        common.retain(|one| objects.iter().all(|(_, here)| here.contains(one)));
        self.disagreements.push(Disagreement {
            ty: state.ty,
            index,
            objects,
            common,
            path: state.path,
        });
    }
}
