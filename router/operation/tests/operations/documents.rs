//! Documents against a small schema: what is refused and why, and what the normalised form is.

use router_operation::{
    Document, Field, FieldTarget, LimitKind, Limits, Problem, Selection, SelectionSet,
    collect_fields,
};
use schema_model::Supergraph;
use serde_json::json;

const SDL: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query }
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
type Query @join__type(graph: A) { node(id: ID, input: Input): Node book: Book any: Any }
input Input @join__type(graph: A) { count: Int! = 3 }
interface Node @join__type(graph: A) { id: ID! child: Node }
type Book implements Node @join__type(graph: A) @join__implements(graph: A, interface: "Node") { id: ID! child: Node title: String }
type Film implements Node @join__type(graph: A) @join__implements(graph: A, interface: "Node") { id: ID! child: Node length: Int }
union Any @join__type(graph: A) @join__unionMember(graph: A, member: "Book") @join__unionMember(graph: A, member: "Film") = Book | Film
"#;

fn supergraph() -> Supergraph {
    Supergraph::parse(SDL).expect("a valid supergraph")
}

/// The normalised form in a notation close to GraphQL.
fn show(supergraph: &Supergraph, set: &SelectionSet) -> String {
    let selections = set.selections.iter().map(|selection| match selection {
        Selection::Field(field) => show_field(supergraph, field),
        Selection::Fragment(fragment) => {
            let on = &supergraph.ty(fragment.ty).name;
            format!("...{on}{}", show(supergraph, fragment))
        }
    });
    format!("{{{}}}", selections.collect::<Vec<_>>().join(" "))
}

fn show_field(supergraph: &Supergraph, field: &Field) -> String {
    let name = match &field.target {
        FieldTarget::Typename => "__typename",
        FieldTarget::Introspection(_) => "__introspection",
        FieldTarget::Field(id) => supergraph.field(*id).name.as_str(),
    };
    let alias = match field.response_key.as_str() {
        key if key == name => String::new(),
        key => format!("{key}:"),
    };
    let below = field.selection_set.as_ref();
    let below = below.map(|set| show(supergraph, set)).unwrap_or_default();
    format!("{alias}{name}{below}")
}

fn normalized(source: &str, variables: serde_json::Value) -> String {
    let supergraph = supergraph();
    let document = Document::parse(&supergraph, source, &Limits::default()).expect(source);
    let request = document.request(&supergraph, None).expect(source);
    let serde_json::Value::Object(variables) = variables else {
        panic!("variables are an object");
    };
    let variables = request
        .coerce_variables(&supergraph, variables)
        .expect(source);
    let operation = request.normalize(&supergraph, &request.conditions(&variables));
    show(&supergraph, &operation.selection_set)
}

#[test]
fn fragments_are_inlined_and_fields_merged_in_the_clients_order() {
    let check = |source: &str, expected: &str| {
        assert_eq!(normalized(source, json!({})), expected, "{source}");
    };
    check("{ book { id title id } }", "{book{id title}}");
    check(
        "{ book { a: id ...F } } fragment F on Node { id child { id } }",
        "{book{a:id id child{id}}}",
    );
    check(
        "{ node { id ... on Book { title } ... on Film { length } child { id } } }",
        "{node{id ...Book{title} ...Film{length} child{id}}}",
    );
    check(
        "{ book { ... on Node { ... on Film { length } id } } }",
        "{book{id}}",
    );
    check(
        "{ any { ... on Node { id } ... on Any { __typename } } }",
        "{any{...Node{id} __typename}}",
    );
    check(
        "{ node { ... on Any { __typename } id } }",
        "{node{__typename id}}",
    );
    check(
        "{ book { child { id } title child { c: id } } }",
        "{book{child{id c:id} title}}",
    );
    check(
        "{ node { id child { id } ... on Book { child { c: id } } id child { b: id } child { d: id } } }",
        "{node{id child{id} ...Book{child{c:id}} child{b:id d:id}}}",
    );
    check(
        "{ node { ... on Book { title } ... on Book { id } } }",
        "{node{...Book{title id}}}",
    );
    check(
        "{ __typename __schema { types { name } } }",
        "{__typename __introspection}"
            .replace("__introspection", "__schema:__introspection")
            .as_str(),
    );
}

#[test]
fn conditions_are_decided_and_keep_the_order() {
    let source = "query($a: Boolean!, $b: Boolean = false) {
        book { id @skip(if: $a) title id @include(if: $b) ... on Book @include(if: $a) { child { id } } } }";
    let check = |variables: serde_json::Value, expected: &str| {
        assert_eq!(normalized(source, variables), expected);
    };
    check(json!({"a": true}), "{book{title child{id}}}");
    check(json!({"a": false}), "{book{id title}}");
    check(json!({"a": true, "b": true}), "{book{title id child{id}}}");
    assert_eq!(
        normalized("{ book { id @skip(if: true) } }", json!({})),
        "{book{}}"
    );
}

#[test]
fn collected_fields_follow_the_runtime_type() {
    let supergraph = supergraph();
    let source = "{ node { ... on Film { length x: id } id ... on Book { child { id } } child { c: id } x: id } }";
    let document = Document::parse(&supergraph, source, &Limits::default()).expect(source);
    let request = document.request(&supergraph, None).expect(source);
    let variables = request
        .coerce_variables(&supergraph, serde_json::Map::new())
        .expect(source);
    let operation = request.normalize(&supergraph, &request.conditions(&variables));
    let Selection::Field(node) = &operation.selection_set.selections[0] else {
        panic!("a field");
    };
    let set = node.selection_set.as_ref().expect("a selection set");
    let check = |object: &str, expected: &[&str]| {
        let object = supergraph.type_named(object).expect("a type");
        let collected = collect_fields(&supergraph, &[set], object);
        let keys: Vec<_> = collected
            .iter()
            .map(|field| field.response_key.as_str())
            .collect();
        assert_eq!(keys, expected);
        for field in collected {
            let FieldTarget::Field(id) = field.target else {
                panic!("a field")
            };
            assert_eq!(
                supergraph.field(id).parent,
                object,
                "the object's own field"
            );
        }
    };
    check("Film", &["length", "x", "id", "child"]);
    check("Book", &["id", "child", "x"]);
}

#[test]
fn mistakes_name_their_kind_and_place() {
    let supergraph = supergraph();
    let check = |source: &str, problem: Problem, text: &str| {
        let errors = Document::parse(&supergraph, source, &Limits::default()).expect_err(source);
        assert_eq!(errors[0].problem, problem, "{source}: {errors:?}");
        assert!(errors[0].message.contains(text), "{source}: {errors:?}");
        if !matches!(problem, Problem::Limit(_)) {
            assert!(!errors[0].locations.is_empty(), "{source}: {errors:?}");
        }
    };
    check("{ book { ", Problem::Syntax, "expected");
    check("{ book { nope } }", Problem::Validation, "nope");
    check(
        "{ book }",
        Problem::Validation,
        "must have a selection of subfields",
    );
    check(
        "{ book { ...F } } fragment F on Book { child { ...G } } fragment G on Node { ...F }",
        Problem::Validation,
        "F",
    );
    check(
        "query($a: Int) { node(id: $a) { id } }",
        Problem::Validation,
        "a",
    );
    check("{ a: __typename b: nope }", Problem::Validation, "nope");
    let deep = format!(
        "{}{}",
        "{ book { ".to_owned() + &"child { ".repeat(60) + "id ",
        "} ".repeat(62)
    );
    check(
        &deep,
        Problem::Limit(LimitKind::Depth),
        "62 levels deep; the limit is 50",
    );
    let wide: String = (0..10_000).map(|i| format!("a{i}:__typename ")).collect();
    check(
        &format!("{{{wide}}}"),
        Problem::Limit(LimitKind::Tokens),
        "15000 tokens",
    );
    let aliases: String = (0..600).map(|i| format!("a{i}:id ")).collect();
    check(
        &format!("{{book{{{aliases}}}}}"),
        Problem::Limit(LimitKind::Aliases),
        "600 aliases",
    );
    let roots: String = (0..300).map(|i| format!("a{i}:__typename ")).collect();
    check(
        &format!("{{{roots}}}"),
        Problem::Limit(LimitKind::RootFields),
        "300 root fields",
    );
}

/// Thirty fragments, each spreading the next twice: a billion fields if expanded.
#[test]
fn a_fragment_bomb_is_refused_by_its_size_without_expanding_it() {
    let mut bomb = String::from("{ book { ...F0 } }");
    for i in 0..30 {
        let next = i + 1;
        bomb += &format!(
            " fragment F{i} on Book {{ a: child {{ ...F{next} }} b: child {{ ...F{next} }} }}"
        );
    }
    bomb += " fragment F30 on Book { id }";
    let errors = Document::parse(&supergraph(), &bomb, &Limits::default()).expect_err("a bomb");
    assert!(matches!(errors[0].problem, Problem::Limit(_)), "{errors:?}");
}

#[test]
fn operations_are_picked_by_name() {
    let supergraph = supergraph();
    let check = |source: &str, name: Option<&str>, expected: Result<Option<&str>, &str>| {
        let document = Document::parse(&supergraph, source, &Limits::default()).expect(source);
        match (document.request(&supergraph, name), expected) {
            (Ok(request), Ok(name)) => assert_eq!(request.name(), name),
            (Err(error), Err(text)) => {
                assert_eq!(error.problem, Problem::UnknownOperation);
                assert!(error.message.contains(text), "{error}");
            }
            (is, _) => panic!("{source}: {is:?}"),
        }
    };
    let two = "query A { __typename } query B { __typename }";
    check(two, Some("B"), Ok(Some("B")));
    check(two, None, Err("must name one of A, B"));
    check(two, Some("C"), Err("\"C\" is not one"));
    check("{ __typename }", None, Ok(None));
    check("{ __typename }", Some(""), Ok(None));
    check(
        "fragment F on Book { id } query A { book { ...F } }",
        None,
        Ok(Some("A")),
    );
}

#[test]
fn variables_are_coerced_with_defaults_and_absence_kept() {
    let supergraph = supergraph();
    let source = "query($id: ID, $n: Int = 5, $input: Input, $gone: ID) { node(id: $id, input: $input) { id } a: node(id: $gone) { id } b: node(input: {count: $n}) { id } }";
    let source = source.replace("$n: Int = 5", "$n: Int! = 5");
    let document = Document::parse(&supergraph, &source, &Limits::default()).expect("valid");
    let request = document.request(&supergraph, None).expect("one operation");
    let coerce = |value: serde_json::Value| {
        let serde_json::Value::Object(values) = value else {
            panic!("an object")
        };
        request.coerce_variables(&supergraph, values)
    };
    let variables = coerce(json!({"id": 7, "input": {}})).expect("coercible");
    assert_eq!(variables.json("id"), Some("\"7\""));
    assert_eq!(variables.json("n"), Some("5"));
    assert_eq!(variables.json("input"), Some(r#"{"count":3}"#));
    assert_eq!(variables.json("gone"), None);
    assert_eq!(
        coerce(json!({"id": null})).expect("null").json("id"),
        Some("null")
    );
    for bad in [
        json!({"n": "x"}),
        json!({"n": null}),
        json!({"input": {"nope": 1}}),
        json!({"id": [1]}),
    ] {
        let error = coerce(bad.clone()).expect_err("not coercible");
        assert_eq!(error.problem, Problem::Variables, "{bad}");
    }
}

#[test]
fn introspection_is_answered_under_the_clients_keys() {
    let supergraph = supergraph();
    let source = "query($n: String!) { s: __schema { queryType { name } } book { id } t: __type(name: $n) { ...K } } fragment K on __Type { kind }";
    let document = Document::parse(&supergraph, source, &Limits::default()).expect("valid");
    let request = document.request(&supergraph, None).expect("one operation");
    assert!(request.uses_introspection());
    let values = json!({"n": "Node"});
    let serde_json::Value::Object(values) = values else {
        panic!("an object")
    };
    let variables = request
        .coerce_variables(&supergraph, values)
        .expect("coercible");
    let answers = request
        .introspect(&supergraph, &variables)
        .expect("shallow");
    let answers: Vec<_> = answers
        .iter()
        .map(|(key, json)| (key.as_str(), json.as_str()))
        .collect();
    assert_eq!(
        answers,
        [
            ("s", r#"{"queryType":{"name":"Query"}}"#),
            ("t", r#"{"kind":"INTERFACE"}"#)
        ]
    );
}

#[test]
fn a_path_of_the_answer_leads_to_where_it_is_written() {
    let supergraph = supergraph();
    let source = "query($a: Boolean!) {
  book { child { ...F } child @skip(if: $a) { x: id } }
  ... on Query { book { child { ... on Book { x: title } } } }
}
fragment F on Node { x: id child { id } }";
    // `x` is written for different fields, which never meet in one object.
    let source = source.replace("x: title", "y: title");
    let document = Document::parse(&supergraph, &source, &Limits::default()).expect("valid");
    let request = document.request(&supergraph, None).expect("one operation");
    let check = |skipped: bool, keys: &[&str], expected: &[(usize, usize)]| {
        let values = json!({ "a": skipped }).to_string();
        let variables = request.coerce_json_variables(&supergraph, &values);
        let conditions = request.conditions(&variables.expect("coercible"));
        let found = request.locate(&conditions, keys).into_iter();
        let found: Vec<_> = found.map(|place| (place.line, place.column)).collect();
        assert_eq!(found, expected, "{keys:?}");
    };
    check(true, &["book"], &[(2, 3), (3, 18)]);
    check(true, &["book", "child"], &[(2, 10), (3, 25)]);
    check(false, &["book", "child"], &[(2, 10), (2, 25), (3, 25)]);
    check(true, &["book", "child", "child", "id"], &[(5, 36)]);
    check(true, &["book", "nothing"], &[]);
    check(true, &[], &[]);
}
