//! `@cacheInvalidate` is read as written, by the name that its link gives it.

use schema_model::{ModelError, Supergraph};

const SDL: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://weft.dev/cache/v0.1", import: ["@cacheInvalidate"])
{ query: Query mutation: Mutation }
directive @cacheInvalidate(type: String, key: [String!], complete: Boolean) repeatable on FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!) repeatable on OBJECT
directive @link(url: String, for: link__Purpose, import: [link__Import], as: String) repeatable on SCHEMA
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { USERS @join__graph(name: "users", url: "") }
type Query @join__type(graph: USERS) { user: String }
type Mutation @join__type(graph: USERS) {
  rename(id: ID!): String
    @cacheInvalidate(type: "User", key: null)
    @cacheInvalidate(key: ["id: {$args.id}"], complete: true)
  login: String
}
"#;

/// The uses on `Mutation.rename`, each with its arguments.
fn uses(sdl: &str) -> Vec<String> {
    let graph = Supergraph::parse(sdl).expect("a valid supergraph");
    let mutation = graph.type_named("Mutation").expect("Mutation");
    let field = |name| graph.field(graph.field_named(mutation, name).expect("the field"));
    assert!(field("login").cache_invalidations.is_empty());
    assert!(!graph.api().to_string().contains("directive"));
    let uses = field("rename").cache_invalidations.iter();
    uses.map(|one| {
        let arguments = one.arguments.iter();
        let arguments =
            arguments.map(|(name, value)| format!("{name}: {}", value.serialize().no_indent()));
        arguments.collect::<Vec<_>>().join(", ")
    })
    .collect()
}

#[test]
fn uses_are_read_under_every_name() {
    let written = [
        r#"type: "User""#,
        r#"key: ["id: {$args.id}"], complete: true"#,
    ];
    let import = r#"import: ["@cacheInvalidate"]"#;
    let names = [
        (import, "cacheInvalidate"),
        (
            r#"import: [{name: "@cacheInvalidate", as: "@ends"}]"#,
            "ends",
        ),
        ("import: []", "cache__cacheInvalidate"),
        (r#"as: "kept""#, "kept__cacheInvalidate"),
    ];
    for (link, name) in names {
        let sdl = SDL.replace("@cacheInvalidate(", &format!("@{name}("));
        assert_eq!(uses(&sdl.replace(import, link)), written, "{link}");
    }
}

#[test]
fn without_its_link_it_is_somebody_elses() {
    let none: [&str; 0] = [];
    let other = SDL.replace("https://weft.dev/", "https://specs.apollo.dev/");
    assert_eq!(uses(&other), none);
    let other = SDL.replace("https://weft.dev/cache/", "https://weft.dev/cash/");
    assert_eq!(uses(&other), none);
}

#[test]
fn another_version_is_refused() {
    let error = Supergraph::parse(&SDL.replace("cache/v0.1", "cache/v1.0"));
    let error = error.expect_err("an unknown version");
    assert!(
        matches!(error, ModelError::UnknownVersion { .. }),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        r#""https://weft.dev/cache/v1.0" is not a version of the cache specification that is known: v0.1"#
    );
}
