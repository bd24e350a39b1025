//! Field sets by number: equal selections are one, so what is known of one is known of all.

use rustc_hash::FxHashMap;

use super::names::{NameId, Names, TypeId};
use crate::subgraph::{FieldSet, Selection};

/// Number of a list of selections.
pub(super) type SetId = usize;

/// One selection of a field set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Selected {
    Typename,
    Field { name: NameId, below: Option<SetId> },
    On { ty: TypeId, below: SetId },
}

#[derive(Default)]
pub(super) struct FieldSets {
    sets: Vec<Vec<Selected>>,
    ids: FxHashMap<Vec<Selected>, SetId>,
}

impl FieldSets {
    pub(super) fn get(&self, set: SetId) -> &[Selected] {
        &self.sets[set]
    }

    pub(super) fn read<'a>(&mut self, fields: &'a FieldSet, names: &mut Names<'a>) -> SetId {
        self.list(fields.selections(), names)
    }

    fn list<'a>(&mut self, selections: &'a [Selection], names: &mut Names<'a>) -> SetId {
        let mut list = Vec::with_capacity(selections.len());
        self.append(selections, names, &mut list);
        self.intern(list)
    }

    fn append<'a>(
        &mut self,
        selections: &'a [Selection],
        names: &mut Names<'a>,
        list: &mut Vec<Selected>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field { name, .. } if name == "__typename" => {
                    list.push(Selected::Typename);
                }
                Selection::Field {
                    name, selections, ..
                } => {
                    let below = selections.as_deref().map(|below| self.list(below, names));
                    let name = names.field(name);
                    list.push(Selected::Field { name, below });
                }
                Selection::Inline {
                    condition: Some(condition),
                    selections,
                    ..
                } => {
                    let below = self.list(selections, names);
                    if let Some(ty) = names.ty(condition) {
                        list.push(Selected::On { ty, below });
                    }
                }
                Selection::Inline { selections, .. } => self.append(selections, names, list),
                // A field set cannot define fragments, so validation has refused it.
                Selection::Spread { .. } => {}
            }
        }
    }

    pub(super) fn intern(&mut self, list: Vec<Selected>) -> SetId {
        if let Some(&known) = self.ids.get(&list) {
            return known;
        }
        let id = self.sets.len();
        self.sets.push(list.clone());
        self.ids.insert(list, id);
        id
    }

    /// The set as text, for people.
    pub(super) fn text(&self, set: SetId, names: &Names<'_>) -> String {
        let parts: Vec<String> = self.sets[set]
            .iter()
            .map(|one| match *one {
                Selected::Typename => "__typename".to_owned(),
                Selected::Field { name, below } => match below {
                    Some(below) => {
                        format!("{} {{ {} }}", names.of_field(name), self.text(below, names))
                    }
                    None => names.of_field(name).to_string(),
                },
                Selected::On { ty, below } => {
                    format!(
                        "... on {} {{ {} }}",
                        names.of_type(ty),
                        self.text(below, names)
                    )
                }
            })
            .collect();
        parts.join(" ")
    }
}
