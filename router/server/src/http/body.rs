//! Reading a request's body: bounded in bytes and time.

use std::time::Duration;

use axum::body::HttpBody;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::{
    code::{ErrorCode, GraphqlError},
    config::{ByteSize, Span},
};

/// What is read and thrown away of a body that is too large, so that a client which writes before it
/// reads gets to see the answer instead of a reset connection.
const MAX_DISCARDED_BYTES: usize = 64 << 20;
const MAX_DISCARD_TIME: Duration = Duration::from_secs(5);

/// The whole body, or why not.
pub(super) async fn read<B>(
    headers: &HeaderMap,
    mut body: B,
    limit: ByteSize,
    time: Span,
) -> Result<Bytes, GraphqlError>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let deadline = Instant::now() + time.0;
    let announced = body.size_hint().lower();
    if announced > limit.0 as u64 {
        // A client that asked first has sent nothing yet.
        if !headers.contains_key(header::EXPECT) {
            discard(body, deadline).await;
        }
        return Err(too_large(limit));
    }
    let mut bytes = BytesMut::new();
    loop {
        let frame = timeout_at(deadline, body.frame()).await.map_err(|_| {
            GraphqlError::new(
                ErrorCode::BodyTimeout,
                format!("the request's body did not arrive within {:?}", time.0),
            )
        })?;
        let Some(frame) = frame else {
            return Ok(bytes.freeze());
        };
        let frame = frame.map_err(|_| {
            GraphqlError::new(
                ErrorCode::BadRequest,
                "the request's body ended before it was complete",
            )
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > limit.0 {
            drop(bytes);
            discard(body, deadline).await;
            return Err(too_large(limit));
        }
        if bytes.is_empty() && body.is_end_stream() {
            return Ok(data);
        }
        if bytes.is_empty() {
            bytes.reserve(usize::try_from(announced).unwrap_or_default());
        }
        bytes.extend_from_slice(&data);
    }
}

async fn discard<B>(mut body: B, deadline: Instant)
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let deadline = deadline.min(Instant::now() + MAX_DISCARD_TIME);
    let mut discarded = 0;
    while discarded < MAX_DISCARDED_BYTES {
        match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => discarded += frame.data_ref().map_or(0, Bytes::len),
            Ok(Some(Err(_)) | None) | Err(_) => return,
        }
    }
}

fn too_large(limit: ByteSize) -> GraphqlError {
    GraphqlError::new(
        ErrorCode::PayloadTooLarge,
        format!("the request's body is larger than {} bytes", limit.0),
    )
}
