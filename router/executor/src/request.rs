//! Requests: representations of the rows asked about, each entity once, between the parts that never change.

mod contextual;
mod plain;
mod values;
mod written;

use std::ops::Range;

use crate::compile::{CompiledCall, CompiledFetch, Representation};
use crate::contexts::{CallValues, Values};
use crate::fault::Place;
use crate::table::{Cause, Row};
use crate::view::View;
use plain::Tokens;
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
    /// Set if wanted and known: by call where the representations stand, and where the client's variables do.
    pub(crate) places: Option<Places>,
}

/// Where in a request's body its parts stand.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// By call.
    pub(crate) representations: Vec<Vec<Range<usize>>>,
    pub(crate) variables: Range<usize>,
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

/// Bytes of a request that are not expected.
const ROOM: usize = 64;

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
        places: request.fetch.note.is_some().then(Places::default),
    };
    let fetch = request.fetch;
    if let Some(text) = &fetch.text {
        return contextual::build(text, writer, request, values);
    }
    let rows = fetch.calls.iter().flat_map(|call| &call.inputs);
    let rows = rows.map(|input| view.rows(input.from)).sum();
    writer
        .out
        .reserve(fetch.size.expect(rows).min(limit) + ROOM);
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
    let before = writer.out.len();
    client_variables(fetch, request.variables, is_first, &mut writer.out);
    if let Some(places) = &mut writer.places {
        places.variables = before..writer.out.len();
    }
    writer.out.extend_from_slice(b"}}");
    writer.check_size()?;
    fetch.size.learn(writer.out.len(), rows);
    Ok(BuiltRequest {
        body: writer.out,
        entities,
        roots,
        links,
        causes: writer.causes,
        contextual: None,
        places: writer.places,
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

pub(crate) struct RequestWriter<'a> {
    pub(crate) view: View<'a>,
    out: Vec<u8>,
    limit: usize,
    causes: Vec<(u32, Place)>,
    places: Option<Places>,
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
        let view = self.view;
        let mut written = Written::default();
        let mut tokens = Tokens::new();
        for input in &call.inputs {
            let table = view.table(input.from);
            written.reserve(table.tags.len());
            let mut link = Vec::with_capacity(table.tags.len());
            for (row, tag) in (0..).zip(table.tags) {
                let Some(representation) = input.representation(*tag) else {
                    link.push(Row::absent(Cause::UNEXPLAINED));
                    continue;
                };
                let mut known = None;
                if let Some(plain) = &representation.plain
                    && !written.by_text
                    && tokens.gather(plain, view, row, &table.source(row))
                {
                    known = Some(written.plain(plain, &tokens, &mut self.out));
                }
                link.push(match known {
                    Some(index) => Row::at(index),
                    None => self.entity(representation, row, &mut written),
                });
                self.check_size()?;
            }
            links.push((input.link, link));
        }
        self.out.push(b']');
        if let Some(places) = &mut self.places {
            places.representations.push(written.places());
        }
        Ok(written.len())
    }

    /// The entity of a row, as an index into the representations, found by its text.
    fn entity(
        &mut self,
        representation: &Representation,
        row: u32,
        written: &mut Written<'_>,
    ) -> Row {
        let before = self.out.len();
        if written.len() > 0 {
            self.out.push(b',');
        }
        let start = self.out.len();
        if let Err(cause) = self.representation(representation, row) {
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
}
