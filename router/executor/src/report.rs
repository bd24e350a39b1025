//! The errors of the client's answer.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use crate::execution::{ExecutionLimits, Locate};
use crate::fault::{Fault, Segment};

/// A place in the client's answer, from the inside out. Lives on the stack: it costs nothing until an error asks for
/// the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) parent: Option<&'a Frame<'a>>,
    pub(crate) step: Step<'a>,
}

/// One step of a [`Frame`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    Root,
    Key(&'a str),
    Index(u32),
}

impl<'a> Frame<'a> {
    pub(crate) const ROOT: Frame<'static> = Frame {
        parent: None,
        step: Step::Root,
    };

    pub(crate) fn key<'b>(&'b self, key: &'b str) -> Frame<'b>
    where
        'a: 'b,
    {
        Frame {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    pub(crate) fn index<'b>(&'b self, index: u32) -> Frame<'b>
    where
        'a: 'b,
    {
        Frame {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// Whether the last `levels` steps are the indices that `rest` begins with.
    pub(crate) fn ends_like(&self, rest: &[Segment], levels: u32) -> bool {
        let Some(rest) = rest.get(..levels as usize) else {
            return false;
        };
        let mut frame = Some(self);
        rest.iter().rev().all(|segment| {
            let Some(at) = frame else {
                return false;
            };
            frame = at.parent;
            matches!((segment, at.step), (Segment::Index(a), Step::Index(b)) if *a == u64::from(b))
        })
    }

    /// Whether this place is part of the one that a path leads to.
    pub(crate) fn is_below(&self, path: &[Segment]) -> bool {
        let own = self.path();
        let mut pairs = own.iter().zip(path);
        own.len() > path.len()
            && pairs.all(|(own, other)| match other {
                Segment::Key(key) => own == key.as_str(),
                Segment::Index(index) => own.as_u64() == Some(*index),
            })
    }

    fn path(&self) -> Vec<Value> {
        let mut path = Vec::new();
        let mut frame = Some(self);
        while let Some(at) = frame {
            match at.step {
                Step::Root => {}
                Step::Key(key) => path.push(key.into()),
                Step::Index(index) => path.push(index.into()),
            }
            frame = at.parent;
        }
        path.reverse();
        path
    }
}

/// One error of the answer.
#[derive(Debug)]
struct Entry {
    message: String,
    path: Option<Vec<Value>>,
    extensions: Map<String, Value>,
    /// The fault it reports, by fetch and number.
    fault: Option<(u32, u32)>,
}

/// The errors collected while writing.
#[derive(Debug)]
pub(crate) struct Reports {
    entries: Vec<Entry>,
    /// How often each fault was reported or would have been.
    counts: FxHashMap<(u32, u32), usize>,
    /// How many errors found no room.
    left_out: usize,
    limits: ExecutionLimits,
}

impl Reports {
    pub(crate) fn new(limits: ExecutionLimits) -> Self {
        Self {
            entries: Vec::new(),
            counts: FxHashMap::default(),
            left_out: 0,
            limits,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len() + usize::from(self.left_out > 0)
    }

    /// Whether nothing was reported or would have been.
    pub(crate) fn are_none(&self) -> bool {
        self.len() == 0 && self.counts.is_empty()
    }

    pub(crate) fn is_reported(&self, fault: (u32, u32)) -> bool {
        self.counts.contains_key(&fault)
    }

    /// A subgraph's error at a client path.
    pub(crate) fn fault(
        &mut self,
        id: (u32, u32),
        fault: &Fault,
        service: &str,
        frame: &Frame<'_>,
        rest: Vec<Segment>,
    ) {
        let count = self.counts.entry(id).or_insert(0);
        *count += 1;
        if *count > self.limits.paths_per_error || !self.has_room() {
            return;
        }
        let mut path = frame.path();
        path.extend(rest.into_iter().map(|segment| match segment {
            Segment::Key(key) => Value::from(key),
            Segment::Index(index) => Value::from(index),
        }));
        self.push_fault(id, fault, service, Some(path));
    }

    /// A subgraph's error whose effect is nowhere to be seen.
    pub(crate) fn unseen_fault(
        &mut self,
        id: (u32, u32),
        fault: &Fault,
        service: &str,
        prefix: &[Box<str>],
    ) {
        self.counts.insert(id, 1);
        if !self.has_room() {
            return;
        }
        let path = prefix.iter().map(|key| Value::from(&**key)).collect();
        self.push_fault(
            id,
            fault,
            service,
            Some(path).filter(|p: &Vec<_>| !p.is_empty()),
        );
    }

    fn push_fault(
        &mut self,
        id: (u32, u32),
        fault: &Fault,
        service: &str,
        path: Option<Vec<Value>>,
    ) {
        let mut extensions = fault.extensions.clone();
        extensions.insert("code".to_owned(), fault.code.as_str().into());
        extensions.insert("service".to_owned(), service.into());
        self.entries.push(Entry {
            message: fault.message.clone(),
            path,
            extensions,
            fault: Some(id),
        });
    }

    /// An error of the router's own.
    pub(crate) fn own(
        &mut self,
        code: &str,
        message: impl FnOnce() -> String,
        service: Option<&str>,
        frame: &Frame<'_>,
    ) {
        if !self.has_room() {
            return;
        }
        let mut extensions = Map::new();
        extensions.insert("code".to_owned(), code.into());
        if let Some(service) = service {
            extensions.insert("service".to_owned(), service.into());
        }
        let path = Some(frame.path()).filter(|path| !path.is_empty());
        self.entries.push(Entry {
            message: message(),
            path,
            extensions,
            fault: None,
        });
    }

    /// Whether one more can be told; else it is counted.
    fn has_room(&mut self) -> bool {
        let has_room = self.entries.len() < self.limits.errors;
        self.left_out += usize::from(!has_room);
        has_room
    }

    /// The errors as a JSON list; `None` if there are none.
    pub(crate) fn into_json(mut self, locate: Option<Locate<'_>>) -> Option<String> {
        let most = self.limits.paths_per_error;
        for entry in &mut self.entries {
            // The first report of a fault says how many places it concerns if not all are listed.
            let count = entry.fault.and_then(|fault| self.counts.remove(&fault));
            if let Some(count) = count.filter(|&count| count > most) {
                let extensions = &mut entry.extensions;
                extensions.insert("affectedPaths".to_owned(), count.into());
            }
        }
        let mut locations = Locations::new(locate);
        let entries = self.entries.into_iter().map(|entry| {
            let mut error = Map::new();
            error.insert("message".to_owned(), entry.message.into());
            if let Some(locations) = entry.path.as_ref().and_then(|path| locations.of(path)) {
                error.insert("locations".to_owned(), locations);
            }
            if let Some(path) = entry.path {
                error.insert("path".to_owned(), path.into());
            }
            error.insert("extensions".to_owned(), entry.extensions.into());
            Value::from(error)
        });
        let mut errors: Vec<Value> = entries.collect();
        if self.left_out > 0 {
            let message = format!("{} further errors are left out", self.left_out);
            errors.push(json!({"message": message, "extensions": {"code": "TOO_MANY_ERRORS"}}));
        }
        (!errors.is_empty()).then(|| Value::from(errors).to_string())
    }
}

/// The places in the client's document, by response keys: errors at many indices of a list are looked up once.
struct Locations<'a> {
    locate: Option<Locate<'a>>,
    known: FxHashMap<Vec<String>, Value>,
}

impl<'a> Locations<'a> {
    fn new(locate: Option<Locate<'a>>) -> Self {
        Self {
            locate,
            known: FxHashMap::default(),
        }
    }

    /// The places of the field that `path` leads to; `None` if there are none.
    fn of(&mut self, path: &[Value]) -> Option<Value> {
        let locate = self.locate?;
        let keys: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
        let owned = keys.iter().map(|&key| key.to_owned()).collect();
        let found = self.known.entry(owned).or_insert_with(|| {
            let places = locate(&keys).into_iter();
            places
                .map(|(line, column)| json!({"line": line, "column": column}))
                .collect()
        });
        let is_empty = found.as_array().is_none_or(Vec::is_empty);
        (!is_empty).then(|| found.clone())
    }
}
