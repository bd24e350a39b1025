//! Contexts of a published supergraph (join v0.5) are read into types, fields and selections.

use schema_model::{ContextValue, FieldSetSelection, Supergraph};

const SUPERGRAPH: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/tag/v0.3")
{ query: Query }
directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
directive @context__fromContext(field: context__ContextFieldValue) on ARGUMENT_DEFINITION
directive @join__field(graph: join__Graph, requires: join__FieldSet, contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @tag(name: String!) repeatable on OBJECT
scalar context__ContextFieldValue
scalar join__FieldSet
scalar join__FieldValue
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
input join__ContextArgument { name: String! type: String! context: String! selection: join__FieldValue! }
type Query @join__type(graph: A) { shop: Shop stand: Stand tag: tag }
type Shop @join__type(graph: A, key: "id") @context(name: "a__seller") { id: ID! currency: String item: Item }
type Stand @join__type(graph: A, key: "id") @context(name: "a__seller") { id: ID! money: String item: Item }
type Item @join__type(graph: A, key: "id") {
  id: ID!
  price: Int @join__field(graph: A, contextArguments: [{context: "a__seller", name: "currency", type: "String", selection: " ... on Shop { currency } ... on Stand { money }"}])
}
type tag @join__type(graph: A) { name: String }
"#;

#[test]
fn a_contextual_argument_knows_what_to_take_from_each_type() {
    let graph = Supergraph::parse(SUPERGRAPH).expect("a valid supergraph");
    let ty = |name: &str| graph.type_named(name).expect("a type");
    let field = |parent: &str, name: &str| {
        let field = graph.field_named(ty(parent), name);
        field.expect("a field")
    };
    assert_eq!(graph.ty(ty("Shop")).contexts, ["a__seller"]);
    let price = graph.field(field("Item", "price"));
    assert!(price.arguments.is_empty());
    let [argument] = price.subgraphs[0].context_arguments.as_slice() else {
        panic!("one argument");
    };
    assert_eq!(argument.name, "currency");
    assert_eq!(graph.display(argument.ty), "String");
    let taken = |value: &ContextValue| match value.selection.selections.as_slice() {
        [FieldSetSelection::Fragment { on, selections }] if *on == value.on => {
            match selections.as_slice() {
                [FieldSetSelection::Field { field, .. }] => (*on, *field),
                other => panic!("{other:?}"),
            }
        }
        other => panic!("{other:?}"),
    };
    let values: Vec<_> = argument.values.iter().map(taken).collect();
    assert_eq!(
        values,
        [
            (ty("Shop"), field("Shop", "currency")),
            (ty("Stand"), field("Stand", "money")),
        ]
    );
}

#[test]
fn a_type_may_be_called_like_the_directive_of_a_linked_feature() {
    let graph = Supergraph::parse(SUPERGRAPH).expect("a valid supergraph");
    assert!(graph.type_named("tag").is_some());
    assert!(graph.api().types.contains_key("tag"));
    assert!(!graph.api().directive_definitions.contains_key("tag"));
}
