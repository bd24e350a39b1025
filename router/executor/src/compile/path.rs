//! References into tables, checked and flattened.

use router_planner::{FetchInput, ObjectShape, RowRef, SlotRef, SlotValue, TableRef};
use smallvec::SmallVec;

use super::{Context, inconsistent, number};
use crate::error::ExecutorError;

/// A table: fetch and shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Position {
    pub(crate) fetch: u32,
    pub(crate) shape: u32,
}

/// How to get from a context to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowPath {
    /// Which of the context's rows.
    pub(crate) start: u32,
    /// Links to follow.
    pub(crate) links: SmallVec<[u32; 2]>,
    /// The table reached.
    pub(crate) position: Position,
    /// Its number among all tables of the plan.
    pub(crate) table: u32,
}

/// How to get from a context to a slot.
#[derive(Clone, Debug)]
pub(crate) struct SlotPath {
    pub(crate) row: RowPath,
    pub(crate) slot: u32,
}

/// A slot whose objects are rows of a nested context.
#[derive(Clone, Debug)]
pub(crate) struct RowsPath {
    pub(crate) path: SlotPath,
    /// The table of the objects.
    pub(crate) child: Position,
    /// Its number among all tables of the plan.
    pub(crate) child_table: u32,
}

impl Context<'_> {
    /// The number of a table.
    fn table(&self, at: Position) -> u32 {
        let first = self.tables.iter().position(|table| table.fetch == at.fetch);
        number(first.unwrap_or(self.tables.len())).saturating_add(at.shape)
    }

    pub(super) fn shape(&self, at: Position) -> Result<&ObjectShape, ExecutorError> {
        let fetch = self.plan.fetches.get(at.fetch as usize);
        let fetch = fetch.ok_or(inconsistent("fetch", at.fetch as usize))?;
        let shape = fetch.shapes.get(at.shape as usize);
        shape.ok_or(inconsistent("shape", at.shape as usize))
    }

    pub(super) fn row(&self, row: &RowRef, tables: &[Position]) -> Result<RowPath, ExecutorError> {
        let start = tables.get(row.row as usize);
        let mut position = *start.ok_or(inconsistent("row of a context", row.row as usize))?;
        let mut links = SmallVec::new();
        for link in &row.links {
            let missing = || inconsistent("link", link.fetch.index());
            let fetch = self.plan.fetches.get(link.fetch.index());
            let fetch = fetch.ok_or_else(missing)?;
            let input = link.input as usize;
            let (from, shape) = match &fetch.input {
                FetchInput::Root(_) => return Err(missing()),
                FetchInput::RootBelow { shape, inputs } => {
                    (inputs.get(input).map(|input| input.from), *shape)
                }
                FetchInput::Entities(calls) => {
                    let call = calls.get(link.call as usize).ok_or_else(missing)?;
                    (call.inputs.get(input).map(|input| input.from), call.shape)
                }
            };
            if Position::from(from.ok_or_else(missing)?) != position {
                return Err(missing());
            }
            let firsts = &self.links[link.fetch.index()];
            let first = firsts.get(link.call as usize).ok_or_else(missing)?;
            links.push(first + link.input);
            position = Position {
                fetch: link.fetch.0,
                shape: shape.0,
            };
        }
        Ok(RowPath {
            start: row.row,
            links,
            position,
            table: self.table(position),
        })
    }

    pub(super) fn slot(
        &self,
        slot: &SlotRef,
        tables: &[Position],
    ) -> Result<SlotPath, ExecutorError> {
        let row = self.row(&slot.start, tables)?;
        let shape = self.shape(row.position)?;
        if slot.slot.index() >= shape.slots.len() {
            return Err(inconsistent("slot", slot.slot.index()));
        }
        Ok(SlotPath {
            row,
            slot: slot.slot.0,
        })
    }

    /// Slots that make a nested context, and how many lists surround its objects.
    pub(super) fn rows(
        &self,
        slots: &[SlotRef],
        tables: &[Position],
    ) -> Result<(Vec<RowsPath>, u32), ExecutorError> {
        let mut rows = Vec::with_capacity(slots.len());
        let mut list_depth = None;
        for slot in slots {
            let path = self.slot(slot, tables)?;
            let shape = &self.shape(path.row.position)?.slots[path.slot as usize];
            let SlotValue::Object(child) = shape.value else {
                return Err(inconsistent("object in slot", slot.slot.index()));
            };
            if *list_depth.get_or_insert(shape.list_depth) != shape.list_depth {
                return Err(inconsistent(
                    "list of equal depth in slot",
                    slot.slot.index(),
                ));
            }
            let child = Position {
                fetch: path.row.position.fetch,
                shape: child.0,
            };
            self.shape(child)?;
            let child_table = self.table(child);
            rows.push(RowsPath {
                path,
                child,
                child_table,
            });
        }
        match list_depth {
            Some(depth) => Ok((rows, depth)),
            None => Err(inconsistent("row of an object", 0)),
        }
    }
}

impl From<TableRef> for Position {
    fn from(table: TableRef) -> Self {
        Self {
            fetch: table.fetch.0,
            shape: table.shape.0,
        }
    }
}

pub(super) fn root_tables(context: &Context<'_>) -> Result<Vec<Position>, ExecutorError> {
    let fetches = context.plan.root_fetches.iter();
    let tables = fetches.map(|id| match context.plan.fetches.get(id.index()) {
        Some(fetch) => match fetch.input {
            FetchInput::Root(shape) => Ok(Position {
                fetch: number(id.index()),
                shape: shape.0,
            }),
            FetchInput::Entities(_) | FetchInput::RootBelow { .. } => {
                Err(inconsistent("root fetch", id.index()))
            }
        },
        None => Err(inconsistent("fetch", id.index())),
    });
    tables.collect()
}

/// The number of a row among those that values are read from; it is one of them from now on.
pub(super) fn number_of(row: &RowPath, sources: &mut Vec<RowPath>) -> u32 {
    let known = sources.iter().position(|known| known == row);
    number(known.unwrap_or_else(|| {
        sources.push(row.clone());
        sources.len() - 1
    }))
}
