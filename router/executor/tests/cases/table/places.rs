//! Where in a plan a fetch may fail: at the root, for an entity, for entities in nested lists, beside another subgraph
//! that describes the same object.

/// Subgraph `b` has a field of every kind, of an entity and of a value type.
pub(super) const GRAPH: &str = r#"
enum join__Graph { A @join__graph(name: "a", url: "http://a.internal:4001") B @join__graph(name: "b", url: "http://b.internal:4002") }
type Query @join__type(graph: A) @join__type(graph: B) {
  name: String @join__field(graph: A)
  item: Item @join__field(graph: B)
  holder: Item @join__field(graph: A)
  holders: [[Item]] @join__field(graph: A)
  both: Both @join__field(graph: A) @join__field(graph: B)
}
type Mutation @join__type(graph: A) { touch: Item }
enum Kind @join__type(graph: B) { GOOD @join__enumValue(graph: B) HIDDEN @join__enumValue(graph: B) @inaccessible }
scalar JSON @join__type(graph: B)
type Part @join__type(graph: B) { x: Int y: Int! }
interface Node @join__type(graph: B) { n: Int }
type One implements Node @join__type(graph: B) @join__implements(graph: B, interface: "Node") { n: Int }
type Two implements Node @join__type(graph: B) @join__implements(graph: B, interface: "Node") { n: Int m: Int }
type Hidden implements Node @join__type(graph: B) @join__implements(graph: B, interface: "Node") @inaccessible { n: Int }
type Item @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID! name: String @join__field(graph: A)
  int: Int @join__field(graph: B) float: Float @join__field(graph: B) text: String @join__field(graph: B)
  flag: Boolean @join__field(graph: B) ref: ID @join__field(graph: B) kind: Kind @join__field(graph: B)
  any: JSON @join__field(graph: B) list: [Int!] @join__field(graph: B) must: Int! @join__field(graph: B)
  part: Part @join__field(graph: B) parts: [Part!] @join__field(graph: B) grid: [[Part]] @join__field(graph: B)
  node: Node @join__field(graph: B) nodes: [Node!] @join__field(graph: B)
}
type Both @join__type(graph: A) @join__type(graph: B) {
  name: String @join__field(graph: A)
  int: Int @join__field(graph: B) float: Float @join__field(graph: B) text: String @join__field(graph: B)
  flag: Boolean @join__field(graph: B) ref: ID @join__field(graph: B) kind: Kind @join__field(graph: B)
  any: JSON @join__field(graph: B) list: [Int!] @join__field(graph: B) must: Int! @join__field(graph: B)
  part: Part @join__field(graph: B) parts: [Part!] @join__field(graph: B) grid: [[Part]] @join__field(graph: B)
  node: Node @join__field(graph: B) nodes: [Node!] @join__field(graph: B)
}
"#;

/// A place in a plan where `b` is asked.
#[derive(Debug)]
pub(super) struct Place {
    /// `$S` stands for what `b` is asked for.
    pub(super) operation: &'static str,
    /// What `a` answers.
    pub(super) a: &'static str,
    /// What `b` answers as data: `$O` is the object, `$R` another one that is always right.
    pub(super) data: &'static str,
    /// The path to the object in `b`'s answer.
    pub(super) inner: &'static str,
    /// The client's data, for the object's members and those of the other one.
    pub(super) expected: fn(Option<&str>, &str) -> String,
    /// The paths to the object in the client's answer.
    pub(super) paths: &'static [&'static str],
    /// The paths to other objects that are lost with the whole fetch.
    pub(super) others: &'static [&'static str],
    /// How many segments these have.
    pub(super) levels: usize,
    /// The path of an error that has no visible effect.
    pub(super) unseen: &'static str,
    /// The object's type.
    pub(super) ty: &'static str,
    /// Without the fetch there is no object.
    pub(super) is_lost_whole: bool,
}

fn braced(members: Option<&str>, before: &str) -> String {
    members.map_or("null".to_owned(), |members| {
        format!("{{{before}{members}}}")
    })
}

pub(super) const PLACES: &[Place] = &[
    Place {
        operation: "{ item { $S } name }",
        a: r#"{"data":{"name":"n"}}"#,
        data: r#"{"item":$O}"#,
        inner: r#""item""#,
        expected: |members, _| format!(r#"{{"item":{},"name":"n"}}"#, braced(members, "")),
        paths: &[r#"["item"]"#],
        others: &[],
        levels: 1,
        unseen: "null",
        ty: "Item",
        is_lost_whole: true,
    },
    Place {
        operation: "{ holder { name $S } }",
        a: r#"{"data":{"holder":{"name":"n","id":"1"}}}"#,
        data: r#"{"_entities":[$O]}"#,
        inner: r#""_entities",0"#,
        expected: |members, _| format!(r#"{{"holder":{}}}"#, braced(members, r#""name":"n","#)),
        paths: &[r#"["holder"]"#],
        others: &[],
        levels: 1,
        unseen: r#"["holder"]"#,
        ty: "Item",
        is_lost_whole: false,
    },
    Place {
        operation: "{ holders { name $S } }",
        a: r#"{"data":{"holders":[[{"name":"n","id":"1"},null,{"name":"o","id":"2"}],null,[],[{"name":"n","id":"1"}]]}}"#,
        data: r#"{"_entities":[$O,$R]}"#,
        inner: r#""_entities",0"#,
        expected: |members, other| {
            let object = braced(members, r#""name":"n","#);
            let other = braced(Some(other), r#""name":"o","#);
            format!(r#"{{"holders":[[{object},null,{other}],null,[],[{object}]]}}"#)
        },
        paths: &[r#"["holders",0,0]"#, r#"["holders",3,0]"#],
        others: &[r#"["holders",0,2]"#],
        levels: 3,
        unseen: r#"["holders"]"#,
        ty: "Item",
        is_lost_whole: false,
    },
    Place {
        operation: "{ both { name $S } }",
        a: r#"{"data":{"both":{"name":"n"}}}"#,
        data: r#"{"both":$O}"#,
        inner: r#""both""#,
        expected: |members, _| format!(r#"{{"both":{}}}"#, braced(members, r#""name":"n","#)),
        paths: &[r#"["both"]"#],
        others: &[],
        levels: 1,
        unseen: "null",
        ty: "Both",
        is_lost_whole: false,
    },
];
