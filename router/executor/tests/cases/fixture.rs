//! A supergraph from its SDL, its plans from the planner, subgraphs that answer by a script.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use router_executor::{
    ExecutablePlan, ExecutionInput, ExecutionOptions, ExecutionOutput, Subgraph, SubgraphBody,
    SubgraphError, SubgraphRequest, SubgraphResponse,
};
use router_operation::{Document, Limits};
use router_planner::Planner;
use schema_model::Supergraph;

/// Definitions of the join and link specifications that every supergraph carries.
pub(crate) const JOIN: &str = r#"
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query mutation: Mutation }
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ENUM | ENUM_VALUE | SCALAR | INPUT_OBJECT | INPUT_FIELD_DEFINITION | ARGUMENT_DEFINITION
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
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
        let document = Document::parse(&supergraph, operation, &Limits::default()).unwrap();
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
        };
        self.plan.execute(&input).await
    }
}

/// What a scripted subgraph does with its nth request.
pub(crate) type Answer = Result<Vec<u8>, SubgraphError>;

/// A subgraph that gives one answer after the other and remembers what it was asked.
pub(crate) struct Scripted {
    answers: Mutex<Vec<Answer>>,
    pub(crate) requests: Mutex<Vec<String>>,
}

impl Scripted {
    pub(crate) fn new(answers: Vec<Answer>) -> Arc<Self> {
        let answers = answers.into_iter().rev().collect();
        Arc::new(Self {
            answers: Mutex::new(answers),
            requests: Mutex::default(),
        })
    }
}

impl Subgraph for Scripted {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        self.requests.lock().unwrap().push(body);
        let answer = self.answers.lock().unwrap().pop();
        async move {
            let answer = answer.expect("a scripted answer is left");
            answer.map(SubgraphResponse::json)
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

/// Scripts by subgraph name; a subgraph without one must not be asked.
pub(crate) struct Scripts {
    by_name: BTreeMap<&'static str, Arc<Scripted>>,
}

impl Scripts {
    pub(crate) fn new(scripts: Vec<(&'static str, Vec<Answer>)>) -> Self {
        let scripts = scripts.into_iter();
        Self {
            by_name: scripts.map(|(n, a)| (n, Scripted::new(a))).collect(),
        }
    }

    pub(crate) fn subgraphs(&self, supergraph: &Supergraph) -> Vec<Arc<dyn Subgraph>> {
        let subgraphs = supergraph.subgraphs().iter();
        subgraphs
            .map(|s| -> Arc<dyn Subgraph> {
                let found = self.by_name.get(s.name.as_str()).cloned();
                found.unwrap_or_else(|| Scripted::new(Vec::new()))
            })
            .collect()
    }

    pub(crate) fn requests(&self, name: &str) -> Vec<String> {
        let requests = self.by_name[name].requests.lock().unwrap();
        requests.clone()
    }
}

/// The `SubgraphBody` of a response is JSON; asserts that nobody adds a form without a test.
pub(crate) fn body_of(response: SubgraphResponse) -> Vec<u8> {
    match response.body {
        SubgraphBody::Json(bytes) => bytes.to_vec(),
        other => panic!("unexpected form {other:?}"),
    }
}
