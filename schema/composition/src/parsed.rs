//! Phase one: subgraph text becomes a syntax tree.

mod bounds;

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
    if let Some(excess) = bounds::of_text(&input.sdl) {
        report.push(excess.diagnostic(&source));
        return None;
    }
    // A byte order mark is allowed by the specification; as one blank it keeps offsets in place.
    let sdl = match input.sdl.strip_prefix('\u{feff}') {
        Some(rest) => format!("   {rest}"),
        None => input.sdl.clone(),
    };
    match parser().parse_ast(sdl, &input.name) {
        Ok(document) => {
            source.file = document.sources.keys().copied().next_back();
            let excess = bounds::of_document(&document);
            if let Some(excess) = excess {
                report.push(excess.diagnostic(&source));
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
