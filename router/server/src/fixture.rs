//! A small graph and what tests build from it.

use std::sync::Arc;

use crate::{app::App, config::Config, graph::GraphSource, setup::Setup};

/// One subgraph with a public query, one with a token, and a mutation.
pub(crate) const SUPERGRAPH: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)
{ query: Query mutation: Mutation }
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { GREETINGS @join__graph(name: "greetings", url: "http://greetings.invalid/graphql") }
type Query @join__type(graph: GREETINGS) {
  hello: String
  echo(n: Int!): Int
  secret: String @authenticated
}
type Mutation @join__type(graph: GREETINGS) { set: Boolean }
"#;

/// The router over [`SUPERGRAPH`].
pub(crate) async fn app(config: Config) -> Arc<App> {
    let setup = Setup {
        config,
        graph: GraphSource::Sdl(SUPERGRAPH.to_owned()),
        keys: None,
        secret: None,
        environment: Vec::new(),
    };
    setup.assemble().await.unwrap()
}
