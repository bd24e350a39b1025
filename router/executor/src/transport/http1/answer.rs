//! An answer as it comes in.

use bytes::{Bytes, BytesMut};

use super::chunked::Chunked;
use super::connection::{Answer, Failure};
use super::head::{self, Framing, ResponseHead};

/// Bytes that a head may have.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// What is read at once where nothing says how much will come.
const READ_BYTES: usize = 16 << 10;
/// Nor is less than this.
const LEAST_BYTES: usize = 512;
/// Room is made for no more than this at once: an announced length is not yet a body.
const MAX_RESERVED_BYTES: usize = 8 << 20;

/// An answer of which more may come.
#[derive(Debug)]
pub(super) struct Incoming {
    /// What was read and not yet understood.
    pub(super) buffer: BytesMut,
    stage: Stage,
    limit: usize,
}

#[derive(Debug)]
enum Stage {
    /// So many bytes were searched for the end of the head.
    Head(usize),
    Length(ResponseHead, usize),
    Chunked(ResponseHead, Chunked),
    Close(ResponseHead),
}

impl Incoming {
    /// Nothing yet. There is room for `capacity` bytes; a body may have `limit` bytes.
    pub(super) fn new(capacity: usize, limit: usize) -> Self {
        Self {
            buffer: BytesMut::with_capacity(capacity),
            stage: Stage::Head(0),
            limit,
        }
    }

    /// Whether a whole head came.
    pub(super) fn has_head(&self) -> bool {
        !matches!(self.stage, Stage::Head(_))
    }

    /// Makes room for what should come next, and a little more: a read that fills all there is says nothing about
    /// whether there is more, and the system would have to be asked again.
    pub(super) fn make_room(&mut self) {
        let spare = self.buffer.capacity() - self.buffer.len();
        let (needed, more) = match &self.stage {
            Stage::Length(_, length) => {
                let left = (length - self.buffer.len()).min(MAX_RESERVED_BYTES) + 1;
                (left.min(READ_BYTES), left)
            }
            Stage::Head(_) | Stage::Chunked(..) | Stage::Close(_) => (LEAST_BYTES, READ_BYTES),
        };
        if spare < needed {
            self.buffer.reserve(more);
        }
    }

    /// Looks at what was read; whether the answer is complete.
    ///
    /// # Errors
    /// It is no answer, or too large.
    pub(super) fn advance(&mut self) -> Result<bool, Failure> {
        while let Stage::Head(searched) = self.stage {
            let Some(end) = head::end(&self.buffer, searched) else {
                if self.buffer.len() > MAX_HEAD_BYTES {
                    return Err(Failure::Malformed("the head is too long"));
                }
                self.stage = Stage::Head(self.buffer.len());
                return Ok(false);
            };
            self.head(end)?;
        }
        match &mut self.stage {
            Stage::Head(_) => Ok(false),
            Stage::Length(_, length) => Ok(self.buffer.len() >= *length),
            Stage::Chunked(_, chunked) => chunked.read(&mut self.buffer, self.limit),
            Stage::Close(_) if self.buffer.len() > self.limit => Err(Failure::TooLarge),
            Stage::Close(_) => Ok(false),
        }
    }

    /// Understands the head in the first `end` bytes; an interim answer (RFC 9110, section 15.2) is dropped.
    fn head(&mut self, end: usize) -> Result<(), Failure> {
        let head = head::parse(&self.buffer.split_to(end).freeze())?;
        if head.status.is_informational() {
            let switches = head.status == http::StatusCode::SWITCHING_PROTOCOLS;
            self.stage = Stage::Head(0);
            return match switches {
                true => Err(Failure::Malformed("nobody asked for another protocol")),
                false => Ok(()),
            };
        }
        self.stage = match head.framing {
            Framing::Length(length) if length > self.limit as u64 => {
                return Err(Failure::TooLarge);
            }
            Framing::Length(length) => {
                Stage::Length(head, usize::try_from(length).unwrap_or(usize::MAX))
            }
            Framing::Chunked => Stage::Chunked(head, Chunked::default()),
            Framing::Close => Stage::Close(head),
        };
        Ok(())
    }

    /// The connection ended: `None` if that was too early.
    pub(super) fn end(self) -> Option<Answer> {
        match self.stage {
            Stage::Close(_) => Some(self.finish().0),
            _ => None,
        }
    }

    /// The answer, which is complete, and whether the connection is in order for another request.
    pub(super) fn finish(mut self) -> (Answer, bool) {
        let (head, body): (_, Bytes) = match self.stage {
            Stage::Length(head, length) => (head, self.buffer.split_to(length).freeze()),
            Stage::Chunked(head, chunked) => (head, chunked.into_body().freeze()),
            Stage::Close(head) => (head, self.buffer.split().freeze()),
            Stage::Head(_) => unreachable!("an answer has a head"),
        };
        // Nobody asked for what follows an answer.
        let keeps = head.keeps && self.buffer.is_empty();
        let answer = Answer {
            status: head.status,
            headers: head.headers,
            body,
        };
        (answer, keeps)
    }
}

#[cfg(test)]
mod tests;
