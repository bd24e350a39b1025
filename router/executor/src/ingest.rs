//! From the bytes of a subgraph's answer to tables, directed by the shapes of the fetch.

mod errors;
mod lexer;
mod objects;
mod repeats;
mod values;

use bytes::Bytes;

use crate::compile::{FetchLayout, LayoutInput};
use crate::fault::{Fault, Place};
use crate::port::SubgraphError;
use crate::table::{Answer, Slot};

pub(crate) use errors::ErrorPolicy;
pub(crate) use lexer::Key;
use lexer::{Reader, SyntaxError};
use objects::Ingestion;
use repeats::Repeats;

/// Why an answer cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IngestError {
    /// Not JSON.
    Syntax(SyntaxError),
    /// Not UTF-8, from this byte on.
    Utf8 { at: usize },
    /// JSON, but not a GraphQL response.
    NotAResponse(&'static str),
    /// More values than an execution may hold.
    TooManyValues,
}

impl From<SyntaxError> for IngestError {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

impl IngestError {
    fn into_port(self, limit: usize) -> SubgraphError {
        let detail = match self {
            Self::Syntax(SyntaxError { at, what }) => format!("not JSON at byte {at}: {what}"),
            Self::Utf8 { at } => format!("not UTF-8 at byte {at}"),
            Self::NotAResponse(what) => what.to_owned(),
            Self::TooManyValues => return SubgraphError::TooLarge { limit },
        };
        SubgraphError::MalformedResponse { detail }
    }
}

/// How many values an execution may still hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) limit: usize,
    pub(crate) left: usize,
}

impl Budget {
    fn spend(&mut self, values: usize) -> Result<(), IngestError> {
        match self.left.checked_sub(values) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(IngestError::TooManyValues),
        }
    }
}

/// Reads an answer. `entities` says how many entities were asked for, by call.
///
/// # Errors
/// The text is not a GraphQL response in JSON.
pub(crate) fn ingest(
    body: Bytes,
    layout: &FetchLayout,
    entities: &[u32],
    budget: &mut Budget,
    policy: &ErrorPolicy<'_>,
) -> Result<Answer, SubgraphError> {
    let limit = budget.limit;
    let mut answer = layout.empty_answer();
    make_room(&mut answer, layout, body.len(), budget.left);
    let parts = read_once(&body, layout, &mut answer, budget).map_err(|e| e.into_port(limit))?;
    for (table, shape) in answer.tables.iter().zip(&*layout.shapes) {
        shape.rows.learn(table.tags.len(), body.len());
    }
    let errors = parts.errors.and_then(|(start, end)| body.get(start..end));
    answer.body = body.clone();
    answer.failed = !parts.has_data;
    if parts.has_data {
        check_calls(layout, entities, &mut answer);
    }
    errors::read(errors.unwrap_or(b"[]"), layout, &mut answer, policy);
    if parts.has_data && answer.faults.is_empty() {
        check_nulls(entities, &mut answer);
    }
    if answer.failed && answer.faults.is_empty() {
        let detail = "neither data nor errors".to_owned();
        return Err(SubgraphError::MalformedResponse { detail });
    }
    Ok(answer)
}

/// Room for as many rows as will probably come, and for no more than may.
fn make_room(answer: &mut Answer, layout: &FetchLayout, bytes: usize, mut most: usize) {
    for (table, shape) in answer.tables.iter_mut().zip(&*layout.shapes) {
        let in_row = table.width as usize + 1;
        let rows = shape.rows.expect(bytes).min(most / in_row);
        most -= rows * in_row;
        table.reserve(rows);
    }
}

/// What was found at the top of an answer.
struct Parts {
    has_data: bool,
    errors: Option<(usize, usize)>,
}

/// Reads what is there twice once, if that may be.
fn read_once(
    body: &[u8],
    layout: &FetchLayout,
    answer: &mut Answer,
    budget: &mut Budget,
) -> Result<Parts, IngestError> {
    let before = *budget;
    let (parts, repeats) = read(body, layout, answer, budget, true)?;
    let errors = parts.errors.and_then(|(start, end)| body.get(start..end));
    if !repeats.must_be_told_apart(answer, !matches!(errors, None | Some(b"[]" | b"null"))) {
        return Ok(parts);
    }
    *budget = before;
    answer.clear();
    Ok(read(body, layout, answer, budget, false)?.0)
}

fn read(
    body: &[u8],
    layout: &FetchLayout,
    answer: &mut Answer,
    budget: &mut Budget,
    is_shared: bool,
) -> Result<(Parts, Repeats), IngestError> {
    if u32::try_from(body.len()).is_err() {
        return Err(IngestError::TooManyValues);
    }
    let text = utf8(body)?;
    let mut ingestion = Ingestion::new(Reader::new(text), layout, answer, budget, is_shared);
    let mut parts = Parts {
        has_data: false,
        errors: None,
    };
    let mut has_any = false;
    ingestion.reader.expect(b'{', "an object is expected")?;
    let mut more = !ingestion.reader.next_is(b'}')?;
    while more {
        let key = ingestion.reader.key()?;
        match &*ingestion.reader.quoted(key) {
            b"\"data\"" => {
                has_any = true;
                parts.has_data = ingestion.data()?;
            }
            b"\"errors\"" => {
                has_any = true;
                parts.errors = Some(ingestion.reader.skip()?);
            }
            _ => drop(ingestion.reader.skip()?),
        }
        more = ingestion.reader.continues(b'}')?;
    }
    ingestion.reader.end()?;
    if !has_any {
        return Err(IngestError::NotAResponse("neither `data` nor `errors`"));
    }
    Ok((parts, ingestion.repeats))
}

fn utf8(body: &[u8]) -> Result<&str, IngestError> {
    simdutf8::basic::from_utf8(body).map_err(|_| IngestError::Utf8 {
        at: std::str::from_utf8(body).map_or_else(|error| error.valid_up_to(), str::len),
    })
}

/// As [`is_graphql`], as far as a glance shows: nothing is said about what follows the key.
pub(crate) fn begins_as_graphql(body: &[u8]) -> bool {
    top_keys(&mut Reader::of_bytes(body)).unwrap_or(false)
}

/// Whether a JSON text is an object with `data` or `errors`, which is what an HTTP error may carry.
pub(crate) fn is_graphql(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else {
        return false;
    };
    top_keys(&mut Reader::new(text)).unwrap_or(false)
}

fn top_keys(reader: &mut Reader<'_>) -> Result<bool, SyntaxError> {
    reader.expect(b'{', "an object is expected")?;
    if reader.next_is(b'}')? {
        return Ok(false);
    }
    loop {
        let key = reader.key()?;
        if matches!(&*reader.quoted(key), b"\"data\"" | b"\"errors\"") {
            return Ok(true);
        }
        reader.skip()?;
        if !reader.continues(b'}')? {
            return Ok(false);
        }
    }
}

const NO_LIST: &str = "the subgraph did not answer with a list of entities";

/// No entities at all: an error should say why, and none does.
fn check_nulls(entities: &[u32], answer: &mut Answer) {
    for (index, &asked) in (0..).zip(entities) {
        if asked > 0 && answer.calls.get(index as usize) == Some(&Slot::Null) {
            let fault = answer.add_fault(Fault::new("SUBREQUEST_MALFORMED_RESPONSE", NO_LIST));
            answer.marks.add(Place::Call(index), fault);
        }
    }
}

/// An entity list must be as long as the list of representations, or nobody can say which is which.
fn check_calls(layout: &FetchLayout, entities: &[u32], answer: &mut Answer) {
    let LayoutInput::Calls(calls) = &layout.input else {
        return;
    };
    for (index, call) in calls.iter().enumerate() {
        let asked = entities.get(index).copied().unwrap_or(0);
        let found = answer.calls.get(index).copied().unwrap_or(Slot::Missing);
        let problem = match found {
            Slot::List { len, .. } if len == asked => continue,
            Slot::List { .. } => {
                "the subgraph answered another number of entities than was asked for"
            }
            Slot::Null => continue,
            _ if asked == 0 => continue,
            _ => NO_LIST,
        };
        for &shape in &call.reachable {
            answer.tables[shape as usize].clear();
        }
        answer.calls[index] = Slot::Invalid;
        let fault = answer.add_fault(Fault::new("SUBREQUEST_MALFORMED_RESPONSE", problem));
        let call = u32::try_from(index).unwrap_or(u32::MAX);
        answer.marks.add(Place::Call(call), fault);
    }
}
