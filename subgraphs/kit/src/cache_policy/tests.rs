//! How hints add up.

use async_graphql::parser::parse_query;

use super::*;

const SDL: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

type Query {
  page: Page @cacheControl(maxAge: 30)
  long: Page @cacheControl(maxAge: 600)
  inheriting: Page @cacheControl(inheritMaxAge: true)
  post: Post
  posts: [Post!]!
  draft: Post @cacheControl(maxAge: 90, scope: PRIVATE)
  shown: Post @cacheControl(scope: PUBLIC)
  me: Me
  node: Node @cacheControl(maxAge: 500)
  plain: Plain
  name: String
  version: String @cacheControl(maxAge: 3600)
  never: String @cacheControl(maxAge: 0)
  negative: String @cacheControl(maxAge: -1)
}

interface Node { id: ID! }

type Page @cacheControl(inheritMaxAge: true) {
  nodes: [Post]
  next: Page
  plain: Plain
  kept: Plain @cacheControl(inheritMaxAge: true)
  total: Int! @cacheControl(maxAge: 10)
}

type Post implements Node @key(fields: "id") @cacheControl(maxAge: 60) {
  id: ID!
  title: String
  likes: Int @cacheControl(maxAge: 5)
  secret: String @cacheControl(scope: PRIVATE)
  author: Plain
  page: Page
}

type Me implements Node @key(fields: "id") @cacheControl(maxAge: 20, scope: PRIVATE) { id: ID! }

type Plain implements Node @key(fields: "id") { id: ID! post: Post }

type Mutation { post: Post page: Page @cacheControl(maxAge: 30) }

enum CacheControlScope { PUBLIC PRIVATE }

"""
Not a @cacheControl(maxAge: 1).
"""
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT
"#;

fn header_for(query: &str, operation_name: Option<&str>) -> String {
    let document = parse_query(query).unwrap();
    let hints = Hints::read(SDL).unwrap();
    let mut operations = document.operations.iter();
    let named = |name: Option<&async_graphql::Name>| {
        operation_name.is_none() || name.map(|name| name.as_str()) == operation_name
    };
    let (_, operation) = operations.find(|(name, _)| named(*name)).unwrap();
    let policy = hints.policy(&operation.node, &document);
    policy.header().to_str().unwrap().to_owned()
}

#[test]
fn the_lowest_hint_of_the_selected_fields_decides() {
    let cases = [
        // A field's type has the hint, or the field, which goes before its type.
        ("{ post { title } }", "public, max-age=60"),
        ("{ posts { title } }", "public, max-age=60"),
        ("{ draft { title } }", "private, max-age=90"),
        ("{ shown { title } }", "public, max-age=60"),
        ("{ me { id } }", "private, max-age=20"),
        // Leaves are as good as what they are part of, unless they say otherwise.
        ("{ post { title likes } }", "public, max-age=5"),
        ("{ post { secret } }", "private, max-age=60"),
        ("{ a: post { b: secret c: likes } }", "private, max-age=5"),
        // Roots and objects without a hint are not kept.
        ("{ name }", "no-store"),
        ("{ version }", "public, max-age=3600"),
        ("{ version name }", "no-store"),
        ("{ plain { id } }", "no-store"),
        ("{ plain { post { title } } }", "no-store"),
        ("{ post { author { id } } }", "no-store"),
        ("{ never }", "no-store"),
        ("{ never version }", "no-store"),
        ("{ negative version }", "no-store"),
        // What inherits does not lower, but a root has nothing to inherit.
        ("{ page { next { total } } }", "public, max-age=10"),
        ("{ page { next { nodes { id } } } }", "public, max-age=30"),
        ("{ long { nodes { id } } }", "public, max-age=60"),
        ("{ long { kept { id } } }", "public, max-age=600"),
        ("{ long { plain { id } } }", "no-store"),
        ("{ inheriting { total } }", "no-store"),
        (
            "{ post { page { next { kept { id } } } } }",
            "public, max-age=60",
        ),
        // One private field makes the whole answer private.
        ("{ version me { id } }", "private, max-age=20"),
        (
            "{ version post { ... { ... on Post { secret } } } }",
            "private, max-age=60",
        ),
        // What is left out may not be, another time.
        (
            "{ version me @skip(if: true) { id } }",
            "private, max-age=20",
        ),
        ("{ version ... @include(if: false) { name } }", "no-store"),
        // Fragments.
        (
            "{ version ...F } fragment F on Query { post { ...G } } fragment G on Post { likes secret }",
            "private, max-age=5",
        ),
        (
            "{ ...F ...F } fragment F on Query { post { ...G ...G } } fragment G on Post { id }",
            "public, max-age=60",
        ),
        (
            "{ version } fragment F on Query { name }",
            "public, max-age=3600",
        ),
        // Members of an interface.
        ("{ node { id } }", "public, max-age=500"),
        ("{ node { ... on Post { title } } }", "public, max-age=60"),
        ("{ node { ... on Me { id } } }", "private, max-age=20"),
        (
            "{ node { ...M } } fragment M on Me { id }",
            "private, max-age=20",
        ),
        ("{ node { ... on Node { id } } }", "public, max-age=500"),
        // Names of types say nothing, introspection is not kept.
        ("{ __typename }", "no-store"),
        ("{ __typename version }", "public, max-age=3600"),
        ("{ post { __typename } }", "public, max-age=60"),
        ("{ version __schema { queryType { name } } }", "no-store"),
        ("{ version __type(name: \"Post\") { name } }", "no-store"),
        ("{ version _service { sdl } }", "no-store"),
        // What does not exist.
        ("{ version nothing }", "no-store"),
        ("{ version ... on Nothing { nothing } }", "no-store"),
        ("{ version ...Nothing }", "public, max-age=3600"),
        // Nothing but queries.
        ("mutation { page { nodes { id } } }", "no-store"),
        ("subscription { page { nodes { id } } }", "no-store"),
    ];
    for (query, expected) in cases {
        assert_eq!(header_for(query, None), expected, "{query}");
    }
}

#[test]
fn entities_are_as_good_as_their_types() {
    let cases = [
        ("... on Post { title }", "public, max-age=60"),
        ("... on Post { __typename }", "public, max-age=60"),
        ("... on Post { likes }", "public, max-age=5"),
        ("... on Me { id }", "private, max-age=20"),
        ("... on Post { id } ... on Me { id }", "private, max-age=20"),
        ("... on Plain { id }", "no-store"),
        ("... on Post { id } ... on Plain { id }", "no-store"),
        ("...F", "public, max-age=60"),
        (
            "... on _Entity { ... on Post { id } }",
            "public, max-age=60",
        ),
        ("__typename", "no-store"),
    ];
    for (selection, expected) in cases {
        let query = format!(
            "query($r: [_Any!]!) {{ _entities(representations: $r) {{ {selection} }} }}
             fragment F on Post {{ id }}"
        );
        assert_eq!(header_for(&query, None), expected, "{selection}");
    }
}

#[test]
fn every_operation_of_a_document_has_a_sum_of_its_own() {
    let document = "query A { version } query B { me { ...F } } fragment F on Me { id } mutation C { post { id } }";
    for (name, expected) in [
        ("A", "public, max-age=3600"),
        ("B", "private, max-age=20"),
        ("C", "no-store"),
    ] {
        assert_eq!(header_for(document, Some(name)), expected);
    }
}

#[test]
fn resolvers_lower_and_never_raise() {
    let public = |seconds| CachePolicy {
        seconds,
        is_private: false,
    };
    let private = |seconds| CachePolicy {
        seconds,
        is_private: true,
    };
    type Say = fn(&Lowered);
    let cases: [(CachePolicy, Say, &str); 7] = [
        (public(60), |_| {}, "public, max-age=60"),
        (
            public(60),
            |said| said.keep_at_most(15),
            "public, max-age=15",
        ),
        (
            public(60),
            |said| said.keep_at_most(90),
            "public, max-age=60",
        ),
        (public(60), |said| said.keep_at_most(0), "no-store"),
        (public(60), Lowered::keep_private, "private, max-age=10"),
        (private(5), Lowered::keep_private, "private, max-age=5"),
        (CachePolicy::NO_STORE, Lowered::keep_private, "no-store"),
    ];
    for (policy, say, expected) in cases {
        let said = Lowered::default();
        say(&said);
        assert_eq!(said.apply(policy).header(), expected);
    }
}

#[test]
fn without_hints_nothing_is_kept() {
    let document = parse_query("{ version }").unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let policy = Hints::default().policy(&operation.node, &document);
    assert_eq!(policy.header(), "no-store");
    assert!(Hints::read("type Query {").is_err());
}
