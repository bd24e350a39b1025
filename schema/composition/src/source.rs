//! One subgraph's text and the way from a byte offset to line and column.

use apollo_compiler::parser::{FileId, SourceSpan};

use crate::diagnostic::Location;

/// Byte offset in a subgraph's SDL; `None` for what composition itself added.
pub(crate) type At = Option<u32>;

/// Distance in bytes between two remembered character counts.
const STRIDE: usize = 1024;

/// A subgraph's name and an index of its text.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) file: Option<FileId>,
    text: String,
    /// Offset of the first byte of every line.
    lines: Vec<u32>,
    /// Characters before every `STRIDE`th byte, so that a column on an endless line is cheap.
    characters: Vec<u32>,
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let mut lines = vec![0];
        let mut characters = Vec::with_capacity(text.len() / STRIDE + 1);
        let mut count = 0;
        for (offset, byte) in text.bytes().enumerate() {
            if offset % STRIDE == 0 {
                characters.push(count);
            }
            if !is_continuation(byte) {
                count += 1;
            }
            if byte == b'\n' {
                lines.push(u32::try_from(offset + 1).unwrap_or(u32::MAX));
            }
        }
        characters.push(count);
        Self {
            name: name.to_owned(),
            file: None,
            text: text.to_owned(),
            lines,
            characters,
        }
    }

    /// The offset of a span, if the span is in this text.
    pub(crate) fn at(&self, span: Option<SourceSpan>) -> At {
        let span = span.filter(|span| Some(span.file_id()) == self.file)?;
        u32::try_from(span.offset()).ok()
    }

    /// The text of a span, if the span is in this text.
    pub(crate) fn slice(&self, span: Option<SourceSpan>) -> Option<&str> {
        let span = span.filter(|span| Some(span.file_id()) == self.file)?;
        self.text.get(span.offset()..span.end_offset())
    }

    pub(crate) fn location(&self, coordinate: impl Into<Option<String>>, at: At) -> Location {
        let (line, column) = at.map_or((0, 0), |at| self.line_column(at));
        Location {
            subgraph: self.name.clone(),
            coordinate: coordinate.into(),
            line,
            column,
        }
    }

    fn line_column(&self, at: u32) -> (usize, usize) {
        let line = self.lines.partition_point(|&start| start <= at);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.characters_before(at) - self.characters_before(start);
        (line, column + 1)
    }

    fn characters_before(&self, at: u32) -> usize {
        let at = (at as usize).min(self.text.len());
        let stride = at / STRIDE;
        let known = self.characters.get(stride).copied().unwrap_or(0) as usize;
        let rest = self.text.as_bytes().get(stride * STRIDE..at);
        known
            + rest.map_or(0, |rest| {
                rest.iter().filter(|&&b| !is_continuation(b)).count()
            })
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}
