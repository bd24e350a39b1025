//! Final ids in place of provisional ones.

use super::Draft;
use crate::builder::StepInput;
use crate::plan::{
    ContextOrigin, ContextSource, ContextStep, EntityInput, Fetch, FetchId, FetchInput, LinkRef,
    Representation, RepresentationObject, RepresentationValue, ResponseObject, ResponseValue,
    RowRef, ShapeId, SlotId, SlotRef, TableRef,
};
use crate::print::Printed;
use crate::selection::{NodeId, Selections, StepId};

/// Final ids by provisional ones.
pub(super) struct Numbers {
    pub(super) fetch_of: Vec<FetchId>,
    pub(super) links: Vec<Option<LinkRef>>,
    pub(super) shapes: Vec<ShapeId>,
    pub(super) slots: Vec<SlotId>,
    pub(super) root_rows: Vec<u32>,
}

impl Numbers {
    pub(super) fn number_selection(&mut self, printed: &Printed, base: u32) {
        for (index, node) in printed.nodes.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            self.shapes[node.index()] = ShapeId(base + index);
        }
        for (entry, slot) in &printed.slots {
            self.slots[entry.index()] = SlotId(*slot);
        }
    }

    /// Adds the rows a step asks about to a call, unless another step asks the same about the same rows.
    pub(super) fn add_input(
        &mut self,
        step: StepId,
        input: &StepInput,
        call: usize,
        draft: &mut Draft,
        selections: &Selections<'_>,
    ) {
        let from = self.table(input.from, selections);
        let known = draft.inputs.iter().position(|(_, other)| {
            other.from == from
                && other.contexts == input.contexts
                && same_representations(&other.representations, &input.representations)
        });
        let index = known.unwrap_or_else(|| {
            let input = EntityInput {
                from,
                representations: input.representations.clone(),
                path: input.path.clone(),
                contexts: input.contexts.clone(),
            };
            draft.inputs.push((step, input));
            draft.inputs.len() - 1
        });
        self.links[step.index()] = Some(LinkRef {
            fetch: self.fetch_of[step.index()],
            call: u32::try_from(call).unwrap_or(u32::MAX),
            input: u32::try_from(index).unwrap_or(u32::MAX),
        });
    }

    fn table(&self, node: NodeId, selections: &Selections<'_>) -> TableRef {
        TableRef {
            fetch: self.fetch_of[selections.node(node).step.index()],
            shape: self.shapes[node.index()],
        }
    }

    /// Replaces the provisional ids in all representations.
    pub(super) fn renumber_fetches(&self, fetches: &mut [Fetch], selections: &Selections<'_>) {
        for fetch in fetches {
            let FetchInput::Entities(calls) = &mut fetch.input else {
                continue;
            };
            for input in calls.iter_mut().flat_map(|call| &mut call.inputs) {
                for representation in &mut input.representations {
                    self.renumber_representation(&mut representation.object);
                }
                for source in &mut input.contexts {
                    self.renumber_context(source, selections);
                }
            }
        }
    }

    fn renumber_representation(&self, object: &mut RepresentationObject) {
        for field in &mut object.fields {
            self.renumber_value(&mut field.value);
        }
    }

    fn renumber_value(&self, value: &mut RepresentationValue) {
        match value {
            RepresentationValue::Typename(row) => self.renumber_row(row),
            RepresentationValue::Leaf(slot) => self.renumber_slot(slot),
            RepresentationValue::Object {
                rows,
                type_from,
                variants,
            } => {
                self.renumber_row(type_from);
                rows.iter_mut().for_each(|slot| self.renumber_slot(slot));
                for variant in variants {
                    self.renumber_representation(&mut variant.object);
                }
            }
        }
    }

    fn renumber_context(&self, source: &mut ContextSource, selections: &Selections<'_>) {
        match &mut source.origin {
            ContextOrigin::Nothing => {}
            ContextOrigin::Objects { table, value, .. } | ContextOrigin::Root { table, value } => {
                *table = self.table(NodeId(table.shape.0), selections);
                self.renumber_value(value);
            }
            ContextOrigin::Entities { fetch, call, .. } => {
                if let Some(link) = self.links[fetch.index()] {
                    (*fetch, *call) = (link.fetch, link.call);
                }
            }
        }
        for step in &mut source.steps {
            match step {
                ContextStep::Slot(slot) => *slot = self.slots[slot.index()],
                ContextStep::Link(link) => *link = self.links[link.fetch.index()].unwrap_or(*link),
            }
        }
    }

    /// Replaces the provisional ids in one position of the client's answer.
    pub(super) fn renumber_object(&self, object: &mut ResponseObject, is_root: bool) {
        self.renumber_row(&mut object.type_from);
        for field in object.variants.iter_mut().flat_map(|v| &mut v.fields) {
            let slots = match &mut field.value {
                ResponseValue::Leaf(slot) => std::slice::from_mut(slot),
                ResponseValue::Object { rows, .. } => rows.as_mut_slice(),
                _ => continue,
            };
            for slot in slots {
                self.renumber_slot(slot);
                if is_root {
                    slot.start.row = self.root_rows[slot.start.row as usize];
                }
            }
        }
    }

    fn renumber_slot(&self, slot: &mut SlotRef) {
        self.renumber_row(&mut slot.start);
        slot.slot = self.slots[slot.slot.index()];
    }

    fn renumber_row(&self, row: &mut RowRef) {
        for link in &mut row.links {
            *link = self.links[link.fetch.index()].unwrap_or(*link);
        }
    }
}

/// Whether representations are the same while their ids are still provisional.
fn same_representations(one: &[Representation], other: &[Representation]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| {
            one.types == other.types && one.typename == other.typename && one.object == other.object
        })
}
