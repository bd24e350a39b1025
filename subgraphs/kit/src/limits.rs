//! Caps on what one request may ask for, checked before anything is executed.
//!
//! The router has limits of its own; these hold the line when a subgraph is reached without it, and
//! the one on cost holds behind it too. Every check takes time linear in the document: fragments are
//! measured once, so fragments that spread each other (which would expand exponentially) cost nothing
//! and are refused by their expanded size.

mod cost;

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{
        ExecutableDocument, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    },
};

use crate::{Error, ErrorCode, Result};

/// Brackets nested deeper than this are refused before parsing, whose recursion they would drive.
const MAX_NESTING: usize = 96;
/// Selection sets nested deeper than this, fragments followed, are refused: the library's checks and
/// its execution recurse over them. Unlike depth this counts fragments that hold no field.
const MAX_LEVELS: usize = 256;

/// The caps of one service.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a request body.
    pub body: usize,
    /// Levels of selection sets, fragments expanded.
    pub depth: usize,
    /// Fields of a document's operations, fragments expanded, whatever they cost.
    pub fields: usize,
    /// Fields that one operation may resolve at most, were every page of its connections full.
    pub cost: u64,
    /// Fields with an alias, fragments expanded.
    pub aliases: usize,
    /// Representations in one `_entities` call.
    pub representations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 4 * 1024 * 1024,
            depth: 40,
            fields: 20_000,
            cost: 300_000,
            aliases: 1_000,
            representations: 10_000,
        }
    }
}

impl Limits {
    /// Refuses documents whose brackets nest too deeply to be parsed safely. Brackets within strings
    /// do not count.
    pub(crate) fn check_source(&self, query: &str) -> Result<()> {
        let (mut depth, mut in_string, mut in_block, mut in_comment) =
            (0usize, false, false, false);
        let mut rest = query.as_bytes();
        while let [byte, tail @ ..] = rest {
            let mut next = tail;
            match byte {
                b'\n' | b'\r' => (in_comment, in_string) = (false, false),
                _ if in_comment => {}
                b'"' if !in_string && rest.starts_with(b"\"\"\"") => {
                    in_block = !in_block;
                    next = &rest[3..];
                }
                b'\\' if in_block && tail.starts_with(b"\"\"\"") => next = &tail[3..],
                _ if in_block => {}
                b'\\' if in_string => next = tail.get(1..).unwrap_or_default(),
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'#' => in_comment = true,
                b'{' | b'[' | b'(' => {
                    depth += 1;
                    if depth > MAX_NESTING {
                        return Err(too_large("the document is nested too deeply"));
                    }
                }
                b'}' | b']' | b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            rest = next;
        }
        Ok(())
    }

    /// Refuses documents that expand to more than the caps.
    pub(crate) fn check_document(&self, document: &ExecutableDocument) -> Result<()> {
        let mut measurer = Measurer {
            fragments: &document.fragments,
            known: HashMap::new(),
            level: 0,
        };
        // Fragments that nothing spreads are looked at by the library too.
        for name in document.fragments.keys() {
            measurer.fragment(name)?;
        }
        let mut fields = 0_usize;
        for (_, operation) in document.operations.iter() {
            let size = measurer.selection_set(&operation.node.selection_set.node)?;
            fields = fields.saturating_add(size.fields);
            if size.depth > self.depth {
                return Err(too_large("the operation is nested too deeply"));
            }
            if fields > self.fields {
                return Err(too_large("the operation has too many fields"));
            }
            if size.aliases > self.aliases {
                return Err(too_large("the operation has too many aliases"));
            }
            if size.representations > self.representations {
                return Err(too_large("too many representations"));
            }
        }
        Ok(())
    }

    /// Refuses an operation that may resolve more fields than the cap with these variables.
    pub(crate) fn check_cost(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Result<()> {
        let cost = cost::of_operation(operation, &document.fragments, variables);
        if cost <= self.cost {
            return Ok(());
        }
        let limit = self.cost;
        Err(Error::client(
            ErrorCode::OperationTooCostly,
            format!(
                "the operation may resolve {cost} fields, more than the {limit} allowed: ask for \
                 smaller pages (`first`, `last`) or nest fewer lists"
            ),
        ))
    }

    /// Refuses variables that hold more representations than the cap.
    pub(crate) fn check_variables(&self, variables: &Variables) -> Result<()> {
        for value in variables.values() {
            if let Value::List(items) = value
                && items.len() > self.representations
            {
                return Err(too_large("too many representations"));
            }
        }
        Ok(())
    }
}

fn too_large(message: &str) -> Error {
    Error::client(ErrorCode::OperationTooLarge, message)
}

#[derive(Clone, Copy, Default)]
struct Size {
    /// Fields in fields.
    depth: usize,
    /// Selection sets in selection sets.
    levels: usize,
    fields: usize,
    aliases: usize,
    representations: usize,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        self.levels = self.levels.max(other.levels);
        self.fields = self.fields.saturating_add(other.fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.representations = self.representations.saturating_add(other.representations);
    }
}

struct Measurer<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// The sizes of measured fragments; `None` for one being measured, which is how a cycle shows.
    known: HashMap<&'a str, Option<Size>>,
    /// Selection sets that are being measured.
    level: usize,
}

impl<'a> Measurer<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet) -> Result<Size> {
        self.level += 1;
        if self.level > MAX_LEVELS {
            return Err(too_large("the document is nested too deeply"));
        }
        let mut size = self.selections(set)?;
        self.level -= 1;
        size.levels += 1;
        // Fragments measured before do not show in `level`.
        if size.levels > MAX_LEVELS {
            return Err(too_large("the document is nested too deeply"));
        }
        Ok(size)
    }

    fn selections(&mut self, set: &'a SelectionSet) -> Result<Size> {
        let mut total = Size::default();
        for selection in &set.items {
            let size = match &selection.node {
                Selection::Field(field) => {
                    let mut size = self.selection_set(&field.node.selection_set.node)?;
                    size.add(Size {
                        depth: size.depth + 1,
                        levels: 0,
                        fields: 1,
                        aliases: usize::from(field.node.alias.is_some()),
                        representations: field.node.get_argument("representations").map_or(
                            0,
                            |argument| {
                                let literal = argument.node.clone().into_const_with(|_| {
                                    Ok::<_, std::convert::Infallible>(Value::Null)
                                });
                                match literal {
                                    Ok(Value::List(items)) => items.len(),
                                    _ => 0,
                                }
                            },
                        ),
                    });
                    size
                }
                Selection::InlineFragment(inline) => {
                    self.selection_set(&inline.node.selection_set.node)?
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node)?
                }
            };
            total.add(size);
        }
        Ok(total)
    }

    fn fragment(&mut self, name: &str) -> Result<Size> {
        // An unknown fragment is the validator's business.
        let Some((name, fragment)) = self.fragments.get_key_value(name) else {
            return Ok(Size::default());
        };
        match self.known.get(name.as_str()) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(Error::client(
                    ErrorCode::GraphqlValidationFailed,
                    format!("the fragment `{name}` spreads itself"),
                ));
            }
            None => {}
        }
        self.known.insert(name.as_str(), None);
        let size = self.selection_set(&fragment.node.selection_set.node)?;
        self.known.insert(name.as_str(), Some(size));
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn verdict(query: &str) -> Result<()> {
        let limits = Limits {
            depth: 4,
            fields: 10,
            aliases: 2,
            representations: 3,
            ..Limits::default()
        };
        limits.check_source(query)?;
        limits.check_document(&parse_query(query).expect("the query parses"))
    }

    #[test]
    fn an_operation_beyond_a_cap_is_refused() {
        let bomb = (0..40).fold(
            "query { ...F0 } fragment F40 on Q { a }".to_owned(),
            |q, n| format!("{q} fragment F{n} on Q {{ ...F{m} ...F{m} }}", m = n + 1),
        );
        let chain = (0..20_000).fold("query { a }".to_owned(), |q, n| {
            q + &format!(" fragment F{n} on Q {{ ...F{m} }}", m = n + 1)
        }) + " fragment F20000 on Q { a }";
        let many = "query A { ...F } query B { ...F } fragment F on Q { a a a a a a }";
        let cases = [
            (many.to_owned(), Some("too many fields")),
            (chain, Some("nested too deeply")),
            ("{ a { b { c { d } } } }".to_owned(), None),
            (
                "{ a { b { c { d { e } } } } }".to_owned(),
                Some("nested too deeply"),
            ),
            (
                format!("{{ {} }}", "a ".repeat(11)),
                Some("too many fields"),
            ),
            ("{ x: a y: a z: a }".to_owned(), Some("too many aliases")),
            (bomb, Some("too many fields")),
            (
                "{ ...F } fragment F on Q { a ...G } fragment G on Q { ...F }".to_owned(),
                Some("spreads itself"),
            ),
            (
                "{ _entities(representations: [{}, {}, {}, {}]) { a } }".to_owned(),
                Some("too many representations"),
            ),
            (
                "query($v: A!) { _entities(representations: [$v, $v, $v, $v]) { a } }".to_owned(),
                Some("too many representations"),
            ),
        ];
        for (query, expected) in cases {
            match (verdict(&query), expected) {
                (Ok(()), None) => {}
                (Err(error), Some(part)) if error.to_string().contains(part) => {}
                (verdict, _) => panic!("{query}: {verdict:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn brackets_are_counted_outside_of_texts_only() {
        let deep = "[".repeat(200);
        let limits = Limits::default();
        for (query, refused) in [
            (deep.clone(), true),
            (format!("\"{deep}\""), false),
            (format!("\"\"\"\n{deep} \\\"\"\" {deep}\"\"\""), false),
            (format!("# {deep}\n{{ a }}"), false),
            (format!("\"\\\"\" {deep}"), true),
            (format!("\"\" {deep}"), true),
        ] {
            assert_eq!(limits.check_source(&query).is_err(), refused, "{query}");
        }
    }
}
