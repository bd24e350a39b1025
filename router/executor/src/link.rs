//! Links: from the rows that were asked about to the entities that came.

use crate::compile::CompiledFetch;
use crate::fault::{Fault, Place};
use crate::table::{Answer, Cause, Row, Slot, Tag};
use crate::view::{Causes, Link};

/// What was asked for, where calls were made several times.
#[derive(Clone, Copy)]
pub(crate) struct Lists<'l> {
    /// By list of entities, the call it is of.
    pub(crate) calls: &'l [u32],
    /// By list, how many entities were asked for.
    pub(crate) asked: &'l [u32],
}

/// As [`connect`] for calls that may have been made several times: the entities of a call are numbered through its
/// lists. Returns the rows of entities, by call.
pub(crate) fn connect_lists(
    fetch: &CompiledFetch,
    number: u32,
    answer: &mut Answer,
    causes: &mut Causes,
    links: &mut [Link],
    lists: Lists<'_>,
) -> Vec<Vec<Row>> {
    let mut by_call = vec![Vec::new(); fetch.calls.len()];
    for (index, (&call, &asked)) in lists.calls.iter().zip(lists.asked).enumerate() {
        let rows: &mut Vec<Row> = &mut by_call[call as usize];
        match answer.calls.get(index).copied() {
            Some(Slot::List { first, len }) if len == asked => {
                let shape = fetch.calls[call as usize].shape;
                rows.extend(resolve(shape, first, len, number, answer, causes));
            }
            _ => {
                let cause = match answer.failed {
                    true => Cause::fetch(number as usize),
                    false => causes.add(number, Place::Call(u32::try_from(index).unwrap_or(0))),
                };
                rows.extend((0..asked).map(|_| Row::absent(cause)));
            }
        }
    }
    for (call, rows) in fetch.calls.iter().zip(&by_call) {
        for input in &call.inputs {
            attach(&mut links[input.link as usize], rows, Cause::UNEXPLAINED);
        }
    }
    by_call
}

/// Entities' rows in place of their numbers.
fn attach(link: &mut Link, entities: &[Row], otherwise: Cause) {
    for row in &mut link.rows {
        if let Ok(entity) = row.get() {
            let found = entities.get(entity as usize).copied();
            *row = found.unwrap_or(Row::absent(otherwise));
        }
    }
}

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
            attach(&mut links[input.link as usize], &entities, failed);
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
