//! Cache tags are read with the subgraphs they are from.

use schema_model::{CacheTag, Supergraph};

const SDL: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/cacheTag/v0.1", for: EXECUTION)
{ query: Query }
directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION
directive @join__field(graph: join__Graph) repeatable on FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT
directive @link(url: String, for: link__Purpose) repeatable on SCHEMA
scalar join__DirectiveArguments
scalar join__FieldSet
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph {
  REVIEWS @join__graph(name: "reviews", url: "")
  USERS @join__graph(name: "users", url: "")
}
type Query @join__type(graph: REVIEWS) @join__type(graph: USERS) {
  user(id: ID!): User
    @join__field(graph: USERS)
    @join__directive(graphs: [USERS], name: "federation__cacheTag", args: {format: "user-{$args.id}"})
    @join__directive(graphs: [USERS], name: "federation__other", args: {format: "no tag"})
}
type User
  @join__type(graph: REVIEWS, key: "id")
  @join__type(graph: USERS, key: "id")
  @join__directive(graphs: [USERS, REVIEWS, USERS], name: "federation__cacheTag", args: {format: "user-{$key.id}"})
  @join__directive(graphs: [REVIEWS], name: "federation__cacheTag", args: {format: "reviewers"})
{
  id: ID!
}
"#;

#[test]
fn tags_are_known_with_their_subgraphs_and_leave_the_api() {
    let graph = Supergraph::parse(SDL).expect("a valid supergraph");
    let reviews = graph.subgraph_named("reviews").expect("reviews");
    let users = graph.subgraph_named("users").expect("users");
    let tag = |format: &str, subgraphs: &[_]| CacheTag {
        format: format.to_owned(),
        subgraphs: subgraphs.to_vec(),
    };
    let user = graph.ty(graph.type_named("User").expect("User"));
    let of_both = tag("user-{$key.id}", &[reviews, users]);
    assert_eq!(
        user.cache_tags,
        [of_both.clone(), tag("reviewers", &[reviews])]
    );
    assert!(of_both.is_of(users) && !user.cache_tags[1].is_of(users));
    let query = graph.type_named("Query").expect("Query");
    let field = graph.field_named(query, "user").expect("user");
    assert_eq!(
        graph.field(field).cache_tags,
        [tag("user-{$args.id}", &[users])]
    );
    let id = graph.field_named(graph.type_named("User").expect("User"), "id");
    assert!(graph.field(id.expect("id")).cache_tags.is_empty());
    assert!(!graph.api().to_string().contains("cacheTag"));
}

#[test]
fn a_tag_of_a_graph_that_is_not_listed_is_refused() {
    let sdl = SDL.replace("graphs: [REVIEWS]", "graphs: [ORDERS]");
    let error = Supergraph::parse(&sdl).expect_err("no such graph");
    assert!(error.place().is_some(), "{error}");
}
