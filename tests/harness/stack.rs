//! The whole stack, as one process and as five.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitStatus;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::client::Client;
use super::database::TestDatabase;
use super::program::{Finished, Program, weft};

/// Long enough to sign with, and the same on both sides.
const INTERNAL_SECRET: &str = "a-secret-for-tests-of-at-least-32-bytes";

/// A subgraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Users,
    Posts,
    Todos,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Users, Self::Posts, Self::Todos];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Posts => "posts",
            Self::Todos => "todos",
        }
    }

    fn database_variable(self) -> String {
        format!("WEFT_{}_DATABASE_URL", self.name().to_uppercase())
    }
}

/// How much demo data there is.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) users: u32,
    pub(crate) posts: u32,
    pub(crate) todos: u32,
}

impl Rows {
    pub(crate) const FEW: Self = Self {
        users: 20,
        posts: 60,
        todos: 60,
    };
}

/// The environment that tells every role where its data are.
type DatabaseUrls = BTreeMap<Role, String>;

async fn fill(urls: &DatabaseUrls, rows: Rows) {
    for arguments in [
        vec!["migrate".to_owned(), "up".to_owned()],
        vec![
            "seed".to_owned(),
            format!("--users={}", rows.users),
            format!("--posts={}", rows.posts),
            format!("--todos={}", rows.todos),
        ],
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Finished::run(with_databases(weft(&arguments), urls))
            .await
            .success();
    }
}

fn with_databases(mut command: Command, urls: &DatabaseUrls) -> Command {
    for (role, url) in urls {
        command.env(role.database_variable(), url);
    }
    command
}

/// A data folder of the one-process stack, filled.
pub(crate) async fn seeded_folder(rows: Rows) -> TempDir {
    let folder = TempDir::new().expect("there is room for a folder");
    fill(&sqlite_urls(folder.path()), rows).await;
    folder
}

/// Where the one-process stack keeps its data.
fn sqlite_urls(folder: &Path) -> DatabaseUrls {
    Role::ALL
        .map(|role| {
            let file = folder.join(format!("{}.db", role.name()));
            (role, format!("sqlite://{}", file.display()))
        })
        .into()
}

/// The whole stack in one process over `folder`.
pub(crate) async fn in_process(folder: &Path) -> Program {
    let folder = folder.to_str().expect("temporary folders have plain names");
    let arguments = ["up", "--data-dir", folder, "--listen", "127.0.0.1:0"];
    Program::start(weft(&arguments)).await
}

/// A router process over three subgraph processes.
pub(crate) struct HttpStack {
    pub(crate) router: Program,
    subgraphs: BTreeMap<Role, Program>,
    urls: DatabaseUrls,
    databases: BTreeMap<Role, TestDatabase>,
}

impl HttpStack {
    /// On fresh PostgreSQL databases with `rows` in them.
    pub(crate) async fn on_postgres(rows: Rows) -> Self {
        let mut databases = BTreeMap::new();
        for role in Role::ALL {
            databases.insert(role, TestDatabase::create().await);
        }
        let urls = databases
            .iter()
            .map(|(role, database)| (*role, database.url().to_owned()))
            .collect();
        fill(&urls, rows).await;
        Self::start(urls, databases).await
    }

    /// On the SQLite files of a one-process stack, which may be running on them.
    pub(crate) async fn on_folder(folder: &Path) -> Self {
        Self::start(sqlite_urls(folder), BTreeMap::new()).await
    }

    async fn start(urls: DatabaseUrls, databases: BTreeMap<Role, TestDatabase>) -> Self {
        let mut subgraphs = BTreeMap::new();
        for role in Role::ALL {
            subgraphs.insert(role, start_subgraph(role, &urls, "127.0.0.1:0").await);
        }
        let router = start_router(&subgraphs).await;
        Self {
            router,
            subgraphs,
            urls,
            databases,
        }
    }

    pub(crate) fn client(&self) -> Client {
        self.router.client()
    }

    /// Asks every process to stop, the router first; how each ended, by address.
    pub(crate) async fn stop(self) -> Vec<(String, ExitStatus)> {
        let mut ended = Vec::new();
        for program in std::iter::once(self.router).chain(self.subgraphs.into_values()) {
            // Whoever answers has also begun to listen for signals.
            program.client().get("/health").await;
            ended.push((program.origin().to_owned(), program.stop().await));
        }
        ended
    }

    pub(crate) fn database(&self, role: Role) -> &TestDatabase {
        &self.databases[&role]
    }

    /// Kills a subgraph; [`Self::restart`] brings it back to the same address.
    pub(crate) async fn kill(&mut self, role: Role) -> Stopped {
        let program = self.subgraphs.remove(&role).expect("it is running");
        let address = program.origin().replace("http://", "");
        program.kill().await;
        Stopped { role, address }
    }

    pub(crate) async fn restart(&mut self, stopped: Stopped) {
        let Stopped { role, address } = stopped;
        let program = start_subgraph(role, &self.urls, &address).await;
        self.subgraphs.insert(role, program);
    }
}

/// A subgraph that was killed.
pub(crate) struct Stopped {
    role: Role,
    address: String,
}

async fn start_subgraph(role: Role, urls: &DatabaseUrls, listen: &str) -> Program {
    let arguments = ["subgraph", role.name(), "--listen", listen];
    let mut command = with_databases(weft(&arguments), urls);
    command.env("WEFT_INTERNAL_SECRET", INTERNAL_SECRET);
    Program::start(command).await
}

async fn start_router(subgraphs: &BTreeMap<Role, Program>) -> Program {
    let supergraph = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/sdl/supergraph.graphql");
    let arguments = [
        "router",
        "--supergraph",
        supergraph,
        "--listen",
        "127.0.0.1:0",
    ];
    let mut command = weft(&arguments);
    command.env("WEFT_INTERNAL_SECRET", INTERNAL_SECRET);
    for (role, program) in subgraphs {
        let name = role.name().to_uppercase();
        let url = format!("{}/graphql", program.origin());
        command.env(format!("WEFT_SUBGRAPHS__{name}__URL"), url);
    }
    let keys = format!("{}/.well-known/jwks.json", subgraphs[&Role::Users].origin());
    command.env("WEFT_AUTH__JWKS_URL", keys);
    Program::start(command).await
}

/// Registers a new user and gives their client.
pub(crate) async fn register(client: &Client, username: &str) -> Client {
    let mutation = "mutation($input: RegisterInput!) {
        register(input: $input) { session { accessToken } userErrors { field code message } }
    }";
    let input = json!({
        "username": username,
        "email": format!("{username}@example.org"),
        "displayName": username,
        "password": "correct horse battery staple",
    });
    let data = client.data(mutation, json!({ "input": input })).await;
    let token = data["register"]["session"]["accessToken"].as_str();
    client.with_token(token.unwrap_or_else(|| panic!("{data}")))
}

/// The nodes of the connection at `pointer`.
pub(crate) fn nodes(data: &Value, pointer: &str) -> Vec<Value> {
    let edges = data
        .pointer(pointer)
        .and_then(|one| one["edges"].as_array());
    let edges = edges.unwrap_or_else(|| panic!("no connection at {pointer} in {data}"));
    edges.iter().map(|edge| edge["node"].clone()).collect()
}
