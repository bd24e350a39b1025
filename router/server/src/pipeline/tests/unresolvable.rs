//! Operations that are valid and that no subgraphs can answer.

use router_planner::PlanError;

use super::*;
use crate::{graph::GraphSource, setup::Setup};

const SDL: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
{ query: Query }
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { ONE @join__graph(name: "one", url: "http://one.invalid") TWO @join__graph(name: "two", url: "http://two.invalid") }
type Query @join__type(graph: ONE) @join__type(graph: TWO) { thing: Thing @join__field(graph: ONE) }
type Thing @join__type(graph: ONE) @join__type(graph: TWO) {
  here: Int @join__field(graph: ONE)
  there: Int @join__field(graph: TWO)
  hidden: Int @join__field(graph: TWO) @inaccessible
  needs: Int @join__field(graph: ONE, requires: "hidden")
}
"#;

async fn app() -> Arc<App> {
    let setup = Setup::over(Config::default(), GraphSource::Sdl(SDL.to_owned()));
    setup.assemble().await.unwrap().0
}

#[tokio::test]
async fn they_are_refused_with_a_code_and_the_field() {
    let app = app().await;
    for (query, field) in [
        ("{ thing { here there } }", "Thing.there"),
        ("{ thing { needs } }", "Thing.needs"),
    ] {
        let message =
            format!("no combination of subgraphs can resolve `{field}` in this operation");
        let error =
            json!({ "message": message, "extensions": { "code": "OPERATION_NOT_RESOLVABLE" } });
        check(
            &app,
            json!({ "query": query }),
            400,
            json!({ "errors": [error] }),
        )
        .await;
    }
}

#[test]
fn what_is_hidden_is_not_named() {
    let supergraph = Supergraph::parse(SDL).unwrap();
    for coordinate in ["Thing.hidden", "Thing.unknown", "join__Graph.ONE", "Query"] {
        let error = PlanError::Unreachable {
            coordinate: coordinate.to_owned(),
            reason: "two.invalid is not told".to_owned(),
        };
        let refusal = plans::refusal(&supergraph, &error);
        assert_eq!(refusal.code, ErrorCode::OperationNotResolvable);
        let message = "no combination of subgraphs can resolve this operation";
        assert_eq!(refusal.message, message, "{coordinate}");
    }
}
