//! The store on both databases.

use std::future::Future;

use chrono::{DateTime, TimeDelta, Utc};
use subgraphs_kit::{
    clock::{Deps, ManualClock},
    identity::Identity,
    page::PageRequest,
    testing::{Backend, TestDb},
    user_error::UserErrorCode,
};
use uuid::Uuid;

use super::{
    comments::{self, Parent},
    posts::{self, Edit, Filter, NewPost, Order},
    tags,
};
use crate::entity::post::{Model, Status};

const ADA: Uuid = Uuid::from_u128(1);
const BOB: Uuid = Uuid::from_u128(2);

struct World {
    test: TestDb,
    deps: Deps,
    clock: std::sync::Arc<ManualClock>,
}

/// Runs `check` in a fresh, migrated database of each kind.
async fn on_both<F: Future<Output = World>>(check: impl Fn(World) -> F) {
    for backend in Backend::ALL {
        let test = TestDb::create(backend).await;
        migrations::up(migrations::Service::Posts, test.db.write())
            .await
            .unwrap();
        let start = DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap();
        let (deps, clock) = Deps::fixed(start);
        let world = World { test, deps, clock };
        check(world).await.test.drop_database().await;
    }
}

impl World {
    async fn write(&self, author: Uuid, title: &str, tags: &[&str], publish: bool) -> Model {
        self.clock.advance(TimeDelta::milliseconds(5));
        let new = NewPost {
            title: title.to_owned(),
            body: format!("The body of {title}, 100%"),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            publish,
        };
        posts::create(&self.test.db, &self.deps, author, new)
            .await
            .unwrap()
    }

    async fn titles(&self, identity: &Identity, filter: &Filter, order: Order) -> Vec<String> {
        let page = PageRequest::first(100);
        let reader = self.test.db.read();
        let page = posts::page(reader, identity, filter, order, &page)
            .await
            .unwrap();
        let titles: Vec<_> = page.rows.into_iter().map(|(_, post)| post.title).collect();
        let count = posts::count(reader, identity, filter).await.unwrap();
        assert_eq!(usize::try_from(count).unwrap(), titles.len());
        titles
    }
}

fn edit(version: i64, title: &str) -> Edit {
    Edit {
        version,
        title: Some(title.to_owned()),
        body: None,
        tags: None,
    }
}

fn codes<T>(outcome: super::Outcome<T>) -> Vec<UserErrorCode> {
    match outcome {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|error| error.code).collect(),
    }
}

#[tokio::test]
async fn a_written_post_is_read_back_whole() {
    on_both(|world| async {
        let written = world.write(ADA, "Ünïcode \"x\"", &["b", "a"], true).await;
        let reader = world.test.db.read();
        let found = posts::by_ids(reader, &Identity::Anonymous, &[written.id])
            .await
            .unwrap();
        assert_eq!(found, std::slice::from_ref(&written));
        let tags = tags::by_posts(reader, &[written.id]).await.unwrap();
        assert_eq!(tags[&written.id], ["b", "a"]);
        world
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_seen_by_its_author_and_admins_alone() {
    on_both(|world| async {
        let draft = world.write(ADA, "draft", &[], false).await;
        world.write(ADA, "public", &[], true).await;
        for (identity, expected) in [
            (Identity::Anonymous, vec!["public"]),
            (Identity::user(BOB), vec!["public"]),
            (Identity::user(ADA), vec!["draft", "public"]),
            (Identity::admin(BOB), vec!["draft", "public"]),
        ] {
            let seen = world
                .titles(&identity, &Filter::default(), Order::TitleAsc)
                .await;
            assert_eq!(seen, expected, "{identity:?}");
            let reader = world.test.db.read();
            let by_id = posts::by_ids(reader, &identity, &[draft.id]).await.unwrap();
            assert_eq!(by_id.len(), expected.len() - 1);
            let counts = posts::count_by_author(reader, &identity, &[ADA, BOB])
                .await
                .unwrap();
            assert_eq!(counts[&ADA], i64::try_from(expected.len()).unwrap());
            assert_eq!(counts[&BOB], 0);
            let page = PageRequest::first(10);
            let authors = [ADA];
            let order = Order::CreatedAtAsc;
            let pages = posts::pages_by_author(reader, &identity, &authors, order, &page)
                .await
                .unwrap();
            assert_eq!(pages[&ADA].rows.len(), expected.len());
        }
        world
    })
    .await;
}

#[tokio::test]
async fn filters_narrow_what_is_visible() {
    on_both(|world| async {
        world.write(ADA, "Alpha", &["x", "y"], true).await;
        world.write(ADA, "beta", &["x"], false).await;
        world.write(BOB, "Gamma_1", &["y"], true).await;
        world
            .write(BOB, "O'Hara; DROP TABLE posts", &[], true)
            .await;
        let filter = Filter::default;
        let search = |text: &str| Filter {
            search: Some(text.to_owned()),
            ..filter()
        };
        let tag = |tag: &str| Filter {
            tag: Some(tag.to_owned()),
            ..filter()
        };
        let all = ["Alpha", "Gamma_1", "O'Hara; DROP TABLE posts", "beta"];
        let cases: [(Filter, &[&str]); 17] = [
            (tag("x"), &["Alpha", "beta"]),
            (tag("y"), &["Alpha", "Gamma_1"]),
            (tag("%"), &[]),
            (
                Filter {
                    author_id: Some(ADA),
                    ..tag("y")
                },
                &["Alpha"],
            ),
            (
                Filter {
                    status: Some(Status::Draft),
                    ..filter()
                },
                &["beta"],
            ),
            (search("ALPHA body"), &["Alpha"]),
            (search("alp bod"), &["Alpha"]),
            (search("lpha"), &[]),
            (search("gamma_1"), &["Gamma_1"]),
            (search("a_pha"), &[]),
            (search("100%"), &all),
            (search("o'hara;"), &["O'Hara; DROP TABLE posts"]),
            (
                search("table * : | & ! ( \" posts"),
                &["O'Hara; DROP TABLE posts"],
            ),
            (search("table OR alpha"), &[]),
            (search("al\0pha"), &[]),
            (search("% * \" ' \0"), &all),
            (search("  "), &all),
        ];
        for (filter, expected) in cases {
            let found = world
                .titles(&Identity::user(ADA), &filter, Order::TitleAsc)
                .await;
            assert_eq!(found, expected, "{filter:?}");
        }
        world
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_what_posts_say_now() {
    on_both(|world| async {
        let db = &world.test.db;
        let me = Identity::user(ADA);
        let post = world.write(ADA, "Äpfel", &[], true).await.id;
        world.write(ADA, "other", &[], true).await;
        let found = async |text: &str| {
            let filter = Filter {
                search: Some(text.to_owned()),
                ..Filter::default()
            };
            world.titles(&me, &filter, Order::TitleAsc).await
        };
        for text in ["Äpf", "äpfel", "ÄPFEL"] {
            assert_eq!(found(text).await, ["Äpfel"], "{text}");
        }
        posts::update(db, &world.deps, &me, post, edit(1, "pears"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found("pear").await, ["pears"]);
        assert_eq!(
            found("pear Äpfel").await,
            ["pears"],
            "the body says so still"
        );
        posts::delete(db, &me, post).await.unwrap().unwrap();
        assert!(found("pears").await.is_empty());
        world
    })
    .await;
}

#[tokio::test]
async fn orders_are_what_they_are_called() {
    on_both(|world| async {
        let first = world.write(ADA, "b", &[], false).await;
        world.write(ADA, "a", &[], true).await;
        world.write(ADA, "c", &[], true).await;
        world.clock.advance(TimeDelta::seconds(1));
        let me = Identity::user(ADA);
        posts::publish(&world.test.db, &world.deps, &me, first.id)
            .await
            .unwrap()
            .unwrap();
        for (order, expected) in [
            (Order::CreatedAtDesc, ["c", "a", "b"]),
            (Order::CreatedAtAsc, ["b", "a", "c"]),
            (Order::UpdatedAtDesc, ["b", "c", "a"]),
            (Order::PublishedAtDesc, ["b", "c", "a"]),
            (Order::TitleAsc, ["a", "b", "c"]),
        ] {
            let found = world.titles(&me, &Filter::default(), order).await;
            assert_eq!(found, expected, "{order:?}");
        }
        world
    })
    .await;
}

#[tokio::test]
async fn an_update_of_an_old_version_changes_nothing() {
    on_both(|world| async {
        let (db, deps) = (&world.test.db, &world.deps);
        let me = Identity::user(ADA);
        let post = world.write(ADA, "one", &["t"], true).await;
        let two = posts::update(db, deps, &me, post.id, edit(1, "two"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((two.version, two.title.as_str()), (2, "two"));
        let lost = Edit {
            tags: Some(vec![]),
            ..edit(1, "lost")
        };
        let outcome = posts::update(db, deps, &me, post.id, lost).await.unwrap();
        assert_eq!(codes(outcome), [UserErrorCode::Conflict]);
        let found = posts::by_ids(db.read(), &me, &[post.id]).await.unwrap();
        assert_eq!(found, [two]);
        let tags = tags::by_posts(db.read(), &[post.id]).await.unwrap();
        assert_eq!(tags[&post.id], ["t"]);
        world
    })
    .await;
}

#[tokio::test]
async fn of_concurrent_updates_one_wins() {
    on_both(|world| async {
        let (db, deps) = (&world.test.db, &world.deps);
        let me = Identity::user(ADA);
        let post = world.write(ADA, "one", &[], true).await;
        let race = (0..8).map(|n| {
            let me = &me;
            async move {
                let edit = edit(1, &format!("by {n}"));
                posts::update(db, deps, me, post.id, edit).await.unwrap()
            }
        });
        let outcomes = futures::future::join_all(race).await;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1);
        assert!(
            outcomes
                .into_iter()
                .filter(Result::is_err)
                .all(|lost| codes(lost) == [UserErrorCode::Conflict])
        );
        world
    })
    .await;
}

#[tokio::test]
async fn only_author_and_admin_change_a_post() {
    on_both(|world| async {
        let (db, deps) = (&world.test.db, &world.deps);
        let public = world.write(ADA, "public", &[], true).await.id;
        let draft = world.write(ADA, "draft", &[], false).await.id;
        let bob = Identity::user(BOB);
        for (post, expected) in [
            (public, UserErrorCode::Forbidden),
            (draft, UserErrorCode::NotFound),
            (Uuid::nil(), UserErrorCode::NotFound),
        ] {
            let update = posts::update(db, deps, &bob, post, edit(1, "x")).await;
            assert_eq!(codes(update.unwrap()), [expected]);
            let publish = posts::publish(db, deps, &bob, post).await;
            assert_eq!(codes(publish.unwrap()), [expected]);
            let delete = posts::delete(db, &bob, post).await;
            assert_eq!(codes(delete.unwrap()), [expected]);
        }
        let admin = Identity::admin(BOB);
        let published = posts::publish(db, deps, &admin, draft)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(published.status, Status::Published);
        assert_eq!(published.published_at, Some(deps.now()));
        world
    })
    .await;
}

#[tokio::test]
async fn comments_come_and_go_with_their_post() {
    on_both(|world| async {
        let (db, deps) = (&world.test.db, &world.deps);
        let (ada, bob) = (Identity::user(ADA), Identity::user(BOB));
        let post = world.write(ADA, "post", &[], true).await.id;
        let draft = world.write(ADA, "draft", &[], false).await.id;
        let add = async |who: &Identity, user, post| {
            comments::add(db, deps, who, user, post, "hm".to_owned())
                .await
                .unwrap()
        };
        let one = add(&bob, BOB, post).await.unwrap();
        let two = add(&ada, ADA, post).await.unwrap();
        let three = add(&bob, BOB, post).await.unwrap();
        assert_eq!(
            codes(add(&bob, BOB, draft).await),
            [UserErrorCode::NotFound]
        );
        assert_eq!(
            codes(add(&ada, ADA, draft).await),
            [UserErrorCode::InvalidState]
        );
        let reader = db.read();
        let page = PageRequest::first(2);
        let pages = comments::pages(reader, &bob, Parent::Post, &[post, draft], &page)
            .await
            .unwrap();
        let ids: Vec<_> = pages[&post].rows.iter().map(|(_, row)| row.id).collect();
        assert_eq!(ids, [one.id, two.id]);
        assert!(pages[&post].has_next_page && pages[&draft].rows.is_empty());
        let counts = comments::counts(reader, &bob, Parent::Author, &[BOB])
            .await
            .unwrap();
        assert_eq!(counts[&BOB], 2);

        let foreign = comments::delete(db, &bob, two.id).await.unwrap();
        assert_eq!(codes(foreign), [UserErrorCode::Forbidden]);
        comments::delete(db, &ada, one.id).await.unwrap().unwrap();
        comments::delete(db, &bob, three.id).await.unwrap().unwrap();
        posts::delete(db, &ada, post).await.unwrap().unwrap();
        let left = comments::by_ids(reader, &Identity::admin(ADA), &[one.id, two.id])
            .await
            .unwrap();
        assert_eq!(left, []);
        world
    })
    .await;
}

#[tokio::test]
async fn a_hidden_posts_comments_are_hidden() {
    on_both(|world| async {
        let (db, deps) = (&world.test.db, &world.deps);
        let ada = Identity::user(ADA);
        let post = world.write(ADA, "post", &[], true).await.id;
        let text = "hm".to_owned();
        let comment = comments::add(db, deps, &ada, ADA, post, text)
            .await
            .unwrap()
            .unwrap();
        use sea_orm::{EntityTrait, sea_query::Expr};
        let hide = crate::entity::post::Entity::update_many().col_expr(
            crate::entity::post::Column::Status,
            Expr::val(Status::Draft),
        );
        hide.exec(db.write()).await.unwrap();
        for (identity, seen) in [
            (Identity::Anonymous, 0),
            (Identity::user(BOB), 0),
            (ada, 1),
            (Identity::admin(BOB), 1),
        ] {
            let reader = db.read();
            let by_id = comments::by_ids(reader, &identity, &[comment.id]).await;
            assert_eq!(by_id.unwrap().len(), seen);
            let counts = comments::counts(reader, &identity, Parent::Post, &[post]).await;
            assert_eq!(usize::try_from(counts.unwrap()[&post]).unwrap(), seen);
            let page = PageRequest::first(5);
            let pages = comments::pages(reader, &identity, Parent::Author, &[ADA], &page).await;
            assert_eq!(pages.unwrap()[&ADA].rows.len(), seen);
        }
        world
    })
    .await;
}

#[tokio::test]
async fn a_seed_gives_the_same_rows_everywhere() {
    let users = [ADA, BOB, Uuid::from_u128(3)];
    let rows = std::sync::Mutex::new(Vec::new());
    on_both(|world| {
        let rows = &rows;
        async move {
            let db = &world.test.db;
            let seeded = crate::seed(db, &users, 120, 42).await.unwrap();
            assert_eq!(seeded.posts, 120);
            assert!(seeded.comments > 120, "{seeded:?}");
            use sea_orm::{EntityTrait, QueryOrder};
            let posts = crate::entity::post::Entity::find()
                .order_by_asc(crate::entity::post::Column::Id)
                .all(db.read())
                .await
                .unwrap();
            let comments = crate::entity::comment::Entity::find()
                .order_by_asc(crate::entity::comment::Column::Id)
                .all(db.read())
                .await
                .unwrap();
            assert_eq!(comments.len(), seeded.comments);
            let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
            assert_eq!(ids, crate::post_ids(120));
            rows.lock().unwrap().push((posts, comments));
            assert!(crate::seed(db, &users, 5, 42).await.is_err());
            world
        }
    })
    .await;
    let rows = rows.into_inner().unwrap();
    assert!(rows[0] == rows[1]);
}

#[tokio::test]
async fn migrations_go_down_and_up_again() {
    on_both(|world| async {
        let connection = world.test.db.write();
        let service = migrations::Service::Posts;
        migrations::down(service, connection, None).await.unwrap();
        let pending = migrations::status(service, connection).await.unwrap();
        assert!(pending.iter().all(|step| !step.applied));
        migrations::up(service, connection).await.unwrap();
        migrations::up(service, connection).await.unwrap();
        let applied = migrations::status(service, connection).await.unwrap();
        assert!(!applied.is_empty() && applied.iter().all(|step| step.applied));
        world
    })
    .await;
}
