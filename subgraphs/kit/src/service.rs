//! A subgraph ready to answer, over HTTP or mounted in the router's process.
//!
//! Both ways end in [`Service::execute`], which turns request bytes into response bytes; that is why
//! they give the same answer.

use std::sync::Arc;

use ::http::{
    HeaderMap, StatusCode,
    header::{CACHE_CONTROL, SET_COOKIE},
};
use async_graphql::{
    Data, ObjectType, Request, Response, Schema, SchemaBuilder, ServerError, SubscriptionType,
    ValidationMode, Value,
};
use bytes::Bytes;
use futures::future::BoxFuture;

use crate::{
    ErrorCode,
    cache_policy::{CachePolicy, Hints},
    clock::Deps,
    db::Db,
    document::Documents,
    error,
    json::{RequestBody, write_response},
    limits::Limits,
    scope::{Caller, Scope},
    sdl,
};

/// How a service is set up, apart from its schema.
#[derive(Clone)]
pub struct ServiceConfig {
    /// The subgraph's name: `users`, `posts`, `todos`.
    pub name: &'static str,
    /// The database.
    pub db: Db,
    /// Clock and ids.
    pub deps: Deps,
    /// Caps per request.
    pub limits: Limits,
    /// Whether requests come from the router alone, which has validated them against the same schema.
    /// They are then not validated a second time.
    pub behind_router: bool,
}

type Execute = dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync;
type Attach = dyn Fn(&Arc<Scope>, &mut Data) + Send + Sync;

/// A subgraph. Clones share everything.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    config: ServiceConfig,
    execute: Box<Execute>,
    attach: Box<Attach>,
    documents: Documents,
    sdl: String,
    raw_sdl: String,
}

/// A response: status and headers for HTTP, and the bytes that are the same everywhere.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status for `application/graphql-response+json`.
    pub status: StatusCode,
    /// Headers resolvers set (`set-cookie`), and `cache-control`, which every answer has.
    pub headers: HeaderMap,
    /// The JSON response.
    pub body: Bytes,
    /// The request was not a GraphQL request at all, as opposed to one that was refused.
    pub malformed: bool,
}

impl Service {
    /// Finishes the schema and makes it answer. `attach` adds the service's loaders to each request.
    pub fn new<Q, M, S>(
        config: ServiceConfig,
        schema: SchemaBuilder<Q, M, S>,
        attach: impl Fn(&Arc<Scope>, &mut Data) + Send + Sync + 'static,
    ) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let mode = if config.behind_router {
            ValidationMode::Fast
        } else {
            ValidationMode::Strict
        };
        let schema = finish(schema.validation_mode(mode));
        let (sdl, raw_sdl) = (sdl::publish(&schema), sdl::raw(&schema));
        let hints = Hints::read(&sdl).unwrap_or_else(|error| {
            tracing::error!(error.cause = %error, "no answer will be cached");
            Hints::default()
        });
        Self(Arc::new(Inner {
            documents: Documents::new(config.limits, hints),
            execute: Box::new(move |request| {
                let schema = schema.clone();
                Box::pin(async move { schema.execute(request).await })
            }),
            attach: Box::new(attach),
            config,
            sdl,
            raw_sdl,
        }))
    }

    /// The subgraph's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.config.name
    }

    /// The subgraph's SDL, linked to federation v2.9.
    #[must_use]
    pub fn sdl(&self) -> &str {
        &self.0.sdl
    }

    /// The subgraph's database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.0.config.db
    }

    /// The subgraph's clock and ids.
    #[must_use]
    pub fn deps(&self) -> &Deps {
        &self.0.config.deps
    }

    /// The caps on requests.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.config.limits
    }

    /// Whether requests come from the router alone.
    #[must_use]
    pub fn behind_router(&self) -> bool {
        self.0.config.behind_router
    }

    /// Answers a GraphQL-over-HTTP request body. Whoever calls logs it.
    pub async fn execute(&self, body: &[u8], caller: Caller) -> Answer {
        match self.parse(body) {
            Ok(request) => answer(self.execute_request(request, caller).await),
            Err((code, message)) => Answer::refusal(code, &message),
        }
    }

    /// Answers a request that is already in memory as a value.
    pub async fn execute_request(&self, mut request: Request, caller: Caller) -> Response {
        let request_id = caller.request_id.clone();
        let refuse = |error: &crate::Error| {
            let error = error::request_error(error.code(), error.public_message());
            Response::from_errors(vec![error])
        };
        if let Err(error) = self.0.config.limits.check_variables(&request.variables) {
            return refuse(&error);
        }
        let document = match self.0.documents.get(&request.query) {
            Ok(document) => document,
            Err(error) => return refuse(&error),
        };
        let operation_name = request.operation_name.clone();
        let operation = operation_name.as_deref();
        let checked = document
            .check_variables(operation, &request.variables)
            .and_then(|()| document.check_cost(operation, &request.variables, self.limits()));
        if let Err(error) = checked {
            return refuse(&error);
        }
        let mutation = document.is_mutation(operation);
        let policy = document.cache_policy(operation);
        request.set_parsed_query(document.executable.clone());

        let config = &self.0.config;
        let scope = Scope::new(caller, config.db.clone(), config.deps.clone(), mutation);
        let scope = Arc::new(scope);
        (self.0.attach)(&scope, &mut request.data);
        request.data.insert(scope.clone());
        let mut response = scope.queue.drive((self.0.execute)(request)).await;
        self.finish(&mut response, &request_id);
        if mutation {
            let fields = document.root_fields(operation);
            scope.changes().tell(fields, &mut response);
        }
        let headers = &mut response.http_headers;
        let policy = if response.errors.is_empty() && !headers.contains_key(SET_COOKIE) {
            scope.cache_policy(policy)
        } else {
            CachePolicy::NO_STORE
        };
        headers.insert(CACHE_CONTROL, policy.header());
        response
    }

    fn parse(&self, body: &[u8]) -> Result<Request, (ErrorCode, String)> {
        if body.len() > self.0.config.limits.body {
            return Err((
                ErrorCode::PayloadTooLarge,
                format!(
                    "the request body is larger than {} bytes",
                    self.0.config.limits.body
                ),
            ));
        }
        let body: RequestBody = serde_json::from_slice(body).map_err(|error| {
            (
                ErrorCode::BadRequest,
                format!("the body is not a GraphQL request: {error}"),
            )
        })?;
        let Some(query) = body.query.filter(|query| !query.trim().is_empty()) else {
            return Err((
                ErrorCode::BadRequest,
                "the request has no `query`".to_owned(),
            ));
        };
        let mut request = Request::new(query).variables(body.variables);
        request.operation_name = body.operation_name;
        Ok(request)
    }

    /// Gives every error its code and hides what is not for clients; puts the published SDL where the
    /// library put its own.
    fn finish(&self, response: &mut Response, request_id: &str) {
        let executed = response.data != Value::Null || had_path(&response.errors);
        for error in &mut response.errors {
            let default = if executed && !error.path.is_empty() {
                ErrorCode::BadUserInput
            } else {
                ErrorCode::GraphqlValidationFailed
            };
            error::publish(error, default, request_id);
        }
        if let Value::Object(fields) = &mut response.data {
            for field in fields.values_mut() {
                if let Value::Object(service) = field {
                    for value in service.values_mut() {
                        if matches!(value, Value::String(text) if *text == self.0.raw_sdl) {
                            *value = Value::String(self.0.sdl.clone());
                        }
                    }
                }
            }
        }
    }
}

/// The schema of `builder` as [`Service`] serves it, for its SDL.
pub fn finish<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> Schema<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    builder.enable_federation().disable_suggestions().finish()
}

impl Answer {
    /// A response that consists of one error.
    #[must_use]
    pub fn refusal(code: ErrorCode, message: &str) -> Self {
        let body = serde_json::json!({
            "errors": [{ "message": message, "extensions": { "code": code.as_str() } }],
        });
        Self {
            status: code.status(),
            headers: HeaderMap::from_iter([(CACHE_CONTROL, CachePolicy::NO_STORE.header())]),
            body: body.to_string().into(),
            malformed: code == ErrorCode::BadRequest,
        }
    }
}

/// Serializes a response. A request that was refused before execution has no `data` (GraphQL spec,
/// section 7.1).
fn answer(mut response: Response) -> Answer {
    let mut headers = std::mem::take(&mut response.http_headers);
    // One that was refused before its policy was known.
    headers
        .entry(CACHE_CONTROL)
        .or_insert_with(|| CachePolicy::NO_STORE.header());
    let refused =
        !response.errors.is_empty() && response.data == Value::Null && !had_path(&response.errors);
    let (status, body) = if refused {
        let body = serde_json::json!({ "errors": response.errors });
        (request_status(&response.errors), serde_json::to_vec(&body))
    } else {
        (StatusCode::OK, write_response(&response))
    };
    match body {
        Ok(body) => Answer {
            status,
            headers,
            body: body.into(),
            malformed: false,
        },
        Err(error) => {
            tracing::error!(error.cause = %error, "a response could not be serialized");
            Answer::refusal(ErrorCode::InternalServerError, "internal error")
        }
    }
}

fn had_path(errors: &[ServerError]) -> bool {
    errors.iter().any(|error| !error.path.is_empty())
}

fn request_status(errors: &[ServerError]) -> StatusCode {
    let internal = errors.iter().any(|error| {
        let code = error.extensions.as_ref().and_then(|e| e.get("code"));
        matches!(code, Some(Value::String(code)) if code == ErrorCode::InternalServerError.as_str())
    });
    if internal {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::BAD_REQUEST
    }
}

#[cfg(test)]
pub(crate) mod tests;
