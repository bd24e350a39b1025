//! Two subgraphs over the same few objects, as JSON: what they are asked is answered to the letter.

use apollo_compiler::ast::{self, Definition, Selection};
use futures::future::BoxFuture;
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use serde_json::{Map, Value, json};

use super::*;
use crate::{graph::GraphSource, setup::Setup};

const SDL: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query mutation: Mutation }
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { ITEMS @join__graph(name: "items", url: "http://items.invalid") SHOPS @join__graph(name: "shops", url: "http://shops.invalid") }
type Query @join__type(graph: ITEMS) @join__type(graph: SHOPS) {
  items: [Item!]! @join__field(graph: ITEMS)
  things: [Thing] @join__field(graph: ITEMS)
  book: Book @join__field(graph: ITEMS)
  shop: String @join__field(graph: SHOPS)
}
type Mutation @join__type(graph: ITEMS) { touch: Book again: Book @join__field(graph: ITEMS) }
interface Item @join__type(graph: ITEMS) { id: ID! name: String same: Item }
union Thing @join__type(graph: ITEMS) @join__unionMember(graph: ITEMS, member: "Book") @join__unionMember(graph: ITEMS, member: "Film") = Book | Film
type Book implements Item @join__type(graph: ITEMS, key: "id") @join__type(graph: SHOPS, key: "id") @join__implements(graph: ITEMS, interface: "Item") {
  id: ID!
  name: String @join__field(graph: ITEMS)
  pages: Int @join__field(graph: ITEMS)
  same: Item @join__field(graph: ITEMS)
  price: Int @join__field(graph: SHOPS)
  stock: Stock @join__field(graph: SHOPS)
}
type Film implements Item @join__type(graph: ITEMS, key: "id") @join__type(graph: SHOPS, key: "id") @join__implements(graph: ITEMS, interface: "Item") {
  id: ID!
  name: String @join__field(graph: ITEMS)
  length: Int @join__field(graph: ITEMS)
  same: Item @join__field(graph: ITEMS)
  price: Int @join__field(graph: SHOPS)
}
type Stock @join__type(graph: SHOPS) { count: Int place: String }
"#;

/// Everything there is; the root's fields stand beside the objects.
fn data() -> Value {
    let twin =
        |ty: &str, id: &str| json!({ "__typename": ty, "id": id, "name": format!("{ty} {id}") });
    let book = json!({ "__typename": "Book", "id": "b", "name": "Book b", "pages": 7, "price": 3, "same": twin("Film", "f"),
        "stock": { "__typename": "Stock", "count": 2, "place": "left" } });
    let film = json!({ "__typename": "Film", "id": "f", "name": "Film f", "length": 9, "price": 4, "same": twin("Book", "b") });
    json!({ "__typename": "Query", "items": [book, film], "things": [film, null, book], "book": book, "shop": "corner",
        "touch": book, "again": book })
}

struct Shelf;

impl Subgraph for Shelf {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(async move {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let query = body["query"].as_str().unwrap();
            let document = ast::Document::parse(query, "query").unwrap();
            let Some(Definition::OperationDefinition(operation)) = document.definitions.first()
            else {
                panic!("an operation: {query}")
            };
            let mut answer = Map::new();
            select(
                &data(),
                &operation.selection_set,
                &body["variables"],
                &mut answer,
            );
            Ok(SubgraphResponse::json(
                json!({ "data": answer }).to_string(),
            ))
        })
    }
}

fn select(
    object: &Value,
    selections: &[Selection],
    variables: &Value,
    out: &mut Map<String, Value>,
) {
    for selection in selections {
        match selection {
            Selection::InlineFragment(fragment) => {
                let on = fragment.type_condition.as_ref().map(|name| name.as_str());
                if on.is_none_or(|on| object["__typename"] == on || on == "Item" || on == "Thing") {
                    select(object, &fragment.selection_set, variables, out);
                }
            }
            Selection::Field(field) if field.name == "_entities" => {
                let argument = field.arguments[0].value.as_variable().unwrap();
                let wanted = variables[argument.as_str()].as_array().unwrap();
                let all = data();
                let entities = wanted.iter().map(|wanted| {
                    let mut known = all["items"].as_array().unwrap().iter();
                    let found = known.find(|one| one["id"] == wanted["id"]).unwrap();
                    below(found, &field.selection_set, variables)
                });
                out.insert(field.response_name().to_string(), entities.collect());
            }
            Selection::Field(field) => {
                let value = below(
                    &object[field.name.as_str()],
                    &field.selection_set,
                    variables,
                );
                let known = out
                    .entry(field.response_name().as_str())
                    .or_insert(Value::Null);
                merge(known, value);
            }
            Selection::FragmentSpread(_) => panic!("subgraphs get no named fragments"),
        }
    }
}

fn below(value: &Value, selections: &[Selection], variables: &Value) -> Value {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| below(item, selections, variables))
            .collect(),
        Value::Object(_) => {
            let mut out = Map::new();
            select(value, selections, variables, &mut out);
            Value::Object(out)
        }
        leaf => leaf.clone(),
    }
}

fn merge(known: &mut Value, value: Value) {
    match (known, value) {
        (Value::Object(known), Value::Object(value)) => {
            for (key, value) in value {
                merge(known.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(known), Value::Array(values)) => {
            known
                .iter_mut()
                .zip(values)
                .for_each(|(known, value)| merge(known, value));
        }
        (known, value) => *known = value,
    }
}

/// A router over the shelf.
pub(super) async fn app() -> Arc<App> {
    let shelf = |name: &str| (name.to_owned(), Arc::new(Shelf) as Arc<dyn Subgraph>);
    let setup = Setup {
        subgraphs: [shelf("items"), shelf("shops")].into(),
        ..Setup::over(Config::default(), GraphSource::Sdl(SDL.to_owned()))
    };
    setup.assemble().await.unwrap().0
}
