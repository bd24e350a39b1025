//! Values from contexts: which objects get which, and how subgraphs are told.

use router_executor::SubgraphError;
use serde_json::{Value, json};

use super::fixture::{BROKEN, Case, JOIN, Scripts, broken, error, scripts};

/// Shops set a context from which prices take a currency; items and their parts are entities that shops share.
const SHOPS: &str = r#"
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") }
type Query @join__type(graph: A) @join__type(graph: B) {
  shop: Shop @join__field(graph: A)
  shops: [Shop] @join__field(graph: A)
  grid: [[Shop]] @join__field(graph: A)
  nodes: [Node] @join__field(graph: A)
}
type Mutation @join__type(graph: A) { open: Shop @join__field(graph: A) }
interface Node @join__type(graph: A) { item: Item }
type Shop implements Node @join__implements(graph: A, interface: "Node") @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @context(name: "a__shop") {
  id: ID!
  currency: String @join__field(graph: A)
  rate: Float @join__field(graph: B)
  places: [Place] @join__field(graph: A)
  item: Item @join__field(graph: A)
  items: [Item] @join__field(graph: A)
  inner: [Node] @join__field(graph: A)
}
type Plain implements Node @join__implements(graph: A, interface: "Node") @join__type(graph: A) { item: Item }
type Place @join__type(graph: A) { zip: String }
type Item @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: A)
  parts: [Item] @join__field(graph: B)
  price(rounded: Boolean): Int @join__field(graph: A, contextArguments: [{context: "a__shop", name: "currency", type: "String", selection: "{ currency }"}])
  cost: Int @join__field(graph: A, contextArguments: [{context: "a__shop", name: "rate", type: "Float", selection: "{ rate }"}])
  taxed: Int @join__field(graph: A, contextArguments: [{context: "a__shop", name: "zips", type: "[String]", selection: "{ places { zip } }"}])
}
"#;

fn case(operation: &str, variables: Value) -> Case {
    Case::new(&format!("{JOIN}{SHOPS}"), operation, variables)
}

/// The answer, and what of requests stands between `{"query":"` and the end.
async fn check(
    operation: &str,
    scripts: Scripts,
    expected: &str,
    requests: &[(&str, usize, &str)],
) {
    let answer = scripts.run_case(&case(operation, json!({}))).await;
    assert_eq!(answer, expected, "{operation}");
    for (subgraph, number, request) in requests {
        let found = &scripts.requests(subgraph)[*number];
        assert_eq!(
            found, request,
            "{operation}: request {number} to {subgraph}"
        );
    }
}

#[tokio::test]
async fn one_value_fills_the_argument() {
    check(
        "{ shop { item { price } } }",
        scripts()
            .answer("a", r#"{"data":{"shop":{"currency":"EUR","item":{"id":"1"}}}}"#)
            .answer("a", r#"{"data":{"_entities":[{"price":5}]}}"#),
        r#"{"data":{"shop":{"item":{"price":5}}}}"#,
        &[(
            "a",
            1,
            r#"{"query":"query($representations:[_Any!]!,$context0:String){_entities(representations:$representations){...on Item{price(currency:$context0)}}}","variables":{"representations":[{"__typename":"Item","id":"1"}],"context0":"EUR"}}"#,
        )],
    )
    .await;
}

#[tokio::test]
async fn one_entity_under_two_values_is_two() {
    check(
        "{ shops { items { id price(rounded: true) } } }",
        scripts()
            .answer(
                "a",
                r#"{"data":{"shops":[{"currency":"EUR","items":[{"id":"1"},{"id":"2"}]},{"currency":"CHF","items":[{"id":"2"}]},null,{"currency":"EUR","items":[{"id":"1"},null]}]}}"#,
            )
            .answer(
                "a",
                r#"{"data":{"_e0_1":[{"price":32}],"_e0_0":[{"price":1},{"price":2}]}}"#,
            ),
        r#"{"data":{"shops":[{"items":[{"id":"1","price":1},{"id":"2","price":2}]},{"items":[{"id":"2","price":32}]},null,{"items":[{"id":"1","price":1},null]}]}}"#,
        &[(
            "a",
            1,
            r#"{"query":"query($representations_0:[_Any!]!,$context0_0:String,$representations_1:[_Any!]!,$context0_1:String){_e0_0:_entities(representations:$representations_0){...on Item{price(currency:$context0_0,rounded:true)}}_e0_1:_entities(representations:$representations_1){...on Item{price(currency:$context0_1,rounded:true)}}}","variables":{"representations_0":[{"__typename":"Item","id":"1"},{"__typename":"Item","id":"2"}],"context0_0":"EUR","representations_1":[{"__typename":"Item","id":"2"}],"context0_1":"CHF"}}"#,
        )],
    )
    .await;
}

#[tokio::test]
async fn equal_lists_under_two_values_are_not_the_same_entities() {
    let items = r#"[{"id":"an id that is as long as it has to be"}]"#;
    check(
        "{ shops { items { price } } }",
        scripts()
            .answer(
                "a",
                format!(
                    r#"{{"data":{{"shops":[{{"currency":"EUR","items":{items}}},{{"currency":"CHF","items":{items}}}]}}}}"#
                ),
            )
            .answer(
                "a",
                r#"{"data":{"_e0_0":[{"price":1}],"_e0_1":[{"price":32}]}}"#,
            ),
        r#"{"data":{"shops":[{"items":[{"price":1}]},{"items":[{"price":32}]}]}}"#,
        &[],
    )
    .await;
}

#[tokio::test]
async fn values_go_through_entities_in_between() {
    check(
        "{ shops { item { parts { price } } } }",
        scripts()
            .answer(
                "a",
                r#"{"data":{"shops":[{"currency":"EUR","item":{"id":"1"}},{"currency":"CHF","item":{"id":"1"}},{"currency":"EUR","item":{"id":"1"}}]}}"#,
            )
            .answer(
                "b",
                r#"{"data":{"_entities":[{"parts":[{"id":"7"},{"id":"8"}]},{"parts":[{"id":"7"}]}]}}"#,
            )
            .answer(
                "a",
                r#"{"data":{"_e0_0":[{"price":7},{"price":8}],"_e0_1":[{"price":70}]}}"#,
            ),
        r#"{"data":{"shops":[{"item":{"parts":[{"price":7},{"price":8}]}},{"item":{"parts":[{"price":70}]}},{"item":{"parts":[{"price":7},{"price":8}]}}]}}"#,
        &[(
            "b",
            0,
            r#"{"query":"query($representations:[_Any!]!){_entities(representations:$representations){...on Item{parts{id}}}}","variables":{"representations":[{"__typename":"Item","id":"1"},{"__typename":"Item","id":"1"}]}}"#,
        )],
    )
    .await;
}

#[tokio::test]
async fn a_value_of_another_subgraph_reaches_lists_of_lists() {
    check(
        "{ grid { item { cost } } }",
        scripts()
            .answer(
                "a",
                r#"{"data":{"grid":[[{"id":"x","item":{"id":"1"}}],null,[{"id":"y","item":{"id":"1"}},null,{"id":"x","item":{"id":"2"}}]]}}"#,
            )
            .answer("b", r#"{"data":{"_entities":[{"rate":1.50},{"rate":2}]}}"#)
            .answer(
                "a",
                r#"{"data":{"_e0_0":[{"cost":1},{"cost":2}],"_e0_1":[{"cost":11}]}}"#,
            ),
        r#"{"data":{"grid":[[{"item":{"cost":1}}],null,[{"item":{"cost":11}},null,{"item":{"cost":2}}]]}}"#,
        &[(
            "a",
            1,
            r#"{"query":"query($representations_0:[_Any!]!,$context0_0:Float,$representations_1:[_Any!]!,$context0_1:Float){_e0_0:_entities(representations:$representations_0){...on Item{cost(rate:$context0_0)}}_e0_1:_entities(representations:$representations_1){...on Item{cost(rate:$context0_1)}}}","variables":{"representations_0":[{"__typename":"Item","id":"1"},{"__typename":"Item","id":"2"}],"context0_0":1.50,"representations_1":[{"__typename":"Item","id":"1"}],"context0_1":2}}"#,
        )],
    )
    .await;
}

#[tokio::test]
async fn lists_of_objects_are_taken_as_lists_of_their_values() {
    check(
        "{ shop { item { taxed } } }",
        scripts()
            .answer(
                "a",
                r#"{"data":{"shop":{"places":[{"zip":"1"},null,{"zip":null}],"item":{"id":"1"}}}}"#,
            )
            .answer("a", r#"{"data":{"_entities":[{"taxed":5}]}}"#),
        r#"{"data":{"shop":{"item":{"taxed":5}}}}"#,
        &[(
            "a",
            1,
            r#"{"query":"query($representations:[_Any!]!,$context0:[String]){_entities(representations:$representations){...on Item{taxed(zips:$context0)}}}","variables":{"representations":[{"__typename":"Item","id":"1"}],"context0":["1",null,null]}}"#,
        )],
    )
    .await;
}

#[tokio::test]
async fn the_nearest_object_counts_and_null_is_sent_as_null() {
    let scripts = scripts()
        .answer(
            "a",
            r#"{"data":{"shops":[{"currency":"EUR","inner":[{"__typename":"Plain","_item_0":{"id":"1"}},{"__typename":"Shop","currency":"CHF","item":{"id":"1"}}]}],"nodes":[{"__typename":"Plain","_item_0":{"id":"1"}},{"__typename":"Shop","currency":null,"item":{"id":"1"}}]}}"#,
        )
        .answer(
            "a",
            r#"{"data":{"_e0_0":[{"price":1}],"_e0_1":[{"price":2}],"_e0_2":[{"price":3}]}}"#,
        );
    let operation = "{ shops { inner { item { price } } } nodes { item { price } } }";
    assert_eq!(
        scripts.run_case(&case(operation, json!({}))).await,
        r#"{"data":{"shops":[{"inner":[{"item":{"price":2}},{"item":{"price":1}}]}],"nodes":[{"item":{"price":3}},{"item":{"price":3}}]}}"#
    );
    let sent: Value = serde_json::from_str(&scripts.variables("a")[1]).unwrap();
    let contexts = ["context0_0", "context0_1", "context0_2"].map(|name| sent[name].clone());
    assert_eq!(contexts, [json!("CHF"), json!("EUR"), json!(null)]);
}

#[tokio::test]
async fn variables_of_the_client_and_escapes_travel_too() {
    let operation = r#"query($r: Boolean = true, $context0: Boolean) { shop { items { a: price(rounded: $r) b: price(rounded: $context0) } } }"#;
    let scripts = scripts()
        .answer(
            "a",
            r#"{"data":{"shop":{"currency":"\"\u20ac\\","items":[{"id":"1"}]}}}"#,
        )
        .answer("a", r#"{"data":{"_entities":[{"a":5,"b":6}]}}"#);
    assert_eq!(
        scripts
            .run_case(&case(operation, json!({"context0": false})))
            .await,
        r#"{"data":{"shop":{"items":[{"a":5,"b":6}]}}}"#
    );
    assert_eq!(
        scripts.requests("a")[1],
        r#"{"query":"query($representations:[_Any!]!,$_context0:String,$r:Boolean=true,$context0:Boolean){_entities(representations:$representations){...on Item{a:price(currency:$_context0,rounded:$r)b:price(currency:$_context0,rounded:$context0)}}}","variables":{"representations":[{"__typename":"Item","id":"1"}],"_context0":"\"\u20ac\\","r":true,"context0":false}}"#
    );
}

#[tokio::test]
async fn nobody_is_asked_about_nothing() {
    for empty in [
        r#"{"shops":[]}"#,
        r#"{"shops":null}"#,
        r#"{"shops":[{"currency":"EUR","items":null}]}"#,
    ] {
        let answer = format!(r#"{{"data":{empty}}}"#);
        let shown = answer.replace(r#""currency":"EUR","#, "");
        check(
            "{ shops { items { price } } }",
            scripts().answer("a", answer),
            &shown,
            &[],
        )
        .await;
    }
}

#[tokio::test]
async fn what_was_lost_with_a_value_says_why() {
    // The rate is lost: nobody can say what it costs there. The other shop is none the worse.
    check(
        "{ shops { item { cost } } }",
        scripts()
            .answer(
                "a",
                r#"{"data":{"shops":[{"id":"x","item":{"id":"1"}},{"id":"y","item":{"id":"2"}}]}}"#,
            )
            .answer(
                "b",
                format!(r#"{{"data":{{"_entities":[{{"rate":null}},{{"rate":2}}]}},"errors":[{{{BROKEN},"path":["_entities",0,"rate"]}}]}}"#),
            )
            .answer("a", r#"{"data":{"_entities":[{"cost":11}]}}"#),
        &format!(
            r#"{{"data":{{"shops":[{{"item":{{"cost":null}}}},{{"item":{{"cost":11}}}}]}},"errors":[{}]}}"#,
            broken(json!(["shops", 0, "item", "cost"]), "b")
        ),
        &[],
    )
    .await;
}

#[tokio::test]
async fn errors_of_one_list_are_about_its_entities() {
    let shops = r#"{"data":{"shops":[{"currency":"EUR","item":{"id":"1"}},{"currency":"CHF","item":{"id":"1"}}]}}"#;
    check(
        "{ shops { item { price } } }",
        scripts().answer("a", shops).answer(
            "a",
            format!(r#"{{"data":{{"_e0_0":[{{"price":1}}],"_e0_1":[{{"price":null}}]}},"errors":[{{{BROKEN},"path":["_e0_1",0,"price"]}}]}}"#),
        ),
        &format!(
            r#"{{"data":{{"shops":[{{"item":{{"price":1}}}},{{"item":{{"price":null}}}}]}},"errors":[{}]}}"#,
            broken(json!(["shops", 1, "item", "price"]), "a")
        ),
        &[],
    )
    .await;
    for (wrong, message) in [
        (
            "[]",
            "the subgraph answered another number of entities than was asked for",
        ),
        (
            "[{\"price\":1},{\"price\":2}]",
            "the subgraph answered another number of entities than was asked for",
        ),
        ("7", "the subgraph did not answer with a list of entities"),
    ] {
        check(
            "{ shops { item { price } } }",
            scripts().answer("a", shops).answer(
                "a",
                format!(r#"{{"data":{{"_e0_0":[{{"price":1}}],"_e0_1":{wrong}}}}}"#),
            ),
            &format!(
                r#"{{"data":{{"shops":[{{"item":{{"price":1}}}},{{"item":{{"price":null}}}}]}},"errors":[{}]}}"#,
                error(message, json!(["shops", 1, "item", "price"]), "SUBREQUEST_MALFORMED_RESPONSE", "a")
            ),
            &[],
        )
        .await;
    }
}

#[tokio::test]
async fn a_failed_request_takes_all_its_lists_along() {
    let shops = r#"{"data":{"shops":[{"currency":"EUR","item":{"id":"1"}},{"currency":"CHF","item":{"id":"1"}}]}}"#;
    let failed = |index: usize| {
        error(
            "the subgraph did not answer in time",
            json!(["shops", index, "item", "price"]),
            "SUBREQUEST_TIMEOUT",
            "a",
        )
    };
    check(
        "{ shops { item { price } } }",
        scripts().answer("a", shops).fail("a", SubgraphError::Timeout),
        &format!(
            r#"{{"data":{{"shops":[{{"item":{{"price":null}}}},{{"item":{{"price":null}}}}]}},"errors":[{}]}}"#,
            [failed(0), failed(1)].join(",")
        ),
        &[],
    )
    .await;
}

#[tokio::test]
async fn more_different_values_than_one_request_may_hold_are_an_error() {
    let shop = |number: usize| json!({"currency": number.to_string(), "item": {"id": "1"}});
    let shops = |count| json!({"data": {"shops": (0..count).map(shop).collect::<Vec<_>>()}});
    let lists = (0..1000).map(|number| (format!("_e0_{number}"), json!([{"price": number}])));
    let lists: serde_json::Map<String, Value> = lists.collect();
    let operation = "{ shops { item { price } } }";
    let answer = scripts()
        .answer("a", shops(1000).to_string())
        .answer("a", json!({"data": lists}).to_string())
        .run_case(&case(operation, json!({})))
        .await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["data"]["shops"][999]["item"]["price"], 999);
    assert!(answer.get("errors").is_none());
    let refused = scripts()
        .answer("a", shops(1001).to_string())
        .run_case(&case(operation, json!({})))
        .await;
    let refused: Value = serde_json::from_str(&refused).unwrap();
    assert_eq!(refused["data"]["shops"][0]["item"]["price"], json!(null));
    assert_eq!(
        refused["errors"][0]["extensions"]["code"],
        "SUBREQUEST_FAILED"
    );
}
