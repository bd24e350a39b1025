//! What is kept of the three services' answers is what they would answer now: after every mutation, for everybody.
//!
//! The mutations select nothing of what they change, so that the router knows of it from the services alone.

use http::header::HeaderName;
use serde_json::{Value, json};

use crate::harness::{Client, HttpStack, Rows, in_process, register, seeded_folder};

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// `$post`, `$draft`, `$todo`, `$ada` are ids; the services' entities with and without their keys, in lists and alone.
const QUERIES: &[&str] = &[
    "query($post: ID!) { post(id: $post) { id title tags commentCount author { id username } comments { totalCount nodes { id body author { username displayName } } } } }",
    "query($post: ID!) { post(id: $post) { title comments { nodes { body } } } }",
    "query($post: ID!) { post(id: $post) { id todos { totalCount nodes { title completed } } } }",
    "query($draft: ID!) { post(id: $draft) { title status author { displayName } } }",
    "{ posts(first: 5) { totalCount nodes { title commentCount } } }",
    "{ posts(first: 5, filter: { status: PUBLISHED }) { totalCount nodes { id title author { username displayName } } } }",
    "{ posts(first: 5, filter: { status: PUBLISHED }, orderBy: TITLE_ASC) { edges { cursor node { title } } } }",
    "{ posts(first: 5, filter: { status: PUBLISHED }, orderBy: UPDATED_AT_DESC) { nodes { id tags } } }",
    "{ posts(first: 3, filter: { status: PUBLISHED, search: \"coherence\" }) { nodes { id title } } }",
    "query($ada: ID!) { posts(first: 5, filter: { authorId: $ada }) { totalCount nodes { id title status } } }",
    "query($ada: ID!) { user(id: $ada) { id username displayName bio } }",
    "query($ada: ID!) { user(id: $ada) { posts(first: 5) { totalCount nodes { title } } postCount byline } }",
    "query($ada: ID!) { user(id: $ada) { displayName comments(first: 5) { totalCount nodes { body post { title } } } } }",
    "query($ada: ID!) { user(id: $ada) { openTodoCount todos(first: 5) { nodes { id title } } } }",
    "{ user(username: \"bob\") { displayName comments { nodes { id body post { id title } } } } }",
    "{ user(username: \"newcomer\") { id displayName } }",
    "{ users(first: 3, orderBy: CREATED_AT_DESC) { totalCount nodes { username displayName postCount } } }",
    "{ users(first: 3, filter: { search: \"newcomer\" }) { nodes { id } } }",
    "{ me { id username displayName email bio } }",
    "{ todos(first: 5) { totalCount nodes { id title completed relatedPost { id title } owner { username } assignee { displayName } } } }",
    "query($todo: ID!) { todo(id: $todo) { title completed relatedPost { title } assignee { username } } }",
    "query($todo: ID!) { todo(id: $todo) { id } }",
    "query($post: ID!) { post(id: $post) { id } }",
    "query($draft: ID!) { post(id: $draft) { id } }",
];

/// Which of the callers carries something out.
type Who = fn(&World) -> &Client;

/// Three callers and what they have made so far.
struct World {
    ada: Client,
    bob: Client,
    nobody: Client,
    variables: Value,
    asked: usize,
    hits: usize,
    stale: Vec<String>,
}

impl World {
    async fn new(client: Client) -> Self {
        let ada = register(&client, "ada").await;
        let bob = register(&client, "bob").await;
        let me = ada.data("{ me { id } }", json!({})).await;
        Self {
            ada,
            bob,
            nobody: client,
            variables: json!({ "ada": me["me"]["id"] }),
            asked: 0,
            hits: 0,
            stale: Vec::new(),
        }
    }

    /// Carries out a mutation, which must do what it is for, and looks at everything that is kept.
    async fn change(&mut self, who: Who, mutation: &str) -> Value {
        let data = who(self).data(mutation, self.variables.clone()).await;
        let payload = data.as_object().and_then(|data| data.values().next());
        let errors = payload.map(|payload| &payload["userErrors"]);
        assert_eq!(errors, Some(&json!([])), "{mutation} {data}");
        self.look(mutation).await;
        data
    }

    /// Asks everything for everybody, once from what is kept and once from the services.
    async fn look(&mut self, after: &str) {
        let viewers = [
            ("nobody", self.nobody.clone()),
            ("ada", self.ada.clone()),
            ("bob", self.bob.clone()),
        ];
        for query in QUERIES {
            for (name, viewer) in &viewers {
                let kept = viewer.graphql(query, self.variables.clone()).await;
                let fresh = viewer.fresh().graphql(query, self.variables.clone()).await;
                let status = kept.headers.get(CACHE_STATUS);
                let status = status.and_then(|status| status.to_str().ok());
                self.asked += 1;
                self.hits += usize::from(status.is_some_and(|status| status.contains("; hit")));
                if kept.json()["data"] != fresh.json()["data"] {
                    self.stale.push(format!(
                        "after {after}\n{name} asked {query}\n  kept  {}\n  fresh {}",
                        kept.text(),
                        fresh.text()
                    ));
                }
            }
        }
    }

    fn remember(&mut self, name: &str, data: &Value, pointer: &str) {
        let id = data.pointer(pointer).unwrap_or_else(|| panic!("{data}"));
        self.variables[name] = id.clone();
    }
}

async fn everything_kept_is_what_the_services_say(client: Client) {
    let mut world = World::new(client).await;
    let (ada, bob): (Who, Who) = (|world| &world.ada, |world| &world.bob);

    // What the others are about; these alone select what they make.
    let made = world
        .ada
        .data(
            "mutation { post: createPost(input: { title: \"Coherence\", body: \"b\", tags: [\"one\"], publish: true }) { post { id } }
               draft: createPost(input: { title: \"Draft\", body: \"b\" }) { post { id } } }",
            json!({}),
        )
        .await;
    world.remember("post", &made, "/post/post/id");
    world.remember("draft", &made, "/draft/post/id");
    let made = world
        .ada
        .data(
            "mutation($post: ID!) { createTodo(input: { title: \"do\", relatedPostId: $post }) { todo { id } } }",
            world.variables.clone(),
        )
        .await;
    world.remember("todo", &made, "/createTodo/todo/id");
    world.look("the beginning").await;
    world.look("nothing").await;

    let post = "mutation { createPost(input: { title: \"A coherence\", body: \"b\", publish: true }) { userErrors { code } } }";
    world.change(ada, post).await;
    let draft = "mutation { createPost(input: { title: \"Hidden\", body: \"b\" }) { userErrors { code } } }";
    world.change(ada, draft).await;
    let comment = "mutation($post: ID!) { addComment(input: { postId: $post, body: \"well\" }) { comment { id } userErrors { code } } }";
    let said = world.change(bob, comment).await;
    world.remember("comment", &said, "/addComment/comment/id");
    let comment = "mutation($post: ID!) { addComment(input: { postId: $post, body: \"hm\" }) { userErrors { code } } }";
    world.change(ada, comment).await;
    let update = "mutation($post: ID!) { updatePost(input: { id: $post, version: 1, title: \"B coherence\", tags: [\"two\"] }) { userErrors { code } } }";
    world.change(ada, update).await;
    let publish = "mutation($draft: ID!) { publishPost(id: $draft) { userErrors { code } } }";
    world.change(ada, publish).await;
    let profile = "mutation { updateProfile(input: { displayName: \"Ada L.\", bio: \"first\" }) { userErrors { code } } }";
    world.change(ada, profile).await;
    let delete = "mutation($comment: ID!) { deleteComment(id: $comment) { userErrors { code } } }";
    world.change(bob, delete).await;

    let todo = "mutation($post: ID!) { createTodo(input: { title: \"more\", relatedPostId: $post }) { userErrors { code } } }";
    world.change(ada, todo).await;
    let todo = "mutation { createTodo(input: { title: \"other\" }) { userErrors { code } } }";
    world.change(bob, todo).await;
    let id = bob(&world).data("{ me { id } }", json!({})).await;
    world.remember("bob", &id, "/me/id");
    let assign = "mutation($todo: ID!, $bob: ID!) { assignTodo(id: $todo, assigneeId: $bob) { userErrors { code } } }";
    world.change(ada, assign).await;
    let complete = "mutation($todo: ID!) { completeTodo(id: $todo) { userErrors { code } } }";
    world.change(bob, complete).await;
    let reopen = "mutation($todo: ID!) { reopenTodo(id: $todo) { userErrors { code } } }";
    world.change(bob, reopen).await;
    let update = "mutation($todo: ID!, $draft: ID!) { updateTodo(id: $todo, input: { title: \"moved\", relatedPostId: $draft }) { userErrors { code } } }";
    world.change(ada, update).await;
    let take_back = "mutation($todo: ID!) { assignTodo(id: $todo) { userErrors { code } } }";
    world.change(ada, take_back).await;
    let delete = "mutation($todo: ID!) { deleteTodo(id: $todo) { userErrors { code } } }";
    world.change(ada, delete).await;

    let newcomer = register(&world.nobody, "newcomer").await;
    world.look("register").await;
    let account = "mutation { deleteAccount(input: { password: \"correct horse battery staple\" }) { userErrors { code } } }";
    newcomer.data(account, json!({})).await;
    world.look(account).await;
    let login = "mutation { login(input: { username: \"ada\", password: \"correct horse battery staple\" }) { user { id } userErrors { code } } }";
    let before = world.hits;
    world.change(ada, login).await;
    let kept = world.hits - before;
    let delete = "mutation($post: ID!) { deletePost(id: $post) { userErrors { code } } }";
    world.change(ada, delete).await;

    let World {
        asked, hits, stale, ..
    } = world;
    println!("{hits} of {asked} answers were kept; {kept} after a login");
    assert!(
        stale.is_empty(),
        "{} stale\n{}",
        stale.len(),
        stale.join("\n")
    );
    // Otherwise this has shown nothing.
    assert!(hits * 3 > asked, "{hits} of {asked} answers were kept");
    assert!(
        kept * 4 > QUERIES.len() * 3 * 3,
        "a login ends nothing: {kept}"
    );
}

#[tokio::test]
async fn in_one_process() {
    let folder = seeded_folder(Rows::FEW).await;
    let program = in_process(folder.path()).await;
    everything_kept_is_what_the_services_say(program.client()).await;
}

#[tokio::test]
async fn over_http_on_postgresql() {
    let stack = HttpStack::on_postgres(Rows::FEW).await;
    everything_kept_is_what_the_services_say(stack.client()).await;
}
