//! YAML text to a tree whose every node knows where it was written.
//!
//! Aliases, tags and several documents in one file are refused: a configuration needs none of them,
//! and aliases are how a few lines of YAML become gigabytes.

use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

use super::diagnostic::{Diagnostic, Place};

/// Nodes in one file; the largest sensible `weft.yaml` has a few hundred.
const MAX_NODES: usize = 100_000;
/// Nesting of lists and maps.
const MAX_DEPTH: usize = 64;

/// A value and the place it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: NodeValue,
    pub(super) place: Place,
}

#[derive(Debug, Clone)]
pub(super) enum NodeValue {
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map and the place it was written.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) place: Place,
}

impl Node {
    /// A map without entries, for a missing file.
    pub(super) fn empty(place: Place) -> Self {
        Self {
            value: NodeValue::Map(Vec::new()),
            place,
        }
    }

    /// The tree as JSON, which serde reads. A key without a value is a key left out.
    pub(super) fn to_json(&self) -> Value {
        match &self.value {
            NodeValue::Scalar(value) => value.clone(),
            NodeValue::List(items) => items.iter().map(Self::to_json).collect(),
            NodeValue::Map(entries) => {
                let written = entries.iter().filter(|(_, node)| !is_null(node));
                let entries = written.map(|(key, node)| (key.name.clone(), node.to_json()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// The node at `path`, or the deepest one on the way to it.
    pub(super) fn nearest(&self, path: &[String]) -> &Self {
        let Some((first, rest)) = path.split_first() else {
            return self;
        };
        let child = match &self.value {
            NodeValue::Map(entries) => entries
                .iter()
                .find(|(key, _)| key.name == *first)
                .map(|(_, node)| node),
            NodeValue::List(items) => first
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index)),
            NodeValue::Scalar(_) => None,
        };
        child.map_or(self, |child| child.nearest(rest))
    }

    /// Puts `node` at `path`, creating maps on the way and replacing what is no map.
    pub(super) fn set(&mut self, path: &[String], node: Node) {
        let Some((first, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        if !matches!(self.value, NodeValue::Map(_)) {
            *self = Self::empty(node.place.clone());
        }
        let NodeValue::Map(entries) = &mut self.value else {
            return;
        };
        let index = match entries
            .iter()
            .position(|(key, _)| key.name.eq_ignore_ascii_case(first))
        {
            Some(index) => index,
            None => {
                let key = Key {
                    name: first.clone(),
                    place: node.place.clone(),
                };
                entries.push((key, Self::empty(node.place.clone())));
                entries.len() - 1
            }
        };
        if let Some((_, child)) = entries.get_mut(index) {
            child.set(rest, node);
        }
    }

    /// Takes the node at `path` out; false when there is none or it is an item of a list.
    pub(super) fn remove(&mut self, path: &[String]) -> bool {
        let Some((last, parents)) = path.split_last() else {
            return false;
        };
        let mut current = self;
        for name in parents {
            let next = match &mut current.value {
                NodeValue::Map(entries) => entries
                    .iter_mut()
                    .find(|(key, _)| key.name == *name)
                    .map(|(_, node)| node),
                NodeValue::List(items) => name
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get_mut(index)),
                NodeValue::Scalar(_) => None,
            };
            let Some(next) = next else { return false };
            current = next;
        }
        let NodeValue::Map(entries) = &mut current.value else {
            return false;
        };
        let before = entries.len();
        entries.retain(|(key, _)| key.name != *last);
        entries.len() < before
    }
}

/// How `${NAME}` inside a string is answered; `None` when there is no such variable.
pub(super) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads one document.
///
/// # Errors
/// One diagnostic with the position of the first mistake: bad YAML, an alias or tag, a key written
/// twice, or an environment variable that is not set.
pub(super) fn parse(
    file: &Arc<str>,
    text: &str,
    variables: Variables<'_>,
) -> Result<Node, Diagnostic> {
    let mut builder = Builder {
        file,
        variables,
        stack: Vec::new(),
        root: None,
        nodes: 0,
        documents: 0,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            Diagnostic::new(
                builder.place(error.marker()),
                format!("not valid YAML: {}", error.info()),
            )
        })?;
        builder.event(event, &span.start)?;
    }
    let start = Place::File {
        file: Arc::clone(file),
        line: 1,
        column: 1,
    };
    Ok(builder
        .root
        .filter(|root| !is_null(root))
        .unwrap_or_else(|| Node::empty(start)))
}

/// Reads the text of a flag or an environment variable as one YAML value.
pub(super) fn parse_value(place: &Place, text: &str) -> Result<Node, Diagnostic> {
    let file: Arc<str> = Arc::from("");
    let mut node = parse(&file, text, &|_| None).map_err(|error| Diagnostic {
        place: place.clone(),
        ..error
    })?;
    if text.trim().is_empty() {
        node.value = NodeValue::Scalar(Value::String(String::new()));
    }
    relocate(&mut node, place);
    Ok(node)
}

fn relocate(node: &mut Node, place: &Place) {
    node.place = place.clone();
    match &mut node.value {
        NodeValue::Scalar(_) => {}
        NodeValue::List(items) => items.iter_mut().for_each(|item| relocate(item, place)),
        NodeValue::Map(entries) => {
            for (key, child) in entries {
                key.place = place.clone();
                relocate(child, place);
            }
        }
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node.value, NodeValue::Scalar(Value::Null))
}

enum Open {
    List(Vec<Node>, Place),
    Map(Vec<(Key, Node)>, Option<Key>, Place),
}

struct Builder<'a> {
    file: &'a Arc<str>,
    variables: Variables<'a>,
    stack: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
}

impl Builder<'_> {
    fn place(&self, marker: &Marker) -> Place {
        Place::File {
            file: Arc::clone(self.file),
            line: marker.line(),
            column: marker.col() + 1,
        }
    }

    fn event(&mut self, event: Event<'_>, start: &Marker) -> Result<(), Diagnostic> {
        let place = self.place(start);
        let refuse = |message: &str| Err(Diagnostic::new(place.clone(), message.to_owned()));
        self.nodes += 1;
        if self.nodes > MAX_NODES || self.stack.len() > MAX_DEPTH {
            return refuse("the file is too large or too deeply nested to be a configuration");
        }
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    refuse("the file has more than one YAML document")
                } else {
                    Ok(())
                }
            }
            Event::Alias(_) => {
                refuse("YAML aliases (`*name`) are not supported; write the value out")
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => refuse("YAML tags (`!name`) are not supported"),
            Event::Scalar(text, style, _, None) => self.scalar(&text, style, place),
            Event::SequenceStart(_, None) => {
                self.not_a_key(&place)?;
                self.stack.push(Open::List(Vec::new(), place));
                Ok(())
            }
            Event::MappingStart(_, None) => {
                self.not_a_key(&place)?;
                self.stack.push(Open::Map(Vec::new(), None, place));
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
    }

    fn not_a_key(&self, place: &Place) -> Result<(), Diagnostic> {
        match self.stack.last() {
            Some(Open::Map(_, None, _)) => Err(Diagnostic::new(
                place.clone(),
                "a key must be a plain name".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), Diagnostic> {
        match self.stack.pop() {
            Some(Open::List(items, place)) => self.add(Node {
                value: NodeValue::List(items),
                place,
            }),
            Some(Open::Map(entries, _, place)) => self.add(Node {
                value: NodeValue::Map(entries),
                place,
            }),
            None => Ok(()),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, place: Place) -> Result<(), Diagnostic> {
        if let Some(Open::Map(entries, key @ None, _)) = self.stack.last_mut() {
            if entries.iter().any(|(known, _)| known.name == text) {
                return Err(Diagnostic::new(
                    place,
                    format!("the key `{text}` is written twice"),
                ));
            }
            *key = Some(Key {
                name: text.to_owned(),
                place,
            });
            return Ok(());
        }
        let expanded = expand(text, self.variables)
            .map_err(|message| Diagnostic::new(place.clone(), message))?;
        let value = match style {
            ScalarStyle::Plain => plain(&expanded),
            _ => Value::String(expanded),
        };
        self.add(Node {
            value: NodeValue::Scalar(value),
            place,
        })
    }

    fn add(&mut self, node: Node) -> Result<(), Diagnostic> {
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(items, _)) => items.push(node),
            Some(Open::Map(entries, key, _)) => {
                if let Some(key) = key.take() {
                    entries.push((key, node));
                }
            }
        }
        Ok(())
    }
}

/// A plain scalar by YAML 1.2's core schema (section 10.3.2).
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let number_like =
        text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if number_like {
        if let Ok(integer) = text.parse::<i64>() {
            return Value::Number(integer.into());
        }
        if let Ok(integer) = text.parse::<u64>() {
            return Value::Number(integer.into());
        }
        let decimal = text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'));
        if let Some(number) = decimal
            .then(|| text.parse().ok())
            .flatten()
            .and_then(Number::from_f64)
        {
            return Value::Number(number);
        }
    }
    Value::String(text.to_owned())
}

/// Replaces `${NAME}` (which may be written `${env.NAME}`) and `${NAME:-default}`; `$$` is one dollar sign.
fn expand(text: &str, variables: Variables<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (inner, after) = after
                .split_once('}')
                .ok_or("`${` is never closed; write `$$` for a dollar sign")?;
            let (name, default) = match inner.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (inner, None),
            };
            let name = name.strip_prefix("env.").unwrap_or(name);
            match (variables(name).filter(|value| !value.is_empty()), default) {
                (Some(value), _) => out.push_str(&value),
                (None, Some(default)) => out.push_str(default),
                (None, None) => {
                    return Err(format!("the environment variable `{name}` is not set"));
                }
            }
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    Ok(out)
}
