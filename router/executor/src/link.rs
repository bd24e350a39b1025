//! Links: from the rows that were asked about to the entities that came.

use crate::compile::CompiledFetch;
use crate::fault::{Fault, Place};
use crate::table::{Answer, Cause, Row, Slot, Tag};
use crate::view::{Causes, Link};

/// Turns indices into representations into rows of the answer, and what did not come into its cause.
pub(crate) fn connect(
    fetch: &CompiledFetch,
    number: u32,
    answer: &mut Answer,
    causes: &mut Causes,
    links: &mut [Link],
) {
    for (index, call) in fetch.calls.iter().enumerate() {
        let list = answer.calls.get(index).copied();
        let failed = match list {
            Some(Slot::List { .. }) => Cause::UNEXPLAINED,
            _ if answer.failed => Cause::fetch(number as usize),
            _ => causes.add(number, Place::Call(u32::try_from(index).unwrap_or(0))),
        };
        let entities = match list {
            Some(Slot::List { first, len }) => {
                resolve(call.shape, first, len, number, answer, causes)
            }
            _ => Vec::new(),
        };
        for input in &call.inputs {
            let link = &mut links[input.link as usize];
            for row in &mut link.rows {
                if let Ok(entity) = row.get() {
                    let found = entities.get(entity as usize).copied();
                    *row = found.unwrap_or(Row::absent(failed));
                }
            }
        }
    }
}

/// Links the rows that stand for the root object to what came of it.
pub(crate) fn connect_root(
    fetch: &CompiledFetch,
    number: u32,
    answer: &Answer,
    links: &mut [Link],
) {
    for input in fetch.below.iter().filter(|_| answer.failed) {
        for row in &mut links[input.link as usize].rows {
            *row = Row::absent(Cause::fetch(number as usize));
        }
    }
}

/// The row of each entity, or why there is none.
fn resolve(
    shape: u32,
    first: u32,
    len: u32,
    fetch: u32,
    answer: &mut Answer,
    causes: &mut Causes,
) -> Vec<Row> {
    let mut rows = Vec::with_capacity(len as usize);
    let mut not_entity = None;
    for row in first..first.saturating_add(len) {
        let tag = answer.tables[shape as usize].tag(row);
        if tag.is_object() {
            rows.push(Row::at(row));
            continue;
        }
        let place = Place::Row { shape, row };
        if tag != Tag::NULL {
            let fault = *not_entity.get_or_insert_with(|| {
                let message =
                    "the subgraph answered with something that is not the entity asked for";
                answer.add_fault(Fault::new("SUBREQUEST_INVALID_VALUE", message))
            });
            answer.marks.add(place, fault);
        }
        let cause = if !answer.marks.at(place).is_empty() {
            causes.add(fetch, place)
        } else {
            answer.cause_of_no_entity(fetch)
        };
        rows.push(Row::absent(cause));
    }
    rows
}
