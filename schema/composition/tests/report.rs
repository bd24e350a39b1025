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
    1 | …apollo.dev/federation/v2.9", import: ["@composeDirective"]) @composeDirective(name: "@federation__tag")
      |                                                              ^^^^^^^^^^^^^^^^^
    "#);
}

/// A subgraph with descriptions of `count` fields that no other one gives.
fn describing(name: &str, count: usize) -> SubgraphInput {
    let link = r#"@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@shareable"])"#;
    let fields: String = (0..count)
        .map(|i| format!("  \"{name}'s {i}\" f{i}: Int @shareable\n"))
        .collect();
    subgraph(
        name,
        &format!("extend schema {link}\ntype Query {{\n{fields}}}\n"),
    )
}

#[test]
fn of_many_hints_the_first_are_shown_and_the_rest_counted() {
    let inputs = [describing("a", 15), describing("b", 15)];
    let composed = compose(&inputs).unwrap();
    assert_eq!(composed.hints.len(), 15);
    let text = composed.render_hints(false, &inputs);
    let last = "warning[INCONSISTENT_DESCRIPTION]: 5 more of these\n";
    assert!(text.ends_with(last), "{text}");
    assert_eq!(text.matches("the description of").count(), 10);
    assert!(text.starts_with(concat!(
        "warning[INCONSISTENT_DESCRIPTION]: the description of Query.f0 is \"a's 0\" in subgraph \"a\", but ",
        "\"b's 0\" in subgraph \"b\"; the supergraph has \"a's 0\"; describe it alike everywhere, or in one ",
        "subgraph only\n",
        "  --> schemas/a.graphql:3:11 Query.f0 (subgraph \"a\")\n",
        "  |\n",
        "3 |   \"a's 0\" f0: Int @shareable\n",
        "  |           ^^\n",
    )));
}

#[test]
fn hints_beside_errors_are_few_short_and_last() {
    let mut inputs = [describing("a", 5), describing("b", 5)];
    for input in &mut inputs {
        input.sdl.push_str("type User { id: ID }\n");
    }
    let diagnostics = compose(&inputs).unwrap_err();
    assert_snapshot!(diagnostics.render(false, &inputs), @r#"
    error[INVALID_FIELD_SHARING]: User.id is resolved by subgraphs "a" and "b", but is not @shareable in subgraphs "a" and "b"; mark it @shareable there, or resolve it in one subgraph only
      --> schemas/a.graphql:9:13 User.id (subgraph "a")
      |
    9 | type User { id: ID }
      |             ^^
      --> schemas/b.graphql:9:13 User.id (subgraph "b")
      |
    9 | type User { id: ID }
      |             ^^

    warning[INCONSISTENT_DESCRIPTION]: the description of Query.f0 is "a's 0" in subgraph "a", but "b's 0" in subgraph "b"; the supergraph has "a's 0"; describe it alike everywhere, or in one subgraph only
    warning[INCONSISTENT_DESCRIPTION]: the description of Query.f1 is "a's 1" in subgraph "a", but "b's 1" in subgraph "b"; the supergraph has "a's 1"; describe it alike everywhere, or in one subgraph only
    warning[INCONSISTENT_DESCRIPTION]: the description of Query.f2 is "a's 2" in subgraph "a", but "b's 2" in subgraph "b"; the supergraph has "a's 2"; describe it alike everywhere, or in one subgraph only
    warning[INCONSISTENT_DESCRIPTION]: 2 more of these
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
      --> subgraph "reviews"

    error[KEY_INVALID_FIELDS]: in the `fields` of @key: Size has no field nme
      --> schemas/sizes.graphql:2:36 Size (subgraph "sizes")
      |
    2 | "Größe" type Size @key(fields: "id nme") { id: ID! }
      |                                    ^^^
    "#);
}

#[test]
fn the_summary_counts_by_level_and_names_the_number_of_subgraphs() {
    let summary = |inputs: &[SubgraphInput]| match compose(inputs) {
        Ok(composed) => composed.hint_summary(),
        Err(diagnostics) => diagnostics.summary(),
    };
    assert_eq!(summary(&[users()]), "");
    assert_eq!(summary(&[wrong_key()]), "1 error in 1 subgraph");
    let broken = subgraph("broken", "type Query { a: Missing b: Missing }");
    assert_eq!(summary(&[wrong_key(), broken]), "3 errors in 2 subgraphs");
    assert_eq!(summary(&[posts()]), "1 error");
}
