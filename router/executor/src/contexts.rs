//! Values taken from contexts: kept once each, and spread from the objects that set a context to those that need it.

use hashbrown::HashMap;

use crate::compile::{CompiledSource, SourceOrigin, SourceStep};
use crate::request::RequestWriter;
use crate::table::{Cause, Row, Slot};
use crate::view::View;

/// A value of a context, as it was taken for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Taken {
    /// A value of [`Values`]; the zeroth is null.
    Value(u32),
    /// It was lost, and this is why.
    Lost(Cause),
}

impl Taken {
    pub(crate) const NULL: Self = Self::Value(0);
}

/// The values taken in one execution, as JSON.
#[derive(Debug, Default)]
pub(crate) struct Values {
    /// From the first on; the zeroth is null.
    texts: Vec<Box<[u8]>>,
    index: HashMap<Box<[u8]>, u32>,
}

const NULL: &[u8] = b"null";

impl Values {
    pub(crate) fn text(&self, value: Taken) -> &[u8] {
        match value {
            Taken::Value(0) | Taken::Lost(_) => NULL,
            Taken::Value(index) => &self.texts[index as usize - 1],
        }
    }

    fn intern(&mut self, text: &[u8]) -> Taken {
        if text == NULL {
            return Taken::NULL;
        }
        if let Some(&known) = self.index.get(text) {
            return Taken::Value(known);
        }
        self.texts.push(Box::from(text));
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.index.insert(Box::from(text), number);
        Taken::Value(number)
    }
}

/// What was taken for the entities of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallValues {
    /// By entity, one value for each context of the call.
    pub(crate) by_entity: Vec<Box<[Taken]>>,
    /// By entity, its row.
    pub(crate) rows: Vec<Row>,
}

/// What is taken from a context for each of the `len` rows that the source leads to.
pub(crate) fn spread(
    source: &CompiledSource,
    len: usize,
    carried: &[Vec<CallValues>],
    values: &mut Values,
    writer: &mut RequestWriter<'_>,
) -> Vec<Taken> {
    let view = writer.view;
    let mut spread = match &source.origin {
        SourceOrigin::Nothing => return vec![Taken::NULL; len],
        SourceOrigin::Root { value } => {
            let taken = take(writer.context_value(value, &[Row::at(0)]), values);
            return vec![taken; len];
        }
        SourceOrigin::Objects {
            table,
            by_tag,
            value,
        } => {
            let mut taken = vec![Taken::NULL; rows(view, *table)];
            for (row, place) in (0..).zip(&mut taken) {
                let tag = view.tag(*table, row);
                if by_tag.get(tag.0 as usize) == Some(&true) {
                    *place = take(writer.context_value(value, &[Row::at(row)]), values);
                }
            }
            taken
        }
        SourceOrigin::Entities {
            fetch,
            call,
            context,
            shape,
        } => {
            let table = crate::compile::Position {
                fetch: *fetch,
                shape: *shape,
            };
            let mut taken = vec![Taken::NULL; rows(view, table)];
            let calls = carried.get(*fetch as usize);
            if let Some(known) = calls.and_then(|calls| calls.get(*call as usize)) {
                for (row, values) in known.rows.iter().zip(&known.by_entity) {
                    let place = row.get().ok().and_then(|row| taken.get_mut(row as usize));
                    if let (Some(place), Some(value)) = (place, values.get(*context as usize)) {
                        *place = *value;
                    }
                }
            }
            taken
        }
    };
    for step in &source.steps {
        spread = follow(view, step, &spread);
    }
    spread.resize(len, Taken::NULL);
    spread
}

fn take(text: Result<Vec<u8>, Cause>, values: &mut Values) -> Taken {
    match text {
        Ok(text) => values.intern(&text),
        Err(cause) => Taken::Lost(cause),
    }
}

fn rows(view: View<'_>, table: crate::compile::Position) -> usize {
    let tables = &view.answer(table.fetch).tables;
    let table = tables.get(table.shape as usize);
    table.map_or(0, |table| table.len() as usize)
}

/// One step further.
fn follow(view: View<'_>, step: &SourceStep, values: &[Taken]) -> Vec<Taken> {
    match step {
        SourceStep::Link { link, to } => {
            let mut spread: Vec<Option<Taken>> = vec![None; rows(view, *to)];
            for (row, value) in (0..).zip(values) {
                let entity = view.links[*link as usize].get(row).get().ok();
                let Some(place) = entity.and_then(|row| spread.get_mut(row as usize)) else {
                    continue;
                };
                // Only a root object that is met again can be led to with different values; it has none then.
                *place = Some(match *place {
                    Some(other) if other != *value => Taken::Lost(Cause::UNEXPLAINED),
                    _ => *value,
                });
            }
            let spread = spread.into_iter();
            spread.map(|value| value.unwrap_or(Taken::NULL)).collect()
        }
        SourceStep::Slot {
            from,
            slot,
            depth,
            child,
        } => {
            let mut spread = vec![Taken::NULL; rows(view, *child)];
            let answer = view.answer(from.fetch);
            let Some(table) = answer.tables.get(from.shape as usize) else {
                return spread;
            };
            for (row, value) in (0..).zip(values) {
                fill(
                    view,
                    *child,
                    table.slot(row, *slot),
                    *depth,
                    *value,
                    &mut spread,
                );
            }
            spread
        }
    }
}

/// Gives all objects in a slot the value.
fn fill(
    view: View<'_>,
    child: crate::compile::Position,
    slot: Slot,
    depth: u32,
    value: Taken,
    spread: &mut [Taken],
) {
    match slot {
        Slot::Object(row) => {
            if let Some(place) = spread.get_mut(row as usize) {
                *place = value;
            }
        }
        Slot::List { first, len } if depth == 1 => {
            let (first, len) = (first as usize, len as usize);
            let rows = spread.get_mut(first..first.saturating_add(len));
            rows.into_iter().for_each(|rows| rows.fill(value));
        }
        Slot::List { first, len } if depth > 1 => {
            let answer = view.answer(child.fetch);
            for index in first..first.saturating_add(len) {
                fill(view, child, answer.item(index), depth - 1, value, spread);
            }
        }
        _ => {}
    }
}
