//! Requests whose calls have contextual arguments: a call is made once for every combination of their values, and
//! entities that differ in what is taken from contexts are different entities.

use std::mem;

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::{Build, BuildError, BuiltRequest, Contextual, RequestWriter};
use crate::compile::{
    CallText, CompiledCall, CompiledInput, FetchText, RepField, RepValue, TextPart,
};
use crate::contexts::{CallValues, Taken, Values, spread};
use crate::table::{Cause, Row, Slot};

/// Calls in one request.
const MAX_LISTS: usize = 1000;

/// A call with one combination of values.
struct List {
    call: usize,
    /// By context.
    values: Box<[Taken]>,
    /// Representations, separated by commas.
    representations: Vec<u8>,
    entities: u32,
}

/// The values that entities are told apart by, and those that a list has in common.
type Combination = SmallVec<[Taken; 2]>;

/// Writes the request of a fetch with contextual calls.
pub(super) fn build(
    text: &FetchText,
    mut writer: RequestWriter<'_>,
    request: &Build<'_>,
    values: &mut Values,
) -> Result<BuiltRequest, BuildError> {
    let mut lists = Vec::new();
    let mut links = Vec::new();
    let mut carried = Vec::new();
    for (index, call) in request.fetch.calls.iter().enumerate() {
        let first = lists.len();
        let mut drafts = Drafts {
            call: index,
            text: &text.calls[index],
            first,
            lists: &mut lists,
            by_values: HashMap::new(),
            by_entity: HashMap::new(),
            entities: Vec::new(),
        };
        let found = drafts.call(call, &mut writer, request, values)?;
        carried.push(drafts.finish(found, &mut links));
    }
    let out = assemble(text, &lists, request, values);
    if out.len() > writer.limit {
        return Err(BuildError::TooLarge);
    }
    Ok(BuiltRequest {
        body: out,
        entities: lists.iter().map(|list| list.entities).collect(),
        roots: 0,
        links,
        causes: mem::take(&mut writer.causes),
        contextual: Some(Contextual {
            calls: lists.iter().map(|list| list.call as u32).collect(),
            keys: (0..lists.len()).map(|at| key(text, &lists, at)).collect(),
            carried,
        }),
        // Its text is another one each time.
        places: None,
    })
}

/// The lists of one call while rows are looked at.
struct Drafts<'d> {
    call: usize,
    text: &'d CallText,
    /// The call's first list.
    first: usize,
    lists: &'d mut Vec<List>,
    by_values: HashMap<Combination, usize>,
    /// By what is taken and the representation's bytes.
    by_entity: HashMap<(Combination, Box<[u8]>), u32>,
    /// List, index in it, and what was taken.
    entities: Vec<(usize, u32, Box<[Taken]>)>,
}

/// By link, the entity of every row.
type Found = Vec<(u32, Vec<Row>)>;

impl Drafts<'_> {
    fn call(
        &mut self,
        call: &CompiledCall,
        writer: &mut RequestWriter<'_>,
        request: &Build<'_>,
        values: &mut Values,
    ) -> Result<Found, BuildError> {
        let mut found = Vec::new();
        let mut size = 0;
        for input in &call.inputs {
            let answer = writer.view.answer(input.from.fetch);
            let table = answer.tables.get(input.from.shape as usize);
            let rows = table.map_or(0, |table| table.len());
            let sources = input.contexts.iter();
            let taken = sources.map(|s| spread(s, rows as usize, request.carried, values, writer));
            let taken: Vec<Vec<Taken>> = taken.collect();
            let mut link = Vec::with_capacity(rows as usize);
            for row in 0..rows {
                let taken = taken.iter().map(|by_row| by_row[row as usize]);
                let entity = self.entity(input, row, taken.collect(), writer)?;
                link.push(entity.unwrap_or_else(Row::absent));
                size += writer.out.len();
                writer.out.clear();
                if size > writer.limit {
                    return Err(BuildError::TooLarge);
                }
            }
            found.push((input.link, link));
        }
        if self.lists.len() == self.first {
            let values = vec![Taken::NULL; self.text.contexts.len()];
            self.add_list(values.into())?;
        }
        Ok(found)
    }

    /// The entity of a row, or why there is none.
    fn entity(
        &mut self,
        input: &CompiledInput,
        row: u32,
        taken: Combination,
        writer: &mut RequestWriter<'_>,
    ) -> Result<Result<Row, Cause>, BuildError> {
        let contexts = taken.iter().zip(&self.text.contexts);
        let mut arguments = contexts.filter(|(_, variable)| variable.is_some());
        if let Some((Taken::Lost(cause), _)) =
            arguments.find(|(taken, _)| matches!(taken, Taken::Lost(_)))
        {
            return Ok(Err(*cause));
        }
        let Some(representation) = input.representation(writer.view.tag(input.from, row)) else {
            return Ok(Err(Cause::UNEXPLAINED));
        };
        if let Err(cause) = writer.representation(representation, row) {
            return Ok(Err(cause));
        }
        let key = (taken, Box::from(writer.out.as_slice()));
        if let Some(&known) = self.by_entity.get(&key) {
            return Ok(Ok(Row::at(known)));
        }
        let list = self.list(&key.0)?;
        let into = &mut self.lists[list];
        if into.entities > 0 {
            into.representations.push(b',');
        }
        into.representations.extend_from_slice(&key.1);
        let entity = u32::try_from(self.entities.len()).unwrap_or(u32::MAX);
        self.entities
            .push((list, into.entities, Box::from(key.0.as_slice())));
        into.entities += 1;
        self.by_entity.insert(key, entity);
        Ok(Ok(Row::at(entity)))
    }

    /// The list for what was taken.
    fn list(&mut self, taken: &[Taken]) -> Result<usize, BuildError> {
        let contexts = taken.iter().zip(&self.text.contexts);
        let arguments = contexts.map(|(taken, variable)| match variable {
            Some(_) => *taken,
            None => Taken::NULL,
        });
        let arguments: Combination = arguments.collect();
        if let Some(&known) = self.by_values.get(&arguments) {
            return Ok(known);
        }
        let list = self.add_list(Box::from(arguments.as_slice()))?;
        self.by_values.insert(arguments, list);
        Ok(list)
    }

    fn add_list(&mut self, values: Box<[Taken]>) -> Result<usize, BuildError> {
        if self.lists.len() == MAX_LISTS {
            return Err(BuildError::TooManyLists { limit: MAX_LISTS });
        }
        self.lists.push(List {
            call: self.call,
            values,
            representations: Vec::new(),
            entities: 0,
        });
        Ok(self.lists.len() - 1)
    }

    /// Numbers entities list by list, as they will be answered.
    fn finish(self, found: Found, links: &mut Found) -> CallValues {
        let mut starts = Vec::new();
        let mut next = 0;
        for list in &self.lists[self.first..] {
            starts.push(next);
            next += list.entities;
        }
        let place =
            |(list, index, _): &(usize, u32, Box<[Taken]>)| starts[list - self.first] + index;
        for (link, mut rows) in found {
            for row in &mut rows {
                if let Ok(entity) = row.get() {
                    *row = Row::at(place(&self.entities[entity as usize]));
                }
            }
            links.push((link, rows));
        }
        let mut ordered: Vec<_> = self.entities.iter().collect();
        ordered.sort_by_key(|entity| place(entity));
        CallValues {
            by_entity: ordered
                .into_iter()
                .map(|(_, _, taken)| taken.clone())
                .collect(),
            rows: Vec::new(),
        }
    }
}

/// The number of a list among those of its call, and whether there are others.
fn number(lists: &[List], at: usize) -> (usize, bool) {
    let call = lists[at].call;
    let before = lists[..at]
        .iter()
        .rev()
        .take_while(|list| list.call == call);
    let number = before.count();
    let is_followed = lists.get(at + 1).is_some_and(|list| list.call == call);
    (number, number > 0 || is_followed)
}

fn key(text: &FetchText, lists: &[List], at: usize) -> String {
    let call = lists[at].call;
    match number(lists, at) {
        (_, false) => text.calls[call].response_key.to_string(),
        (number, true) => format!("_e{call}_{number}"),
    }
}

/// The request: document and variables.
fn assemble(text: &FetchText, lists: &[List], request: &Build<'_>, values: &Values) -> Vec<u8> {
    let mut declarations = String::new();
    let mut body = String::new();
    let mut variables: Vec<u8> = Vec::new();
    for at in 0..lists.len() {
        let list = &lists[at];
        let call = &text.calls[list.call];
        let suffix = match number(lists, at) {
            (_, false) => String::new(),
            (number, true) => format!("_{number}"),
        };
        if at > 0 {
            declarations.push(',');
            variables.push(b',');
        }
        let key = key(text, lists, at);
        if key != "_entities" {
            body += &format!("{key}:");
        }
        let variable = &call.variable;
        declarations += &format!("${variable}{suffix}:[_Any!]!");
        body += &format!("_entities(representations:${variable}{suffix})");
        variables.extend_from_slice(format!("\"{variable}{suffix}\":[").as_bytes());
        variables.extend_from_slice(&list.representations);
        variables.push(b']');
        for (context, value) in call.contexts.iter().zip(&list.values) {
            if let Some((name, ty)) = context {
                declarations += &format!(",${name}{suffix}:{ty}");
                variables.extend_from_slice(format!(",\"{name}{suffix}\":").as_bytes());
                variables.extend_from_slice(values.text(*value));
            }
        }
        for part in &call.selection {
            match part {
                TextPart::Text(text) => body += text,
                TextPart::Context(context) => {
                    if let Some(Some((name, _))) = call.contexts.get(*context as usize) {
                        body += &format!("${name}{suffix}");
                    }
                }
            }
        }
    }
    let head = format!(
        r#"{{"query":"query({declarations}{}){{{body}}}","variables":{{"#,
        text.declarations
    );
    let mut out = head.into_bytes();
    out.extend_from_slice(&variables);
    super::client_variables(request.fetch, request.variables, false, &mut out);
    out.extend_from_slice(b"}}");
    out
}

impl RequestWriter<'_> {
    /// The value that a context's selection leads to, as JSON.
    pub(crate) fn context_value(
        &mut self,
        field: &RepField,
        context: &[Row],
    ) -> Result<Vec<u8>, Cause> {
        let before = mem::take(&mut self.out);
        let result = self.unwrapped(field, context);
        let text = mem::replace(&mut self.out, before);
        result.map(|()| text)
    }

    /// Writes a value; of an object, that of its only field.
    fn unwrapped(&mut self, field: &RepField, context: &[Row]) -> Result<(), Cause> {
        let RepValue::Object {
            rows, list_depth, ..
        } = &field.value
        else {
            return self.value(field, context);
        };
        let slots = self.view.slots(rows, context);
        self.unwrapped_objects(field, &slots, *list_depth)
    }

    fn unwrapped_objects(
        &mut self,
        field: &RepField,
        slots: &[Slot],
        depth: u32,
    ) -> Result<(), Cause> {
        let RepValue::Object {
            rows,
            by_tag,
            objects,
            ..
        } = &field.value
        else {
            return Ok(());
        };
        let child = rows[0].child;
        match slots[0] {
            Slot::Object(row) => {
                let tag = self.view.tag(child, row);
                let chosen = by_tag.get(tag.0 as usize).copied().flatten();
                let object = chosen.and_then(|index| objects.get(index as usize));
                let fields = object.map_or(&[][..], |object| &object.fields);
                let is_value =
                    |field: &&RepField| !matches!(field.value, RepValue::Typename { .. });
                let only = fields.iter().find(is_value).or(fields.first());
                match only {
                    Some(only) => {
                        let context = self.view.context(rows, slots);
                        self.unwrapped(only, &context)
                    }
                    None => {
                        self.out.extend_from_slice(b"null");
                        Ok(())
                    }
                }
            }
            Slot::List { len, .. } if depth > 0 => {
                self.out.push(b'[');
                for index in 0..len {
                    if index > 0 {
                        self.out.push(b',');
                    }
                    let items = self.view.items(rows, slots, len, depth - 1, index);
                    self.unwrapped_objects(field, &items, depth - 1)?;
                }
                self.out.push(b']');
                Ok(())
            }
            other => self.lost_object(other, child.fetch),
        }
    }

    /// Null where an object might have been, or why it is not there.
    fn lost_object(&mut self, slot: Slot, fetch: u32) -> Result<(), Cause> {
        match slot {
            Slot::Absent(cause) if cause.number().is_some() => Err(cause),
            Slot::Null | Slot::Absent(_) => {
                self.out.extend_from_slice(b"null");
                Ok(())
            }
            _ => Err(self.view.cause_of_null(fetch)),
        }
    }
}
