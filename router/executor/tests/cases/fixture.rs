//! A supergraph from its SDL, its plans from the planner, subgraphs that answer by a script.

use std::sync::{Arc, Mutex};

use apollo_compiler::ast::{Definition, Document};
use futures::FutureExt;
use futures::future::BoxFuture;
use router_executor::{
    ExecutablePlan, ExecutionInput, ExecutionOptions, ExecutionOutput, Subgraph, SubgraphError,
    SubgraphRequest, SubgraphResponse,
};
use router_operation::Limits;
use router_planner::Planner;
use schema_model::Supergraph;

/// Definitions of the join and link specifications that every supergraph carries.
pub(crate) const JOIN: &str = r#"
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) @link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY) { query: Query mutation: Mutation }
directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean, contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ENUM | ENUM_VALUE | SCALAR | INPUT_OBJECT | INPUT_FIELD_DEFINITION | ARGUMENT_DEFINITION
scalar join__FieldSet
scalar join__FieldValue
input join__ContextArgument { name: String! type: String! context: String! selection: join__FieldValue! }
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
"#;

/// Users and their posts, with every kind of leaf, and nullable and non-null places to lose values at.
pub(crate) const GRAPH: &str = r#"
enum join__Graph { USERS @join__graph(name: "users", url: "http://users.internal:4001") POSTS @join__graph(name: "posts", url: "http://posts.internal:4002") STATS @join__graph(name: "stats", url: "http://stats.internal:4003") }
type Query @join__type(graph: USERS) @join__type(graph: POSTS) {
  me: User @join__field(graph: USERS)
  strict: User! @join__field(graph: USERS)
  users: [User] @join__field(graph: USERS)
  strictUsers: [User!]! @join__field(graph: USERS)
  nodes: [Node] @join__field(graph: USERS)
  node: Node @join__field(graph: USERS)
  things(first: Int, filter: String): [Thing!] @join__field(graph: POSTS)
  post: Post @join__field(graph: POSTS)
  info: Info @join__field(graph: USERS) @join__field(graph: POSTS)
  infos: [Info] @join__field(graph: USERS) @join__field(graph: POSTS)
}
type Info @join__type(graph: USERS) @join__type(graph: POSTS) { a: Int @join__field(graph: USERS) b: Int @join__field(graph: POSTS) c: Int! @join__field(graph: POSTS) }
type Mutation @join__type(graph: USERS) @join__type(graph: POSTS) {
  rename(name: String!): User @join__field(graph: USERS)
  publish(title: String!): Post @join__field(graph: POSTS)
  replace(name: String!): User! @join__field(graph: USERS)
  reprint(title: String!): Post! @join__field(graph: POSTS)
}
interface Node @join__type(graph: USERS) { id: ID! }
type Robot implements Node @join__type(graph: USERS) @join__implements(graph: USERS, interface: "Node") { id: ID! model: String }
type Ghost implements Node @join__type(graph: USERS) @join__implements(graph: USERS, interface: "Node") @inaccessible { id: ID! fear: String }
union Thing @join__type(graph: POSTS) @join__unionMember(graph: POSTS, member: "Post") @join__unionMember(graph: POSTS, member: "Note") = Post | Note
type Note @join__type(graph: POSTS) { text: String! }
enum Role @join__type(graph: USERS) { USER @join__enumValue(graph: USERS) ADMIN @join__enumValue(graph: USERS) ROOT @join__enumValue(graph: USERS) @inaccessible }
scalar JSON @join__type(graph: USERS)
type User implements Node @join__type(graph: USERS, key: "id") @join__type(graph: POSTS, key: "id") @join__type(graph: STATS, key: "id") @join__implements(graph: USERS, interface: "Node") {
  id: ID!
  name: String! @join__field(graph: USERS)
  nick: String @join__field(graph: USERS)
  age: Int @join__field(graph: USERS) @join__field(graph: STATS, external: true)
  rating: Float @join__field(graph: USERS)
  admin: Boolean @join__field(graph: USERS)
  role: Role @join__field(graph: USERS)
  meta: JSON @join__field(graph: USERS)
  tags: [String!] @join__field(graph: USERS)
  grid: [[Int]] @join__field(graph: USERS)
  friends: [User!] @join__field(graph: USERS)
  squares: [[User]] @join__field(graph: USERS)
  best: User @join__field(graph: USERS)
  posts: [Post!] @join__field(graph: POSTS)
  strictPosts: [Post!]! @join__field(graph: POSTS)
  visits: Int @join__field(graph: STATS)
  rank: Int! @join__field(graph: STATS, requires: "age")
}
type Post @join__type(graph: POSTS, key: "id") @join__type(graph: STATS, key: "id") {
  id: ID!
  title: String @join__field(graph: POSTS)
  author: User @join__field(graph: POSTS)
  likes: Int @join__field(graph: STATS)
}
"#;

/// An operation, ready to run.
pub(crate) struct Case {
    pub(crate) supergraph: Arc<Supergraph>,
    pub(crate) plan: ExecutablePlan,
    variables: Vec<(String, String)>,
    introspection: Vec<(apollo_compiler::Name, String)>,
}

impl Case {
    pub(crate) fn new(sdl: &str, operation: &str, variables: serde_json::Value) -> Self {
        let supergraph = Arc::new(Supergraph::parse(sdl).unwrap());
        let document =
            router_operation::Document::parse(&supergraph, operation, &Limits::default()).unwrap();
        let request = document.request(&supergraph, None).unwrap();
        let serde_json::Value::Object(values) = variables else {
            panic!("variables are an object");
        };
        let variables = request.coerce_variables(&supergraph, values).unwrap();
        let conditions = request.conditions(&variables);
        let operation = request.normalize(&supergraph, &conditions);
        let plan = Planner::new(supergraph.clone()).plan(&operation).unwrap();
        let introspection = request.introspect(&supergraph, &variables).unwrap();
        let plan = ExecutablePlan::compile(&supergraph, Arc::new(plan)).unwrap();
        let variables = variables.iter();
        Self {
            variables: variables
                .map(|(name, value)| (name.to_string(), value.to_owned()))
                .collect(),
            supergraph,
            plan,
            introspection,
        }
    }

    pub(crate) async fn run(
        &self,
        subgraphs: &[Arc<dyn Subgraph>],
        options: &ExecutionOptions,
    ) -> ExecutionOutput {
        let variables = self.variables.iter();
        let variables: Vec<_> = variables.map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let input = ExecutionInput {
            subgraphs,
            variables: &variables,
            introspection: &self.introspection,
            identity: Arc::default(),
            headers: Arc::default(),
            request_id: Arc::from("test"),
            deadline: None,
            options,
            locate: None,
            note: None,
        };
        self.plan.execute(&input).await
    }
}

/// What a scripted subgraph does with its nth request.
enum Answer {
    Bytes(Vec<u8>),
    /// `_entities`, each made from its representation.
    Entities(fn(&serde_json::Value) -> serde_json::Value),
    Failure(SubgraphError),
}

impl Answer {
    fn give(self, request: &str) -> Result<SubgraphResponse, SubgraphError> {
        match self {
            Self::Bytes(bytes) => Ok(SubgraphResponse::json(bytes)),
            Self::Failure(error) => Err(error),
            Self::Entities(entity) => {
                let request: serde_json::Value = serde_json::from_str(request).unwrap();
                let query = request["query"].as_str().unwrap();
                let document = Document::parse(query, "query.graphql").unwrap();
                let Some(Definition::OperationDefinition(operation)) = document.definitions.first()
                else {
                    panic!("an operation: {query}");
                };
                let mut data = serde_json::Map::new();
                for call in operation.selection_set.iter().filter_map(|s| s.as_field()) {
                    let variable = call.arguments[0].value.as_variable().unwrap();
                    let representations = request["variables"][variable.as_str()].as_array();
                    let entities = representations.unwrap().iter().map(entity);
                    data.insert(call.response_name().to_string(), entities.collect());
                }
                let answer = serde_json::json!({ "data": data });
                Ok(SubgraphResponse::json(answer.to_string()))
            }
        }
    }
}

/// A subgraph that gives one answer after the other and remembers what it was asked.
#[derive(Default)]
pub(crate) struct Scripted {
    answers: Mutex<Vec<Answer>>,
    requests: Mutex<Vec<String>>,
}

impl Subgraph for Scripted {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        self.requests.lock().unwrap().push(body.clone());
        let answer = self.answers.lock().unwrap().pop();
        async move {
            let answer = answer.expect("a scripted answer is left");
            answer.give(&body)
        }
        .boxed()
    }
}

/// A subgraph that is an axum router.
pub(crate) struct Routed {
    pub(crate) router: axum::Router,
    pub(crate) path: String,
}

impl Subgraph for Routed {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        use http_body_util::BodyExt;
        use tower::ServiceExt;
        async move {
            let request = http::Request::post(&self.path)
                .header("content-type", "application/json")
                .body(axum::body::Body::from(request.body))
                .unwrap();
            let response = self.router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), 200);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            Ok(SubgraphResponse::json(body))
        }
        .boxed()
    }
}

/// The text of a body, for messages and comparisons.
pub(crate) fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

/// What the subgraphs answer, request by request.
#[derive(Default)]
pub(crate) struct Scripts(Vec<(&'static str, Arc<Scripted>)>);

impl Scripts {
    /// The next answer of a subgraph.
    pub(crate) fn answer(mut self, subgraph: &'static str, answer: impl Into<Vec<u8>>) -> Self {
        self.push(subgraph, Answer::Bytes(answer.into()));
        self
    }

    /// The next answer of a subgraph is entities, each made from its representation.
    pub(crate) fn entities(
        mut self,
        subgraph: &'static str,
        entity: fn(&serde_json::Value) -> serde_json::Value,
    ) -> Self {
        self.push(subgraph, Answer::Entities(entity));
        self
    }

    /// The next request to a subgraph fails.
    pub(crate) fn fail(mut self, subgraph: &'static str, error: SubgraphError) -> Self {
        self.push(subgraph, Answer::Failure(error));
        self
    }

    fn push(&mut self, subgraph: &'static str, answer: Answer) {
        let found = self.0.iter().position(|(name, _)| *name == subgraph);
        let at = found.unwrap_or_else(|| {
            self.0.push((subgraph, Arc::default()));
            self.0.len() - 1
        });
        self.0[at].1.answers.lock().unwrap().insert(0, answer);
    }

    /// By id; a subgraph without a script must not be asked.
    fn subgraphs(&self, supergraph: &Supergraph) -> Vec<Arc<dyn Subgraph>> {
        let subgraphs = supergraph.subgraphs().iter();
        let scripted = |name: &str| -> Arc<dyn Subgraph> {
            let found = self.0.iter().find(|(own, _)| *own == name);
            found.map_or_else(Arc::<Scripted>::default, |(_, s)| s.clone())
        };
        subgraphs.map(|subgraph| scripted(&subgraph.name)).collect()
    }

    /// Runs an operation over the test graph. Every scripted answer must be used.
    pub(crate) async fn run(&self, operation: &str, variables: serde_json::Value) -> String {
        let options = ExecutionOptions::default();
        self.run_with(operation, variables, &options).await
    }

    pub(crate) async fn run_with(
        &self,
        operation: &str,
        variables: serde_json::Value,
        options: &ExecutionOptions,
    ) -> String {
        let case = Case::new(&format!("{JOIN}{GRAPH}"), operation, variables);
        self.run_prepared(&case, options).await
    }

    /// Runs an operation that was planned before.
    pub(crate) async fn run_case(&self, case: &Case) -> String {
        self.run_prepared(case, &ExecutionOptions::default()).await
    }

    /// Runs an operation that was planned before, whether or not every scripted answer is used.
    pub(crate) async fn run_loosely(&self, case: &Case) -> String {
        let subgraphs = self.subgraphs(&case.supergraph);
        let output = case.run(&subgraphs, &ExecutionOptions::default()).await;
        text(&output.body)
    }

    async fn run_prepared(&self, case: &Case, options: &ExecutionOptions) -> String {
        let subgraphs = self.subgraphs(&case.supergraph);
        let output = case.run(&subgraphs, options).await;
        for (name, script) in &self.0 {
            let left = script.answers.lock().unwrap().len();
            assert_eq!(left, 0, "{name} was asked less often than scripted");
        }
        String::from_utf8(output.body.to_vec()).expect("an answer is UTF-8")
    }

    /// The requests of a subgraph, as it got them.
    pub(crate) fn requests(&self, subgraph: &str) -> Vec<String> {
        let (_, script) = self.0.iter().find(|(name, _)| *name == subgraph).unwrap();
        script.requests.lock().unwrap().clone()
    }

    /// The `variables` of a subgraph's requests.
    pub(crate) fn variables(&self, subgraph: &str) -> Vec<String> {
        let (_, script) = self.0.iter().find(|(name, _)| *name == subgraph).unwrap();
        let requests = script.requests.lock().unwrap();
        let variables = requests.iter().map(|request| {
            let (_, variables) = request.split_once(r#","variables":"#).unwrap();
            variables.strip_suffix('}').unwrap().to_owned()
        });
        variables.collect()
    }
}

/// Asserts the exact answer.
pub(crate) async fn check(operation: &str, scripts: Scripts, expected: &str) {
    let answer = scripts.run(operation, serde_json::json!({})).await;
    assert_eq!(answer, expected, "{operation}");
}

/// No answers yet.
pub(crate) fn scripts() -> Scripts {
    Scripts::default()
}

/// `{"message":…,"path":…,"extensions":{"code":…,"service":…}}`
pub(crate) fn error(message: &str, path: serde_json::Value, code: &str, service: &str) -> String {
    let mut error = serde_json::json!({ "message": message });
    if !path.is_null() {
        error["path"] = path;
    }
    error["extensions"] = serde_json::json!({"code": code, "service": service});
    error.to_string()
}

/// Asserts data and errors.
pub(crate) async fn faulty(operation: &str, scripts: Scripts, data: &str, errors: &[String]) {
    let errors = errors.join(",");
    check(
        operation,
        scripts,
        &format!(r#"{{"data":{data},"errors":[{errors}]}}"#),
    )
    .await;
}

/// An error of a subgraph, but for its path.
pub(crate) const BROKEN: &str = r#""message":"broken","extensions":{"code":"BROKEN"}"#;

/// How clients see it.
pub(crate) fn broken(path: serde_json::Value, service: &str) -> String {
    error("broken", path, "BROKEN", service)
}
