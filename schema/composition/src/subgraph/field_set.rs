//! The selections in `@key`, `@requires`, `@provides` and `@fromContext`, with positions inside.

use apollo_compiler::ast::{self, Definition, OperationType, Value};
use apollo_compiler::{Name, Node};

use crate::parsed::parser;
use crate::source::{At, Source};

/// A field set, read as far as it can be without a schema.
#[derive(Clone)]
pub(crate) struct FieldSet {
    /// Where the argument's value begins.
    pub(crate) at: At,
    pub(crate) content: Result<Vec<Selection>, Problem>,
}

/// Why a field set could not be read.
#[derive(Clone)]
pub(crate) enum Problem {
    /// The argument is not a string.
    NotText,
    /// The text is not a selection set.
    Syntax { message: String, at: At },
}

/// One selection.
#[derive(Clone)]
pub(crate) enum Selection {
    Field {
        name: Name,
        at: At,
        alias: Option<Name>,
        arguments: Vec<Node<ast::Argument>>,
        has_directives: bool,
        selections: Option<Vec<Selection>>,
    },
    Inline {
        condition: Option<Name>,
        at: At,
        has_directives: bool,
        selections: Vec<Selection>,
    },
    /// `...Name`, which a field set cannot define.
    Spread { name: Name, at: At },
}

impl FieldSet {
    /// Reads the argument. `lenient`: Federation 1 also took a list of strings, or a bare name.
    pub(crate) fn read(value: &Node<Value>, lenient: bool, source: &Source) -> Self {
        let at = source.at(value.location());
        let content = match &**value {
            Value::String(text) => read_text(value, text, source, at),
            Value::List(items) if lenient => read_list(items, source, at),
            Value::Enum(name) if lenient => parse_selections(name, at, at),
            _ => Err(Problem::NotText),
        };
        Self { at, content }
    }

    /// Reads what follows a prefix. `prefix` gives what it read and how many bytes that took; none
    /// if the prefix is not there, or the value no string.
    pub(crate) fn read_after<T>(
        value: &Node<Value>,
        prefix: impl Fn(&str) -> Option<(T, usize)>,
        source: &Source,
    ) -> Option<(T, Self)> {
        let at = source.at(value.location());
        let (text, start) = raw_text(value, value.as_str()?, source, at);
        let (read, length) = prefix(text)?;
        let start = match u32::try_from(length) {
            Ok(length) if start != at => start.map(|start| start.saturating_add(length)),
            _ => at,
        };
        let content = parse_selections(&text[length..], start, at);
        Some((read, Self { at, content }))
    }

    pub(crate) fn missing(at: At) -> Self {
        Self {
            at,
            content: Err(Problem::NotText),
        }
    }

    pub(crate) fn selections(&self) -> &[Selection] {
        self.content.as_deref().unwrap_or_default()
    }

    /// How many selections there are, at all levels.
    pub(crate) fn size(&self) -> usize {
        count(self.selections())
    }

    /// A spelling that is the same whatever the order of the selections.
    pub(crate) fn unordered(&self) -> String {
        unordered(self.selections())
    }

    /// The field set in one canonical spelling.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        write_selections(self.selections(), &mut out);
        out
    }
}

fn read_list(items: &[Node<Value>], source: &Source, at: At) -> Result<Vec<Selection>, Problem> {
    let mut all = Vec::new();
    for item in items {
        let text = item.as_str().ok_or(Problem::NotText)?;
        all.extend(read_text(item, text, source, at)?);
    }
    Ok(all)
}

fn read_text(
    value: &Node<Value>,
    text: &str,
    source: &Source,
    at: At,
) -> Result<Vec<Selection>, Problem> {
    let (text, start) = raw_text(value, text, source, at);
    parse_selections(text, start, at)
}

/// Parses the text as a query's selection set, which it is. `start`: where the text begins, or
/// `at`, where the value begins, if positions inside it are not known.
fn parse_selections(text: &str, start: At, at: At) -> Result<Vec<Selection>, Problem> {
    let braces = !text.trim_start().starts_with('{');
    let wrapped = if braces {
        format!("{{{text}\n}}")
    } else {
        text.to_owned()
    };
    let place = Place {
        start,
        shift: u32::from(braces),
        exact: start != at,
        at,
    };
    let syntax = |message: &str, at| Problem::Syntax {
        message: message.to_owned(),
        at,
    };
    let document = parser().parse_ast(wrapped, "fields").map_err(|failed| {
        let first = failed.errors.iter().next();
        let offset = first
            .as_ref()
            .and_then(|error| error.line_column_range())
            .and_then(|range| offset_of(&failed.partial, range.start.line, range.start.column));
        let message = first.map_or_else(String::new, |error| error.error.to_string());
        syntax(&message, place.of(offset))
    })?;
    let [Definition::OperationDefinition(operation)] = document.definitions.as_slice() else {
        return Err(syntax("a field set is one selection of fields", at));
    };
    let is_plain = operation.operation_type == OperationType::Query
        && operation.name.is_none()
        && operation.variables.is_empty()
        && operation.directives.is_empty();
    if !is_plain || operation.selection_set.is_empty() {
        return Err(syntax("a field set selects at least one field", at));
    }
    Ok(convert(&operation.selection_set, &place))
}

/// The text between the quotes as written, so that positions inside are exact; the decoded text
/// if there are escapes.
fn raw_text<'a>(
    value: &Node<Value>,
    decoded: &'a str,
    source: &'a Source,
    at: At,
) -> (&'a str, At) {
    let written = source
        .slice(value.location())
        .unwrap_or_default()
        .trim_end();
    for quotes in ["\"\"\"", "\""] {
        let inner = written
            .strip_prefix(quotes)
            .and_then(|rest| rest.strip_suffix(quotes));
        if let Some(inner) = inner.filter(|inner| !inner.contains('\\')) {
            let start = at.map(|at| at + u32::from(quotes.len() == 3) * 2 + 1);
            return (inner, start);
        }
    }
    (decoded, at)
}

fn offset_of(document: &ast::Document, line: usize, column: usize) -> Option<usize> {
    let file = document.sources.values().next_back()?;
    let text = file.source_text();
    let start: usize = text
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(str::len)
        .sum();
    let within = text
        .get(start..)?
        .char_indices()
        .nth(column.checked_sub(1)?)
        .map_or(0, |(offset, _)| offset);
    Some(start + within)
}

/// From offsets in the wrapped text to offsets in the subgraph.
struct Place {
    start: At,
    shift: u32,
    exact: bool,
    at: At,
}

impl Place {
    fn of(&self, offset: Option<usize>) -> At {
        if !self.exact {
            return self.at;
        }
        let offset = u32::try_from(offset?).ok()?.saturating_sub(self.shift);
        self.start?.checked_add(offset)
    }

    fn name(&self, name: &Name) -> At {
        self.of(name.location().map(|span| span.offset()))
    }
}

fn convert(selections: &[ast::Selection], place: &Place) -> Vec<Selection> {
    selections
        .iter()
        .map(|selection| match selection {
            ast::Selection::Field(field) => Selection::Field {
                name: field.name.clone(),
                at: place.name(&field.name),
                alias: field.alias.clone(),
                arguments: field.arguments.clone(),
                has_directives: !field.directives.is_empty(),
                selections: (!field.selection_set.is_empty())
                    .then(|| convert(&field.selection_set, place)),
            },
            ast::Selection::InlineFragment(inline) => Selection::Inline {
                condition: inline.type_condition.clone(),
                at: place.of(inline.location().map(|span| span.offset())),
                has_directives: !inline.directives.is_empty(),
                selections: convert(&inline.selection_set, place),
            },
            ast::Selection::FragmentSpread(spread) => Selection::Spread {
                name: spread.fragment_name.clone(),
                at: place.name(&spread.fragment_name),
            },
        })
        .collect()
}

fn count(selections: &[Selection]) -> usize {
    let below = selections.iter().map(|selection| match selection {
        Selection::Field { selections, .. } => count(selections.as_deref().unwrap_or_default()),
        Selection::Inline { selections, .. } => count(selections),
        Selection::Spread { .. } => 0,
    });
    selections.len() + below.sum::<usize>()
}

fn unordered(selections: &[Selection]) -> String {
    let mut all: Vec<String> = selections
        .iter()
        .map(|selection| {
            let mut selection = selection.clone();
            let below = match &mut selection {
                Selection::Field { selections, .. } => selections.take(),
                Selection::Inline { selections, .. } => Some(std::mem::take(selections)),
                Selection::Spread { .. } => None,
            };
            let mut text = String::new();
            write_selections(&[selection], &mut text);
            below.map_or(text.clone(), |below| {
                format!("{text} {{{}}}", unordered(&below))
            })
        })
        .collect();
    all.sort_unstable();
    all.join(" ")
}

fn write_selections(selections: &[Selection], out: &mut String) {
    for (index, selection) in selections.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        match selection {
            Selection::Field {
                name,
                arguments,
                selections,
                ..
            } => {
                out.push_str(name);
                if !arguments.is_empty() {
                    let arguments: Vec<String> = arguments
                        .iter()
                        .map(|argument| {
                            let value = argument.value.serialize().no_indent();
                            format!("{}: {value}", argument.name)
                        })
                        .collect();
                    out.push_str(&format!("({})", arguments.join(", ")));
                }
                if let Some(selections) = selections {
                    out.push(' ');
                    write_braced(selections, out);
                }
            }
            Selection::Inline {
                condition,
                selections,
                ..
            } => {
                out.push_str("... ");
                if let Some(condition) = condition {
                    out.push_str("on ");
                    out.push_str(condition);
                    out.push(' ');
                }
                write_braced(selections, out);
            }
            Selection::Spread { name, .. } => {
                out.push_str("...");
                out.push_str(name);
            }
        }
    }
}

fn write_braced(selections: &[Selection], out: &mut String) {
    out.push_str("{ ");
    write_selections(selections, out);
    out.push_str(" }");
}
