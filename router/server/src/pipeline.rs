//! From a GraphQL request to response bytes: operation, authorisation, plan, execution.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use crate::{
    code::{ErrorCode, GraphqlError},
    http::{GraphqlRequest, RequestContext},
};

/// A GraphQL result, ready to be sent.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) body: Bytes,
    /// Cookies which subgraphs set in answers to mutations.
    pub(crate) set_cookies: Vec<HeaderValue>,
    pub(crate) operation_name: Option<Arc<str>>,
}

pub(crate) struct Pipeline {}

impl Pipeline {
    pub(crate) async fn execute(
        self: Arc<Self>,
        request: GraphqlRequest,
        context: RequestContext,
    ) -> Result<Outcome, Vec<GraphqlError>> {
        let _ = (request, context);
        Err(vec![GraphqlError::new(
            ErrorCode::OperationNotSupported,
            "not yet",
        )])
    }

    pub(crate) fn subgraph_names(&self) -> Vec<String> {
        Vec::new()
    }
}
