//! Whole requests against the service, and what they cost.

mod caching;
mod changes;
mod lists;
mod visibility;

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use subgraphs_kit::{
    clock::{Deps, ManualClock},
    identity::Identity,
    limits::Limits,
    scope::Caller,
    service::{Service, ServiceConfig},
    testing::{Backend, TestDb},
};
use uuid::Uuid;

use crate::{
    build,
    entity::todo::{Model, Priority},
    store::{self, NewTodo},
};

const OWNER: Uuid = Uuid::from_u128(1);
const ASSIGNEE: Uuid = Uuid::from_u128(2);
const OTHER: Uuid = Uuid::from_u128(3);
const ADMIN: Uuid = Uuid::from_u128(4);
const POST: Uuid = Uuid::from_u128(100);

/// Everybody who can look at a todo, by what they are to it.
fn viewers() -> [(&'static str, Identity); 5] {
    [
        ("owner", Identity::user(OWNER)),
        ("assignee", Identity::user(ASSIGNEE)),
        ("other", Identity::user(OTHER)),
        ("admin", Identity::admin(ADMIN)),
        ("anonymous", Identity::Anonymous),
    ]
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

struct World {
    test: TestDb,
    service: Service,
    deps: Deps,
    clock: std::sync::Arc<ManualClock>,
}

impl World {
    async fn new(backend: Backend) -> Self {
        let test = TestDb::create(backend).await;
        migrations::up(migrations::Service::Todos, test.db.write())
            .await
            .unwrap();
        let (deps, clock) = Deps::fixed(now());
        let service = build(ServiceConfig {
            name: crate::NAME,
            db: test.db.clone(),
            deps: deps.clone(),
            limits: Limits::default(),
            // Behind the router requests are not validated again; both ways must answer alike.
            behind_router: backend == Backend::Postgres,
        });
        Self {
            test,
            service,
            deps,
            clock,
        }
    }

    /// Sends `query` as `identity` and returns the whole response.
    async fn ask(&self, identity: &Identity, query: &str, variables: Json) -> Json {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let caller = Caller::new(identity.clone(), "test");
        let answer = self.service.execute(body.as_bytes(), caller).await;
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Sends `query` and returns its data; there must be no errors.
    async fn data(&self, identity: &Identity, query: &str, variables: Json) -> Json {
        let mut response = self.ask(identity, query, variables).await;
        assert_eq!(response.get("errors"), None, "{response}");
        response["data"].take()
    }

    /// Sends `query`, which has one root field, and returns the codes of its user errors.
    async fn codes(&self, identity: &Identity, query: &str, variables: Json) -> Vec<String> {
        let data = self.data(identity, query, variables).await;
        let payload = data.as_object().unwrap().values().next().unwrap();
        let errors = payload["userErrors"].as_array().unwrap();
        let code = |error: &Json| error["code"].as_str().unwrap().to_owned();
        errors.iter().map(code).collect()
    }

    /// A todo of the owner's, assigned to the assignee, about the post.
    async fn todo(&self, title: &str) -> Model {
        let new = NewTodo {
            title: title.to_owned(),
            description: None,
            priority: Priority::Medium,
            due_at: None,
            assignee_id: Some(ASSIGNEE),
            related_post_id: Some(POST),
        };
        store::create(&self.test.db, &self.deps, OWNER, new)
            .await
            .unwrap()
    }

    /// The row as it is, whoever may see it.
    async fn row(&self, id: Uuid) -> Option<Model> {
        let rows = store::by_ids(self.test.db.write(), &Identity::admin(ADMIN), &[id]).await;
        rows.unwrap().pop()
    }
}

#[test]
fn the_sdl_is_linked_and_stable() {
    let sdl = crate::sdl();
    assert_eq!(sdl, crate::sdl());
    for part in [
        "extend schema\n  @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@inaccessible\", \"@key\", \"@shareable\"])\n",
        "type Todo @cacheControl(maxAge: 10, scope: PRIVATE) @key(fields: \"id\") {",
        "type User @cacheControl(maxAge: 60) @key(fields: \"id\") {",
        "type Post @cacheControl(maxAge: 60) @key(fields: \"id\") {",
        "type PageInfo @cacheControl(inheritMaxAge: true) @shareable {",
        "  owner: User\n",
        "  assignee: User\n",
        "  relatedPost: Post\n",
        "  openTodoCount: Int @cacheControl(maxAge: 10)\n",
        "  todo(id: ID!): Todo\n",
        "  todos(filter: TodoFilter, orderBy: TodoOrder = CREATED_AT_DESC, first: Int, after: String, last: Int, before: String): TodoConnection @cacheControl(maxAge: 10, scope: PRIVATE)\n",
        "  createTodo(input: CreateTodoInput!): TodoPayload!\n",
        "  updateTodo(id: ID!, input: UpdateTodoInput!): TodoPayload!\n",
        "  completeTodo(id: ID!): TodoPayload!\n",
        "  reopenTodo(id: ID!): TodoPayload!\n",
        "  deleteTodo(id: ID!): DeleteTodoPayload!\n",
        "  assignTodo(id: ID!, assigneeId: ID): TodoPayload!\n",
    ] {
        assert!(sdl.contains(part), "{part} is missing in\n{sdl}");
    }
}

#[tokio::test]
async fn the_migration_can_be_taken_back_and_applied_again() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        world.todo("gone").await;
        let db = world.test.db.write();
        migrations::down(migrations::Service::Todos, db, None)
            .await
            .unwrap();
        migrations::up(migrations::Service::Todos, db)
            .await
            .unwrap();
        let query = "{ todos { totalCount } }";
        let data = world.data(&Identity::admin(ADMIN), query, json!({})).await;
        assert_eq!(data["todos"]["totalCount"], 0);
        world.test.drop_database().await;
    }
}
