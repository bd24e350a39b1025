//! Terminal text of diagnostics: message, file and position, the line, an underline.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use super::findings::MAX_OF_A_LEVEL;
use super::{Code, Diagnostic, Level, Location};
use crate::SubgraphInput;

/// Characters of a source line shown on either side of the position; longer lines are cut.
const CONTEXT: usize = 60;
/// Stands where a line is cut.
const CUT: &str = "…";
/// Bytes of a line that is still shown: of a longer one, nothing could be read anyway.
const MAX_LINE: usize = 64 * 1024;
/// Locations shown in full per diagnostic; the rest are counted.
const SHOWN: usize = 8;
/// Hints of one code that are shown; the rest are counted.
const SHOWN_HINTS: usize = 10;
/// The same beside errors, which matter more.
const SHOWN_HINTS_BESIDE_ERRORS: usize = 3;

const BOLD: &str = "\x1b[1m";
const BLUE: &str = "\x1b[1;34m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const RESET: &str = "\x1b[0m";

struct Page<'a> {
    out: String,
    color: bool,
    sources: HashMap<&'a str, &'a SubgraphInput>,
    lines: HashMap<&'a str, Vec<&'a str>>,
}

/// Text of the diagnostics; empty if there are none.
pub(crate) fn render(items: &[Diagnostic], color: bool, sources: &[SubgraphInput]) -> String {
    let mut page = Page {
        out: String::new(),
        color,
        sources: sources
            .iter()
            .map(|input| (input.name.as_str(), input))
            .collect(),
        lines: HashMap::new(),
    };
    let (errors, hints): (Vec<_>, Vec<_>) =
        items.iter().partition(|item| item.level == Level::Error);
    for error in &errors {
        page.diagnostic(error);
    }
    page.hints(&hints, !errors.is_empty());
    if !errors.is_empty() && !hints.is_empty() {
        page.out.push('\n');
    }
    page.out
}

/// How many diagnostics there are, by level, and in how many subgraphs; empty if there are none.
pub(crate) fn summary(items: &[Diagnostic]) -> String {
    let levels = [
        (Level::Error, "error"),
        (Level::Warning, "warning"),
        (Level::Info, "info"),
        (Level::Debug, "debug hint"),
    ];
    let counts = levels.iter().filter_map(|(level, noun)| {
        let count = items.iter().filter(|item| item.level == *level).count();
        let at_least = if count >= MAX_OF_A_LEVEL {
            "at least "
        } else {
            ""
        };
        match count {
            0 => None,
            1 => Some(format!("1 {noun}")),
            _ => Some(format!("{at_least}{count} {noun}s")),
        }
    });
    let counts: Vec<String> = counts.collect();
    let first = items.iter().filter_map(|item| item.locations.first());
    let subgraphs: BTreeSet<&str> = first.map(|place| place.subgraph.as_str()).collect();
    let place = match subgraphs.len() {
        0 => String::new(),
        1 => " in 1 subgraph".to_owned(),
        several => format!(" in {several} subgraphs"),
    };
    counts.join(", ") + &place
}

fn label(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Error => ("error", RED),
        Level::Warning => ("warning", YELLOW),
        Level::Info => ("info", BLUE),
        Level::Debug => ("debug", BLUE),
    }
}

impl Page<'_> {
    fn paint(&self, style: &'static str, text: &str) -> String {
        // Control characters of the input must not reach the terminal.
        let text: String = text
            .chars()
            .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
            .collect();
        if self.color && !style.is_empty() {
            format!("{style}{text}{RESET}")
        } else {
            text
        }
    }

    /// Beside errors only what they say, so that the errors are not out of sight.
    fn hints(&mut self, hints: &[&Diagnostic], beside_errors: bool) {
        let shown = match beside_errors {
            true => SHOWN_HINTS_BESIDE_ERRORS,
            false => SHOWN_HINTS,
        };
        let mut counts: BTreeMap<(Level, Code), usize> = BTreeMap::new();
        for hint in hints {
            let count = counts.entry((hint.level, hint.code)).or_default();
            *count += 1;
            if *count > shown {
                continue;
            }
            match beside_errors {
                true => self.head(hint.level, hint.code, &hint.message),
                false => self.diagnostic(hint),
            }
        }
        for ((level, code), count) in counts {
            if count > shown {
                self.head(level, code, &format!("{} more of these", count - shown));
            }
        }
    }

    fn head(&mut self, level: Level, code: Code, message: &str) {
        let (label, style) = label(level);
        let head = self.paint(style, &format!("{label}[{code}]"));
        let (first, more) = match message.split_once('\n') {
            Some((first, more)) => (first, self.paint("", &format!("\n{more}"))),
            None => (message, String::new()),
        };
        let first = self.paint(BOLD, first);
        // Writing to a `String` cannot fail.
        let _ = writeln!(self.out, "{head}: {first}{more}");
    }

    fn diagnostic(&mut self, item: &Diagnostic) {
        self.head(item.level, item.code, &item.message);
        let (_, style) = label(item.level);
        for location in item.locations.iter().take(SHOWN) {
            self.location(location, style);
        }
        if item.locations.len() > SHOWN {
            let more = format!("  and {} more places", item.locations.len() - SHOWN);
            let more = self.paint(BLUE, &more);
            let _ = writeln!(self.out, "{more}");
        }
        self.out.push('\n');
    }

    fn location(&mut self, location: &Location, style: &'static str) {
        let source = self.sources.get(location.subgraph.as_str()).copied();
        let file = source.and_then(|input| input.source.as_deref());
        let arrow = self.paint(BLUE, "  --> ");
        if file.is_none() && location.line == 0 {
            let coordinate = location.coordinate.as_deref().unwrap_or_default();
            let place = format!("subgraph {:?} {coordinate}", location.subgraph);
            let place = self.paint("", place.trim_end());
            let _ = writeln!(self.out, "{arrow}{place}");
            return;
        }
        let file = file.unwrap_or(&location.subgraph);
        let coordinate = location.coordinate.as_deref().unwrap_or_default();
        let position = if location.line > 0 {
            format!("{file}:{}:{} {coordinate}", location.line, location.column)
        } else {
            format!("{file} {coordinate}")
        };
        let position = self.paint("", position.trim_end());
        let _ = writeln!(
            self.out,
            "{arrow}{position} (subgraph {:?})",
            location.subgraph
        );
        let text = source.filter(|input| location.line > 0 && !input.sdl.is_empty());
        let Some(input) = text else {
            return;
        };
        let lines = self
            .lines
            .entry(&input.name)
            .or_insert_with(|| input.sdl.split('\n').collect());
        let line = lines.get(location.line - 1).copied();
        let Some(line) = line.filter(|line| line.len() <= MAX_LINE) else {
            return;
        };
        self.source_line(line, location, style);
    }

    fn source_line(&mut self, line: &str, location: &Location, style: &'static str) {
        let at = location.column - 1;
        let start = at.saturating_sub(CONTEXT);
        let mut rest = line.chars().skip(start);
        let shown: String = rest.by_ref().take(2 * CONTEXT).collect();
        let shown = shown.trim_end().replace('\t', " ");
        let before = if start > 0 { CUT } else { "" };
        let after = if rest.next().is_some() { CUT } else { "" };
        let length = underlined(line.chars().skip(at).take(CONTEXT));
        let number = location.line.to_string();
        let gutter = " ".repeat(number.len());
        let bar = self.paint(BLUE, &format!("{gutter} |"));
        let numbered = self.paint(BLUE, &format!("{number} |"));
        let text = self.paint("", &format!("{before}{shown}{after}"));
        let pad = " ".repeat(before.chars().count() + at - start);
        let mark = self.paint(style, &"^".repeat(length));
        let _ = writeln!(self.out, "{bar}\n{numbered} {text}\n{bar} {pad}{mark}");
    }
}

/// Length of the token that starts here: a name, `@name`, or one character.
fn underlined(rest: impl Iterator<Item = char>) -> usize {
    let length = rest
        .enumerate()
        .take_while(|(i, c)| c.is_alphanumeric() || *c == '_' || (*i == 0 && *c == '@'))
        .count();
    length.max(1)
}
