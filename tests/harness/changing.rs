//! A subgraph whose schema changes while it runs, in this process and over HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use apollo_compiler::ast::{Definition, Document, Field, Selection};
use axum::Json;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// Products, of which it knows whatever fields its schema has at the time.
pub(crate) struct ChangingSubgraph {
    schema: Schema,
    address: SocketAddr,
    _serving: AbortOnDropHandle<()>,
}

type Schema = Arc<Mutex<String>>;

impl ChangingSubgraph {
    pub(crate) async fn start(schema: &str) -> Self {
        let schema: Schema = Arc::new(Mutex::new(schema.to_owned()));
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let service = axum::Router::new()
            .route("/graphql", post(answer))
            .with_state(Arc::clone(&schema));
        let serving = tokio::spawn(async move {
            let served = axum::serve(listener, service).await;
            served.expect("serving does not end");
        });
        Self {
            schema,
            address,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// From now on this is its schema, and it answers accordingly.
    pub(crate) fn change(&self, schema: &str) {
        let mut own = self.schema.lock().expect("nobody panics with the lock");
        schema.clone_into(&mut own);
    }
}

async fn answer(State(schema): State<Schema>, Json(request): Json<Value>) -> Json<Value> {
    let schema = schema.lock().expect("nobody panics with the lock").clone();
    let query = request["query"].as_str().unwrap_or_default();
    Json(match data(&schema, query, &request["variables"]) {
        Ok(data) => json!({ "data": data }),
        Err(message) => json!({ "errors": [{ "message": message }] }),
    })
}

fn data(schema: &str, query: &str, variables: &Value) -> Result<Value, String> {
    let document = Document::parse(query, "query").map_err(|_| "syntax".to_owned())?;
    let mut data = Map::new();
    for definition in &document.definitions {
        let Definition::OperationDefinition(operation) = definition else {
            return Err(format!("unexpected {query}"));
        };
        for field in fields(&operation.selection_set)? {
            let below = &field.selection_set;
            let value = match field.name.as_str() {
                "_service" => json!({ "sdl": schema }),
                "products" => ["1", "2", "3"]
                    .iter()
                    .map(|id| product(schema, id, below))
                    .collect::<Result<_, _>>()?,
                "_entities" => variables["representations"]
                    .as_array()
                    .ok_or("no representations")?
                    .iter()
                    .map(|entity| product(schema, entity["id"].as_str().unwrap_or(""), below))
                    .collect::<Result<_, _>>()?,
                other => return Err(format!("no such field: {other}")),
            };
            data.insert(field.response_name().to_string(), value);
        }
    }
    Ok(Value::Object(data))
}

/// Every field's value is its name and the product's id. A field the schema lacks is a mistake.
fn product(schema: &str, id: &str, selections: &[Selection]) -> Result<Value, String> {
    let mut product = Map::new();
    for field in fields(selections)? {
        let name = field.name.as_str();
        let value = match name {
            "__typename" => "Product".to_owned(),
            "id" => id.to_owned(),
            _ if schema.contains(&format!(" {name}:")) => format!("{name} {id}"),
            _ => return Err(format!("no such field: {name}")),
        };
        product.insert(field.response_name().to_string(), value.into());
    }
    Ok(Value::Object(product))
}

/// The fields in `selections`, those of inline fragments included.
pub(super) fn fields(selections: &[Selection]) -> Result<Vec<&Field>, String> {
    let mut found = Vec::new();
    for selection in selections {
        match selection {
            Selection::Field(field) => found.push(&**field),
            Selection::InlineFragment(fragment) => found.extend(fields(&fragment.selection_set)?),
            Selection::FragmentSpread(_) => return Err("fragments are not known here".to_owned()),
        }
    }
    Ok(found)
}
