//! Reading a schema where it is, as cheaply as can be when it has not changed.
//!
//! Files are read again when their time or length differs, running subgraphs are asked with the tag they gave last.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use router_executor::Identity;
use serde::Deserialize;

use crate::{
    auth::InternalTokens,
    config::{HttpUrl, Recomposition},
    fetch::{Answer, FetchError, HttpFetch},
};

/// A larger file is refused.
const MAX_FILE_BYTES: u64 = 64 << 20;
const SERVICE_QUERY: &[u8] = br#"{"query":"{ _service { sdl } }"}"#;
/// A file changed less than this before it was read may change again without its time showing it.
const CLOCK_GRAIN: Duration = Duration::from_secs(2);

/// Where a schema is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// At hand; it never changes.
    Text(String),
    /// In a file.
    File(PathBuf),
    /// A running subgraph gives it.
    Running(HttpUrl),
}

impl Origin {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "configuration",
            Self::File(_) => "file",
            Self::Running(_) => "subgraph",
        }
    }
}

/// How a later reading can tell that nothing has changed.
#[derive(Debug, Clone, Default)]
pub(super) enum Validator {
    #[default]
    None,
    File(Stamp),
    Tag(HeaderValue),
}

/// When a file was last changed, and how long it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    changed: SystemTime,
    length: u64,
}

/// What came of reading.
#[derive(Debug)]
pub(super) enum Reading {
    /// What the validator stands for.
    Same,
    /// A text, which may be the known one nevertheless.
    Text(String, Validator),
}

/// Why a schema could not be read. `Display` names neither paths nor addresses.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("the file cannot be read: {0}")]
    File(#[source] io::Error),
    #[error(transparent)]
    Fetch(FetchError),
    #[error("not a GraphQL response")]
    NotGraphql(#[source] serde_json::Error),
    #[error("it does not answer `{{ _service {{ sdl }} }}`")]
    NoSdl,
}

impl ReadError {
    /// Whether a service that is starting or restarting fails like this.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Fetch(FetchError::Connect(_)) => true,
            Self::Fetch(FetchError::Status(status)) => status.is_server_error(),
            Self::Fetch(_) | Self::File(_) | Self::NotGraphql(_) | Self::NoSdl => false,
        }
    }

    /// What to do about it, where that is known.
    pub(super) fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Fetch(FetchError::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)) => {
                Some("set WEFT_INTERNAL_SECRET to the secret that the subgraph was given")
            }
            _ => None,
        }
    }
}

/// Reads schemas, wherever they are.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    http: HttpFetch,
    tokens: Option<Arc<InternalTokens>>,
    timeout: Duration,
    limit: usize,
}

impl Reader {
    pub(super) fn new(
        http: HttpFetch,
        tokens: Option<Arc<InternalTokens>>,
        bounds: &Recomposition,
    ) -> Self {
        Self {
            http,
            tokens,
            timeout: bounds.fetch_timeout.0,
            limit: bounds.schema_bytes.0,
        }
    }

    /// The schema of `subgraph` at `origin`, unless it is what `known` stands for.
    pub(super) async fn read(
        &self,
        subgraph: &Arc<str>,
        origin: &Origin,
        known: &Validator,
    ) -> Result<Reading, ReadError> {
        match origin {
            Origin::Text(text) => Ok(Reading::Text(text.clone(), Validator::None)),
            Origin::File(file) => read_file(file, known).await.map_err(ReadError::File),
            Origin::Running(url) => self.ask(subgraph, url, known).await,
        }
    }

    async fn ask(
        &self,
        subgraph: &Arc<str>,
        url: &HttpUrl,
        known: &Validator,
    ) -> Result<Reading, ReadError> {
        let authorization = self.tokens.as_ref().and_then(|tokens| {
            tokens.authorization(subgraph, &Arc::<Identity>::default(), "composition")
        });
        let known = match known {
            Validator::Tag(tag) => Some(tag),
            Validator::None | Validator::File(_) => None,
        };
        let body = Bytes::from_static(SERVICE_QUERY);
        let answer = self.http.post_json(
            url.uri(),
            authorization,
            known,
            body,
            self.timeout,
            self.limit,
        );
        match answer.await.map_err(ReadError::Fetch)? {
            Answer::NotModified => Ok(Reading::Same),
            Answer::Body { body, tag } => {
                let validator = tag.map_or(Validator::None, Validator::Tag);
                Ok(Reading::Text(sdl_of(&body)?, validator))
            }
        }
    }
}

/// A file's text, unless its stamp is `known`; bounded in size.
async fn read_file(file: &Path, known: &Validator) -> Result<Reading, io::Error> {
    let metadata = tokio::fs::metadata(file).await?;
    let length = metadata.len();
    if length > MAX_FILE_BYTES {
        let reason = format!("{length} bytes are more than the limit of {MAX_FILE_BYTES}");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    let changed = metadata.modified()?;
    let stamp = Stamp { changed, length };
    if matches!(known, Validator::File(known) if *known == stamp) {
        return Ok(Reading::Same);
    }
    let age = SystemTime::now().duration_since(changed);
    let text = tokio::fs::read_to_string(file).await?;
    let validator = match age {
        Ok(age) if age >= CLOCK_GRAIN => Validator::File(stamp),
        _ => Validator::None,
    };
    Ok(Reading::Text(text, validator))
}

fn sdl_of(body: &[u8]) -> Result<String, ReadError> {
    #[derive(Deserialize)]
    struct Response {
        data: Option<Data>,
    }
    #[derive(Deserialize)]
    struct Data {
        _service: Option<Service>,
    }
    #[derive(Deserialize)]
    struct Service {
        sdl: Option<String>,
    }
    let response: Response = serde_json::from_slice(body).map_err(ReadError::NotGraphql)?;
    let service = response.data.and_then(|data| data._service);
    service
        .and_then(|service| service.sdl)
        .ok_or(ReadError::NoSdl)
}
