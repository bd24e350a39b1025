//! The store: filters, counts, races and demo data, on both databases.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use subgraphs_kit::{
    clock::Deps,
    identity::Identity,
    page::PageRequest,
    testing::{Backend, TestDb},
};
use uuid::Uuid;

use super::*;
use crate::{entity::todo::Priority, seed, tests::now};

const ME: Uuid = Uuid::from_u128(1);
const YOU: Uuid = Uuid::from_u128(2);

async fn database(backend: Backend) -> TestDb {
    let test = TestDb::create(backend).await;
    migrations::up(migrations::Service::Todos, test.db.write())
        .await
        .unwrap();
    test
}

fn new(title: &str) -> NewTodo {
    NewTodo {
        title: title.to_owned(),
        description: None,
        priority: Priority::Medium,
        due_at: None,
        assignee_id: None,
        related_post_id: None,
    }
}

fn hours(hours: i64) -> Option<DateTime<Utc>> {
    Some(now() + TimeDelta::hours(hours))
}

fn searching(text: &str) -> Filter {
    Filter {
        search: Some(text.to_owned()),
        ..Filter::default()
    }
}

/// A few todos of mine, the third of them done.
async fn fill(test: &TestDb) {
    let (deps, _) = Deps::fixed(now());
    let todos = [
        NewTodo {
            due_at: hours(1),
            description: Some("ÄRGER mit Ωμέγα".to_owned()),
            ..new("100% sure")
        },
        NewTodo {
            priority: Priority::Urgent,
            due_at: hours(2),
            ..new("snake_case Äpfel")
        },
        NewTodo {
            priority: Priority::Urgent,
            ..new("1000 back\\slashes ЖУК 東京")
        },
        new("it's \"quoted\"; DROP TABLE todos"),
    ];
    for (number, todo) in todos.into_iter().enumerate() {
        let todo = create(&test.db, &deps, ME, todo).await.unwrap();
        if number == 2 {
            let me = Identity::user(ME);
            complete(&test.db, &deps, &me, todo.id)
                .await
                .unwrap()
                .unwrap();
        }
    }
}

#[tokio::test]
async fn a_filter_lets_through_what_meets_all_its_conditions() {
    let all = Filter::default;
    // The numbers of the todos that pass, in order of creation.
    let cases: Vec<(Filter, &str)> = vec![
        (all(), "0123"),
        (
            Filter {
                completed: Some(true),
                ..all()
            },
            "2",
        ),
        (
            Filter {
                completed: Some(false),
                ..all()
            },
            "013",
        ),
        (
            Filter {
                priority: Some(Priority::Urgent),
                ..all()
            },
            "12",
        ),
        (
            Filter {
                priority: Some(Priority::Low),
                ..all()
            },
            "",
        ),
        (
            Filter {
                due_before: hours(1),
                ..all()
            },
            "",
        ),
        (
            Filter {
                due_before: hours(2),
                ..all()
            },
            "0",
        ),
        (
            Filter {
                due_before: hours(3),
                ..all()
            },
            "01",
        ),
        (
            Filter {
                due_before: Some(LATEST),
                ..all()
            },
            "01",
        ),
        (
            Filter {
                completed: Some(false),
                priority: Some(Priority::Urgent),
                due_before: hours(3),
                search: Some("snake".to_owned()),
            },
            "1",
        ),
        (searching("100"), "02"),
        (searching("100%"), "0"),
        (searching("%"), "0"),
        (searching("_"), "1"),
        (searching("e_c"), "1"),
        (searching("\\"), "2"),
        (searching("k\\s"), "2"),
        (searching("'s"), "3"),
        (searching("todos --"), ""),
        (searching("sure SURE"), "0"),
        (searching("sure snake"), ""),
        // Words may stand in title and description.
        (searching("100% ärger"), "0"),
        (searching("Äpfel"), "1"),
        (searching("äPFEL"), "1"),
        (searching("äpfel"), "1"),
        (searching("ωΜέΓα"), "0"),
        (searching("жук 東京"), "2"),
        (searching(""), "0123"),
        (searching(" \u{0} \n"), "0123"),
        (searching("sure\u{0}"), "0"),
        (searching("🍎"), ""),
    ];
    for backend in Backend::ALL {
        let test = database(backend).await;
        fill(&test).await;
        let me = Identity::user(ME);
        let (request, order) = (PageRequest::first(100), Order::CreatedAtAsc);
        let everything = page(test.db.read(), &me, &all(), order, &request)
            .await
            .unwrap();
        let ids: Vec<_> = everything.rows.iter().map(|(_, todo)| todo.id).collect();
        for (filter, expected) in &cases {
            let connection = test.db.read();
            let found = page(connection, &me, filter, order, &request)
                .await
                .unwrap();
            let numbers: String = found
                .rows
                .iter()
                .map(|(_, todo)| {
                    ids.iter()
                        .position(|id| *id == todo.id)
                        .unwrap()
                        .to_string()
                })
                .collect();
            assert_eq!(numbers, *expected, "{backend:?} {filter:?}");

            let total = i64::try_from(expected.len()).unwrap();
            assert_eq!(count(connection, &me, filter).await.unwrap(), total);
            let children = (Parent::Owner, [YOU, ME].as_slice());
            let counts = child_counts(connection, &me, children, filter)
                .await
                .unwrap();
            assert_eq!((counts[&ME], counts[&YOU]), (total, 0), "{filter:?}");
            let pages = child_pages(connection, &me, children, filter, order, &request);
            let pages = pages.await.unwrap();
            assert_eq!(pages[&ME].rows, found.rows, "{backend:?} {filter:?}");
            assert!(pages[&YOU].rows.is_empty());
        }
        let open = open_counts(test.db.read(), &[ME, YOU]).await.unwrap();
        assert_eq!((open[&ME], open[&YOU]), (3, 0));
        test.drop_database().await;
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_rows_on_both_databases() {
    let users: Vec<_> = (1..=20).map(Uuid::from_u128).collect();
    let posts: Vec<_> = (100..=130).map(Uuid::from_u128).collect();
    let mut written = Vec::new();
    for (backend, seed_number) in [
        (Backend::Sqlite, 1),
        (Backend::Postgres, 1),
        (Backend::Sqlite, 2),
    ] {
        let test = database(backend).await;
        let started = Instant::now();
        let count = seed(&test.db, &users, &posts, 2_000, seed_number).await;
        let took = started.elapsed();
        assert_eq!(count.unwrap(), 2_000);
        assert!(took < Duration::from_secs(5), "{backend:?} {took:?}");
        let rows = Entity::find()
            .order_by_asc(Column::Id)
            .all(test.db.read())
            .await
            .unwrap();
        assert_eq!(rows.len(), 2_000);
        for user in &users {
            assert_eq!(rows.iter().filter(|row| row.owner_id == *user).count(), 100);
        }
        assert!(rows.is_sorted_by_key(|row| row.created_at));
        assert!(rows.iter().any(|row| row.related_post_id.is_some()));
        assert!(rows.iter().any(|row| row.assignee_id.is_some()));
        written.push(rows);
        // Again is refused as a whole: nothing is there twice or half.
        assert!(
            seed(&test.db, &users, &posts, 2_001, seed_number)
                .await
                .is_err()
        );
        assert_eq!(
            Entity::find().all(test.db.read()).await.unwrap().len(),
            2_000
        );
        test.drop_database().await;
    }
    assert_eq!(written[0], written[1]);
    assert_ne!(written[0], written[2]);
}

#[tokio::test]
async fn a_seed_without_users_or_posts_writes_what_it_can() {
    let test = database(Backend::Sqlite).await;
    assert_eq!(seed(&test.db, &[], &[ME], 5, 1).await.unwrap(), 0);
    assert_eq!(seed(&test.db, &[ME], &[], 0, 1).await.unwrap(), 0);
    assert_eq!(seed(&test.db, &[ME], &[], 5, 1).await.unwrap(), 5);
    let rows = Entity::find().all(test.db.read()).await.unwrap();
    assert!(rows.iter().all(|row| row.related_post_id.is_none()));
    test.drop_database().await;
}

#[tokio::test]
async fn the_database_itself_refuses_an_unknown_priority() {
    for backend in Backend::ALL {
        let test = database(backend).await;
        fill(&test).await;
        for priority in [-1, 4] {
            let statement = format!("UPDATE todos SET priority = {priority}");
            assert!(
                test.db
                    .write()
                    .execute_unprepared(&statement)
                    .await
                    .is_err()
            );
        }
        test.drop_database().await;
    }
}
