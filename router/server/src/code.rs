//! The closed list of error codes the router itself gives, and what each means in HTTP.
//!
//! Codes inside partial data (`SUBREQUEST_*` and a subgraph's own) are the executor's and the
//! subgraphs'; they never change the status.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::http::MediaType;

/// Why a request got no data. `extensions.code` is the name in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request is not one of GraphQL over HTTP.
    BadRequest,
    /// The body, `variables` or `extensions` is not JSON.
    InvalidJson,
    /// There is no `query`.
    QueryMissing,
    /// The body is a list of requests.
    BatchingNotSupported,
    /// Only a hash of the document was sent.
    PersistedQueryNotSupported,
    /// A browser could have sent this without asking (see [`crate::Csrf`]).
    CsrfBlocked,
    /// The access token is missing a requirement, wrong or expired.
    Unauthenticated,
    /// The operation selects what the client's scopes do not reach.
    Forbidden,
    /// There is no such path.
    NotFound,
    /// The method is not supported here, or a mutation was sent by GET.
    MethodNotAllowed,
    /// No media type the client accepts can be produced.
    NotAcceptable,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body is larger than `limits.body_bytes`.
    PayloadTooLarge,
    /// The body's type or encoding is not JSON in UTF-8.
    UnsupportedMediaType,
    /// The document has a syntax error.
    GraphqlParseFailed,
    /// The document breaks a validation rule.
    GraphqlValidationFailed,
    /// `operationName` names none of the operations, or is missing where there are several.
    OperationNotFound,
    /// A variable is missing or has a value its type does not allow.
    InvalidVariables,
    /// The document is larger than `limits.query_bytes`.
    QueryTooLarge,
    /// The document has more tokens than `limits.tokens`.
    TooManyTokens,
    /// The operation is nested deeper than `limits.depth`.
    TooDeep,
    /// The operation has more aliases than `limits.aliases`.
    TooManyAliases,
    /// The operation has more root fields than `limits.root_fields`.
    TooManyRootFields,
    /// The operation is larger than the router plans for, fragments expanded.
    OperationTooComplex,
    /// The operation is valid, and no combination of subgraphs can answer it.
    OperationNotResolvable,
    /// Introspection is switched off.
    IntrospectionDisabled,
    /// The operation is of a kind this router does not run.
    OperationNotSupported,
    /// There are more requests than `limits.concurrent_requests`.
    Overloaded,
    /// The keys that tokens are verified with cannot be had.
    AuthenticationUnavailable,
    /// The request took longer than `timeouts.request`.
    RequestTimeout,
    /// A mistake of the router's.
    InternalServerError,
}

impl ErrorCode {
    /// The code as it stands in `extensions.code`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::InvalidJson => "INVALID_JSON",
            Self::QueryMissing => "QUERY_MISSING",
            Self::BatchingNotSupported => "BATCHING_NOT_SUPPORTED",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::CsrfBlocked => "CSRF_BLOCKED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::BodyTimeout => "BODY_TIMEOUT",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::OperationNotFound => "OPERATION_NOT_FOUND",
            Self::InvalidVariables => "INVALID_VARIABLES",
            Self::QueryTooLarge => "QUERY_TOO_LARGE",
            Self::TooManyTokens => "TOO_MANY_TOKENS",
            Self::TooDeep => "TOO_DEEP",
            Self::TooManyAliases => "TOO_MANY_ALIASES",
            Self::TooManyRootFields => "TOO_MANY_ROOT_FIELDS",
            Self::OperationTooComplex => "OPERATION_TOO_COMPLEX",
            Self::OperationNotResolvable => "OPERATION_NOT_RESOLVABLE",
            Self::IntrospectionDisabled => "INTROSPECTION_DISABLED",
            Self::OperationNotSupported => "OPERATION_NOT_SUPPORTED",
            Self::Overloaded => "OVERLOADED",
            Self::AuthenticationUnavailable => "AUTHENTICATION_UNAVAILABLE",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }

    /// The HTTP status. A GraphQL request error (GraphQL over HTTP, section 6.4) is 400 in
    /// `application/graphql-response+json` and 200 in `application/json`; what went wrong before
    /// there was a GraphQL request has one status in both.
    #[must_use]
    pub fn status(self, media_type: MediaType) -> StatusCode {
        match self {
            Self::BadRequest
            | Self::InvalidJson
            | Self::QueryMissing
            | Self::BatchingNotSupported
            | Self::PersistedQueryNotSupported => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::CsrfBlocked | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Overloaded | Self::AuthenticationUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::RequestTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::GraphqlParseFailed
            | Self::GraphqlValidationFailed
            | Self::OperationNotFound
            | Self::InvalidVariables
            | Self::QueryTooLarge
            | Self::TooManyTokens
            | Self::TooDeep
            | Self::TooManyAliases
            | Self::TooManyRootFields
            | Self::OperationTooComplex
            | Self::OperationNotResolvable
            | Self::IntrospectionDisabled
            | Self::OperationNotSupported => match media_type {
                MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
                MediaType::Json => StatusCode::OK,
            },
        }
    }
}

/// An error a client may see (GraphQL specification, section 7.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphqlError {
    /// For the developer of the client.
    pub message: String,
    /// What programs act on.
    pub code: ErrorCode,
    /// Lines and columns in the document, from 1.
    pub locations: Vec<(usize, usize)>,
}

impl GraphqlError {
    /// An error without position.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code,
            locations: Vec::new(),
        }
    }
}

impl Serialize for GraphqlError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", &self.message)?;
        if !self.locations.is_empty() {
            map.serialize_entry("locations", &Locations(&self.locations))?;
        }
        map.serialize_entry("extensions", &Extensions(self.code))?;
        map.end()
    }
}

struct Locations<'a>(&'a [(usize, usize)]);

impl Serialize for Locations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Location {
            line: usize,
            column: usize,
        }
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for &(line, column) in self.0 {
            list.serialize_element(&Location { line, column })?;
        }
        list.end()
    }
}

struct Extensions(ErrorCode);

impl Serialize for Extensions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("code", self.0.as_str())?;
        map.end()
    }
}
