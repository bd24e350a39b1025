//! Arguments, and what makes them acceptable.

use async_graphql::{Enum, ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use subgraphs_kit::{
    Error, Result,
    user_error::{UserError, UserErrorCode, Validation},
};
use uuid::Uuid;

use super::parse_id;
use crate::{
    entity::todo::Priority,
    store::{self, EARLIEST, Edit, LATEST, NewTodo, Order},
};

/// Characters of a title.
const TITLE: (usize, usize) = (1, 200);
/// Characters of a description.
const DESCRIPTION: (usize, usize) = (0, 5_000);
/// Characters of a search.
const MAX_SEARCH: usize = 200;

/// How urgent a todo is.
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[graphql(remote = "Priority")]
pub(crate) enum TodoPriority {
    /// Some day.
    Low,
    /// As usual.
    #[default]
    Medium,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// The order of a list of todos.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Default)]
#[graphql(remote = "Order")]
pub(crate) enum TodoOrder {
    /// Newest first.
    #[default]
    CreatedAtDesc,
    /// Oldest first.
    CreatedAtAsc,
    /// Last changed first.
    UpdatedAtDesc,
    /// Due soonest first, those without a date last.
    DueAtAsc,
    /// Due latest first, those without a date last.
    DueAtDesc,
    /// Most urgent first, the newer before the older.
    PriorityDesc,
    /// Least urgent first, the older before the newer.
    PriorityAsc,
}

/// Which todos are listed, among those you may see. Every condition given must hold.
#[derive(InputObject, Default)]
pub(crate) struct TodoFilter {
    /// Only those that are done, or only those that are not.
    completed: Option<bool>,
    /// Of this urgency.
    priority: Option<TodoPriority>,
    /// With a date before this one.
    due_before: Option<DateTime<Utc>>,
    /// Containing every one of these words in title or description, in any case.
    search: Option<String>,
}

impl TodoFilter {
    /// The filter for the store.
    pub(super) fn check(self) -> Result<store::Filter> {
        if let Some(search) = &self.search
            && search.chars().count() > MAX_SEARCH
        {
            return Err(Error::bad_input(format!(
                "`filter.search` is longer than {MAX_SEARCH} characters"
            )));
        }
        Ok(store::Filter {
            completed: self.completed,
            priority: self.priority.map(Priority::from),
            due_before: self
                .due_before
                .map(|time| stored_time(time.clamp(EARLIEST, LATEST))),
            search: self.search,
        })
    }
}

/// A todo to write. It will be yours.
#[derive(InputObject)]
pub(crate) struct CreateTodoInput {
    /// 1 to 200 characters.
    title: String,
    /// At most 5,000 characters.
    description: Option<String>,
    /// How urgent it is.
    #[graphql(default)]
    priority: TodoPriority,
    /// When it must be done, from 1970 to 9999.
    due_at: Option<DateTime<Utc>>,
    /// Who is to do it, if not you. The assignee sees it, and completes or reopens it.
    assignee_id: Option<ID>,
    /// The post it is about.
    related_post_id: Option<ID>,
}

impl CreateTodoInput {
    /// The todo for the store, or every mistake.
    pub(super) fn check(self) -> Result<NewTodo, Vec<UserError>> {
        let mut validation = Validation::default();
        let new = NewTodo {
            title: validation.text("input.title", &self.title, TITLE, false),
            description: check_description(&mut validation, self.description),
            priority: self.priority.into(),
            due_at: check_due_at(&mut validation, self.due_at),
            assignee_id: check_reference(&mut validation, "input.assigneeId", self.assignee_id),
            related_post_id: check_reference(
                &mut validation,
                "input.relatedPostId",
                self.related_post_id,
            ),
        };
        validation.finish()?;
        Ok(new)
    }
}

/// What is to change about a todo; what is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateTodoInput {
    /// The `version` you have read: given, a todo changed since then is not overwritten.
    version: Option<i64>,
    /// 1 to 200 characters.
    title: MaybeUndefined<String>,
    /// At most 5,000 characters; null removes it.
    description: MaybeUndefined<String>,
    /// How urgent it is.
    priority: MaybeUndefined<TodoPriority>,
    /// When it must be done, from 1970 to 9999; null removes the date.
    due_at: MaybeUndefined<DateTime<Utc>>,
    /// The post it is about; null removes the relation.
    related_post_id: MaybeUndefined<ID>,
}

impl UpdateTodoInput {
    /// The edit for the store, or every mistake.
    pub(super) fn check(self) -> Result<Edit, Vec<UserError>> {
        let mut validation = Validation::default();
        let edit = Edit {
            version: self.version,
            title: required(&mut validation, "input.title", self.title)
                .map(|title| validation.text("input.title", &title, TITLE, false)),
            description: given(self.description)
                .map(|description| check_description(&mut validation, description)),
            priority: required(&mut validation, "input.priority", self.priority)
                .map(Priority::from),
            due_at: given(self.due_at).map(|due_at| check_due_at(&mut validation, due_at)),
            related_post_id: given(self.related_post_id)
                .map(|id| check_reference(&mut validation, "input.relatedPostId", id)),
        };
        validation.finish()?;
        Ok(edit)
    }
}

/// The id of somebody to hand a todo to, or `None` for nobody.
pub(super) fn check_assignee(id: Option<ID>) -> Result<Option<Uuid>, Vec<UserError>> {
    let mut validation = Validation::default();
    let id = check_reference(&mut validation, "assigneeId", id);
    validation.finish()?;
    Ok(id)
}

/// What is given, be it null; `None` if nothing is.
fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// What is given for a value that cannot be removed.
fn required<T>(validation: &mut Validation, field: &str, value: MaybeUndefined<T>) -> Option<T> {
    validation.require(
        !value.is_null(),
        field,
        UserErrorCode::Required,
        "must not be removed",
    );
    value.take()
}

/// The description, or none if it is blank.
fn check_description(validation: &mut Validation, description: Option<String>) -> Option<String> {
    let text = validation.text("input.description", &description?, DESCRIPTION, true);
    (!text.is_empty()).then_some(text)
}

fn check_due_at(
    validation: &mut Validation,
    due_at: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    let due_at = due_at?;
    validation.require(
        (EARLIEST..LATEST).contains(&due_at),
        "input.dueAt",
        UserErrorCode::Invalid,
        "must be between the years 1970 and 9999",
    );
    Some(stored_time(due_at))
}

/// An id of another service's object. Whether there is one, that service knows.
fn check_reference(validation: &mut Validation, field: &str, id: Option<ID>) -> Option<Uuid> {
    let id = id?;
    let parsed = parse_id(&id);
    validation.require(
        parsed.is_some(),
        field,
        UserErrorCode::Invalid,
        "is not an id",
    );
    parsed
}

/// The time as both databases keep it: without what is below a microsecond, and without leap seconds.
fn stored_time(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}
