//! What goes wrong with a fetch, and where in its answer.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};
use smallvec::SmallVec;

use crate::port::SubgraphError;

/// One error of one fetch, in the terms of the subgraph's answer.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// For clients.
    pub(crate) message: String,
    /// `extensions.code`.
    pub(crate) code: String,
    /// Further extensions that may be shown.
    pub(crate) extensions: Map<String, Value>,
    /// What is left of the error's path below the place that it is marked at.
    pub(crate) rest: Vec<Segment>,
    /// The error's whole path, if it is one from the client's root.
    pub(crate) from_root: Vec<Segment>,
    /// The `_entities` field that it is about, if that is known.
    pub(crate) call: Option<u32>,
}

/// A step of an error's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A response key.
    Key(String),
    /// An index into a list.
    Index(u64),
}

/// A place in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// The answer as a whole.
    Fetch,
    /// An `_entities` field.
    Call(u32),
    /// An object.
    Row { shape: u32, row: u32 },
    /// A key of an object.
    Slot { shape: u32, row: u32, slot: u32 },
    /// A key of some object, which another fetch needs and which does not hold what it must. No fault stands here.
    Input { shape: u32, slot: u32 },
}

/// Which faults stand where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    by_place: FxHashMap<Place, SmallVec<[u32; 1]>>,
    /// Some place has a value although it has a fault.
    pub(crate) on_values: bool,
}

impl Marks {
    pub(crate) fn at(&self, place: Place) -> &[u32] {
        if self.by_place.is_empty() {
            return &[];
        }
        self.by_place.get(&place).map_or(&[], SmallVec::as_slice)
    }

    pub(crate) fn add(&mut self, place: Place, fault: u32) {
        self.by_place.entry(place).or_default().push(fault);
    }
}

/// The code of a subgraph error that has none.
pub(crate) const DOWNSTREAM: &str = "DOWNSTREAM_SERVICE_ERROR";

impl Fault {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: code.to_owned(),
            extensions: Map::new(),
            rest: Vec::new(),
            from_root: Vec::new(),
            call: None,
        }
    }

    /// No answer came.
    pub(crate) fn transport(error: &SubgraphError, show_details: bool) -> Self {
        let message = match error.detail() {
            Some(detail) if show_details => format!("{error}: {detail}"),
            _ => error.to_string(),
        };
        Self::new(error.code(), message)
    }
}
