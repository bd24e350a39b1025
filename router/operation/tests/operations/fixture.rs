//! A schema with everything that validation and coercion have rules for.

use std::sync::LazyLock;

use router_operation::{Document, Limits, OperationError};
use schema_model::Supergraph;

const SDL: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query mutation: Mutation subscription: Subscription }
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @oneOf on INPUT_OBJECT
directive @note(text: String, on: Select) repeatable on QUERY | FIELD | FRAGMENT_DEFINITION | VARIABLE_DEFINITION
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }

type Query @join__type(graph: A) {
  int(a: Int): Int
  needed(a: Int!): Int
  defaulted(a: Int! = 1): Int
  float(a: Float): Float
  string(a: String): String
  boolean(a: Boolean): Boolean
  id(a: ID): ID
  color(a: Color): Color
  json(a: Json): Json
  list(a: [Int!]): [Int]
  matrix(a: [[Int]]): [[Int]]
  filter(a: Filter): Int
  select(a: Select): Int
  pet: Pet
  dog: Dog
  cat: Cat
  being: Being
  query: Query
}
type Mutation @join__type(graph: A) { change: Int query: Query }
type Subscription @join__type(graph: A) { changed: Int other: Int }
interface Pet @join__type(graph: A) { name(upper: Boolean = false): String friend: Pet }
type Dog implements Pet @join__type(graph: A) @join__implements(graph: A, interface: "Pet") { name(upper: Boolean = false): String friend: Pet barks: Boolean age: Int owner: String }
type Cat implements Pet @join__type(graph: A) @join__implements(graph: A, interface: "Pet") { name(upper: Boolean = false): String friend: Pet meows: Boolean age: String owner: String! }
union Being @join__type(graph: A) @join__unionMember(graph: A, member: "Dog") @join__unionMember(graph: A, member: "Cat") = Dog | Cat
enum Color @join__type(graph: A) { RED @join__enumValue(graph: A) BLUE @join__enumValue(graph: A) }
scalar Json @join__type(graph: A)
input Filter @join__type(graph: A) { needed: Int! most: Int! = 10 color: Color = RED ids: [ID!] below: Filter select: Select json: Json }
input Select @oneOf @join__type(graph: A) { id: ID name: String filter: Filter }
"#;

/// The schema, read once.
pub(crate) fn supergraph() -> &'static Supergraph {
    static SUPERGRAPH: LazyLock<Supergraph> =
        LazyLock::new(|| Supergraph::parse(SDL).expect("a valid supergraph"));
    &SUPERGRAPH
}

/// Parses and validates `source` within the default limits.
pub(crate) fn parse(source: &str) -> Result<Document, Vec<OperationError>> {
    Document::parse(supergraph(), source, &Limits::default())
}
