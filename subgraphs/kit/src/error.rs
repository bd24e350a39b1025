//! Errors: the closed set of public codes, and the one place where a failure becomes a GraphQL error.
//!
//! Resolvers return [`Error`]. async-graphql carries it as the source of a `ServerError`; [`publish`]
//! then writes message and `extensions.code` once per response, so nothing internal can slip out.

use std::{fmt, sync::Arc};

use ::http::StatusCode;
use async_graphql::{ErrorExtensionValues, ServerError};
use sea_orm::{DbErr, RuntimeErr};

/// What a fallible function of a subgraph returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every value `extensions.code` can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The HTTP request is not a GraphQL request.
    BadRequest,
    /// The request body is larger than the limit.
    PayloadTooLarge,
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// The document exceeds a limit (nesting, fields, aliases, representations).
    OperationTooLarge,
    /// The operation may resolve more fields than the limit, because of the pages it asks for.
    OperationTooCostly,
    /// An argument has a value that is not allowed.
    BadUserInput,
    /// Nobody is signed in, or the credentials are not valid.
    Unauthenticated,
    /// Somebody is signed in who may not do this.
    Forbidden,
    /// Too many attempts.
    RateLimited,
    /// The service or its database did not answer in time.
    Timeout,
    /// The service cannot answer now (starting, draining, database away).
    ServiceUnavailable,
    /// The fault is ours; details are in the log only.
    InternalServerError,
}

impl ErrorCode {
    /// The spelling clients see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::OperationTooLarge => "OPERATION_TOO_LARGE",
            Self::OperationTooCostly => "OPERATION_TOO_COSTLY",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }

    /// The HTTP status of a response that consists of this error only.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest
            | Self::GraphqlParseFailed
            | Self::GraphqlValidationFailed
            | Self::OperationTooLarge
            | Self::OperationTooCostly
            | Self::BadUserInput => StatusCode::BAD_REQUEST,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a subgraph could not do what it was asked. Cheap to clone, because one failed batch fails
/// every field that waited for it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The caller's mistake, or a refusal: message and code reach the client.
    #[error("{message}")]
    Client {
        /// The public code.
        code: ErrorCode,
        /// What the client reads.
        message: String,
    },
    /// The database failed. Hidden from clients.
    #[error("database error")]
    Database(#[source] Arc<DbErr>),
    /// The database cannot be used as configured; said at start.
    #[error("cannot use the database {url}: {reason}")]
    Connect {
        /// The URL without its password.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// Redis cannot be used as configured, or does not answer. Hidden from clients.
    #[error("cannot use Redis at {url}: {reason}")]
    Redis {
        /// The URL without its password.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// A fault of ours. Hidden from clients.
    #[error("{message}")]
    Internal {
        /// For the log.
        message: String,
    },
}

impl Error {
    /// An error the client may read.
    pub fn client(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Client {
            code,
            message: message.into(),
        }
    }

    /// An argument with a value that is not allowed (`BAD_USER_INPUT`).
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::client(ErrorCode::BadUserInput, message)
    }

    /// Nobody is signed in (`UNAUTHENTICATED`).
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::client(ErrorCode::Unauthenticated, "you must be signed in")
    }

    /// Somebody is signed in who may not do this (`FORBIDDEN`).
    #[must_use]
    pub fn forbidden() -> Self {
        Self::client(ErrorCode::Forbidden, "you may not do this")
    }

    /// A fault of ours; `message` goes to the log, never to a client.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::Internal {
            message: message.into(),
        }
    }

    /// The code clients see for this error.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Client { code, .. } => *code,
            Self::Database(error) => database_code(error),
            Self::Connect { .. } | Self::Redis { .. } => ErrorCode::ServiceUnavailable,
            Self::Internal { .. } => ErrorCode::InternalServerError,
        }
    }

    /// The message clients see for this error.
    #[must_use]
    pub fn public_message(&self) -> &str {
        match self {
            Self::Client { message, .. } => message,
            other => hidden_message(other.code()),
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Database(Arc::new(error))
    }
}

fn database_code(error: &DbErr) -> ErrorCode {
    match error {
        DbErr::ConnectionAcquire(_) => ErrorCode::ServiceUnavailable,
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => driver_code(cause),
        DbErr::Conn(_) => ErrorCode::ServiceUnavailable,
        _ => ErrorCode::InternalServerError,
    }
}

fn driver_code(error: &sqlx::Error) -> ErrorCode {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed => ErrorCode::ServiceUnavailable,
        sqlx::Error::Database(database) => match database.code().as_deref() {
            // PostgreSQL: a statement was cancelled by statement_timeout.
            Some("57014") => ErrorCode::Timeout,
            // PostgreSQL: shutting down, crashed, starting up; too many connections.
            Some("57P01" | "57P02" | "57P03" | "53300") => ErrorCode::ServiceUnavailable,
            // SQLite: busy for longer than busy_timeout.
            Some("5" | "6" | "261" | "517") => ErrorCode::ServiceUnavailable,
            _ => ErrorCode::InternalServerError,
        },
        _ => ErrorCode::InternalServerError,
    }
}

fn hidden_message(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ServiceUnavailable => "the service is temporarily unavailable",
        ErrorCode::Timeout => "the service did not answer in time",
        _ => "internal error",
    }
}

/// Turns a failure inside execution into what the client may read, logging what is hidden.
///
/// `default` is the code of errors async-graphql made itself (it has no codes of its own).
pub(crate) fn publish(error: &mut ServerError, default: ErrorCode, request_id: &str) {
    if let Some(cause) = error.source::<Error>() {
        let (code, message) = (cause.code(), cause.public_message().to_owned());
        if !matches!(cause, Error::Client { .. }) {
            tracing::error!(
                request.id = request_id,
                error.code = code.as_str(),
                error.cause = %causes(cause),
                graphql.path = ?error.path,
                "a resolver failed"
            );
        }
        error.message = message;
        set_code(error, code);
    } else if error.source.is_some() {
        // Something with a `Display` that no code of ours classified: never shown.
        tracing::error!(
            request.id = request_id,
            error.cause = error.message,
            graphql.path = ?error.path,
            "a resolver failed"
        );
        error.message = hidden_message(ErrorCode::InternalServerError).to_owned();
        set_code(error, ErrorCode::InternalServerError);
    } else if !has_code(error) {
        set_code(error, default);
    }
    error.source = None;
}

/// A `ServerError` with a code and nothing else, for failures before execution.
pub(crate) fn request_error(code: ErrorCode, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    error
}

fn has_code(error: &ServerError) -> bool {
    error
        .extensions
        .as_ref()
        .is_some_and(|extensions| extensions.get("code").is_some())
}

fn set_code(error: &mut ServerError, code: ErrorCode) {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set("code", code.as_str());
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
