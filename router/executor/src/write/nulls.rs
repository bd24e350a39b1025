//! Values that are not there: which error explains that, at which path it is reported, and how far the null spreads.

use schema_model::TypeRef;

use super::absent::not_there;
use super::messages::{has_wrong_type, is_missing, is_null, subject};
use super::paths::child_of;
use super::{Origin, Stop, Writer};
use crate::compile::{CompiledFetch, RowPath, RowsPath, WriteObject};
use crate::fault::{Fault, Place, Segment};
use crate::report::Frame;
use crate::table::{Cause, Row, Slot};

/// The code of a value that the schema does not allow.
const INVALID_VALUE: &str = "SUBREQUEST_INVALID_VALUE";
/// The code of a null that the schema does not allow.
pub(super) const NULL_FOR_NON_NULL: &str = "SUBREQUEST_NULL_FOR_NON_NULL";

/// Causes found while writing; further ones share the last.
const MAX_CAUSES: usize = 1 << 16;

impl<'a> Writer<'a> {
    /// What failed inside becomes null if null may stand here.
    pub(super) fn or_null(
        &mut self,
        written: Result<(), Stop>,
        start: usize,
        ty: TypeRef,
    ) -> Result<(), Stop> {
        match written {
            Err(Stop::Null) => {}
            Err(Stop::NotThere(_)) if !ty.is_non_null() => {}
            other => return other,
        }
        self.cut(start);
        self.null_or_stop(ty)
    }

    /// Forgets what was written since then.
    pub(super) fn cut(&mut self, start: usize) {
        self.cut_off += self.out.len().saturating_sub(start);
        self.out.truncate(start);
        self.repeats.clear();
    }

    pub(super) fn null_or_stop(&mut self, ty: TypeRef) -> Result<(), Stop> {
        if ty.is_non_null() {
            return Err(Stop::Null);
        }
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    /// Null, or something else that is not a value of the type.
    pub(super) fn no_value(
        &mut self,
        slot: Slot,
        ty: TypeRef,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        if slot == Slot::Absent(Cause::NOT_THERE) && ty.is_non_null() {
            return Err(not_there(&origin.path.row, origin.context));
        }
        let fetch = origin.path.row.position.fetch;
        let may_be_clean = matches!(slot, Slot::Null) && !ty.is_non_null();
        if may_be_clean && self.view.answer(fetch).faults.is_empty() {
            return self.null_or_stop(ty);
        }
        let is_item = levels(ty, origin) > 0 && origin.element.is_none();
        let is_told = is_item && self.view.answer(fetch).marks.at(Place::Fetch).is_empty();
        let is_explained = match slot {
            // What points into a list was reported where the list begins; there is nothing to look for.
            Slot::Null if may_be_clean && is_told => true,
            Slot::Absent(cause) => self.explain_cause(cause, Some(origin), frame),
            _ => self.explain_place(ty, origin, frame),
        };
        if !is_explained {
            self.own_error(slot, ty, origin, frame);
        }
        self.null_or_stop(ty)
    }

    /// Reports what no subgraph has an error for.
    fn own_error(&mut self, slot: Slot, ty: TypeRef, origin: Origin<'a, '_>, frame: &Frame<'_>) {
        let (code, message): (_, fn(Origin<'_, '_>) -> String) = match slot {
            Slot::Missing => (INVALID_VALUE, is_missing),
            Slot::Null | Slot::Absent(_) if ty.is_non_null() => (NULL_FOR_NON_NULL, is_null),
            Slot::Null | Slot::Absent(_) => return,
            _ => (INVALID_VALUE, has_wrong_type),
        };
        let fetch = origin.path.row.position.fetch;
        let service = &self.plan.fetches[fetch as usize].service;
        let message = || message(origin);
        self.reports.own(code, message, Some(service), frame);
    }

    /// An object whose runtime type is unknown or hidden.
    pub(super) fn without_type(
        &mut self,
        object: &WriteObject,
        path: &RowPath,
        context: &[Row],
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        let row = self.view.row(path, context);
        let is_explained = match row.get() {
            Ok(_) => false,
            Err(Cause::NOT_THERE) => return Err(not_there(path, context)),
            Err(cause) => self.explain_cause(cause, None, frame),
        };
        if !is_explained {
            let service = &self.plan.fetches[path.position.fetch as usize].service;
            let name = &object.type_name;
            let message = || format!("an object is of no type that `{name}` may have");
            self.reports
                .own(INVALID_VALUE, message, Some(service), frame);
        }
        Err(Stop::Null)
    }

    /// Reports the errors that stand where a value was read; whether there are any.
    fn explain_place(&mut self, ty: TypeRef, origin: Origin<'a, '_>, frame: &Frame<'_>) -> bool {
        let fetch = origin.path.row.position.fetch;
        let answer = self.view.answer(fetch);
        if self.report_at(ty, origin, frame) {
            return true;
        }
        // An error that points into a list was reported where the list begins.
        let levels = levels(ty, origin);
        let slot = Origin {
            element: None,
            ..origin
        };
        let marked = self.place(slot).map(|place| answer.marks.at(place));
        let mut faults = marked.unwrap_or_default().iter();
        if levels > 0 && faults.any(|&i| frame.ends_like(&answer.faults[i as usize].rest, levels)) {
            return true;
        }
        self.explain_by_general(fetch, frame)
    }

    /// Reports the errors that stand exactly at a field or at an item that is a row; whether there are any.
    fn report_at(&mut self, ty: TypeRef, origin: Origin<'a, '_>, frame: &Frame<'_>) -> bool {
        if levels(ty, origin) > 0 && origin.element.is_none() {
            return false;
        }
        let Some(place) = self.place(origin) else {
            return false;
        };
        let fetch = origin.path.row.position.fetch;
        let answer = self.view.answer(fetch);
        let marked = answer.marks.at(place);
        for &index in marked {
            let fault = &answer.faults[index as usize];
            let rest = self.translate(origin.field, child_of(origin), &fault.rest);
            self.report((fetch, index), fault, frame, rest);
        }
        !marked.is_empty()
    }

    /// An error without a path may explain any null; it is reported at the first one. Where no data came at all, each
    /// null is explained, by the first error if there are several.
    fn explain_by_general(&mut self, fetch: u32, frame: &Frame<'_>) -> bool {
        let answer = self.view.answer(fetch);
        let mut general = answer.marks.at(Place::Fetch);
        // All of them were reported with the first.
        if let [first, ..] = general
            && self.reports.is_reported((fetch, *first))
        {
            if !answer.failed {
                return true;
            }
            general = std::slice::from_ref(first);
        }
        for &index in general {
            let is_reported = self.reports.is_reported((fetch, index));
            let fault = &answer.faults[index as usize];
            let elsewhere = self.path_from_root(fetch, fault);
            match elsewhere.filter(|path| !frame.is_below(path)) {
                // All is null because of what was wrong there.
                Some(_) if is_reported => {}
                Some(path) => self.report((fetch, index), fault, &Frame::ROOT, path),
                None => self.report((fetch, index), fault, frame, Vec::new()),
            }
        }
        !general.is_empty()
    }

    /// Reports what made an object unavailable; whether anything did.
    fn explain_cause(
        &mut self,
        cause: Cause,
        origin: Option<Origin<'a, '_>>,
        frame: &Frame<'_>,
    ) -> bool {
        let known = self.view.causes.get(cause);
        let more = || {
            let index = cause.number()?.checked_sub(self.view.causes.len())?;
            self.more_causes.get(index).copied()
        };
        let Some((fetch, place)) = known.or_else(more) else {
            return false;
        };
        let answer = self.view.answer(fetch);
        if let Place::Input { .. } = place {
            let service = &self.plan.fetches[fetch as usize].service;
            let message = || {
                let subject = origin.map_or_else(|| "an object".to_owned(), subject);
                format!("what {subject} needs was not answered as its type demands")
            };
            self.reports
                .own(INVALID_VALUE, message, Some(service), frame);
            return true;
        }
        let marked = answer.marks.at(place);
        if marked.is_empty() || place == Place::Fetch {
            return self.explain_by_general(fetch, frame);
        }
        for &index in marked {
            let fault = &answer.faults[index as usize];
            match (self.below(fault, fetch, place, origin), origin) {
                (Some(rest), _) => self.report((fetch, index), fault, frame, rest),
                // The field that it is about is not come to any more: it is told now.
                (None, Some(origin)) if origin.field.ty.is_non_null() => {
                    match self.beside(fault, fetch, place, origin) {
                        Some(rest) => {
                            let object = frame.parent.unwrap_or(frame);
                            self.report((fetch, index), fault, object, rest);
                        }
                        None => self.report((fetch, index), fault, frame, Vec::new()),
                    }
                }
                (None, _) => {}
            }
        }
        true
    }

    /// Reports errors that stand at a value that is there all the same.
    pub(super) fn report_on_value(
        &mut self,
        ty: TypeRef,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) {
        let fetch = origin.path.row.position.fetch;
        if self.view.answer(fetch).marks.on_values {
            self.report_at(ty, origin, frame);
        }
    }

    /// What several subgraphs say of the same objects must be of one form; what is not is lost.
    pub(super) fn check_others(
        &mut self,
        rows: &[RowsPath],
        slots: &[Slot],
        lead: Slot,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) {
        for (rows, slot) in rows.iter().zip(slots) {
            let fetch = rows.child.fetch;
            let message: fn(Origin<'_, '_>) -> String = match (*slot, lead) {
                (Slot::List { len, .. }, Slot::List { len: expected, .. }) if len != expected => {
                    |_| "subgraphs answered with lists of different lengths".to_owned()
                }
                (Slot::Invalid, _) => has_wrong_type,
                (Slot::Missing, _) if !self.explain_by_general(fetch, frame) => is_missing,
                _ => continue,
            };
            let message = || message(origin);
            let service = &self.plan.fetches[fetch as usize].service;
            self.reports
                .own(INVALID_VALUE, message, Some(service), frame);
        }
    }

    /// Objects after the first that are null because of an error: what they should have given is blamed on it.
    pub(super) fn blame_slots(&mut self, rows: &[RowsPath], slots: &mut [Slot], context: &[Row]) {
        for (rows, slot) in rows.iter().zip(slots).skip(1) {
            let at = rows.path.row.position;
            if self.may_blame(at.fetch, *slot)
                && let Ok(row) = self.view.row(&rows.path.row, context).get()
            {
                let place = Place::Slot {
                    shape: at.shape,
                    row,
                    slot: rows.path.slot,
                };
                self.blame(at.fetch, place, slot);
            }
        }
    }

    /// The same for items of lists.
    pub(super) fn blame_rows(
        &mut self,
        rows: &[RowsPath],
        slots: &mut [Slot],
        lists: &[Slot],
        index: u32,
    ) {
        for ((rows, slot), list) in rows.iter().zip(slots).zip(lists).skip(1) {
            if self.may_blame(rows.child.fetch, *slot)
                && let Slot::List { first, .. } = *list
            {
                let shape = rows.child.shape;
                let row = first + index;
                self.blame(rows.child.fetch, Place::Row { shape, row }, slot);
            }
        }
    }

    fn may_blame(&self, fetch: u32, slot: Slot) -> bool {
        matches!(slot, Slot::Null | Slot::Missing) && !self.view.answer(fetch).faults.is_empty()
    }

    fn blame(&mut self, fetch: u32, place: Place, slot: &mut Slot) {
        if self.view.answer(fetch).marks.at(place).is_empty() {
            return;
        }
        if self.more_causes.len() < MAX_CAUSES {
            self.more_causes.push((fetch, place));
        }
        let count = self.view.causes.len() + self.more_causes.len();
        *slot = Slot::Absent(Cause::numbered(count.saturating_sub(1)));
    }

    fn report(&mut self, id: (u32, u32), fault: &Fault, frame: &Frame<'_>, rest: Vec<Segment>) {
        let service = &self.plan.fetches[id.0 as usize].service;
        self.reports.fault(id, fault, service, frame, rest);
    }

    fn place(&self, origin: Origin<'a, '_>) -> Option<Place> {
        if let Some((position, row)) = origin.element {
            let shape = position.shape;
            return Some(Place::Row { shape, row });
        }
        let row = self.view.row(&origin.path.row, origin.context).get().ok()?;
        Some(Place::Slot {
            shape: origin.path.row.position.shape,
            row,
            slot: origin.path.slot,
        })
    }

    /// Errors whose place the client does not see: they are reported nevertheless.
    pub(super) fn report_unseen(&mut self) {
        for (number, fetch) in (0..).zip(&self.plan.fetches) {
            let answer = self.view.answer(number);
            for (index, fault) in (0..).zip(&answer.faults) {
                let id = (number, index);
                if self.reports.is_reported(id) {
                    continue;
                }
                match self.path_from_root(number, fault) {
                    Some(path) => self.report(id, fault, &Frame::ROOT, path),
                    None => {
                        let prefix = known_prefix(fetch, fault);
                        self.reports.unseen_fault(id, fault, &fetch.service, prefix);
                    }
                }
            }
        }
    }
}

/// What all paths have in common at which the entities, or the root object below the root, may stand that an error is about.
fn known_prefix<'f>(fetch: &'f CompiledFetch, fault: &Fault) -> &'f [Box<str>] {
    let calls = (0..).zip(&fetch.calls);
    let calls = calls.filter(|(index, _)| fault.call.is_none_or(|call| call == *index));
    let inputs = calls.flat_map(|(_, call)| &call.inputs);
    let prefixes = inputs.map(|input| &*input.prefix);
    let below = fetch.below.iter().map(|input| &*input.prefix);
    let prefixes = prefixes.chain(below);
    let common = prefixes.reduce(|one, other| {
        let pairs = one.iter().zip(other);
        &one[..pairs.take_while(|(one, other)| one == other).count()]
    });
    common.unwrap_or_default()
}

/// How many list levels below its field a value of this type is.
fn levels(ty: TypeRef, origin: Origin<'_, '_>) -> u32 {
    origin.field.ty.list_depth() - ty.list_depth()
}
