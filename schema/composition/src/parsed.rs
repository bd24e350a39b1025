//! Phase one: subgraph text becomes a syntax tree.

use apollo_compiler::ast::Document;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::DiagnosticList;

use crate::SubgraphInput;
use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::source::Source;

/// Bytes of one subgraph's SDL that are looked at.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Tokens of one subgraph's SDL.
const MAX_TOKENS: usize = 4_000_000;
/// Nesting of values, types and selections. Recursion over the tree is bounded by it.
const MAX_DEPTH: usize = 200;
/// Bytes of one name. Coordinates are made of names, and there are as many of them as fields.
const MAX_NAME: usize = 1024;
/// Syntax errors reported per subgraph: after the first few, they are about each other.
const MAX_SYNTAX_ERRORS: usize = 20;

/// A subgraph whose SDL is syntactically right.
pub(crate) struct Parsed {
    pub(crate) source: Source,
    pub(crate) url: String,
    pub(crate) document: Document,
}

/// The parser with the bounds every text of a user is read under.
pub(crate) fn parser() -> Parser {
    Parser::new()
        .recursion_limit(MAX_DEPTH)
        .token_limit(MAX_TOKENS)
}

pub(crate) fn parse(input: &SubgraphInput, report: &mut Findings) -> Option<Parsed> {
    if input.sdl.len() > MAX_BYTES {
        let message = format!(
            "the SDL has {} bytes; at most {MAX_BYTES} are read per subgraph",
            input.sdl.len()
        );
        let location = Source::new(&input.name, "").location(None, None);
        report.push(Diagnostic::error(Code::InvalidGraphql, message, [location]));
        return None;
    }
    if input.sdl.trim().is_empty() {
        let message = "the schema is empty; a subgraph defines at least one type";
        let location = Source::new(&input.name, "").location(None, None);
        report.push(Diagnostic::error(Code::InvalidGraphql, message, [location]));
        return None;
    }
    let mut source = Source::new(&input.name, &input.sdl);
    // A byte order mark is allowed by the specification; as one blank it keeps offsets in place.
    let sdl = match input.sdl.strip_prefix('\u{feff}') {
        Some(rest) => format!("   {rest}"),
        None => input.sdl.clone(),
    };
    match parser().parse_ast(sdl, &input.name) {
        Ok(document) => {
            source.file = document.sources.keys().copied().next_back();
            if let Some(offset) = long_name(&input.sdl) {
                let message = format!("a name is longer than {MAX_NAME} bytes");
                let location = source.location(None, u32::try_from(offset).ok());
                report.push(Diagnostic::error(Code::InvalidGraphql, message, [location]));
                return None;
            }
            Some(Parsed {
                source,
                url: input.url.clone(),
                document,
            })
        }
        Err(failed) => {
            source.file = failed.partial.sources.keys().copied().next_back();
            report_graphql(&failed.errors, &source, report, MAX_SYNTAX_ERRORS);
            None
        }
    }
}

/// Where a name begins that is too long, in a text that is known to be GraphQL.
fn long_name(text: &str) -> Option<usize> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_line_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let mut at = 0;
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        at += match rest {
            [b'#', ..] => rest.iter().position(is_line_end).unwrap_or(rest.len()),
            [b'"', b'"', b'"', ..] => 3 + until(&rest[3..], b"\"\"\"", b"\\\"\"\""),
            [b'"', ..] => 1 + until(&rest[1..], b"\"", b"\\"),
            _ => match rest.iter().take_while(|byte| is_name(byte)).count() {
                length if length > MAX_NAME => return Some(at),
                length => length.max(1),
            },
        };
    }
    None
}

/// Bytes up to the end of a string, quotes included. `escape` hides a quote behind it.
fn until(text: &[u8], quotes: &[u8], escape: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(escape) {
            // A backslash hides any one character.
            at += escape.len().max(2);
        } else if rest.starts_with(quotes) {
            return at + quotes.len();
        } else {
            at += 1;
        }
    }
    text.len()
}

/// Copies the parser's and validator's errors into the report.
pub(crate) fn report_graphql(
    errors: &DiagnosticList,
    source: &Source,
    report: &mut Findings,
    limit: usize,
) {
    for error in errors.iter().take(limit) {
        let mut location = source.location(None, None);
        if let Some(range) = error.line_column_range() {
            location.line = range.start.line;
            location.column = range.start.column;
        }
        let message = error.error.to_string();
        report.push(Diagnostic::error(Code::InvalidGraphql, message, [location]));
    }
}
