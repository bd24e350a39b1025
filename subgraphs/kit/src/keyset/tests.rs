//! Pages on both databases: walking them yields every row once, in order.

use chrono::{TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, Schema};

use super::*;
use crate::testing::{Backend, TestDb};

mod row {
    //! A child of a parent with one column of each kind.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "rows")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: Uuid,
        pub(super) parent_id: Uuid,
        pub(super) name: String,
        pub(super) number: i64,
        pub(super) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const ROWS: u128 = 23;

type KeyOf = fn(&row::Model) -> Key;

/// Rows whose keys repeat, so that ids break ties, and whose times differ in the sixth digit.
fn rows() -> Vec<row::Model> {
    let start = DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap();
    (0..ROWS)
        .map(|n| row::Model {
            id: Uuid::from_u128(n * 7 % ROWS + 1),
            parent_id: Uuid::from_u128(n % 3 + 100),
            name: ["b", "B", "ä", "a b", "Z"][n as usize % 5].to_owned(),
            number: i64::try_from(n % 4).unwrap() - 2,
            created_at: start + TimeDelta::microseconds([0, 500_000, 500_001, 1][n as usize % 4]),
        })
        .collect()
}

fn keysets() -> Vec<Keyset<row::Model>> {
    let column = |column: row::Column| Expr::col((row::Entity, column));
    let mut all = Vec::new();
    for descending in [false, true] {
        let orderings: [(&str, OrderBy, KeyOf); 4] = [
            ("ID", OrderBy::Id, |_| Key::Id),
            ("TIME", OrderBy::Time(column(row::Column::CreatedAt)), |m| {
                Key::time(m.created_at)
            }),
            ("INT", OrderBy::Int(column(row::Column::Number)), |m| {
                Key::Int(m.number)
            }),
            ("TEXT", OrderBy::Text(column(row::Column::Name)), |m| {
                Key::Text(m.name.clone())
            }),
        ];
        for (name, order_by, key) in orderings {
            all.push(Keyset {
                name,
                order_by,
                key,
                id_column: column(row::Column::Id),
                id: |m| m.id,
                descending,
            });
        }
    }
    all
}

/// What the database should answer, by sorting in memory.
fn sorted(keyset: &Keyset<row::Model>, mut rows: Vec<row::Model>) -> Vec<row::Model> {
    rows.sort_by(|a, b| {
        let by_key = match ((keyset.key)(a), (keyset.key)(b)) {
            (Key::Time(a), Key::Time(b)) | (Key::Int(a), Key::Int(b)) => a.cmp(&b),
            (Key::Text(a), Key::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
            _ => std::cmp::Ordering::Equal,
        };
        by_key.then(a.id.cmp(&b.id))
    });
    if keyset.descending {
        rows.reverse();
    }
    rows
}

async fn database(backend: Backend) -> TestDb {
    let test = TestDb::create(backend).await;
    let schema = Schema::new(test.db.backend());
    let table = schema.create_table_from_entity(row::Entity);
    test.db.write().execute(&table).await.unwrap();
    let models = rows().into_iter().map(|m| row::ActiveModel {
        id: Set(m.id),
        parent_id: Set(m.parent_id),
        name: Set(m.name),
        number: Set(m.number),
        created_at: Set(m.created_at),
    });
    row::Entity::insert_many(models)
        .exec(test.db.write())
        .await
        .unwrap();
    test
}

fn request(size: u64, backward: bool, cursor: Option<Cursor>) -> PageRequest {
    let (after, before) = if backward {
        (None, cursor)
    } else {
        (cursor, None)
    };
    PageRequest {
        size,
        backward,
        after,
        before,
    }
}

/// Follows the cursors from one end to the other.
async fn walk(
    test: &TestDb,
    keyset: &Keyset<row::Model>,
    size: u64,
    backward: bool,
) -> Vec<row::Model> {
    let mut found: Vec<row::Model> = Vec::new();
    let mut cursor = None;
    loop {
        let request = request(size, backward, cursor.clone());
        let page = fetch_page(test.db.read(), row::Entity::find(), keyset, &request)
            .await
            .unwrap();
        let more = if backward {
            page.has_previous_page
        } else {
            page.has_next_page
        };
        let edge = if backward {
            page.rows.first()
        } else {
            page.rows.last()
        };
        cursor = edge.map(|(cursor, _)| cursor.clone());
        let rows = page.rows.into_iter().map(|(_, row)| row);
        if backward {
            found = rows.chain(found).collect();
        } else {
            found.extend(rows);
        }
        if !more {
            return found;
        }
        assert!(found.len() <= rows_total(), "the pages never end");
    }
}

fn rows_total() -> usize {
    usize::try_from(ROWS).unwrap()
}

#[tokio::test]
async fn pages_hold_every_row_once_in_order() {
    for backend in Backend::ALL {
        let test = database(backend).await;
        for keyset in keysets() {
            let expected = sorted(&keyset, rows());
            for backward in [false, true] {
                for size in [1, 5, ROWS as u64, 100] {
                    let found = walk(&test, &keyset, size, backward).await;
                    assert_eq!(
                        found, expected,
                        "{backend:?} {} {} {size}",
                        keyset.name, keyset.descending
                    );
                }
            }
        }
        test.drop_database().await;
    }
}

#[tokio::test]
async fn the_pages_of_many_parents_are_one_statement() {
    for backend in Backend::ALL {
        let test = database(backend).await;
        let parents: Vec<_> = (100..105).map(Uuid::from_u128).collect();
        for keyset in keysets() {
            for (size, backward) in [(2, false), (2, true), (100, false), (0, false)] {
                let request = request(size, backward, None);
                let before = test.db.statements();
                let pages = fetch_child_pages(
                    test.db.read(),
                    row::Entity::find(),
                    &parents,
                    Expr::col((row::Entity, row::Column::ParentId)),
                    |row| row.parent_id,
                    &keyset,
                    &request,
                )
                .await
                .unwrap();
                assert_eq!(test.db.statements() - before, 1);
                assert_eq!(pages.len(), parents.len());
                for parent in &parents {
                    let of_parent: Vec<_> = rows()
                        .into_iter()
                        .filter(|row| row.parent_id == *parent)
                        .collect();
                    let all = sorted(&keyset, of_parent);
                    let size = usize::try_from(size).unwrap().min(all.len());
                    let expected = if backward {
                        &all[all.len() - size..]
                    } else {
                        &all[..size]
                    };
                    let page = &pages[parent];
                    let found: Vec<_> = page.rows.iter().map(|(_, row)| row.clone()).collect();
                    assert_eq!(found, expected, "{backend:?} {}", keyset.name);
                    let more = if backward {
                        page.has_previous_page
                    } else {
                        page.has_next_page
                    };
                    assert_eq!(more, all.len() > size);
                }
            }
        }
        test.drop_database().await;
    }
}

#[tokio::test]
async fn children_are_counted_in_one_statement() {
    for backend in Backend::ALL {
        let test = database(backend).await;
        let parents: Vec<_> = (100..104).map(Uuid::from_u128).collect();
        let before = test.db.statements();
        let counts = count_children(
            test.db.read(),
            row::Entity::find(),
            &parents,
            Expr::col((row::Entity, row::Column::ParentId)),
        )
        .await
        .unwrap();
        assert_eq!(test.db.statements() - before, 1);
        let counts: Vec<_> = parents.iter().map(|parent| counts[parent]).collect();
        assert_eq!(counts, [8, 8, 7, 0]);
        test.drop_database().await;
    }
}

#[tokio::test]
async fn a_cursor_of_another_ordering_is_refused() {
    let test = database(Backend::Sqlite).await;
    let keysets = keysets();
    let cursors = [
        ("INT", Key::Int(1)),
        ("TEXT", Key::Int(1)),
        ("TEXT", Key::Id),
        ("TEXT", Key::Text("\0".to_owned())),
    ];
    for (ordering, key) in cursors {
        let cursor = Cursor {
            ordering: ordering.to_owned(),
            key,
            id: Uuid::nil(),
        };
        let text = keysets.iter().find(|keyset| keyset.name == "TEXT").unwrap();
        let request = request(3, false, Some(cursor));
        let error = fetch_page(test.db.read(), row::Entity::find(), text, &request)
            .await
            .unwrap_err();
        assert_eq!(error.code(), crate::ErrorCode::BadUserInput);
    }
}

#[tokio::test]
async fn any_number_of_ids_fits_one_statement() {
    for backend in Backend::ALL {
        let test = database(backend).await;
        for count in [0, 1, 40_000] {
            let ids: Vec<_> = (1..=count).map(Uuid::from_u128).collect();
            let column = Expr::col((row::Entity, row::Column::Id));
            let found = row::Entity::find()
                .filter(id_in(test.db.backend(), column, &ids))
                .all(test.db.read())
                .await
                .unwrap();
            assert_eq!(found.len() as u128, count.min(ROWS), "{backend:?}");
        }
        test.drop_database().await;
    }
}
