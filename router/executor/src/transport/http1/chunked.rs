//! The chunked transfer coding (RFC 9112, section 7.1), read as it comes.

use bytes::{Buf, BytesMut};

use super::connection::Failure;

/// Bytes that the line before a chunk or the trailer may have: what they say is ignored, but not for ever.
const MAX_LINE_BYTES: usize = 16 << 10;

/// A body in chunks.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    stage: Stage,
    body: BytesMut,
    trailer_bytes: usize,
}

#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    #[default]
    Size,
    Data(u64),
    /// The line end after a chunk's data.
    DataEnd,
    Trailer,
}

enum Step {
    Next(Stage),
    NeedsMore,
    Done,
}

impl Chunked {
    /// Takes what there is of `input`; whether the body is complete.
    ///
    /// # Errors
    /// [`Failure::Malformed`] if these are no chunks, [`Failure::TooLarge`] beyond `limit` bytes.
    pub(super) fn read(&mut self, input: &mut BytesMut, limit: usize) -> Result<bool, Failure> {
        loop {
            let step = match self.stage {
                Stage::Size => self.size(input, limit)?,
                Stage::Data(left) => self.data(input, left),
                Stage::DataEnd => data_end(input)?,
                Stage::Trailer => self.trailer(input)?,
            };
            match step {
                Step::Next(stage) => self.stage = stage,
                Step::NeedsMore => return Ok(false),
                Step::Done => return Ok(true),
            }
        }
    }

    /// What came.
    pub(super) fn into_body(self) -> BytesMut {
        self.body
    }

    fn size(&self, input: &mut BytesMut, limit: usize) -> Result<Step, Failure> {
        // The library takes an empty line for an empty chunk.
        if input
            .first()
            .is_some_and(|first| !first.is_ascii_hexdigit())
        {
            return Err(Failure::Malformed("a chunk has no size"));
        }
        match httparse::parse_chunk_size(input) {
            Ok(httparse::Status::Complete((used, size))) => {
                input.advance(used);
                if size > limit.saturating_sub(self.body.len()) as u64 {
                    return Err(Failure::TooLarge);
                }
                Ok(Step::Next(match size {
                    0 => Stage::Trailer,
                    size => Stage::Data(size),
                }))
            }
            Ok(httparse::Status::Partial) if input.len() <= MAX_LINE_BYTES => Ok(Step::NeedsMore),
            _ => Err(Failure::Malformed("a chunk has no size")),
        }
    }

    fn data(&mut self, input: &mut BytesMut, left: u64) -> Step {
        let count = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
        self.body.extend_from_slice(&input[..count]);
        input.advance(count);
        match left - count as u64 {
            0 => Step::Next(Stage::DataEnd),
            left => {
                self.stage = Stage::Data(left);
                Step::NeedsMore
            }
        }
    }

    /// Drops a line of the trailer; the empty one ends it.
    fn trailer(&mut self, input: &mut BytesMut) -> Result<Step, Failure> {
        let end = memchr::memchr(b'\n', input);
        let length = end.map_or(input.len(), |end| end + 1);
        if self.trailer_bytes + length > MAX_LINE_BYTES {
            return Err(Failure::Malformed("the trailer is too long"));
        }
        let Some(end) = end else {
            return Ok(Step::NeedsMore);
        };
        let is_empty = matches!(&input[..end], b"" | b"\r");
        self.trailer_bytes += length;
        input.advance(length);
        Ok(match is_empty {
            true => Step::Done,
            false => Step::Next(Stage::Trailer),
        })
    }
}

fn data_end(input: &mut BytesMut) -> Result<Step, Failure> {
    match &input[..] {
        [] | [b'\r'] => Ok(Step::NeedsMore),
        [b'\r', b'\n', ..] => {
            input.advance(2);
            Ok(Step::Next(Stage::Size))
        }
        _ => Err(Failure::Malformed("a chunk is longer than its size")),
    }
}

#[cfg(test)]
mod tests;
