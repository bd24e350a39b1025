//! Requests: representations of the rows asked about, each entity once, between the parts that never change.

mod contextual;
mod written;

use schema_model::TypeRef;

use crate::compile::{
    CompiledCall, CompiledFetch, CompiledInput, Position, RepField, RepObject, RepValue, SlotPath,
};
use crate::contexts::{CallValues, Values};
use crate::fault::Place;
use crate::table::{Cause, Row, Slot};
use crate::view::View;
use written::Written;

/// A request, and which entity of it each input row stands for.
#[derive(Debug)]
pub(crate) struct BuiltRequest {
    pub(crate) body: Vec<u8>,
    /// By call, how many entities are asked for.
    pub(crate) entities: Vec<u32>,
    /// How many objects stand for the root object.
    pub(crate) roots: usize,
    /// By link, the entity of each row as an index into its call's representations.
    pub(crate) links: Vec<(u32, Vec<Row>)>,
    /// Causes found in making it; they are counted on from the view's.
    pub(crate) causes: Vec<(u32, Place)>,
    /// Set if calls have contextual arguments.
    pub(crate) contextual: Option<Contextual>,
}

/// What of a request depends on values that were taken from contexts.
#[derive(Debug, Default)]
pub(crate) struct Contextual {
    /// By list of entities, the call it is of.
    pub(crate) calls: Vec<u32>,
    /// By list, its response key.
    pub(crate) keys: Vec<String>,
    /// By call, what was taken for its entities.
    pub(crate) carried: Vec<CallValues>,
}

/// Why there is no request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BuildError {
    /// Larger than a request may be.
    TooLarge,
    /// Contexts have too many different values.
    TooManyLists { limit: usize },
}

impl BuildError {
    /// For logs; `bytes` is what a request may have.
    pub(crate) fn detail(self, bytes: usize) -> String {
        match self {
            Self::TooLarge => format!("the request would be larger than {bytes} bytes"),
            Self::TooManyLists { limit } => {
                format!("contexts have more than {limit} different values")
            }
        }
    }
}

/// What a request is made from.
#[derive(Clone, Copy)]
pub(crate) struct Build<'b> {
    pub(crate) fetch: &'b CompiledFetch,
    /// The client's.
    pub(crate) variables: &'b [(&'b str, &'b str)],
    /// By fetch and call, what was taken from contexts.
    pub(crate) carried: &'b [Vec<CallValues>],
}

/// Writes the request of a fetch.
pub(crate) fn build(
    request: &Build<'_>,
    view: View<'_>,
    limit: usize,
    values: &mut Values,
) -> Result<BuiltRequest, BuildError> {
    let mut writer = RequestWriter {
        view,
        out: Vec::new(),
        limit,
        causes: Vec::new(),
    };
    let fetch = request.fetch;
    if let Some(text) = &fetch.text {
        return contextual::build(text, writer, request, values);
    }
    writer.out.extend_from_slice(fetch.head.as_bytes());
    let mut entities = Vec::with_capacity(fetch.calls.len());
    let mut links = Vec::new();
    for (index, call) in fetch.calls.iter().enumerate() {
        if index > 0 {
            writer.out.push(b',');
        }
        entities.push(writer.call(call, &mut links)?);
    }
    let mut roots = 0;
    for input in &fetch.below {
        let link = view.root_rows(input.from);
        roots += link.iter().filter(|row| row.get().is_ok()).count();
        links.push((input.link, link));
    }
    let is_first = fetch.calls.is_empty();
    client_variables(fetch, request.variables, is_first, &mut writer.out);
    writer.out.extend_from_slice(b"}}");
    writer.check_size()?;
    Ok(BuiltRequest {
        body: writer.out,
        entities,
        roots,
        links,
        causes: writer.causes,
        contextual: None,
    })
}

/// Writes the client's variables that the fetch uses.
fn client_variables(
    fetch: &CompiledFetch,
    variables: &[(&str, &str)],
    mut is_first: bool,
    out: &mut Vec<u8>,
) {
    for (name, key) in &fetch.variables {
        let Some((_, value)) = variables.iter().find(|(own, _)| *own == name.as_str()) else {
            continue;
        };
        if !std::mem::take(&mut is_first) {
            out.push(b',');
        }
        out.extend_from_slice(key.as_bytes());
        out.extend_from_slice(value.as_bytes());
    }
}

/// How many of the last causes are compared with a new one.
const RECENT: usize = 8;

pub(crate) struct RequestWriter<'a> {
    pub(crate) view: View<'a>,
    out: Vec<u8>,
    limit: usize,
    causes: Vec<(u32, Place)>,
}

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
    fn check_size(&self) -> Result<(), BuildError> {
        if self.out.len() > self.limit {
            return Err(BuildError::TooLarge);
        }
        Ok(())
    }

    fn call(
        &mut self,
        call: &CompiledCall,
        links: &mut Vec<(u32, Vec<Row>)>,
    ) -> Result<u32, BuildError> {
        self.out.extend_from_slice(call.head.as_bytes());
        let mut written = Written::default();
        for input in &call.inputs {
            let answer = self.view.answer(input.from.fetch);
            let table = answer.tables.get(input.from.shape as usize);
            let rows = 0..table.map_or(0, |table| table.len());
            let mut link = Vec::with_capacity(rows.len());
            for row in rows {
                link.push(self.entity(input, row, &mut written));
                self.check_size()?;
            }
            links.push((input.link, link));
        }
        self.out.push(b']');
        Ok(written.len())
    }

    /// The entity of a row, as an index into the representations.
    fn entity(&mut self, input: &CompiledInput, row: u32, written: &mut Written) -> Row {
        let before = self.out.len();
        if written.len() > 0 {
            self.out.push(b',');
        }
        let start = self.out.len();
        if let Err(cause) = self.representation(input, row) {
            self.out.truncate(before);
            return Row::absent(cause);
        }
        match written.find_or_add(&self.out, start) {
            Ok(index) => Row::at(index),
            Err(index) => {
                self.out.truncate(before);
                Row::at(index)
            }
        }
    }

    /// Writes the representation of a row.
    fn representation(&mut self, input: &CompiledInput, row: u32) -> Result<(), Cause> {
        let tag = self.view.tag(input.from, row);
        let chosen = input.by_tag.get(tag.0 as usize).copied().flatten();
        let chosen = chosen.and_then(|index| input.representations.get(index as usize));
        let (head, object) = chosen.ok_or(Cause::UNEXPLAINED)?;
        self.out.extend_from_slice(head.as_bytes());
        self.fields(object, &[Row::at(row)], true)
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

    fn value(&mut self, field: &RepField, context: &[Row]) -> Result<(), Cause> {
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
