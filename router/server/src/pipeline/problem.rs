//! The operation crate's mistakes to the router's codes.

use router_operation::{LimitKind, OperationError, Problem};

use crate::code::{ErrorCode, GraphqlError};

pub(super) fn one(error: OperationError) -> GraphqlError {
    let code = match error.problem {
        Problem::Syntax => ErrorCode::GraphqlParseFailed,
        Problem::Validation => ErrorCode::GraphqlValidationFailed,
        Problem::UnknownOperation => ErrorCode::OperationNotFound,
        Problem::Variables => ErrorCode::InvalidVariables,
        Problem::Limit(LimitKind::Tokens) => ErrorCode::TooManyTokens,
        Problem::Limit(LimitKind::Depth) => ErrorCode::TooDeep,
        Problem::Limit(LimitKind::Aliases) => ErrorCode::TooManyAliases,
        Problem::Limit(LimitKind::RootFields) => ErrorCode::TooManyRootFields,
        Problem::Limit(LimitKind::Fields | LimitKind::Introspection) => {
            ErrorCode::OperationTooComplex
        }
    };
    let locations = error
        .locations
        .iter()
        .map(|location| (location.line, location.column))
        .collect();
    GraphqlError {
        message: error.message,
        code,
        locations,
    }
}

pub(super) fn all(errors: Vec<OperationError>) -> Vec<GraphqlError> {
    errors.into_iter().map(one).collect()
}
