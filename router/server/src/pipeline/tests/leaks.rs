//! Nobody is given what was made for another: every kind of client, with every forwarded header, asks for fields with and
//! without access rules, of subgraphs that say of their answers that they are public, private or nothing. Each answer names
//! whom it was made for.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize},
    },
};

use apollo_compiler::ast::{self, Definition, Field, Selection};
use futures::future::{BoxFuture, join_all};
use http::{HeaderMap, HeaderName, HeaderValue};
use router_executor::{Subgraph, SubgraphError, SubgraphRequest, SubgraphResponse};
use schema_composition::SubgraphInput;
use serde_json::Map;
use tokio::time::Instant;

use super::*;
use crate::{
    config::{ByteSize, CookieForSubgraph, Header},
    graph::GraphSource,
    http::{QueryText, RequestContext},
    setup::Setup,
};

const OWNERS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.12",
  import: ["@key", "@authenticated", "@requiresScopes", "@policy"])
type Query {
  open: String
  known: String @authenticated
  admin: String @requiresScopes(scopes: [["admin"]])
  either: String @requiresScopes(scopes: [["admin"], ["read", "write"]])
  never: String @policy(policies: [["any"]])
  item: Item
  vault: Vault
}
type Mutation { touch: String }
type Item @key(fields: "id") { id: ID! }
type Vault @key(fields: "id") @authenticated { id: ID! }
"#;
const DETAILS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@authenticated", "@requiresScopes"])
type Item @key(fields: "id") {
  id: ID!
  open: String
  known: String @authenticated
  admin: String @requiresScopes(scopes: [["admin"]])
}
type Vault @key(fields: "id") @authenticated { id: ID! open: String }
"#;

/// Operations, and the scopes of which one list must be held; `None`: a token is needed at least, or nothing can do.
const OPERATIONS: [(&str, Access); 11] = [
    ("{ open }", Access::Anybody),
    ("{ known }", Access::Known),
    ("{ admin }", Access::Scopes(&[&["admin"]])),
    (
        "{ either }",
        Access::Scopes(&[&["admin"], &["read", "write"]]),
    ),
    ("{ never }", Access::Nobody),
    ("{ open known }", Access::Known),
    ("{ item { open } }", Access::Anybody),
    ("{ item { known } }", Access::Known),
    (
        "{ open item { open admin } }",
        Access::Scopes(&[&["admin"]]),
    ),
    ("{ vault { open } }", Access::Known),
    ("{ a: open b: open item { x: open } }", Access::Anybody),
];

/// Who may ask for something.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Access {
    Anybody,
    Known,
    Scopes(&'static [&'static [&'static str]]),
    Nobody,
}

/// Who asks: subject, scopes and session.
#[derive(Debug, Clone, Copy)]
struct Asker(
    Option<&'static str>,
    &'static [&'static str],
    Option<&'static str>,
);

const ASKERS: [Asker; 9] = [
    Asker(None, &[], None),
    Asker(Some("ada"), &[], Some("1")),
    Asker(Some("ada"), &[], Some("2")),
    Asker(Some("ada"), &["admin"], Some("1")),
    Asker(Some("ada"), &["read", "write"], Some("1")),
    Asker(Some("ada"), &["read"], Some("1")),
    Asker(Some("bob"), &[], None),
    Asker(Some("bob"), &["admin"], None),
    Asker(Some("adaadmin"), &[], None),
];

type Headers = &'static [(&'static str, &'static str)];

/// The first two are forwarded, the others never.
const HEADERS: [Headers; 9] = [
    &[],
    &[("x-tenant", "a")],
    &[("x-tenant", "b")],
    &[("x-region", "a")],
    &[("x-region", "b")],
    &[("x-tenant", "a"), ("x-region", "b")],
    &[("x-tenant", "a"), ("x-tenant", "b")],
    &[("x-tenant", "b"), ("x-tenant", "a")],
    &[
        ("x-tenant", "a"),
        ("cookie", "sid=1"),
        ("authorization", "Bearer 1"),
        ("x-other", "1"),
    ],
];
const FORWARDED: [&str; 2] = ["x-tenant", "x-region"];

impl Access {
    fn allows(self, Asker(subject, scopes, _): Asker) -> bool {
        let has_all = |wanted: &&[&str]| wanted.iter().all(|scope| scopes.contains(scope));
        match self {
            Self::Anybody => true,
            Self::Known => subject.is_some(),
            Self::Scopes(any) => subject.is_some() && any.iter().any(has_all),
            Self::Nobody => false,
        }
    }
}

/// What a leaf says: for whom it was made, and with which headers.
fn made_for(identity: &Identity, headers: &HeaderMap) -> Value {
    let headers = headers.iter();
    let headers = headers.map(|(name, value)| json!([name.as_str(), value.to_str().unwrap()]));
    let headers: BTreeSet<String> = headers.map(|pair| pair.to_string()).collect();
    let Identity {
        subject,
        scopes,
        session,
    } = identity;
    json!({ "who": subject, "scopes": scopes, "session": session, "headers": headers })
}

/// Subgraphs whose every leaf says whom it was made for.
#[derive(Default)]
struct Witness {
    asked: AtomicUsize,
    says: Mutex<String>,
    /// Whether it takes a while, so that others come meanwhile.
    is_slow: AtomicBool,
}

struct Side(Arc<Witness>);

impl Subgraph for Side {
    fn call<'a>(
        &'a self,
        request: SubgraphRequest,
    ) -> BoxFuture<'a, Result<SubgraphResponse, SubgraphError>> {
        Box::pin(async move {
            self.0.asked.fetch_add(1, Ordering::SeqCst);
            if self.0.is_slow.load(Ordering::SeqCst) {
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
            }
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let query = body["query"].as_str().unwrap();
            let document = ast::Document::parse(query, "query").unwrap();
            let Some(Definition::OperationDefinition(operation)) = document.definitions.first()
            else {
                panic!("no operation: {query}")
            };
            let leaf = made_for(&request.identity, &request.headers).to_string();
            let count = body["variables"]["representations"].as_array();
            let data = answer(&operation.selection_set, &leaf, count.map_or(1, Vec::len));
            let mut headers = HeaderMap::new();
            let said = HeaderValue::from_str(&self.0.says.lock().unwrap()).unwrap();
            headers.insert(header::CACHE_CONTROL, said);
            let answer = json!({ "data": data }).to_string();
            Ok(SubgraphResponse::json(answer).with_headers(headers))
        })
    }
}

fn answer(selections: &[Selection], leaf: &str, count: usize) -> Value {
    let mut object = Map::new();
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                let key = field.response_name().to_string();
                object.insert(key, value(field, leaf, count));
            }
            Selection::InlineFragment(fragment) => {
                let Value::Object(fields) = answer(&fragment.selection_set, leaf, count) else {
                    unreachable!("it is an object")
                };
                object.extend(fields);
            }
            Selection::FragmentSpread(_) => panic!("no fragments are sent"),
        }
    }
    Value::Object(object)
}

fn value(field: &Field, leaf: &str, count: usize) -> Value {
    match field.name.as_str() {
        "_entities" => (0..count)
            .map(|_| answer(&field.selection_set, leaf, count))
            .collect(),
        "id" => json!("1"),
        "item" | "vault" => answer(&field.selection_set, leaf, count),
        _ => json!(leaf),
    }
}

struct Bench {
    app: Arc<App>,
    witness: Arc<Witness>,
}

/// Memory for whole answers, and none.
const MEMORIES: [usize; 2] = [32 << 20, 1];

impl Bench {
    async fn open(says: &str, response_memory: usize) -> Self {
        let input = |name: &str, sdl: &str| SubgraphInput {
            name: name.to_owned(),
            url: format!("http://{name}.invalid"),
            sdl: sdl.to_owned(),
            source: None,
        };
        let inputs = [input("owners", OWNERS), input("details", DETAILS)];
        let composed = schema_composition::compose(&inputs).unwrap();
        let witness = Arc::new(Witness::default());
        says.clone_into(&mut witness.says.lock().unwrap());
        let side = || Arc::new(Side(Arc::clone(&witness))) as Arc<dyn Subgraph>;
        let mut config = Config::default();
        config.cache.response_memory = ByteSize(response_memory);
        config.headers.propagate = FORWARDED.map(|name| name.parse::<Header>().unwrap()).into();
        config.headers.cookies = vec![CookieForSubgraph {
            cookie: "sid".to_owned(),
            header: "x-sid".parse::<Header>().unwrap(),
            subgraph: "owners".to_owned(),
        }];
        let setup = Setup {
            subgraphs: [
                ("owners".to_owned(), side()),
                ("details".to_owned(), side()),
            ]
            .into(),
            ..Setup::over(config, GraphSource::Sdl(composed.supergraph))
        };
        Self {
            app: setup.assemble().await.unwrap().0,
            witness,
        }
    }

    async fn ask(&self, query: &str, asker: Asker, headers: Headers) -> Result<Outcome, Refused> {
        let request = GraphqlRequest {
            query: QueryText::Plain(query.into()),
            operation_name: None,
            variables: "{}".into(),
        };
        let context = RequestContext {
            id: Arc::from("r"),
            identity: Arc::new(asker.identity()),
            headers: Arc::new(map(headers)),
            peer: None,
            deadline: Instant::now() + Duration::from_secs(60),
            queries_only: false,
        };
        Arc::clone(&self.app.pipeline)
            .execute(request, context)
            .await
    }

    fn asked(&self) -> usize {
        self.witness.asked.swap(0, Ordering::SeqCst)
    }
}

fn map(headers: Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_static(value),
        );
    }
    map
}

impl Asker {
    fn identity(self) -> Identity {
        let Self(subject, scopes, session) = self;
        Identity {
            subject: subject.map(str::to_owned),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            session: session.map(str::to_owned),
        }
    }
}

/// Every leaf of an answer.
fn leaves(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => fields.values().for_each(|value| leaves(value, found)),
        Value::String(text) => found.push(serde_json::from_str(text).unwrap()),
        other => panic!("{other} is nothing that was asked for"),
    }
}

/// Checks that an answer is one for who asked.
fn check(
    outcome: Result<Outcome, Refused>,
    says: &str,
    (query, access): (&str, Access),
    asker: Asker,
    headers: Headers,
) {
    let about = || format!("{says}, {query}, {asker:?}, {headers:?}");
    let outcome = match (outcome, access.allows(asker)) {
        (Err(refused), false) => {
            let expected = match asker.0 {
                None => ErrorCode::Unauthenticated,
                Some(_) => ErrorCode::Forbidden,
            };
            return assert_eq!(refused[0].code, expected, "{}", about());
        }
        (Ok(outcome), true) => outcome,
        (other, is_allowed) => panic!("{}: allowed: {is_allowed}, but {other:?}", about()),
    };
    let answer: Value = serde_json::from_slice(&outcome.body).unwrap();
    assert_eq!(answer.get("errors"), None, "{}", about());
    let mut forwarded = map(headers);
    let others = map(headers);
    for name in others
        .keys()
        .filter(|name| !FORWARDED.contains(&name.as_str()))
    {
        forwarded.remove(name);
    }
    let own = made_for(&asker.identity(), &forwarded);
    let mut found = Vec::new();
    leaves(&answer["data"], &mut found);
    assert!(!found.is_empty(), "{}", about());
    for leaf in found {
        assert_eq!(leaf["headers"], own["headers"], "{}", about());
        if says.starts_with("public") {
            // Of anybody who might ask for it himself.
            let may_have = |other: Asker| {
                let theirs = made_for(&other.identity(), &forwarded);
                theirs == leaf && access.allows(other)
            };
            assert!(ASKERS.into_iter().any(may_have), "{}: {leaf}", about());
        } else {
            assert_eq!(leaf, own, "{}", about());
        }
    }
    let caching = outcome.caching.as_ref().unwrap();
    let control = caching.control.to_str().unwrap();
    // What not everybody may ask for is nothing for caches between the router and its clients.
    let may_be_shared = says.starts_with("public") && access == Access::Anybody;
    assert_eq!(
        control.contains("public"),
        may_be_shared,
        "{}: {control}",
        about()
    );
}

const SAYS: [&str; 3] = ["public, max-age=600", "private, max-age=600", "max-age=600"];

#[tokio::test]
async fn nobody_is_given_what_was_made_for_another() {
    for (says, memory) in SAYS
        .into_iter()
        .flat_map(|says| MEMORIES.map(|m| (says, m)))
    {
        let bench = Bench::open(says, memory).await;
        for operation in OPERATIONS {
            for round in 0..2 {
                for asker in ASKERS {
                    for headers in HEADERS {
                        let outcome = bench.ask(operation.0, asker, headers).await;
                        let asked = bench.asked();
                        check(outcome, says, operation, asker, headers);
                        let is_allowed = operation.1.allows(asker);
                        let is_kept = asker.0.is_some() || !says.starts_with("private");
                        // Otherwise this would be a test of a router without a cache.
                        let is_hit = is_allowed && is_kept && round > 0;
                        let about = || format!("{says}, {operation:?}, {asker:?}, {headers:?}");
                        assert!(!is_hit || asked == 0, "{}, {round}: asked {asked}", about());
                        assert!(is_allowed || asked == 0, "{}: it was asked for", about());
                    }
                }
            }
        }
    }
}

/// The same when all of them ask at once: what is shared under way, and kept meanwhile.
#[tokio::test]
async fn nobody_is_given_what_was_made_for_another_who_asks_at_the_same_time() {
    for (says, memory) in SAYS
        .into_iter()
        .flat_map(|says| MEMORIES.map(|m| (says, m)))
    {
        let bench = Bench::open(says, memory).await;
        bench.witness.is_slow.store(true, Ordering::SeqCst);
        for operation in OPERATIONS {
            let everybody = ASKERS
                .into_iter()
                .flat_map(|asker| HEADERS.map(|headers| (asker, headers)));
            // Each of them twice.
            let everybody = everybody.flat_map(|one| [one, one]);
            let (bench, operation) = (&bench, &operation);
            let asking = everybody.map(async |(asker, headers)| {
                let outcome = bench.ask(operation.0, asker, headers).await;
                check(outcome, says, *operation, asker, headers);
            });
            join_all(asking).await;
        }
    }
}

/// Cookies reach a subgraph with mutations only, of which nothing is kept.
#[tokio::test]
async fn what_was_made_with_a_cookie_is_nobody_elses() {
    const COOKIES: [Headers; 3] = [&[("cookie", "sid=1")], &[("cookie", "sid=2")], &[]];
    let bench = Bench::open("public, max-age=600", MEMORIES[0]).await;
    let [anonymous, ada, ..] = ASKERS;
    for asker in [anonymous, ada, anonymous] {
        for headers in COOKIES {
            let touched = bench.ask("mutation { touch }", asker, headers).await;
            assert_eq!(bench.asked(), 1, "{asker:?} {headers:?}");
            let answer: Value = serde_json::from_slice(&touched.unwrap().body).unwrap();
            let mut found = Vec::new();
            leaves(&answer["data"], &mut found);
            let mut own = HeaderMap::new();
            if let [(_, cookie)] = headers {
                let value = cookie.strip_prefix("sid=").unwrap();
                own.insert("x-sid", HeaderValue::from_static(value));
            }
            let own = made_for(&asker.identity(), &own);
            assert_eq!(found, [own], "{asker:?} {headers:?}");
            // What was touched ended nothing that says with which cookie it was made, for there is no such thing.
            let operation = ("{ open }", Access::Anybody);
            let outcome = bench.ask(operation.0, asker, headers).await;
            bench.asked();
            check(outcome, "public", operation, asker, headers);
        }
    }
}
