//! The values of representations, of any form.

use schema_model::TypeRef;

use super::RequestWriter;
use crate::compile::{Position, RepField, RepObject, RepValue, Representation, SlotPath};
use crate::fault::Place;
use crate::table::{Cause, Row, Slot};
use crate::view::View;

/// How many of the last causes are compared with a new one.
const RECENT: usize = 8;

/// Where a value of a representation is read.
#[derive(Clone, Copy)]
struct Origin {
    position: Position,
    slot: u32,
    /// Errors about it stand here.
    place: Option<Place>,
    is_key: bool,
}

impl RequestWriter<'_> {
    /// Writes the representation of a row.
    pub(super) fn representation(
        &mut self,
        representation: &Representation,
        row: u32,
    ) -> Result<(), Cause> {
        self.out.extend_from_slice(representation.head.as_bytes());
        self.fields(&representation.object, &[Row::at(row)], true)
    }

    /// The fields of an object and its closing bracket.
    fn fields(
        &mut self,
        object: &RepObject,
        context: &[Row],
        mut has_fields: bool,
    ) -> Result<(), Cause> {
        for field in &object.fields {
            if std::mem::replace(&mut has_fields, true) {
                self.out.push(b',');
            }
            self.out.extend_from_slice(field.key.as_bytes());
            self.value(field, context)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    pub(super) fn value(&mut self, field: &RepField, context: &[Row]) -> Result<(), Cause> {
        match &field.value {
            RepValue::Leaf(path) => {
                let origin = Origin::new(self.view, field, path, context);
                let slot = self.view.slot(path, context);
                self.leaf(slot, field.ty, origin)
            }
            RepValue::Typename { row, names } => {
                let tag = match self.view.row(row, context).get() {
                    Ok(at) => self.view.tag(row.position, at),
                    Err(cause) => return Err(cause),
                };
                let name = names.get(tag.0 as usize).ok_or(Cause::UNEXPLAINED)?;
                self.out.extend_from_slice(name.as_bytes());
                Ok(())
            }
            RepValue::Object {
                rows, list_depth, ..
            } => {
                let origin = Origin::new(self.view, field, &rows[0].path, context);
                let slots = self.view.slots(rows, context);
                self.objects(&field.value, &slots, *list_depth, field.ty, origin)
            }
        }
    }

    fn leaf(&mut self, slot: Slot, ty: Option<TypeRef>, origin: Origin) -> Result<(), Cause> {
        let answer = self.view.answer(origin.position.fetch);
        match slot {
            Slot::Leaf { start, len } | Slot::Unlisted { start, len } => {
                self.out.extend_from_slice(answer.token(start, len));
                Ok(())
            }
            Slot::List { first, len } => {
                self.out.push(b'[');
                for index in 0..len {
                    if index > 0 {
                        self.out.push(b',');
                    }
                    let item = ty.and_then(TypeRef::item);
                    self.leaf(answer.item(first + index), item, origin.in_list())?;
                }
                self.out.push(b']');
                Ok(())
            }
            other => self.null(other, ty, origin),
        }
    }

    /// No value. A key that is null says that there is no entity; a requirement that is null is sent as null. What
    /// was lost on the way here or to an error, and what does not fit its type, is neither: nobody can be asked.
    fn null(&mut self, slot: Slot, ty: Option<TypeRef>, origin: Origin) -> Result<(), Cause> {
        let may_be_null = !ty.is_some_and(TypeRef::is_non_null);
        match slot {
            Slot::Absent(cause) if origin.is_key || !may_be_null || cause.number().is_some() => {
                return Err(cause);
            }
            Slot::Absent(_) => {}
            Slot::Null => {
                if let Some(cause) = self.fault_at(origin) {
                    return Err(cause);
                }
                if origin.is_key {
                    return Err(Cause::NOT_THERE);
                }
                if !may_be_null {
                    return Err(self.unfit(origin));
                }
            }
            _ => {
                let fault = self.fault_at(origin);
                return Err(fault.unwrap_or_else(|| self.unfit(origin)));
            }
        }
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    /// The error that may have taken a value away.
    fn fault_at(&mut self, origin: Origin) -> Option<Cause> {
        let answer = self.view.answer(origin.position.fetch);
        if answer.faults.is_empty() {
            return None;
        }
        if let Some(place) = origin.place
            && !answer.marks.at(place).is_empty()
        {
            return Some(self.cause(origin.position.fetch, place));
        }
        let is_general = !answer.marks.at(Place::Fetch).is_empty();
        is_general.then(|| Cause::fetch(origin.position.fetch as usize))
    }

    /// No error says why the value is not what it must be.
    fn unfit(&mut self, origin: Origin) -> Cause {
        let Position { fetch, shape } = origin.position;
        let slot = origin.slot;
        self.cause(fetch, Place::Input { shape, slot })
    }

    fn cause(&mut self, fetch: u32, place: Place) -> Cause {
        // Rows that lack the same mostly follow each other.
        let recent = self.causes.iter().rev().take(RECENT);
        let found = recent.zip(1..).find(|(cause, _)| **cause == (fetch, place));
        let index = match found {
            Some((_, back)) => self.causes.len() - back,
            None => {
                self.causes.push((fetch, place));
                self.causes.len() - 1
            }
        };
        Cause::numbered(self.view.causes.len() + index)
    }

    fn objects(
        &mut self,
        value: &RepValue,
        slots: &[Slot],
        depth: u32,
        ty: Option<TypeRef>,
        origin: Origin,
    ) -> Result<(), Cause> {
        let RepValue::Object {
            rows,
            type_from,
            by_tag,
            objects,
            ..
        } = value
        else {
            return Ok(());
        };
        let child = rows[0].child;
        match slots[0] {
            Slot::Object(_) => {
                self.out.push(b'{');
                let context = self.view.context(rows, slots);
                let row = self.view.row(type_from, &context).get()?;
                let tag = self.view.tag(type_from.position, row);
                let chosen = by_tag.get(tag.0 as usize).copied().flatten();
                match chosen.and_then(|index| objects.get(index as usize)) {
                    Some(object) => self.fields(object, &context, false),
                    None => {
                        self.out.push(b'}');
                        Ok(())
                    }
                }
            }
            Slot::List { first, len } if depth > 0 => {
                self.out.push(b'[');
                for index in 0..len {
                    if index > 0 {
                        self.out.push(b',');
                    }
                    let items = self.view.items(rows, slots, len, depth - 1, index);
                    let mut origin = origin.in_list();
                    if depth == 1 {
                        let (shape, row) = (child.shape, first + index);
                        origin.place = Some(Place::Row { shape, row });
                    }
                    let item = ty.and_then(TypeRef::item);
                    self.objects(value, &items, depth - 1, item, origin)?;
                }
                self.out.push(b']');
                Ok(())
            }
            other => self.null(other, ty, origin),
        }
    }
}

impl Origin {
    fn new(view: View<'_>, field: &RepField, path: &SlotPath, context: &[Row]) -> Self {
        let position = path.row.position;
        let row = view.row(&path.row, context).get().ok();
        let slot = path.slot;
        let shape = position.shape;
        Self {
            position,
            slot,
            place: row.map(|row| Place::Slot { shape, row, slot }),
            is_key: field.is_key,
        }
    }

    /// An item of a list is no key by itself.
    fn in_list(self) -> Self {
        Self {
            is_key: false,
            ..self
        }
    }
}
