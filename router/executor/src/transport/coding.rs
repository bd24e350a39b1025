//! How the bytes of an answer are packed.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::subgraph::malformed;
use crate::port::SubgraphError;

/// A content coding that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    /// The coding that the headers name.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, SubgraphError> {
        let mut coding = Self::Identity;
        for value in headers.get_all(CONTENT_ENCODING) {
            let value = value.to_str().unwrap_or("?");
            for name in value.split(',').map(str::trim) {
                let is = |other: &str| name.eq_ignore_ascii_case(other);
                coding = match coding {
                    coding if name.is_empty() || is("identity") => coding,
                    Self::Identity if is("gzip") || is("x-gzip") => Self::Gzip,
                    _ => return Err(malformed("the body is compressed in a way not known here")),
                };
            }
        }
        Ok(coding)
    }

    /// The bytes as they were before, if they are at most `limit`.
    pub(super) fn decode(self, body: Bytes, limit: usize) -> Result<Bytes, SubgraphError> {
        if self == Self::Identity {
            return Ok(body);
        }
        let mut unpacked = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let mut reader = GzDecoder::new(&*body).take(most);
        let read = reader.read_to_end(&mut unpacked);
        if unpacked.len() > limit {
            return Err(SubgraphError::TooLarge { limit });
        }
        // A second member would be legal, but nobody makes one, and a million empty ones take time.
        let is_all = reader.into_inner().into_inner().is_empty();
        match read {
            Ok(_) if is_all => Ok(unpacked.into()),
            _ => Err(malformed("the body is not what its content encoding says")),
        }
    }
}
