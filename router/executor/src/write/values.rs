//! Values: leaves, objects, and lists of them.

use schema_model::TypeRef;
use smallvec::SmallVec;

use super::{Origin, Scope, Stop, Writer};
use crate::compile::{RowsPath, WriteField, WriteValue};
use crate::report::Frame;
use crate::table::{Cause, Row, Slot, Tag};

/// Tables that one object has rows in, mostly.
const USUAL: usize = 4;

/// The items of a list in one of the tables that they have rows in.
struct Column<'a> {
    first: u32,
    tags: &'a [Tag],
}

impl<'a> Writer<'a> {
    /// A leaf that is not simply copied: a list item by item, or no value.
    pub(super) fn leaf(
        &mut self,
        slot: Slot,
        ty: TypeRef,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        match slot {
            Slot::Leaf { start, len } => {
                self.report_on_value(ty, origin, frame);
                let answer = self.view.answer(origin.path.row.position.fetch);
                self.out.extend_from_slice(answer.token(start, len));
                Ok(())
            }
            Slot::List { first, len } if ty.is_list() => {
                self.report_on_value(ty, origin, frame);
                let start = self.out.len();
                let written = self.leaf_items(first..first + len, ty, origin, frame);
                self.or_null(written, start, ty)
            }
            other => self.no_value(other, ty, origin, frame),
        }
    }

    fn leaf_items(
        &mut self,
        items: std::ops::Range<u32>,
        ty: TypeRef,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        let answer = self.view.answer(origin.path.row.position.fetch);
        let item = ty.item().unwrap_or(ty);
        self.out.push(b'[');
        for (index, at) in (0..).zip(items) {
            if index > 0 {
                self.out.push(b',');
            }
            self.leaf(answer.item(at), item, origin, &frame.index(index))?;
        }
        self.out.push(b']');
        Ok(())
    }

    /// An object, or lists of them as `ty` says.
    pub(super) fn objects(
        &mut self,
        slots: &[Slot],
        ty: TypeRef,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        let WriteValue::Object { rows, object, .. } = &origin.field.value else {
            return Err(Stop::Null);
        };
        let start = self.out.len();
        let lead = lead(slots);
        let origin = Origin {
            path: &rows[lead].path,
            ..origin
        };
        match slots[lead] {
            Slot::Object(_) if !ty.is_list() => {
                self.report_on_value(ty, origin, frame);
                self.check_others(rows, slots, slots[lead], origin, frame);
                let context = self.view.context(rows, slots);
                let object = &self.plan.response.objects[*object as usize];
                match self.object(object, &context, frame) {
                    Ok(()) => Ok(()),
                    Err(stop) => self.lost_object(stop, start, ty, origin, frame),
                }
            }
            Slot::List { first, len } if ty.is_list() => {
                self.report_on_value(ty, origin, frame);
                self.check_others(rows, slots, slots[lead], origin, frame);
                let depth = ty.list_depth() - 1;
                let element = (depth == 0).then_some((rows[lead].child, first));
                let origin = Origin { element, ..origin };
                let written = self.object_items(slots, len, ty, origin, frame);
                self.or_null(written, start, ty)
            }
            slot => self.no_value(slot, ty, origin, frame),
        }
    }

    /// The items of lists; `origin` has the first one.
    fn object_items(
        &mut self,
        lists: &[Slot],
        len: u32,
        ty: TypeRef,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        let WriteValue::Object { rows, object, .. } = &origin.field.value else {
            return Err(Stop::Null);
        };
        let item_type = ty.item().unwrap_or(ty);
        let depth = item_type.list_depth();
        let usual = (depth == 0).then(|| self.columns(rows, lists, len));
        let columns = usual.flatten().unwrap_or_default();
        let object = &self.plan.response.objects[*object as usize];
        self.out.push(b'[');
        for index in 0..len {
            if index > 0 {
                self.out.push(b',');
            }
            let element = origin.element.map(|(table, first)| (table, first + index));
            let origin = Origin { element, ..origin };
            let frame = frame.index(index);
            if let Some(context) = item(&columns, index) {
                let start = self.out.len();
                if let Err(stop) = self.object(object, &context[..columns.len()], &frame) {
                    self.lost_object(stop, start, item_type, origin, &frame)?;
                }
                continue;
            }
            let mut slots = self.view.items(rows, lists, len, depth, index);
            if depth == 0 {
                self.blame_rows(rows, &mut slots, lists, index);
            }
            self.objects(&slots, item_type, origin, &frame)?;
        }
        self.out.push(b']');
        Ok(())
    }

    /// The rows of a field that is an object, if they are all there and nothing has to be reported on the way.
    pub(super) fn plain_rows(
        &self,
        field: &WriteField,
        scope: &Scope<'a, '_>,
    ) -> Option<[Row; USUAL]> {
        let WriteValue::Object { rows, sources, .. } = &field.value else {
            return None;
        };
        if field.ty.is_list() || rows.len() > USUAL {
            return None;
        }
        let mut context = [Row::at(0); USUAL];
        for ((row, rows), source) in context.iter_mut().zip(rows).zip(sources) {
            match self.read(*source, rows.path.slot, scope)? {
                (Slot::Object(at), ..) => *row = Row::at(at),
                _ => return None,
            }
        }
        Some(context)
    }

    /// The columns of lists that are all there and of the same length, where nothing has to be reported on the way.
    fn columns(
        &self,
        rows: &[RowsPath],
        lists: &[Slot],
        len: u32,
    ) -> Option<SmallVec<[Column<'a>; USUAL]>> {
        let column = |(rows, list): (&RowsPath, &Slot)| {
            let table = self.tables.get(rows.child_table as usize)?;
            match *list {
                Slot::List { first, len: own } if own == len && table.is_plain => {
                    let start = first as usize;
                    let tags = table.tags.get(start..start + len as usize)?;
                    Some(Column { first, tags })
                }
                _ => None,
            }
        };
        let is_usual = rows.len() <= USUAL;
        is_usual.then(|| rows.iter().zip(lists).map(column).collect())?
    }

    /// An object that could not be written becomes null, if that may stand here.
    pub(super) fn lost_object(
        &mut self,
        stop: Stop,
        start: usize,
        ty: TypeRef,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        if let (Stop::NotThere(missing), WriteValue::Object { rows, .. }) =
            (stop, &origin.field.value)
        {
            self.cut(start);
            return self.without_entity(missing, rows, ty, origin, frame);
        }
        self.or_null(Err(stop), start, ty)
    }
}

/// The rows of an item of a list, if all of them are objects.
fn item(columns: &[Column<'_>], index: u32) -> Option<[Row; USUAL]> {
    if columns.is_empty() {
        return None;
    }
    let mut context = [Row::at(0); USUAL];
    for (row, column) in context.iter_mut().zip(columns) {
        if !column.tags.get(index as usize)?.is_object() {
            return None;
        }
        *row = Row::at(column.first + index);
    }
    Some(context)
}

/// The slot that decides whether there is an object: the first, or if that was lost with its fetch or with an entity
/// that is not there, or was not answered, the next one. If all are lost, the one that an error explains.
fn lead(slots: &[Slot]) -> usize {
    let is_lost = |slot: &Slot| match slot {
        Slot::Absent(cause) => *cause != Cause::UNEXPLAINED,
        slot => *slot == Slot::Missing,
    };
    let is_clean = |slot: &Slot| *slot == Slot::Absent(Cause::NOT_THERE);
    let held = slots.iter().position(|slot| !is_lost(slot));
    let explained = || slots.iter().position(|slot| !is_clean(slot));
    held.or_else(explained).unwrap_or(0)
}
