//! What a user sees: the terminal's text and the JSON of `weft compose`.

use insta::{assert_json_snapshot, assert_snapshot};
use schema_composition::{
    Options, Report, SubgraphInput, Unavailable, UnavailableReason, compose, compose_available,
};

fn subgraph(name: &str, sdl: &str) -> SubgraphInput {
    SubgraphInput {
        name: name.to_owned(),
        url: "http://example.com".to_owned(),
        sdl: sdl.to_owned(),
        source: Some(format!("schemas/{name}.graphql")),
    }
}

const FEDERATION: &str =
    r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])"#;

fn users() -> SubgraphInput {
    let sdl =
        "type Query { me: User }\n\ntype User @key(fields: \"id\") {\n\tid: ID!\n\tname: String\n}";
    subgraph("users", &format!("{FEDERATION}\n{sdl}\n"))
}

fn posts() -> SubgraphInput {
    let sdl = "type User @key(fields: \"id\") { id: ID! name: String }";
    subgraph("posts", &format!("{FEDERATION}\n{sdl}\n"))
}

fn wrong_key() -> SubgraphInput {
    let sdl = "type Größe @key(fields: \"id nme\") { id: ID! }";
    let sdl = sdl.replace("Größe", "Size");
    subgraph("sizes", &format!("{FEDERATION} # ä\n\"Größe\" {sdl}\r\n"))
}

#[test]
fn a_mistake_in_two_places_shows_both_lines_underlined() {
    let inputs = [users(), posts()];
    let diagnostics = compose(&inputs).unwrap_err();
    assert_snapshot!(diagnostics.render(false, &inputs), @r#"
    error[INVALID_FIELD_SHARING]: User.name is resolved by subgraphs "posts" and "users", but is not @shareable in subgraphs "posts" and "users"; mark it @shareable there, or resolve it in one subgraph only
      --> schemas/posts.graphql:2:40 User.name (subgraph "posts")
      |
    2 | type User @key(fields: "id") { id: ID! name: String }
      |                                        ^^^^
      --> schemas/users.graphql:6:2 User.name (subgraph "users")
      |
    6 |  name: String
      |  ^^^^
    "#);
}

#[test]
fn the_underline_stands_below_the_mistake_inside_a_string() {
    let inputs = [wrong_key()];
    let diagnostics = compose(&inputs).unwrap_err();
    assert_snapshot!(diagnostics.render(false, &inputs), @r#"
    error[KEY_INVALID_FIELDS]: in the `fields` of @key: Size has no field nme
      --> schemas/sizes.graphql:2:36 Size (subgraph "sizes")
      |
    2 | "Größe" type Size @key(fields: "id nme") { id: ID! }
      |                                    ^^^
    "#);
}

#[test]
fn colour_is_escape_codes_only() {
    let inputs = [users(), posts()];
    let diagnostics = compose(&inputs).unwrap_err();
    let coloured = diagnostics.render(true, &inputs);
    assert!(coloured.contains("\u{1b}[1;31merror[INVALID_FIELD_SHARING]\u{1b}[0m"));
    let plain: String = coloured
        .split('\u{1b}')
        .map(|part| {
            part.split_once('m')
                .filter(|(code, _)| code.starts_with('['))
                .map_or(part, |(_, text)| text)
        })
        .collect();
    assert_eq!(plain, diagnostics.render(false, &inputs));
}

#[test]
fn control_characters_of_the_input_do_not_reach_the_terminal() {
    let inputs = [subgraph("a", "type Query { a: Missing } # \u{1b}[2J")];
    let diagnostics = compose(&inputs).unwrap_err();
    assert!(!diagnostics.render(false, &inputs).contains('\u{1b}'));
}

#[test]
fn a_source_that_is_not_given_costs_only_the_line() {
    let diagnostics = compose(&[wrong_key()]).unwrap_err();
    assert_snapshot!(diagnostics.render(false, &[]), @r#"
    error[KEY_INVALID_FIELDS]: in the `fields` of @key: Size has no field nme
      --> sizes:2:36 Size (subgraph "sizes")
    "#);
}

#[test]
fn json_of_a_failure() {
    let inputs = [users(), posts()];
    let outcome = compose(&inputs);
    assert_json_snapshot!(Report::new(outcome.as_ref(), &inputs), @r#"
    {
      "supergraph": null,
      "errors": [
        {
          "code": "INVALID_FIELD_SHARING",
          "level": "error",
          "message": "User.name is resolved by subgraphs \"posts\" and \"users\", but is not @shareable in subgraphs \"posts\" and \"users\"; mark it @shareable there, or resolve it in one subgraph only",
          "subgraph": "posts",
          "coordinate": "User.name",
          "file": "schemas/posts.graphql",
          "line": 2,
          "column": 40,
          "locations": [
            {
              "subgraph": "posts",
              "coordinate": "User.name",
              "file": "schemas/posts.graphql",
              "line": 2,
              "column": 40
            },
            {
              "subgraph": "users",
              "coordinate": "User.name",
              "file": "schemas/users.graphql",
              "line": 6,
              "column": 2
            }
          ]
        }
      ],
      "hints": []
    }
    "#);
}

#[test]
fn json_of_a_mistake_without_a_place() {
    let inputs = [posts()];
    let outcome = compose(&inputs);
    assert_json_snapshot!(Report::new(outcome.as_ref(), &inputs), @r#"
    {
      "supergraph": null,
      "errors": [
        {
          "code": "NO_QUERIES",
          "level": "error",
          "message": "no subgraph has a query; at least one needs a field on its query root",
          "subgraph": null,
          "coordinate": null,
          "file": null,
          "line": null,
          "column": null,
          "locations": []
        }
      ],
      "hints": []
    }
    "#);
}

#[test]
fn json_of_a_success_with_a_hint() {
    let sdl = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective"]) @composeDirective(name: "@federation__tag")
type Query { a: Int }"#;
    let inputs = [subgraph("a", sdl)];
    let outcome = compose(&inputs);
    let report = serde_json::to_value(Report::new(outcome.as_ref(), &inputs)).unwrap();
    assert!(
        report["supergraph"]
            .as_str()
            .unwrap()
            .contains("type Query")
    );
    assert_eq!(report["errors"], serde_json::json!([]));
    assert_json_snapshot!(report["hints"], @r#"
    [
      {
        "code": "DIRECTIVE_COMPOSITION_INFO",
        "level": "info",
        "message": "@federation__tag is federation's @tag, which composes by itself; remove this @composeDirective",
        "subgraph": "a",
        "coordinate": null,
        "file": "schemas/a.graphql",
        "line": 1,
        "column": 101,
        "locations": [
          {
            "subgraph": "a",
            "coordinate": null,
            "file": "schemas/a.graphql",
            "line": 1,
            "column": 101
          }
        ]
      }
    ]
    "#);
    assert_snapshot!(outcome.unwrap().render_hints(false, &inputs), @r#"
    info[DIRECTIVE_COMPOSITION_INFO]: @federation__tag is federation's @tag, which composes by itself; remove this @composeDirective
      --> schemas/a.graphql:1:101 (subgraph "a")
      |
    1 | apollo.dev/federation/v2.9", import: ["@composeDirective"]) @composeDirective(name: "@federation__tag")
      |                                                             ^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn the_short_form_names_the_first_error() {
    let diagnostics = compose(&[wrong_key(), subgraph("zz", "type")]).unwrap_err();
    assert_snapshot!(diagnostics, @r#"
    composition failed: KEY_INVALID_FIELDS: in the `fields` of @key: Size has no field nme (and 1 more)
    "#);
}

#[test]
fn a_schema_that_is_not_there_is_a_mistake_beside_the_others() {
    let inputs = [wrong_key()];
    let service = Unavailable {
        name: "reviews".to_owned(),
        source: None,
        reason: UnavailableReason::NotRead(
            "http://reviews/graphql: no answer within 10s".to_owned(),
        ),
    };
    let file = Unavailable {
        name: "latin".to_owned(),
        source: Some("schemas/latin.graphql".to_owned()),
        reason: UnavailableReason::NotUtf8 { line: 3, column: 7 },
    };
    let unavailable = [service, file];
    let outcome = compose_available(&inputs, &unavailable, &Options::default());
    let mut sources = inputs.to_vec();
    sources.extend(unavailable.iter().map(Unavailable::as_source));
    assert_snapshot!(outcome.unwrap_err().render(false, &sources), @r#"
    error[INVALID_GRAPHQL]: the schema is not text in UTF-8: this byte is part of no character; save the file as UTF-8
      --> schemas/latin.graphql:3:7 (subgraph "latin")

    error[DOWNSTREAM_SERVICE_ERROR]: the schema could not be had: http://reviews/graphql: no answer within 10s
      --> reviews (subgraph "reviews")

    error[KEY_INVALID_FIELDS]: in the `fields` of @key: Size has no field nme
      --> schemas/sizes.graphql:2:36 Size (subgraph "sizes")
      |
    2 | "Größe" type Size @key(fields: "id nme") { id: ID! }
      |                                    ^^^
    "#);
}
