//! The model of a published supergraph says what the SDL says.

use schema_model::{FieldSetSelection, ModelError, Supergraph, TypeKind};

const JOIN: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)
{ query: Query }
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b-b", url: "") }
"#;

const BODY: &str = r#"
type Query @join__type(graph: A) @join__type(graph: B) {
  media: [Media!]! @join__field(graph: A)
  hidden: Secret @inaccessible @join__field(graph: A)
}
interface Media @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", isInterfaceObject: true) {
  id: ID!
  rating: Int @join__field(graph: B)
}
type Book implements Media @join__implements(graph: A, interface: "Media") @join__type(graph: A, key: "id") @join__type(graph: A, key: "isbn { code }", resolvable: false) {
  id: ID!
  isbn: Isbn!
  rating: Int @join__field
}
type Isbn @join__type(graph: A) { code: String! @authenticated }
type Secret @join__type(graph: A) @inaccessible { code: String }
directive @defer(label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @cached on FIELD
union Thing @join__type(graph: A) @join__type(graph: B) @join__unionMember(graph: A, member: "Book") @join__unionMember(graph: B, member: "Isbn") = Book | Isbn
"#;

fn supergraph(body: &str) -> Result<Supergraph, ModelError> {
    Supergraph::parse(&format!("{JOIN}{body}"))
}

#[test]
fn keys_interface_objects_members_and_authorisation_are_kept() {
    let graph = supergraph(BODY).expect("a valid supergraph");
    let (a, b) = (graph.subgraph_named("a"), graph.subgraph_named("b-b"));
    let (a, b) = (a.expect("a"), b.expect("b"));
    let ty = |name: &str| graph.type_named(name).expect("a type");
    let media = graph.ty(ty("Media"));
    assert_eq!(media.possible_types, [ty("Book")]);
    let in_b = media.in_subgraph(b).expect("in b");
    assert!(in_b.is_interface_object);
    assert_eq!(in_b.possible_types, [ty("Media")]);
    let keys = &graph.ty(ty("Book")).in_subgraph(a).expect("in a").keys;
    assert_eq!(keys.len(), 2);
    assert!(keys[0].resolvable && !keys[1].resolvable);
    let [
        FieldSetSelection::Field {
            field, selections, ..
        },
    ] = &*keys[1].fields.selections
    else {
        panic!("one nested field: {:?}", keys[1]);
    };
    assert_eq!(graph.field(*field).name, "isbn");
    assert_eq!(selections.len(), 1);
    let thing = graph.ty(ty("Thing"));
    assert_eq!(thing.kind, TypeKind::Union);
    assert_eq!(
        thing.in_subgraph(b).expect("in b").possible_types,
        [ty("Isbn")]
    );
    let code = graph.field_named(ty("Isbn"), "code").expect("code");
    assert!(graph.field(code).authorization.authenticated);
    let rating = graph.field_named(ty("Book"), "rating").expect("rating");
    assert!(graph.field(rating).subgraphs.is_empty());
}

#[test]
fn the_api_has_neither_machinery_nor_hidden_elements() {
    let graph = supergraph(BODY).expect("a valid supergraph");
    let api = graph.api().to_string();
    for absent in [
        "join__",
        "link",
        "Secret",
        "hidden",
        "inaccessible",
        "authenticated",
        "defer",
    ] {
        assert!(!api.contains(absent), "{absent} in:\n{api}");
    }
    assert!(api.contains("media: [Media!]!"));
    assert!(api.contains("directive @cached on FIELD"));
}

#[test]
fn mistakes_are_named_with_their_coordinate() {
    let check = |body: &str, expected: &str| {
        let error = supergraph(body).expect_err(body).to_string();
        assert!(error.contains(expected), "{expected:?} not in {error:?}");
    };
    check(
        r#"type Query @join__type(graph: A, key: "nope") { a: Int }"#,
        "Query: the field set \"nope\" is not valid",
    );
    check(r#"type Query @join__type(graph: C) { a: Int }"#, "C");
    check(
        r#"type Query @join__type(graph: A) { a: Int @join__field(graph: A, type: "[") }"#,
        "Query.a: \"[\" is not a type reference",
    );
    check("type Query { a: Missing }", "Missing");
    let plain = Supergraph::parse("type Query { a: Int }").expect_err("not a supergraph");
    assert!(matches!(plain, ModelError::NotASupergraph), "{plain}");
}

#[test]
fn mistakes_have_a_code_and_a_place() {
    let check = |body: &str, code: &str, text: &str| {
        let error = supergraph(body).expect_err(body);
        assert_eq!(error.code(), code);
        let line =
            1 + JOIN.lines().count() + body[..body.find(text).expect(text)].matches('\n').count();
        let place = error.place().expect("a place");
        assert_eq!(place.line, line, "{error}");
        let rendered = error.render("graph.graphql");
        let end = format!("--> graph.graphql:{line}:{} [{code}]", place.column);
        assert!(rendered.ends_with(&end), "{rendered}");
    };
    check(
        "type Query @join__type(graph: A) {\n  a: Int @join__field(graph: A, type: \"[\")\n}",
        "INVALID_FEDERATION_SUPERGRAPH",
        "a: Int",
    );
    check(
        "type Query @join__type(graph: A) { a: Int }\nextend schema @link(url: \"https://acme.example/masks/v1.0\", for: SECURITY)",
        "UNSUPPORTED_LINKED_FEATURE",
        "@link",
    );
    check(
        "type Query {\n  a: Missing\n}",
        "INVALID_GRAPHQL",
        "Missing",
    );
}

#[test]
fn a_directive_of_another_specification_hides_nothing() {
    let own = r#"@link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)"#;
    let other =
        r#"@link(url: "https://acme.example/inaccessible/v0.2", import: ["@inaccessible"])"#;
    let sdl = format!("{JOIN}{BODY}");
    assert!(sdl.contains(own));
    let graph = Supergraph::parse(&sdl.replace(own, other)).expect("a valid supergraph");
    assert!(graph.api().to_string().contains("hidden: Secret"));
}
