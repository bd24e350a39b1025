//! What caches may do with answers: by query and by who asks.

use super::*;

const EVE: Uuid = Uuid::from_u128(3);

const PUBLIC: &str = "public, max-age=60";
const LIST: &str = "public, max-age=30";
const SHORT: &str = "public, max-age=10";
const PRIVATE: &str = "private, max-age=10";
const NEVER: &str = "no-store";

/// A published post of Ada's with a comment by Bob, and a draft of hers.
struct Posts {
    published: Json,
    draft: Json,
    comment: Json,
}

async fn posts(world: &World) -> Posts {
    let (ada, bob) = (Identity::user(ADA), Identity::user(BOB));
    let create = "mutation($publish: Boolean!) { createPost(input: {
        title: \"t\", body: \"b\", publish: $publish }) { post { id } } }";
    let mut ids = Vec::new();
    for publish in [true, false] {
        let variables = json!({ "publish": publish });
        let mut data = world.data(&ada, create, variables).await;
        ids.push(data["createPost"]["post"]["id"].take());
    }
    let comment = "mutation($id: ID!) { addComment(input: { postId: $id, body: \"c\" }) {
        comment { id } } }";
    let data = world.data(&bob, comment, json!({ "id": ids[0] })).await;
    Posts {
        comment: data["addComment"]["comment"]["id"].clone(),
        draft: ids.remove(1),
        published: ids.remove(0),
    }
}

#[tokio::test]
async fn what_depends_on_who_asks_is_for_nobody_else() {
    let world = World::new(Backend::Sqlite).await;
    let Posts {
        published,
        draft,
        comment,
    } = posts(&world).await;
    let nothing = json!(Uuid::nil());
    let post = "query($id: ID!) { post(id: $id) { title tags author { id } } }";
    let entity = |ty: &str, id: &Json| json!({ "r": [{ "__typename": ty, "id": id }] });
    let both = json!({ "r": [
        { "__typename": "Post", "id": published }, { "__typename": "Post", "id": draft },
    ] });
    let entities = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Post { title } ... on Comment { body } ... on User { id } } }";
    let [posts_of, comments_of, count_of, byline_of] = [
        "id posts { nodes { title } }",
        "comments { nodes { body } }",
        "postCount",
        "byline",
    ]
    .map(|fields| {
        format!(
            "query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on User {{ {fields} }} }} }}"
        )
    });
    let id = |id: &Json| json!({ "id": id });
    let none = json!({});
    // Of nobody, another user, the author, an admin.
    let cases: Vec<(&str, Json, [&str; 4])> = vec![
        // A post: what everybody sees, and what may be somebody's draft.
        (post, id(&published), [PUBLIC; 4]),
        (post, id(&draft), [PRIVATE; 4]),
        (post, id(&nothing), [PRIVATE; 4]),
        (post, id(&json!("no id")), [PUBLIC; 4]),
        (entities, entity("Post", &published), [PUBLIC; 4]),
        (entities, entity("Post", &draft), [PRIVATE; 4]),
        (entities, entity("Post", &nothing), [PRIVATE; 4]),
        (entities, both, [PRIVATE; 4]),
        // Lists.
        ("{ posts { nodes { title } } }", none.clone(), [PRIVATE; 4]),
        ("{ posts(filter: { status: DRAFT }) { nodes { id } } }", none.clone(), [PRIVATE; 4]),
        ("{ posts(filter: { tag: \"x\" }) { nodes { id } } }", none.clone(), [PRIVATE; 4]),
        (
            "{ posts(filter: { status: PUBLISHED }) {
                edges { cursor node { title author { id } } } nodes { body } pageInfo { endCursor } } }",
            none.clone(),
            [LIST; 4],
        ),
        ("{ posts(filter: { status: PUBLISHED }) { totalCount } }", none.clone(), [SHORT; 4]),
        (
            "{ posts(filter: { status: PUBLISHED, search: \"t\" }) { nodes { id } } }",
            none.clone(),
            [SHORT; 4],
        ),
        (
            "{ a: posts(filter: { status: PUBLISHED }) { nodes { id } } b: posts { nodes { id } } }",
            none.clone(),
            [PRIVATE; 4],
        ),
        // Comments.
        (
            "query($id: ID!) { post(id: $id) { comments { nodes { body post { title } } } } }",
            id(&published),
            [LIST; 4],
        ),
        ("query($id: ID!) { post(id: $id) { commentCount } }", id(&published), [SHORT; 4]),
        ("query($id: ID!) { post(id: $id) { commentCount } }", id(&draft), [PRIVATE; 4]),
        (entities, entity("Comment", &comment), [PUBLIC, PRIVATE, PRIVATE, PRIVATE]),
        (entities, entity("Comment", &nothing), [PRIVATE; 4]),
        // Users.
        (entities, entity("User", &json!(ADA)), [PUBLIC; 4]),
        (&posts_of, entity("User", &json!(ADA)), [PRIVATE; 4]),
        (&comments_of, entity("User", &json!(BOB)), [PRIVATE; 4]),
        (&count_of, entity("User", &json!(ADA)), [PRIVATE; 4]),
        (&byline_of, entity("User", &json!(ADA)), [PRIVATE; 4]),
        (
            "query($id: ID!) { post(id: $id) { author { postCount } } }",
            id(&published),
            [PRIVATE; 4],
        ),
        // Errors, introspection, the SDL.
        ("{ posts(first: 1000) { nodes { id } } }", none.clone(), [NEVER; 4]),
        ("{ nothing }", none.clone(), [NEVER; 4]),
        ("{", none.clone(), [NEVER; 4]),
        ("{ __schema { queryType { name } } }", none.clone(), [NEVER; 4]),
        ("{ _service { sdl } }", none.clone(), [NEVER; 4]),
        ("{ __typename }", none.clone(), [NEVER; 4]),
        ("mutation { publishPost(id: \"x\") { post { title } } }", none, [NEVER; 4]),
    ];
    let viewers = [
        Identity::Anonymous,
        Identity::user(EVE),
        Identity::user(ADA),
        Identity::admin(BOB),
    ];
    for (query, variables, expected) in &cases {
        let mut found = Vec::new();
        for viewer in &viewers {
            found.push(world.cache_control(viewer, query, variables).await);
        }
        assert_eq!(found, expected, "{query} {variables}");
    }
}

/// Whoever asks, an answer that is for everybody is the same.
#[tokio::test]
async fn a_public_answer_is_the_same_for_everybody() {
    let world = World::new(Backend::Sqlite).await;
    seed(&world.test.db, &[ADA, BOB], 40, 1).await.unwrap();
    let Posts {
        published,
        draft,
        comment,
    } = posts(&world).await;
    let fields = "id title body excerpt status version tags author { id } commentCount createdAt
        comments { totalCount nodes { id body author { id } post { title } } } publishedAt";
    let page = "totalCount pageInfo { hasNextPage endCursor }";
    let queries = [
        format!("{{ post(id: {published}) {{ {fields} }} }}"),
        format!("{{ post(id: {draft}) {{ {fields} }} }}"),
        format!("{{ posts(first: 50) {{ {page} nodes {{ {fields} }} }} }}"),
        format!(
            "{{ posts(first: 50, filter: {{ status: PUBLISHED }}) {{ {page} nodes {{ {fields} }} }} }}"
        ),
        format!(
            "{{ posts(last: 5, filter: {{ status: PUBLISHED, authorId: \"{ADA}\" }}) {{ {page} edges {{ cursor node {{ {fields} }} }} }} }}"
        ),
        format!(
            "{{ posts(filter: {{ status: PUBLISHED, search: \"the\" }}) {{ {page} nodes {{ {fields} }} }} }}"
        ),
        format!(
            "{{ post(id: {published}) {{ author {{ postCount byline posts {{ totalCount }} comments {{ totalCount }} }} }} }}"
        ),
        format!(
            "{{ _entities(representations: [{{ __typename: \"Comment\", id: {comment} }}]) {{ ... on Comment {{ body post {{ {fields} }} }} }} }}"
        ),
        format!(
            "{{ _entities(representations: [{{ __typename: \"Post\", id: {draft} }}, {{ __typename: \"Post\", id: {published} }}]) {{ ... on Post {{ {fields} }} }} }}"
        ),
    ];
    let mut public = 0;
    for query in &queries {
        let mut answers = Vec::new();
        for viewer in [
            Identity::Anonymous,
            Identity::user(ADA),
            Identity::user(BOB),
            Identity::admin(EVE),
        ] {
            let policy = world.cache_control(&viewer, query, &json!({})).await;
            let data = world.data(&viewer, query, json!({})).await;
            answers.push((policy.starts_with("public"), data));
        }
        if answers.iter().any(|(is_public, _)| *is_public) {
            public += 1;
            let first = &answers[0].1;
            assert!(answers.iter().all(|(_, data)| data == first), "{query}");
        }
    }
    assert_eq!(public, 5);
}
