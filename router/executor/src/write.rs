//! The client's answer, written in its order straight into one buffer.
//!
//! A value that must not be null and is takes the object around it along (GraphQL specification, section 6.4.4): what
//! was written of that is cut off again.

mod absent;
mod messages;
mod nulls;
mod paths;
mod repeats;
mod serial;
mod values;

use absent::NotThere;
use repeats::Repeats;
pub(crate) use serial::is_lost_by;
use smallvec::SmallVec;

use crate::compile::{
    Choice, ExecutablePlan, Position, SlotPath, TagChoice, WriteField, WriteObject, WriteValue,
    WriteVariant,
};
use crate::execution::ExecutionInput;
use crate::fault::Place;
use crate::report::{Frame, Reports};
use crate::table::{Cause, Row, Slot};
use crate::text;
use crate::view::{ContextRows, TableView, View};

/// Bytes of an answer that are not expected, and those that copies in steps of a fixed size write too much.
const ROOM: usize = 64;

/// Rows that one object is read from, mostly.
const SOURCES: usize = 4;

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
    let expected = plan.response.size.expect(bytes).max(bytes);
    writer.out.reserve(expected.min(writer.limit) + ROOM);
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
    plan.response.size.learn(writer.out.len(), bytes);
    Written {
        body: writer.out,
        errors,
    }
}

struct Writer<'a> {
    plan: &'a ExecutablePlan,
    view: View<'a>,
    /// As [`ExecutablePlan::tables`].
    tables: Vec<TableView<'a>>,
    introspection: &'a [(apollo_compiler::Name, String)],
    out: Vec<u8>,
    reports: Reports,
    /// Causes found while writing; they are counted on from the view's.
    more_causes: Vec<(u32, Place)>,
    limit: usize,
    /// Bytes that were written and cut off again: the work for them is bounded like the answer.
    cut_off: usize,
    repeats: Repeats,
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

/// A row, for being read without looking whether anything is wrong.
#[derive(Clone, Copy)]
struct Source {
    /// Its table's number; none has this one if there is no row.
    table: u32,
    /// Its first slot in the table.
    start: usize,
}

impl Source {
    const NONE: Self = Self {
        table: u32::MAX,
        start: 0,
    };
}

/// An object that is being written.
#[derive(Clone, Copy)]
struct Scope<'a, 's> {
    object: &'a WriteObject,
    /// Its type's name in quotes, where that differs.
    typename: Option<&'a str>,
    context: &'s [Row],
    sources: &'s [Source; SOURCES],
    frame: &'s Frame<'s>,
}

impl<'a, 's> Scope<'a, 's> {
    fn origin(&self, field: &'a WriteField, path: &'a SlotPath) -> Origin<'a, 's> {
        Origin {
            object: self.object,
            field,
            path,
            context: self.context,
            element: None,
        }
    }
}

impl<'a> Writer<'a> {
    fn new(plan: &'a ExecutablePlan, view: View<'a>, input: &ExecutionInput<'a>) -> Self {
        let limits = input.options.limits;
        Self {
            plan,
            view,
            tables: plan.tables.iter().map(|at| view.table(*at)).collect(),
            introspection: input.introspection,
            out: Vec::new(),
            reports: Reports::new(limits),
            more_causes: Vec::new(),
            limit: limits.response_bytes,
            cut_off: 0,
            repeats: Repeats::new(view),
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
        typename: Option<&'a str>,
        context: &[Row],
        frame: &Frame<'_>,
    ) -> Result<(), Stop> {
        let sources = self.sources(variant, context);
        let scope = Scope {
            object,
            typename,
            context,
            sources: &sources,
            frame,
        };
        for field in &variant.fields {
            field.literal.write(&mut self.out);
            match &field.value {
                WriteValue::Leaf { path, source } => {
                    self.plain_leaf(field, path, *source, &scope)?
                }
                _ => self.value(field, &scope)?,
            }
        }
        variant.tail.write(&mut self.out);
        Ok(())
    }

    /// The rows that the fields of a variant are read from, as far as there are not more than usual.
    #[inline]
    fn sources(&self, variant: &WriteVariant, context: &[Row]) -> [Source; SOURCES] {
        let mut sources = [Source::NONE; SOURCES];
        for (source, path) in sources.iter_mut().zip(&variant.sources) {
            if let (Ok(row), Some(table)) = (
                self.view.row(path, context).get(),
                self.tables.get(path.table as usize),
            ) {
                *source = Source {
                    table: path.table,
                    start: row as usize * table.width,
                };
            }
        }
        sources
    }

    /// A leaf; mostly it is there and just copied.
    #[inline]
    fn plain_leaf(
        &mut self,
        field: &'a WriteField,
        path: &'a SlotPath,
        source: u32,
        scope: &Scope<'a, '_>,
    ) -> Result<(), Stop> {
        if let Some((slot, body, is_clean)) = self.read(source, path.slot, scope) {
            match slot {
                Slot::Leaf { start, len } => {
                    text::copy(&mut self.out, body, start, len);
                    return Ok(());
                }
                Slot::Null if is_clean && !field.ty.is_non_null() => {
                    self.out.extend_from_slice(b"null");
                    return Ok(());
                }
                _ => {}
            }
        }
        self.value(field, scope)
    }

    /// A slot of a source, its answer's bytes and whether nothing at all is wrong with the answer; nothing if something
    /// may be wrong with the slot.
    #[inline]
    fn read(
        &self,
        source: u32,
        slot: u32,
        scope: &Scope<'a, '_>,
    ) -> Option<(Slot, &'a [u8], bool)> {
        let source = scope.sources.get(source as usize)?;
        let table = self.tables.get(source.table as usize)?;
        let slot = table.slots.get(source.start + slot as usize)?;
        Some((*slot, table.body, table.is_clean))
    }

    /// The value of a field, whatever it is.
    fn value(&mut self, field: &'a WriteField, scope: &Scope<'a, '_>) -> Result<(), Stop> {
        match &field.value {
            WriteValue::Leaf { path, .. } => {
                let slot = self.view.slot(path, scope.context);
                let frame = scope.frame.key(&field.key);
                self.leaf(slot, field.ty, scope.origin(field, path), &frame)
            }
            WriteValue::Object {
                rows,
                sources,
                object,
            } => {
                let frame = scope.frame.key(&field.key);
                let origin = scope.origin(field, &rows[0].path);
                if let Some(context) = self.plain_rows(field, scope) {
                    let start = self.out.len();
                    let object = &self.plan.response.objects[*object as usize];
                    return match self.object(object, &context[..rows.len()], &frame) {
                        Ok(()) => Ok(()),
                        Err(stop) => self.lost_object(stop, start, field.ty, origin, &frame),
                    };
                }
                let slots = rows.iter().zip(sources);
                let slots = slots.map(|(rows, source)| self.slot(*source, &rows.path, scope));
                let mut slots: SmallVec<[Slot; 4]> = slots.collect();
                self.blame_slots(rows, &mut slots, scope.context);
                let list = self.shared_list(field, rows, *object, &slots);
                if let Some(list) = list
                    && self.again(list)?
                {
                    return Ok(());
                }
                let start = self.out.len();
                self.objects(&slots, field.ty, origin, &frame)?;
                if let Some(list) = list {
                    self.remember(list, start);
                }
                Ok(())
            }
            WriteValue::Typename => {
                let name = scope.typename.unwrap_or("null");
                self.out.extend_from_slice(name.as_bytes());
                Ok(())
            }
            WriteValue::Introspection => self.introspection(field, scope.frame),
        }
    }

    fn slot(&self, source: u32, path: &SlotPath, scope: &Scope<'a, '_>) -> Slot {
        match self.read(source, path.slot, scope) {
            Some((slot, ..)) => slot,
            None => self.view.slot(path, scope.context),
        }
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
}
