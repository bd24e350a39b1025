//! Subgraphs that answer the router over the world's data, and note whatever they should not have been asked.

mod strict;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use apollo_compiler::ExecutableDocument;
use futures::FutureExt;
use futures::future::BoxFuture;
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use serde_json::{Map, Value, json};

use crate::coverage::Coverage;
use crate::execute::entities::is_entities;
use crate::execute::{Execution, Mistake, arguments};
use crate::random::hash;
use crate::world::World;

/// What the subgraphs of one run saw.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) violations: Mutex<Vec<String>>,
    pub(crate) requests: AtomicUsize,
    pub(crate) clock: AtomicU64,
    /// A field of an interface object was asked for: whether the client wants it of this one, nobody knew.
    pub(crate) was_blind: AtomicBool,
    pub(crate) coverage: Mutex<Coverage>,
}

/// One subgraph.
pub(crate) struct Simulator {
    pub(crate) world: Arc<World>,
    pub(crate) index: usize,
    pub(crate) log: Arc<Log>,
    pub(crate) mistake: Option<Mistake>,
    /// Labels that are on.
    pub(crate) labels: Vec<String>,
}

impl Subgraph for Simulator {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        async move {
            self.log.requests.fetch_add(1, Ordering::SeqCst);
            // Answers come in no particular order.
            for _ in 0..hash(&request.body) % 4 {
                tokio::task::yield_now().await;
            }
            let answer = self.answer(&request.body);
            for _ in 0..hash((1, &request.body)) % 4 {
                tokio::task::yield_now().await;
            }
            Ok(SubgraphResponse::json(answer.to_string()))
        }
        .boxed()
    }
}

impl Simulator {
    fn answer(&self, body: &[u8]) -> Value {
        match self.execute(body) {
            Ok(answer) => answer,
            Err(violation) => {
                self.note([violation]);
                json!({"errors": [{"message": "violation"}]})
            }
        }
    }

    fn note(&self, violations: impl IntoIterator<Item = String>) {
        let name = &self.world.subgraphs[self.index].name;
        let mut noted = self
            .log
            .violations
            .lock()
            .unwrap_or_else(|e| e.into_inner());
        noted.extend(violations.into_iter().map(|v| format!("{name}: {v}")));
    }

    fn execute(&self, body: &[u8]) -> Result<Value, String> {
        let subgraph = &self.world.subgraphs[self.index];
        let body: Value = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        let query = body["query"].as_str().ok_or("no query")?;
        let document = ExecutableDocument::parse_and_validate(&subgraph.schema, query, "request");
        let document = document.map_err(|e| format!("invalid request {query}: {e}"))?;
        let operation = document
            .operations
            .get(None)
            .map_err(|_| "several operations")?;
        let mut coverage = Coverage::default();
        let selections = operation.selection_set.selections.iter();
        if selections.filter(|own| is_entities(own)).count() > 1 {
            coverage.note("several entity calls in a request");
        }
        let violations =
            strict::violations(subgraph, &document, operation, &mut coverage, &self.labels);
        self.note(violations.into_iter().map(|v| format!("{v} in {query}")));
        let variables = self.variables(operation, &body["variables"])?;
        let introspection = Map::new();
        let mut execution = Execution {
            world: &self.world,
            schema: &subgraph.schema,
            document: &document,
            variables: &variables,
            subgraph: Some(subgraph),
            clock: &self.log.clock,
            introspection: &introspection,
            path: Vec::new(),
            around: Vec::new(),
            errors: Vec::new(),
            violations: Vec::new(),
            was_blind: false,
            coverage,
            mistake: self.mistake,
        };
        let data = execution.run(operation);
        if execution.was_blind {
            self.log.was_blind.store(true, Ordering::SeqCst);
        }
        let mut coverage = self.log.coverage.lock().unwrap_or_else(|e| e.into_inner());
        coverage.include(&execution.coverage);
        drop(coverage);
        self.note(execution.violations);
        let mut answer = json!({"data": data});
        let errors = execution.errors.iter();
        let errors: Vec<Value> = errors
            .map(|e| json!({"message": "failed", "path": e.path, "extensions": {"code": "FAILED"}}))
            .collect();
        if !errors.is_empty() {
            answer["errors"] = errors.into();
        }
        Ok(answer)
    }

    /// CoerceVariableValues (6.1.2), as strict as it is there.
    fn variables(
        &self,
        operation: &apollo_compiler::executable::Operation,
        given: &Value,
    ) -> Result<Map<String, Value>, String> {
        let schema = &self.world.subgraphs[self.index].schema;
        let none = Map::new();
        let given = match given {
            Value::Object(given) => given,
            Value::Null => &none,
            _ => return Err("variables are no object".to_owned()),
        };
        let given: apollo_compiler::response::JsonMap = given
            .iter()
            .map(|(name, value)| (name.as_str().into(), value.clone().into()))
            .collect();
        for name in given.keys() {
            if !operation.variables.iter().any(|v| v.name == name.as_str()) {
                return Err(format!("a variable {} that is not declared", name.as_str()));
            }
        }
        let coerced = apollo_compiler::request::coerce_variable_values(schema, operation, &given);
        let coerced = coerced.map_err(|e| format!("bad variables: {}", e.message()))?;
        let mut out = Map::new();
        for variable in &operation.variables {
            if let Some(value) = coerced.get(variable.name.as_str()) {
                let value = serde_json::to_value(value).map_err(|e| e.to_string())?;
                let value = arguments::given(schema, &variable.ty, value);
                out.insert(variable.name.to_string(), value);
            }
        }
        Ok(out)
    }
}
