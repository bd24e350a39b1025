//! Demo data: the same arguments always give the same rows.

mod text;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait};
use subgraphs_kit::{Result, clock::counted_id, db::Db};
use uuid::Uuid;

use crate::entity::{comment, post, post::Status, post_tag};
use text::Dice;

/// 2026-01-01T00:00:00Z, when the first post was written.
const START: i64 = 1_767_225_600;
/// Between two posts.
const INTERVAL: TimeDelta = TimeDelta::minutes(37);
/// Rows per statement: below both databases' limits of bound values.
const CHUNK: usize = 500;
/// Comments on a post, at most.
const MAX_COMMENTS: u64 = 8;
/// One post in this many is a draft.
const DRAFTS: u64 = 8;

/// What a seed wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seeded {
    /// Posts.
    pub posts: usize,
    /// Comments.
    pub comments: usize,
}

#[derive(Default)]
struct Rows {
    posts: Vec<post::ActiveModel>,
    tags: Vec<post_tag::ActiveModel>,
    comments: Vec<comment::ActiveModel>,
}

/// Writes `posts` posts with comments by `users` (none if there are no users), all or nothing.
///
/// # Errors
/// `Database`, for instance when the rows are there already.
pub async fn seed(db: &Db, users: &[Uuid], posts: usize, seed: u64) -> Result<Seeded> {
    if users.is_empty() {
        return Ok(Seeded::default());
    }
    let mut dice = Dice::new(seed);
    let transaction = db.begin().await?;
    let mut seeded = Seeded::default();
    let mut next = 0;
    while next < posts {
        let mut rows = Rows::default();
        let end = posts.min(next + CHUNK / 10);
        for number in next..end {
            add_post(&mut rows, &mut dice, users, number as u64);
        }
        seeded.posts += rows.posts.len();
        seeded.comments += rows.comments.len();
        write(&transaction, rows).await?;
        next = end;
    }
    transaction.commit().await?;
    Ok(seeded)
}

/// The ids of the first `posts` posts that [`seed`] writes.
#[must_use]
pub fn post_ids(posts: usize) -> Vec<Uuid> {
    (0..posts as u64).map(|number| identity(number).0).collect()
}

/// The id of post `number` and when it was written.
fn identity(number: u64) -> (Uuid, DateTime<Utc>) {
    let steps = i32::try_from(number).unwrap_or(i32::MAX);
    let start = DateTime::<Utc>::from_timestamp(START, 0).unwrap_or_default();
    let created = start + INTERVAL * steps;
    (counted_id(created, number + 1), created)
}

fn add_post(rows: &mut Rows, dice: &mut Dice, users: &[Uuid], number: u64) {
    let (id, created) = identity(number);
    let draft = dice.below(DRAFTS) == 0;
    let published = created + TimeDelta::minutes(5);
    rows.posts.push(post::ActiveModel {
        id: Set(id),
        author_id: Set(*dice.pick(users)),
        title: Set(text::title(dice)),
        body: Set(text::body(dice)),
        status: Set(if draft {
            Status::Draft
        } else {
            Status::Published
        }),
        version: Set(1),
        created_at: Set(created),
        updated_at: Set(if draft { created } else { published }),
        published_at: Set((!draft).then_some(published)),
    });
    for (tag, position) in text::tags(dice).into_iter().zip(0..) {
        rows.tags.push(post_tag::ActiveModel {
            post_id: Set(id),
            tag: Set(tag.to_owned()),
            position: Set(position),
        });
    }
    let comments = if draft {
        0
    } else {
        dice.below(MAX_COMMENTS + 1)
    };
    for comment in 0..comments {
        let minutes = i64::try_from(comment * 11 + dice.below(10)).unwrap_or_default();
        let written = published + TimeDelta::minutes(minutes + 1);
        rows.comments.push(comment::ActiveModel {
            id: Set(counted_id(written, (number + 1) << 8 | comment)),
            post_id: Set(id),
            author_id: Set(*dice.pick(users)),
            body: Set(text::comment(dice)),
            created_at: Set(written),
        });
    }
}

async fn write(transaction: &DatabaseTransaction, rows: Rows) -> Result<()> {
    insert::<post::Entity, _>(transaction, rows.posts).await?;
    insert::<post_tag::Entity, _>(transaction, rows.tags).await?;
    insert::<comment::Entity, _>(transaction, rows.comments).await
}

async fn insert<E, A>(connection: &impl ConnectionTrait, rows: Vec<A>) -> Result<()>
where
    E: EntityTrait,
    A: sea_orm::ActiveModelTrait<Entity = E>,
{
    if !rows.is_empty() {
        E::insert_many(rows)
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}
