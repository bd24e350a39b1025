//! A users service on a fresh database, with a clock moved by hand.

use std::sync::Arc;

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use subgraphs_kit::clock::{Deps, ManualClock};
use subgraphs_kit::db::Db;
use subgraphs_kit::identity::Identity;
use subgraphs_kit::limits::Limits;
use subgraphs_kit::scope::Caller;
use subgraphs_kit::service::ServiceConfig;
use subgraphs_kit::testing::{Backend, TestDb};
use subgraphs_users::Users;
use subgraphs_users::config::{PasswordCost, UsersConfig};
use subgraphs_users::entropy::SeededEntropy;

/// A password that follows the rules.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A service and what a test needs to move it.
pub(crate) struct World {
    pub(crate) users: Users,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) db: Db,
    pub(crate) backend: Backend,
}

/// Settings for tests: as in production but for cheap hashes and known randomness.
pub(crate) fn config() -> UsersConfig {
    UsersConfig {
        password_cost: PasswordCost::minimal(),
        entropy: Arc::new(SeededEntropy::new(1)),
        ..UsersConfig::default()
    }
}

/// When every test begins.
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a valid time")
}

/// Runs `test` with a fresh service on each database.
pub(crate) async fn on_each_database(test: impl AsyncFn(&World)) {
    on_each_database_with(config(), test).await;
}

/// The same with other settings.
pub(crate) async fn on_each_database_with(config: UsersConfig, test: impl AsyncFn(&World)) {
    for backend in Backend::ALL {
        let database = TestDb::create(backend).await;
        migrations::up(migrations::Service::Users, database.db.write())
            .await
            .expect("migrates");
        let (deps, clock) = Deps::fixed(start());
        let world = World {
            users: service(&database.db, deps, config.clone()),
            clock,
            db: database.db.clone(),
            backend,
        };
        test(&world).await;
        drop(world);
        database.drop_database().await;
    }
}

/// A replica over `db`.
pub(crate) fn service(db: &Db, deps: Deps, config: UsersConfig) -> Users {
    let service = ServiceConfig {
        name: "users",
        db: db.clone(),
        deps,
        limits: Limits::default(),
        behind_router: false,
    };
    Users::new(service, config).expect("a service")
}

/// An answer: the JSON and the headers resolvers set.
pub(crate) struct Reply {
    pub(crate) json: Value,
    pub(crate) headers: HeaderMap,
}

impl Reply {
    /// The value at a JSON pointer below `data`.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        let found = self.json["data"].pointer(pointer);
        found.unwrap_or_else(|| panic!("nothing at {pointer} in {:#}", self.json))
    }

    /// The text at a JSON pointer below `data`.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let text = self.at(pointer).as_str();
        text.unwrap_or_else(|| panic!("no text at {pointer} in {:#}", self.json))
            .to_owned()
    }

    /// The codes of the user errors of the only mutation, each with its field's path.
    pub(crate) fn user_errors(&self) -> Vec<(String, String)> {
        let payloads = self.json["data"].as_object();
        let payload = payloads.and_then(|payloads| payloads.values().next());
        let errors = payload.and_then(|payload| payload["userErrors"].as_array());
        let errors = errors.unwrap_or_else(|| panic!("no user errors in {:#}", self.json));
        let path = |error: &Value| {
            let parts = error["field"].as_array().expect("a path").iter();
            parts
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(".")
        };
        errors
            .iter()
            .map(|error| {
                (
                    path(error),
                    error["code"].as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect()
    }

    /// The codes of top-level errors.
    pub(crate) fn errors(&self) -> Vec<&str> {
        let errors = self.json["errors"].as_array();
        let codes = errors.into_iter().flatten();
        codes
            .filter_map(|error| error["extensions"]["code"].as_str())
            .collect()
    }
}

/// The tokens of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl World {
    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.users.service().deps().now()
    }

    /// Another replica over the same database with the same clock.
    pub(crate) fn replica(&self, config: UsersConfig) -> Users {
        service(&self.db, self.users.service().deps().clone(), config)
    }

    /// Sends an operation as `caller`.
    pub(crate) async fn send(&self, caller: Caller, query: &str, variables: Value) -> Reply {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let answer = self.users.service().execute(body.as_bytes(), caller).await;
        Reply {
            json: serde_json::from_slice(&answer.body).expect("JSON"),
            headers: answer.headers,
        }
    }

    /// Sends an operation as nobody.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Reply {
        self.send(Caller::anonymous("test"), query, variables).await
    }

    /// Sends an operation as the router would for the holder of an access token.
    pub(crate) async fn ask_as(&self, access: &str, query: &str, variables: Value) -> Reply {
        let identity = self.identity(access).await;
        self.send(Caller::new(identity, "test"), query, variables)
            .await
    }

    /// Who an access token speaks for.
    pub(crate) async fn identity(&self, access: &str) -> Identity {
        let verified = self
            .users
            .access_verifier()
            .verify(access, self.now())
            .await;
        verified.expect("a valid token").into_identity()
    }

    /// Registers `username` and gives their tokens.
    pub(crate) async fn register(&self, username: &str) -> Tokens {
        let reply = self
            .ask(
                "mutation($input: RegisterInput!) { register(input: $input) {
                    session { accessToken refreshToken } userErrors { field code } } }",
                json!({ "input": {
                    "username": username, "email": format!("{username}@example.org"),
                    "password": PASSWORD, "refreshTokenDelivery": "BODY",
                } }),
            )
            .await;
        tokens(&reply, "register")
    }

    /// Tries to sign in.
    pub(crate) async fn login(&self, username: &str, password: &str) -> Reply {
        self.login_from(username, password, None).await
    }

    /// Tries to sign in from a network address.
    pub(crate) async fn login_from(
        &self,
        username: &str,
        password: &str,
        address: Option<&str>,
    ) -> Reply {
        let mut caller = Caller::anonymous("test");
        if let Some(address) = address {
            let address = address.parse().expect("a header");
            Arc::make_mut(&mut caller.headers).insert("x-weft-client-address", address);
        }
        self.send(
            caller,
            "mutation($input: LoginInput!) { login(input: $input) { user { username }
                session { accessToken refreshToken } userErrors { field code message } } }",
            json!({ "input": {
                "username": username, "password": password, "refreshTokenDelivery": "BODY",
            } }),
        )
        .await
    }

    /// Exchanges a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Reply {
        self.ask(
            "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) {
                session { accessToken refreshToken } userErrors { field code message } } }",
            json!({ "token": token }),
        )
        .await
    }

    /// The id of a user.
    pub(crate) async fn id_of(&self, username: &str) -> String {
        let query = "query($name: String!) { user(username: $name) { id } }";
        self.ask(query, json!({ "name": username }))
            .await
            .text("/user/id")
    }

    /// Makes a user an admin, as somebody with access to the database would.
    pub(crate) async fn promote(&self, username: &str) {
        self.sql(&format!(
            "UPDATE users SET role = 'ADMIN' WHERE username = '{username}'"
        ))
        .await;
    }

    /// Runs a statement.
    pub(crate) async fn sql(&self, statement: &str) {
        use sea_orm::ConnectionTrait;
        self.db
            .write()
            .execute_unprepared(statement)
            .await
            .expect("the statement runs");
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        use sea_orm::{ConnectionTrait, Statement};
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let statement = Statement::from_string(self.db.backend(), sql);
        let row = self.db.write().query_one_raw(statement).await;
        row.expect("counts")
            .expect("a row")
            .try_get("", "n")
            .expect("a number")
    }
}

/// The tokens in the payload of `mutation`.
pub(crate) fn tokens(reply: &Reply, mutation: &str) -> Tokens {
    Tokens {
        access: reply.text(&format!("/{mutation}/session/accessToken")),
        refresh: reply.text(&format!("/{mutation}/session/refreshToken")),
    }
}
