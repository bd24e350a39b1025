//! The client's answer, written in its order straight into one buffer.
//!
//! A value that must not be null and is takes the object around it along (GraphQL specification, section 6.4.4): what
//! was written of that is cut off again.

mod absent;
mod nulls;
mod paths;
mod serial;

use absent::NotThere;
use schema_model::TypeRef;
pub(crate) use serial::is_lost_by;

use crate::compile::{
    Choice, ExecutablePlan, Position, SlotPath, TagChoice, WriteField, WriteObject, WriteValue,
    WriteVariant,
};
use crate::execution::ExecutionInput;
use crate::fault::Place;
use crate::report::{Frame, Reports};
use crate::table::{Cause, Row, Slot};
use crate::view::{ContextRows, View};

/// The answer's bytes, and how many errors they hold.
pub(crate) struct Written {
    pub(crate) body: Vec<u8>,
    pub(crate) errors: usize,
}

/// Why an object was not written to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// It becomes null; the reason is reported or known.
    Null,
    /// It becomes null as an entity is not there, which is an error only if null must not stand where the entity does.
    NotThere(NotThere),
    /// The answer is larger than it may be.
    TooLarge,
}

/// Writes the whole GraphQL response.
pub(crate) fn write(plan: &ExecutablePlan, view: View<'_>, input: &ExecutionInput<'_>) -> Written {
    let mut writer = Writer::new(plan, view, input);
    let bytes: usize = view.answers.iter().map(|answer| answer.body.len()).sum();
    writer.out.reserve(bytes.min(writer.limit) + 64);
    writer.out.extend_from_slice(b"{\"data\":");
    match writer.root() {
        Ok(()) => {}
        // The root is no entity, so that nothing can be missing in its place.
        Err(Stop::Null | Stop::NotThere(_)) => {
            writer.out.truncate(b"{\"data\":".len());
            writer.out.extend_from_slice(b"null");
        }
        Err(Stop::TooLarge) => return writer.too_large(),
    }
    writer.report_unseen();
    let errors = writer.reports.len();
    if let Some(text) = writer.reports.into_json(input.locate) {
        writer.out.extend_from_slice(b",\"errors\":");
        writer.out.extend_from_slice(text.as_bytes());
    }
    writer.out.push(b'}');
    Written {
        body: writer.out,
        errors,
    }
}

struct Writer<'a> {
    plan: &'a ExecutablePlan,
    view: View<'a>,
    introspection: &'a [(apollo_compiler::Name, String)],
    out: Vec<u8>,
    reports: Reports,
    /// Causes found while writing; they are counted on from the view's.
    more_causes: Vec<(u32, Place)>,
    limit: usize,
    /// Bytes that were written and cut off again: the work for them is bounded like the answer.
    cut_off: usize,
}

/// Where a value was read, for the case that something is wrong with it.
#[derive(Clone, Copy)]
struct Origin<'p, 'c> {
    object: &'p WriteObject,
    field: &'p WriteField,
    path: &'p SlotPath,
    context: &'c [Row],
    /// The item of a list that it is: a row of this table.
    element: Option<(Position, u32)>,
}

impl<'a> Writer<'a> {
    fn new(plan: &'a ExecutablePlan, view: View<'a>, input: &ExecutionInput<'a>) -> Self {
        let limits = input.options.limits;
        Self {
            plan,
            view,
            introspection: input.introspection,
            out: Vec::new(),
            reports: Reports::new(limits),
            more_causes: Vec::new(),
            limit: limits.response_bytes,
            cut_off: 0,
        }
    }

    fn too_large(self) -> Written {
        let mut reports = Reports::new(crate::execution::ExecutionLimits::default());
        let message = || format!("the answer is larger than {} bytes", self.limit);
        reports.own("RESPONSE_TOO_LARGE", message, None, &Frame::ROOT);
        let errors = reports.into_json(None).unwrap_or_default();
        Written {
            body: format!("{{\"data\":null,\"errors\":{errors}}}").into_bytes(),
            errors: 1,
        }
    }

    fn root_context(&self) -> ContextRows {
        let rows = self.plan.response.root_tables.iter().map(|table| {
            if self.view.answer(table.fetch).failed {
                Row::absent(Cause::fetch(table.fetch as usize))
            } else {
                Row::at(0)
            }
        });
        rows.collect()
    }

    fn root(&mut self) -> Result<(), Stop> {
        let response = &self.plan.response;
        let context = self.root_context();
        let root = &response.objects[response.root as usize];
        self.object(root, &context, &Frame::ROOT)
    }

    fn object(
        &mut self,
        object: &'a WriteObject,
        context: &[Row],
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        if self.out.len() > self.limit || self.cut_off > self.limit {
            return Err(Stop::TooLarge);
        }
        let (variant, typename) = match &object.choice {
            Choice::Always(variant) => (*variant as usize, None),
            Choice::ByTag {
                row,
                choices,
                names,
            } => {
                let at = self.view.row(row, context);
                let tag = at.get().map(|at| self.view.tag(row.position, at));
                let tag = tag.map_or(usize::MAX, |tag| tag.0 as usize);
                match choices.get(tag) {
                    Some(TagChoice::Variant(variant)) => {
                        (*variant as usize, names.get(tag).map(|name| &**name))
                    }
                    Some(TagChoice::Instead(other)) => {
                        let other = &self.plan.response.objects[*other as usize];
                        return self.object(other, context, frame);
                    }
                    Some(TagChoice::Empty) => (object.variants.len() - 1, None),
                    Some(TagChoice::Hidden) | None => {
                        return self.without_type(object, row, context, frame);
                    }
                }
            }
        };
        self.variant(object, &object.variants[variant], typename, context, frame)
    }

    fn variant(
        &mut self,
        object: &'a WriteObject,
        variant: &'a WriteVariant,
        typename: Option<&str>,
        context: &[Row],
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        for field in &variant.fields {
            self.field(object, field, typename, context, frame)?;
        }
        self.out.extend_from_slice(variant.tail.as_bytes());
        Ok(())
    }

    fn field(
        &mut self,
        object: &'a WriteObject,
        field: &'a WriteField,
        typename: Option<&str>,
        context: &[Row],
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        self.out.extend_from_slice(field.literal.as_bytes());
        let origin = |path: &'a SlotPath| Origin {
            object,
            field,
            path,
            context,
            element: None,
        };
        match &field.value {
            WriteValue::Leaf(path) => {
                let slot = self.view.slot(path, context);
                let answer = self.view.answer(path.row.position.fetch);
                match slot {
                    Slot::Leaf { start, len } if !answer.marks.on_values => {
                        self.out.extend_from_slice(answer.token(start, len));
                    }
                    slot => self.leaf(slot, field.ty, origin(path), &frame.key(&field.key))?,
                }
            }
            WriteValue::Object { rows, .. } => {
                let mut slots = self.view.slots(rows, context);
                self.blame_slots(rows, &mut slots, context);
                let origin = origin(&rows[0].path);
                self.objects(&slots, field.ty, origin, &frame.key(&field.key))?;
            }
            WriteValue::Typename => {
                let name = typename.unwrap_or("null");
                self.out.extend_from_slice(name.as_bytes());
            }
            WriteValue::Introspection => self.introspection(field, frame)?,
        }
        Ok(())
    }

    fn introspection(&mut self, field: &WriteField, frame: &Frame<'_>) -> Result<(), Stop> {
        let mut values = self.introspection.iter();
        if let Some((_, value)) = values.find(|(key, _)| *key == field.key) {
            self.out.extend_from_slice(value.as_bytes());
            return Ok(());
        }
        let message = || "introspection was not answered".to_owned();
        let frame = frame.key(&field.key);
        self.reports
            .own("INTERNAL_SERVER_ERROR", message, None, &frame);
        self.null_or_stop(field.ty)
    }

    /// A leaf that is not simply copied: a list item by item, or no value.
    fn leaf(
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
    fn objects(
        &mut self,
        slots: &[Slot],
        ty: TypeRef,
        origin: Origin<'a, '_>,
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        let WriteValue::Object { rows, object } = &origin.field.value else {
            return Err(Stop::Null);
        };
        let start = self.out.len();
        let lead = lead(slots);
        let origin = Origin {
            path: &rows[lead].path,
            ..origin
        };
        let written = match slots[lead] {
            Slot::Object(_) if !ty.is_list() => {
                self.report_on_value(ty, origin, frame);
                self.check_others(rows, slots, slots[lead], origin, frame);
                let context = self.view.context(rows, slots);
                let object = &self.plan.response.objects[*object as usize];
                match self.object(object, &context, frame) {
                    Err(Stop::NotThere(missing)) => {
                        self.cut(start);
                        return self.without_entity(missing, rows, ty, origin, frame);
                    }
                    written => written,
                }
            }
            Slot::List { first, len } if ty.is_list() => {
                self.report_on_value(ty, origin, frame);
                self.check_others(rows, slots, slots[lead], origin, frame);
                let depth = ty.list_depth() - 1;
                let element = (depth == 0).then_some((rows[lead].child, first));
                let origin = Origin { element, ..origin };
                self.object_items(slots, len, ty, origin, frame)
            }
            slot => return self.no_value(slot, ty, origin, frame),
        };
        self.or_null(written, start, ty)
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
        let WriteValue::Object { rows, .. } = &origin.field.value else {
            return Err(Stop::Null);
        };
        let item = ty.item().unwrap_or(ty);
        let depth = item.list_depth();
        self.out.push(b'[');
        for index in 0..len {
            if index > 0 {
                self.out.push(b',');
            }
            let mut slots = self.view.items(rows, lists, len, depth, index);
            if depth == 0 {
                self.blame_rows(rows, &mut slots, lists, index);
            }
            let element = origin.element.map(|(table, first)| (table, first + index));
            let origin = Origin { element, ..origin };
            self.objects(&slots, item, origin, &frame.index(index))?;
        }
        self.out.push(b']');
        Ok(())
    }
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
