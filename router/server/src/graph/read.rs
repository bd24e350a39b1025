//! Reading a schema where it is, as cheaply as can be when it has not changed.
//!
//! Files are read again when their time or length differs, running subgraphs are asked with the tag they gave last.

use std::{
    io,
    path::{Path, PathBuf},
    string::FromUtf8Error,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header, header::Entry};
use router_executor::Identity;
use tokio::io::AsyncReadExt;

use super::answer;
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
    /// A running subgraph gives it, if asked with these headers.
    Running { url: HttpUrl, headers: HeaderMap },
}

impl Origin {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "configuration",
            Self::File(_) => "file",
            Self::Running { .. } => "subgraph",
        }
    }

    /// Whether the same schema is found at both, though perhaps not asked for in the same way.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Running { url, .. }, Self::Running { url: other, .. }) => url == other,
            _ => self == other,
        }
    }

    /// The file shown in messages.
    pub(super) fn file_name(&self) -> Option<String> {
        match self {
            Self::File(file) => Some(file.display().to_string()),
            Self::Text(_) | Self::Running { .. } => None,
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
    #[error("the file is not text in UTF-8 (line {line}, column {column})")]
    NotUtf8 { line: usize, column: usize },
    #[error("not a GraphQL response")]
    NotGraphql(#[source] serde_json::Error),
    #[error("it does not answer `{{ _service {{ sdl }} }}`")]
    NoSdl(#[source] Option<answer::SubgraphSaid>),
}

impl ReadError {
    /// Whether a service that is starting or restarting fails like this.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Fetch(FetchError::Connect(_)) => true,
            Self::Fetch(FetchError::Status(status)) => status.is_server_error(),
            Self::Fetch(_)
            | Self::File(_)
            | Self::NotUtf8 { .. }
            | Self::NotGraphql(_)
            | Self::NoSdl(_) => false,
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
            Origin::File(file) => read_file(file, known).await,
            Origin::Running { url, headers } => {
                self.ask(subgraph, url, headers.clone(), known).await
            }
        }
    }

    async fn ask(
        &self,
        subgraph: &Arc<str>,
        url: &HttpUrl,
        mut headers: HeaderMap,
        known: &Validator,
    ) -> Result<Reading, ReadError> {
        let authorization = self.tokens.as_ref().and_then(|tokens| {
            tokens.authorization(subgraph, &Arc::<Identity>::default(), "composition")
        });
        if let (Some(value), Entry::Vacant(entry)) =
            (authorization, headers.entry(header::AUTHORIZATION))
        {
            entry.insert(value);
        }
        let known = match known {
            Validator::Tag(tag) => Some(tag),
            Validator::None | Validator::File(_) => None,
        };
        let body = Bytes::from_static(SERVICE_QUERY);
        let answer = self
            .http
            .post_json(url.uri(), headers, known, body, self.timeout, self.limit);
        match answer.await.map_err(ReadError::Fetch)? {
            Answer::NotModified => Ok(Reading::Same),
            Answer::Body { body, tag } => {
                let validator = tag.map_or(Validator::None, Validator::Tag);
                Ok(Reading::Text(answer::sdl_of(&body)?, validator))
            }
        }
    }
}

/// A file's text, unless its stamp is `known`; bounded in size.
async fn read_file(file: &Path, known: &Validator) -> Result<Reading, ReadError> {
    let metadata = tokio::fs::metadata(file).await.map_err(ReadError::File)?;
    let length = metadata.len();
    if metadata.is_dir() {
        return Err(ReadError::File(io::ErrorKind::IsADirectory.into()));
    }
    if length > MAX_FILE_BYTES {
        return Err(ReadError::File(too_large()));
    }
    let changed = metadata.modified().map_err(ReadError::File)?;
    let stamp = Stamp { changed, length };
    if matches!(known, Validator::File(known) if *known == stamp) {
        return Ok(Reading::Same);
    }
    let age = SystemTime::now().duration_since(changed);
    let bytes = read_bounded(file).await.map_err(ReadError::File)?;
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(&error))?;
    let validator = match age {
        Ok(age) if age >= CLOCK_GRAIN => Validator::File(stamp),
        _ => Validator::None,
    };
    Ok(Reading::Text(text, validator))
}

/// Not every file has a length that tells where it ends: a device or a pipe has none.
async fn read_bounded(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = tokio::fs::File::open(file).await?;
    let mut file = file.take(MAX_FILE_BYTES + 1);
    match file.read_to_end(&mut bytes).await? as u64 {
        0..=MAX_FILE_BYTES => Ok(bytes),
        _ => Err(too_large()),
    }
}

fn too_large() -> io::Error {
    let reason = format!("more than the limit of {MAX_FILE_BYTES} bytes");
    io::Error::new(io::ErrorKind::FileTooLarge, reason)
}

/// The place of the first byte that is part of no character.
fn not_utf8(error: &FromUtf8Error) -> ReadError {
    let valid = error.utf8_error().valid_up_to();
    let valid = error.as_bytes().get(..valid).unwrap_or_default();
    let valid = String::from_utf8_lossy(valid);
    let line = valid.rsplit('\n').next().unwrap_or_default();
    ReadError::NotUtf8 {
        line: valid.matches('\n').count() + 1,
        column: line.chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_wrong_with_a_file_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let latin = folder.path().join("latin.graphql");
        std::fs::write(&latin, b"type Query {\n  \"gr\xc3\xb6\xdf\" a: Int }").unwrap();
        let read = async |path: &Path| read_file(path, &Validator::None).await.unwrap_err();
        assert!(matches!(
            read(&latin).await,
            ReadError::NotUtf8 { line: 2, column: 7 }
        ));
        let kind = |error: ReadError| match error {
            ReadError::File(error) => Some(error.kind()),
            _ => None,
        };
        let absent = folder.path().join("absent.graphql");
        assert_eq!(kind(read(&absent).await), Some(io::ErrorKind::NotFound));
        let is_folder = read(folder.path()).await;
        assert_eq!(kind(is_folder), Some(io::ErrorKind::IsADirectory));
        let endless = read(Path::new("/dev/zero")).await;
        assert_eq!(kind(endless), Some(io::ErrorKind::FileTooLarge));
    }
}
