//! Whole requests against the service, and what they cost.

mod caching;

use async_graphql::{Request, Value, Variables};
use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use subgraphs_kit::{
    clock::Deps,
    db::{Db, DbConfig},
    identity::Identity,
    limits::Limits,
    scope::Caller,
    service::{Service, ServiceConfig},
    testing::{Backend, TestDb},
};
use uuid::Uuid;

use crate::{build, seed};

const ADA: Uuid = Uuid::from_u128(1);
const BOB: Uuid = Uuid::from_u128(2);

struct World {
    test: TestDb,
    service: Service,
}

impl World {
    async fn new(backend: Backend) -> Self {
        let test = TestDb::create(backend).await;
        let service = service(&test.db, false).await;
        Self { test, service }
    }

    /// Sends `query` as `identity` and returns the whole response.
    async fn ask(&self, identity: &Identity, query: &str, variables: Json) -> Json {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let caller = Caller::new(identity.clone(), "test");
        let answer = self.service.execute(body.as_bytes(), caller).await;
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Sends `query` as `identity` and returns the response's `Cache-Control`.
    async fn cache_control(&self, identity: &Identity, query: &str, variables: &Json) -> String {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let caller = Caller::new(identity.clone(), "test");
        let answer = self.service.execute(body.as_bytes(), caller).await;
        answer.headers["cache-control"].to_str().unwrap().to_owned()
    }

    /// Sends `query` and returns its data; there must be no errors.
    async fn data(&self, identity: &Identity, query: &str, variables: Json) -> Json {
        let mut response = self.ask(identity, query, variables).await;
        assert_eq!(response.get("errors"), None, "{response}");
        response["data"].take()
    }
}

async fn service(db: &Db, behind_router: bool) -> Service {
    migrations::up(migrations::Service::Posts, db.write())
        .await
        .unwrap();
    let now = DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap();
    build(ServiceConfig {
        name: crate::NAME,
        db: db.clone(),
        deps: Deps::fixed(now).0,
        limits: Limits::default(),
        behind_router,
    })
}

#[test]
fn the_sdl_is_linked_and_stable() {
    let sdl = crate::sdl();
    assert_eq!(sdl, crate::sdl());
    for part in [
        "extend schema\n  @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@external\", \"@inaccessible\", \"@key\", \"@requires\", \"@shareable\"])\n",
        "type User @cacheControl(maxAge: 60) @key(fields: \"id\") {",
        "type Post @cacheControl(maxAge: 60) @key(fields: \"id\") {",
        "type Comment @cacheControl(maxAge: 60) @key(fields: \"id\") {",
        "displayName: String! @external",
        "byline: String @cacheControl(maxAge: 10, scope: PRIVATE) @requires(fields: \"displayName\")",
        "type PageInfo @cacheControl(inheritMaxAge: true) @shareable {",
        "  posts(filter: PostFilter, orderBy: PostOrder = CREATED_AT_DESC, first: Int, after: String, last: Int, before: String): PostConnection @cacheControl(maxAge: 30)\n",
        "enum CacheControlScope @inaccessible {",
        "directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT\n",
    ] {
        assert!(sdl.contains(part), "{part} is missing in\n{sdl}");
    }
}

#[tokio::test]
async fn the_number_of_statements_depends_on_the_shape_alone() {
    let query = "query($users: [_Any!]!) {
      _entities(representations: $users) { ... on User {
        postCount
        posts(first: 5) { totalCount nodes {
          title tags commentCount author { id }
          comments(first: 5) { totalCount nodes { body author { id } post { title } } }
        } }
        comments(first: 3) { nodes { post { commentCount } } }
      } }
    }";
    for backend in Backend::ALL {
        let mut costs = Vec::new();
        for (users, posts) in [(2, 10), (20, 60), (20, 2000)] {
            let world = World::new(backend).await;
            let ids: Vec<_> = (1..=users).map(Uuid::from_u128).collect();
            seed(&world.test.db, &ids, posts, 7).await.unwrap();
            let users: Vec<_> = ids
                .iter()
                .map(|id| json!({ "__typename": "User", "id": id }))
                .collect();
            let before = world.test.db.statements();
            let anonymous = Identity::Anonymous;
            let data = world
                .data(&anonymous, query, json!({ "users": users }))
                .await;
            costs.push(world.test.db.statements() - before);
            let entities = data["_entities"].as_array().unwrap();
            assert_eq!(entities.len(), ids.len());
            assert!(entities.iter().any(|user| {
                user["posts"]["nodes"][0]["comments"]["nodes"][0]["post"].is_object()
            }));
            world.test.drop_database().await;
        }
        // By level: posts, their count and comments of the users; totals, tags, counts and comments of
        // those posts, and the posts of those comments; then totals and posts of the comments, and
        // their counts. Without a loader any of these grows with the rows.
        assert_eq!(costs, [10; 3], "{backend:?}");
    }
}

#[tokio::test]
async fn a_post_is_written_commented_changed_and_deleted() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let (ada, bob) = (Identity::user(ADA), Identity::user(BOB));
        let create = "mutation($input: CreatePostInput!) { createPost(input: $input) {
            post { id title excerpt status version tags author { id } publishedAt commentCount }
            userErrors { field code message } } }";
        let input = json!({ "title": " Hello ", "body": "World", "tags": ["Rust", "rust", "b-c"] });
        let data = world.data(&ada, create, json!({ "input": input })).await;
        let post = &data["createPost"]["post"];
        let id = post["id"].clone();
        assert_eq!(
            post,
            &json!({
                "id": id, "title": "Hello", "excerpt": "World", "status": "DRAFT", "version": 1,
                "tags": ["rust", "b-c"], "author": { "id": ADA }, "publishedAt": null,
                "commentCount": 0,
            })
        );
        let read = "query($id: ID!) { post(id: $id) { title } }";
        let id = json!({ "id": id });
        assert_eq!(
            world.data(&bob, read, id.clone()).await["post"],
            json!(null)
        );

        let publish = "mutation($id: ID!) { publishPost(id: $id) {
            post { status version publishedAt } userErrors { code } } }";
        let data = world.data(&ada, publish, id.clone()).await;
        assert_eq!(
            data["publishPost"]["post"],
            json!({ "status": "PUBLISHED", "version": 2, "publishedAt": "2027-01-15T08:00:00+00:00" })
        );
        let comment = "mutation($id: ID!) { addComment(input: { postId: $id, body: \"Nice\" }) {
            comment { id body author { id } post { commentCount } } userErrors { code } } }";
        let data = world.data(&bob, comment, id.clone()).await;
        let comment = &data["addComment"]["comment"];
        assert_eq!(comment["author"]["id"], json!(BOB));
        assert_eq!(comment["post"]["commentCount"], 1);

        let update = "mutation($id: ID!, $v: Int!) {
            updatePost(input: { id: $id, version: $v, title: \"New\" }) {
            post { title version } userErrors { field code } } }";
        for (version, post, errors) in [
            (1, json!(null), json!([{ "field": [], "code": "CONFLICT" }])),
            (2, json!({ "title": "New", "version": 3 }), json!([])),
        ] {
            let variables = json!({ "id": id["id"], "v": version });
            let data = world.data(&ada, update, variables).await;
            let expected = json!({ "post": post, "userErrors": errors });
            assert_eq!(data["updatePost"], expected);
        }
        let uncomment = "mutation($id: ID!) { deleteComment(id: $id) {
            deletedId post { commentCount } userErrors { code } } }";
        let data = world
            .data(&bob, uncomment, json!({ "id": comment["id"] }))
            .await;
        assert_eq!(
            data["deleteComment"],
            json!({ "deletedId": comment["id"], "post": { "commentCount": 0 }, "userErrors": [] })
        );
        let delete = "mutation($id: ID!) { deletePost(id: $id) { deletedId userErrors { code } } }";
        let data = world.data(&ada, delete, id.clone()).await;
        assert_eq!(data["deletePost"]["deletedId"], id["id"]);
        assert_eq!(world.data(&ada, read, id).await["post"], json!(null));
        world.test.drop_database().await;
    }
}

#[tokio::test]
async fn mistakes_are_user_errors() {
    let world = World::new(Backend::Sqlite).await;
    let ada = Identity::user(ADA);
    let id = Uuid::nil();
    let create = |input: &str| {
        format!(
            "mutation {{ m: createPost(input: {input}) {{ post {{ id }} userErrors {{ field code }} }} }}"
        )
    };
    let by_id =
        |field: &str| format!("mutation {{ m: {field} {{ userErrors {{ field code }} }} }}");
    let many = "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]";
    let anonymous = Identity::Anonymous;
    let cases = [
        (
            &anonymous,
            create("{ title: \"\", body: \"x\" }"),
            json!([{ "field": [], "code": "UNAUTHENTICATED" }]),
        ),
        (
            &ada,
            create("{ title: \" \", body: \"\" }"),
            json!([
                { "field": ["input", "title"], "code": "REQUIRED" },
                { "field": ["input", "body"], "code": "REQUIRED" },
            ]),
        ),
        (
            &ada,
            create(&format!(
                "{{ title: \"{}\", body: \"x\", tags: [\"a b\"] }}",
                "x".repeat(201)
            )),
            json!([
                { "field": ["input", "title"], "code": "TOO_LONG" },
                { "field": ["input", "tags", "0"], "code": "INVALID" },
            ]),
        ),
        (
            &ada,
            create(&format!(
                "{{ title: \"a\\u0000b\", body: \"x\", tags: {many} }}"
            )),
            json!([
                { "field": ["input", "title"], "code": "INVALID" },
                { "field": ["input", "tags"], "code": "TOO_MANY" },
            ]),
        ),
        (
            &ada,
            by_id(&format!("deletePost(id: \"{id}\")")),
            json!([{ "field": ["id"], "code": "NOT_FOUND" }]),
        ),
        (
            &ada,
            by_id("deletePost(id: \"nonsense\")"),
            json!([{ "field": ["id"], "code": "NOT_FOUND" }]),
        ),
        (
            &ada,
            by_id(&format!(
                "addComment(input: {{ postId: \"{id}\", body: \"x\" }})"
            )),
            json!([{ "field": ["input", "postId"], "code": "NOT_FOUND" }]),
        ),
        (
            &ada,
            by_id(&format!(
                "updatePost(input: {{ id: \"{id}\", version: 0, title: \"\" }})"
            )),
            json!([
                { "field": ["input", "version"], "code": "INVALID" },
                { "field": ["input", "title"], "code": "REQUIRED" },
            ]),
        ),
    ];
    for (identity, mutation, expected) in cases {
        let data = world.data(identity, &mutation, json!({})).await;
        assert_eq!(data["m"]["userErrors"], expected, "{mutation}");
    }
}

#[tokio::test]
async fn bad_arguments_null_their_field_with_a_code() {
    let world = World::new(Backend::Sqlite).await;
    for field in [
        "posts(first: 101)",
        "posts(first: 1, last: 1)",
        "posts(after: \"x\")",
        "posts(filter: { authorId: \"x\" })",
    ] {
        let query = format!("{{ ok: posts {{ totalCount }} {field} {{ totalCount }} }}");
        let response = world.ask(&Identity::Anonymous, &query, json!({})).await;
        assert_eq!(response["data"]["posts"], json!(null), "{field}");
        assert_eq!(response["data"]["ok"]["totalCount"], 0);
        let error = &response["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{field}");
        assert_eq!(error["path"], json!(["posts"]));
    }
}

#[tokio::test]
async fn a_representation_shows_what_a_query_would() {
    let world = World::new(Backend::Sqlite).await;
    let create = "mutation { createPost(input: { title: \"t\", body: \"b\" }) { post { id } } }";
    let ada = Identity::user(ADA);
    let data = world.data(&ada, create, json!({})).await;
    let id = &data["createPost"]["post"]["id"];
    let query = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Post { title } ... on User { id byline } } }";
    let representations = json!({ "r": [
        { "__typename": "Post", "id": id },
        { "__typename": "Post", "id": "not-an-id" },
        { "__typename": "Post", "id": Uuid::nil() },
        { "__typename": "User", "id": ADA, "displayName": "Ada" },
        { "__typename": "User", "id": "x" },
    ] });
    for (identity, title, byline) in [
        (Identity::Anonymous, json!(null), "Ada · 0 posts"),
        (Identity::user(BOB), json!(null), "Ada · 0 posts"),
        (Identity::user(ADA), json!({ "title": "t" }), "Ada · 1 post"),
        (
            Identity::admin(BOB),
            json!({ "title": "t" }),
            "Ada · 1 post",
        ),
    ] {
        let data = world.data(&identity, query, representations.clone()).await;
        let user = json!({ "id": ADA, "byline": byline });
        assert_eq!(data["_entities"], json!([title, null, null, user, null]));
    }
}

#[tokio::test]
async fn an_unusable_representation_does_not_spoil_its_neighbours() {
    let world = World::new(Backend::Sqlite).await;
    let query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on User { id posts(first: 500) { totalCount } } } }";
    let representations = json!({ "r": [
        { "__typename": "User", "id": ADA },
        { "__typename": "User", "id": { "no": "id" } },
        { "__typename": "Nothing", "id": "1" },
    ] });
    let response = world
        .ask(&Identity::Anonymous, query, representations)
        .await;
    let expected = json!([{ "id": ADA, "posts": null }, null, null]);
    assert_eq!(response["data"]["_entities"], expected, "{response}");
    let paths: Vec<_> = response["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["path"].clone())
        .collect();
    assert!(
        paths.contains(&json!(["_entities", 0, "posts"])),
        "{response}"
    );
}

#[tokio::test]
async fn both_ways_in_and_both_modes_give_the_same_bytes() {
    let world = World::new(Backend::Sqlite).await;
    seed(&world.test.db, &[ADA, BOB], 30, 1).await.unwrap();
    let trusted = service(&world.test.db, true).await;
    let queries = [
        "{ posts(first: 7) { nodes { id tags comments { nodes { body author { id } } } } pageInfo { endCursor hasNextPage } totalCount } }",
        "{ posts(first: 1000) { totalCount } a: posts(last: 2) { nodes { title } } }",
        "query($id: ID!) { post(id: $id) { title } }",
        "{ _service { sdl } }",
    ];
    for query in queries {
        let body = json!({ "query": query, "variables": { "id": "x" } }).to_string();
        let caller = || Caller::anonymous("r");
        let alone = world.service.execute(body.as_bytes(), caller()).await;
        let behind = trusted.execute(body.as_bytes(), caller()).await;
        let variables = Variables::from_json(json!({ "id": "x" }));
        let request = Request::new(query).variables(variables);
        let response = trusted.execute_request(request, caller()).await;
        assert_ne!(response.data, Value::Null);
        assert_eq!(alone.body, behind.body);
        assert_eq!(alone.body, serde_json::to_vec(&response).unwrap());
    }
    let sdl = world
        .data(&Identity::Anonymous, "{ _service { sdl } }", json!({}))
        .await;
    assert_eq!(sdl["_service"]["sdl"], crate::sdl());
}

#[tokio::test]
async fn queries_read_the_replica_and_mutations_what_they_wrote() {
    let primary = TestDb::create(Backend::Sqlite).await;
    let replica = TestDb::create(Backend::Sqlite).await;
    migrations::up(migrations::Service::Posts, replica.db.write())
        .await
        .unwrap();
    let mut config = DbConfig::new("posts", &primary.url);
    config.read_url = Some(replica.url.clone());
    let db = Db::connect(&config).await.unwrap();
    let service = service(&db, false).await;
    let world = World {
        test: primary,
        service,
    };
    let ada = Identity::user(ADA);
    let mutation = "mutation { createPost(input: { title: \"t\", body: \"b\", tags: [\"x\"] }) {
        post { tags author { postCount } } } }";
    let data = world.data(&ada, mutation, json!({})).await;
    let expected = json!({ "tags": ["x"], "author": { "postCount": 1 } });
    assert_eq!(data["createPost"]["post"], expected);
    let query = "{ posts { totalCount nodes { id } } }";
    let data = world.data(&ada, query, json!({})).await;
    assert_eq!(data["posts"], json!({ "totalCount": 0, "nodes": [] }));
}
