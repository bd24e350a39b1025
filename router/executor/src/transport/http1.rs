//! HTTP/1.1 without TLS (RFC 9112), as little of it as calling a subgraph needs.
//!
//! A call is one vectored write and, mostly, one read into a buffer that becomes the answer: no copy of a body, no
//! task beside the caller's, no channel. Connections are kept per thread, so that on a runtime per core a call never
//! leaves its own. Why not hyper's client, which serves `https`: `docs/decisions/0007`.

mod answer;
mod chunked;
mod connection;
mod head;
mod origin;

pub(super) use connection::{Answer, Failure};
pub(super) use head::RequestHead;
pub(super) use origin::{Call, Origin, Origins};
