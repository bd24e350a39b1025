#![doc = include_str!("../README.md")]

mod account;
mod accounts;
pub mod config;
#[expect(
    unreachable_pub,
    reason = "SeaORM's derives make what they generate public"
)]
mod entity;
pub mod entropy;
mod graphql;
pub mod limiter;
mod password;
pub mod seed;
mod signing_keys;
mod store;
mod tokens;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::jwk::JwkSet;
use subgraphs_kit::Result;
use subgraphs_kit::identity::{AccessVerifier, Authenticator, KeyCache, KeySource};
use subgraphs_kit::service::{Service, ServiceConfig};

use crate::accounts::Accounts;
use crate::config::UsersConfig;
use crate::graphql::Loaders;
use crate::limiter::{AttemptLimiter, MemoryLimiter};
use crate::signing_keys::OwnKeys;

/// Where the key set is published.
pub const JWKS_PATH: &str = "/.well-known/jwks.json";

/// How long others may keep the key set, in seconds; far less than a key's notice.
const JWKS_MAX_AGE: &str = "public, max-age=300";

/// The users service: its GraphQL schema, and the keys its tokens are verified with.
#[derive(Clone)]
pub struct Users {
    service: Service,
    accounts: Arc<Accounts>,
}

impl Users {
    /// The service over a migrated database, counting login attempts in memory.
    ///
    /// # Errors
    /// `Internal` when the configured password cost is not possible.
    pub fn new(service: ServiceConfig, config: UsersConfig) -> Result<Self> {
        let limiter = Arc::new(MemoryLimiter::new(config.attempts));
        Self::with_limiter(service, config, limiter)
    }

    /// The same with another way to count login attempts.
    ///
    /// # Errors
    /// `Internal` when the configured password cost is not possible.
    pub fn with_limiter(
        service: ServiceConfig,
        config: UsersConfig,
        limiter: Arc<dyn AttemptLimiter>,
    ) -> Result<Self> {
        let accounts = Arc::new(Accounts::new(config, limiter)?);
        let attached = Arc::clone(&accounts);
        let service = Service::new(service, graphql::schema(), move |scope, data| {
            data.insert(Loaders::new(scope));
            data.insert(Arc::clone(&attached));
        });
        Ok(Self { service, accounts })
    }

    /// What answers GraphQL requests.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The keys to verify access tokens with: next, active and retired (RFC 7517).
    ///
    /// # Errors
    /// `Database`.
    pub async fn jwks(&self) -> Result<JwkSet> {
        let now = self.service.deps().now();
        self.accounts.keys().published(self.service.db(), now).await
    }

    /// The same keys as a source, for a verifier in this process.
    #[must_use]
    pub fn key_source(&self) -> impl KeySource {
        OwnKeys {
            keys: Arc::clone(self.accounts.keys()),
            db: self.service.db().clone(),
            deps: self.service.deps().clone(),
        }
    }

    /// Verifies the access tokens this service issues; what it uses itself when it runs alone.
    #[must_use]
    pub fn access_verifier(&self) -> AccessVerifier {
        let config = self.accounts.config();
        let keys = Arc::new(KeyCache::new(self.key_source()));
        AccessVerifier::new(keys, &config.issuer, &config.audience)
    }

    /// The service over HTTP: `/graphql`, `/health`, `/ready` and the key set.
    pub fn router(&self, authenticator: Authenticator) -> Router {
        let jwks = Router::new()
            .route(JWKS_PATH, get(publish_keys))
            .with_state(self.clone());
        subgraphs_kit::http::router(self.service.clone(), authenticator).merge(jwks)
    }
}

/// The SDL of the subgraph, without a database.
#[must_use]
pub fn sdl() -> String {
    subgraphs_kit::sdl::publish(&subgraphs_kit::service::finish(graphql::schema()))
}

async fn publish_keys(State(users): State<Users>) -> Response {
    match users.jwks().await {
        Ok(keys) => ([(header::CACHE_CONTROL, JWKS_MAX_AGE)], Json(keys)).into_response(),
        Err(error) => {
            tracing::error!(
                error.code = error.code().as_str(),
                "the key set cannot be read"
            );
            (StatusCode::SERVICE_UNAVAILABLE, "the keys cannot be read").into_response()
        }
    }
}
