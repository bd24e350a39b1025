//! Which headers say who a client is or belong to one connection: these never travel to subgraphs.

use http::{HeaderName, header};

/// Whether a client's header of this name must not reach a subgraph.
pub(crate) fn carries_identity(name: &HeaderName) -> bool {
    const REFUSED: [HeaderName; 14] = [
        header::AUTHORIZATION,
        header::COOKIE,
        header::PROXY_AUTHORIZATION,
        header::HOST,
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::CONTENT_ENCODING,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::TE,
        header::TRAILER,
        header::ACCEPT,
        header::ACCEPT_ENCODING,
    ];
    REFUSED.contains(name) || name.as_str().starts_with("x-weft-") || name.as_str() == "keep-alive"
}
