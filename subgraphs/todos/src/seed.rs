//! Demo data: the same arguments always give the same rows.

mod text;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::EntityTrait;
use subgraphs_kit::{Result, clock::counted_id, db::Db};
use uuid::Uuid;

use crate::{
    entity::todo::{Entity, Model, Priority, search_text},
    store::inserted,
};
use text::Dice;

/// 2026-01-01T00:00:00Z, when the first todo was written.
const START: i64 = 1_767_225_600;
/// Between two todos.
const INTERVAL: TimeDelta = TimeDelta::minutes(23);
/// Rows per statement: below both databases' limits of bound values.
const CHUNK: usize = 500;

/// Writes `todos` todos (none if there are no users), all or nothing: every user has the same number,
/// give or take one; some are assigned to another user, some are about one of `posts`. Returns how
/// many were written.
///
/// # Errors
/// `Database`, for instance when the rows are there already.
pub async fn seed(
    db: &Db,
    users: &[Uuid],
    posts: &[Uuid],
    todos: usize,
    seed: u64,
) -> Result<usize> {
    if users.is_empty() || todos == 0 {
        return Ok(0);
    }
    let mut dice = Dice::new(seed);
    let transaction = db.begin().await?;
    let mut next = 0;
    while next < todos {
        let end = todos.min(next + CHUNK);
        let rows = (next..end).map(|number| inserted(todo(&mut dice, users, posts, number)));
        Entity::insert_many(rows)
            .exec_without_returning(&transaction)
            .await?;
        next = end;
    }
    transaction.commit().await?;
    Ok(todos)
}

fn todo(dice: &mut Dice, users: &[Uuid], posts: &[Uuid], number: usize) -> Model {
    let start = DateTime::<Utc>::from_timestamp(START, 0).unwrap_or_default();
    let created_at = start + INTERVAL * i32::try_from(number).unwrap_or(i32::MAX);
    let minutes = |minutes: u64| TimeDelta::minutes(i64::try_from(minutes).unwrap_or_default());
    let title = text::title(dice);
    let description = dice.one_in(3).then(|| text::description(dice));
    let completed_at = dice
        .one_in(3)
        .then(|| created_at + minutes(1 + dice.below(20_000)));
    Model {
        id: counted_id(created_at, number as u64 + 1),
        owner_id: users[number % users.len()],
        assignee_id: dice.one_in(4).then(|| *dice.pick(users)),
        related_post_id: (dice.one_in(4) && !posts.is_empty()).then(|| *dice.pick(posts)),
        search_text: search_text(&title, description.as_deref()),
        title,
        description,
        priority: *dice.pick(&[
            Priority::Low,
            Priority::Medium,
            Priority::Medium,
            Priority::High,
            Priority::Urgent,
        ]),
        due_at: (!dice.one_in(3)).then(|| created_at + minutes(60 * (1 + dice.below(720)))),
        completed_at,
        version: if completed_at.is_some() { 2 } else { 1 },
        created_at,
        updated_at: completed_at.unwrap_or(created_at),
    }
}
