//! One connection: a request goes out, an answer comes in.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::{HeaderMap, StatusCode};
use tokio::net::TcpStream;
use tokio_util::io::{poll_read_buf, poll_write_buf};

use super::answer::Incoming;

/// What a server answered.
#[derive(Debug)]
pub(in crate::transport) struct Answer {
    pub(in crate::transport) status: StatusCode,
    pub(in crate::transport) headers: HeaderMap,
    /// As it came: its content coding is still on it.
    pub(in crate::transport) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(in crate::transport) enum Failure {
    /// There is no connection.
    Connect(String),
    /// The connection broke before a whole head came.
    Unanswered(String),
    /// It broke within the body.
    BrokenOff(String),
    /// What came is not HTTP/1.1.
    Malformed(&'static str),
    /// The body is larger than is accepted.
    TooLarge,
}

/// A connection without a request under way.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    /// Whose it is: the number of the thread whose runtime wakes it.
    pub(super) shard: usize,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, shard: usize) -> Self {
        Self { stream, shard }
    }

    /// Whether it is still open, and silent as it should be. Asks the system only if something happened to it.
    pub(super) fn is_idle(&self) -> bool {
        let read = self.stream.try_read(&mut [0]);
        matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Sends a request and reads the answer, also while the request is still being sent: a server may have heard
    /// enough. The connection comes back if it may be used again.
    pub(super) async fn exchange(
        mut self,
        mut request: impl Buf,
        mut incoming: Incoming,
    ) -> Result<(Answer, Option<Self>), Failure> {
        let mut sent = Ok(());
        let ended = poll_fn(|cx| {
            if sent.is_ok()
                && let Poll::Ready(Err(error)) = self.poll_send(cx, &mut request)
            {
                // Perhaps the answer says why.
                sent = Err(error);
            }
            self.poll_receive(cx, &mut incoming)
        });
        match ended.await {
            Ok(()) => {
                let (answer, keeps) = incoming.finish();
                let keeps = keeps && sent.is_ok() && !request.has_remaining();
                Ok((answer, keeps.then_some(self)))
            }
            Err(Ended::Failed(failure)) => Err(failure),
            Err(Ended::Closed(error)) => {
                let error = sent.err().unwrap_or(error);
                let failure = match incoming.has_head() {
                    true => Failure::BrokenOff,
                    false => Failure::Unanswered,
                };
                let answer = incoming.end().ok_or_else(|| failure(error.to_string()))?;
                Ok((answer, None))
            }
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, request: &mut impl Buf) -> Poll<io::Result<()>> {
        while request.has_remaining() {
            let sent = ready!(poll_write_buf(Pin::new(&mut self.stream), cx, request))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Ready when the answer is complete, or when nothing more will come.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        incoming: &mut Incoming,
    ) -> Poll<Result<(), Ended>> {
        loop {
            incoming.make_room();
            let stream = Pin::new(&mut self.stream);
            match ready!(poll_read_buf(stream, cx, &mut incoming.buffer)) {
                Ok(0) => {
                    return Poll::Ready(Err(Ended::Closed(io::ErrorKind::UnexpectedEof.into())));
                }
                Ok(_) => match incoming.advance() {
                    Ok(false) => {}
                    Ok(true) => return Poll::Ready(Ok(())),
                    Err(failure) => return Poll::Ready(Err(Ended::Failed(failure))),
                },
                Err(error) => return Poll::Ready(Err(Ended::Closed(error))),
            }
        }
    }
}

/// Why nothing more is read.
enum Ended {
    Closed(io::Error),
    Failed(Failure),
}
