//! `Mutation`: what can go wrong for the user is part of each payload.

use async_graphql::{Context, ID, Object, SimpleObject};
use subgraphs_kit::{Result, changes::Change, scope::Scope, user_error::UserError};
use uuid::Uuid;

use super::{
    input::{CreateTodoInput, UpdateTodoInput, check_assignee},
    parse_id,
    todo::Todo,
};
use crate::{
    entity::todo,
    store::{self, Changed, Outcome},
};

/// The root of mutations.
pub(crate) struct Mutation;

/// The todo after a change, or why it was not changed.
#[derive(SimpleObject)]
pub(crate) struct TodoPayload {
    /// The todo; null if there are errors.
    todo: Option<Todo>,
    /// What to put right.
    user_errors: Vec<UserError>,
}

/// What was deleted, or why it was not.
#[derive(SimpleObject)]
pub(crate) struct DeleteTodoPayload {
    /// The id the todo had; null if there are errors.
    deleted_id: Option<ID>,
    /// What to put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Mutation {
    /// Writes a todo of yours.
    async fn create_todo(&self, ctx: &Context<'_>, input: CreateTodoInput) -> Result<TodoPayload> {
        let scope = Scope::of(ctx)?;
        let outcome = match signed_in(scope).and_then(|owner| Ok((owner, input.check()?))) {
            Ok((owner, new)) => Ok(store::create(&scope.db, &scope.deps, owner, new).await?),
            Err(errors) => Err(errors),
        };
        scope.changed(outcome.iter().flat_map(changes_of));
        Ok(outcome.into())
    }

    /// Changes a todo of yours.
    async fn update_todo(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: UpdateTodoInput,
    ) -> Result<TodoPayload> {
        let scope = Scope::of(ctx)?;
        let outcome = match find_id(scope, &id).and_then(|id| Ok((id, input.check()?))) {
            Ok((id, edit)) => {
                store::update(&scope.db, &scope.deps, scope.identity(), id, edit).await?
            }
            Err(errors) => Err(errors),
        };
        Ok(told(scope, outcome).into())
    }

    /// Marks a todo as done, which its assignee may do, too. One that is done stays as it is.
    async fn complete_todo(&self, ctx: &Context<'_>, id: ID) -> Result<TodoPayload> {
        let scope = Scope::of(ctx)?;
        let outcome = match find_id(scope, &id) {
            Ok(id) => store::complete(&scope.db, &scope.deps, scope.identity(), id).await?,
            Err(errors) => Err(errors),
        };
        Ok(told(scope, outcome).into())
    }

    /// Marks a todo as not done, which its assignee may do, too. One that is open stays as it is.
    async fn reopen_todo(&self, ctx: &Context<'_>, id: ID) -> Result<TodoPayload> {
        let scope = Scope::of(ctx)?;
        let outcome = match find_id(scope, &id) {
            Ok(id) => store::reopen(&scope.db, &scope.deps, scope.identity(), id).await?,
            Err(errors) => Err(errors),
        };
        Ok(told(scope, outcome).into())
    }

    /// Deletes a todo of yours.
    async fn delete_todo(&self, ctx: &Context<'_>, id: ID) -> Result<DeleteTodoPayload> {
        let scope = Scope::of(ctx)?;
        let outcome = match find_id(scope, &id) {
            Ok(id) => store::delete(&scope.db, scope.identity(), id).await?,
            Err(errors) => Err(errors),
        };
        scope.changed(outcome.iter().flat_map(|todo| {
            let mut changes = changes_of(todo);
            changes.push(Change::gone("Todo", todo.id));
            changes
        }));
        let (deleted_id, user_errors) = match outcome {
            Ok(todo) => (Some(todo.id.into()), Vec::new()),
            Err(errors) => (None, errors),
        };
        Ok(DeleteTodoPayload {
            deleted_id,
            user_errors,
        })
    }

    /// Hands a todo of yours to somebody, who then sees it and completes it; without `assigneeId` takes
    /// it back.
    async fn assign_todo(
        &self,
        ctx: &Context<'_>,
        id: ID,
        assignee_id: Option<ID>,
    ) -> Result<TodoPayload> {
        let scope = Scope::of(ctx)?;
        let checked = find_id(scope, &id).and_then(|id| Ok((id, check_assignee(assignee_id)?)));
        let outcome = match checked {
            Ok((id, assignee)) => {
                store::assign(&scope.db, &scope.deps, scope.identity(), id, assignee).await?
            }
            Err(errors) => Err(errors),
        };
        Ok(told(scope, outcome).into())
    }
}

/// What of what this service answers has changed with a todo, apart from what shows it.
fn changes_of(todo: &todo::Model) -> Vec<Change> {
    let post = todo
        .related_post_id
        .map(|id| Change::fields("Post", id, &["todos"]));
    let own = [
        Change::fields("Todo", todo.id, &[]),
        Change::lists("Todo"),
        Change::fields("User", todo.owner_id, &["todos", "openTodoCount"]),
    ];
    own.into_iter().chain(post).collect()
}

/// Says what changed with a todo, and gives what it is now.
fn told(scope: &Scope, outcome: Outcome<Changed>) -> Outcome<todo::Model> {
    let changed = outcome.iter().filter(|todo| todo.before != todo.after);
    scope.changed(changed.flat_map(|Changed { before, after }| {
        let mut changes = changes_of(before);
        changes.extend(changes_of(after));
        if before.assignee_id != after.assignee_id {
            // For who does not see it any more.
            changes.push(Change::gone("Todo", after.id));
        }
        changes
    }));
    Ok(outcome?.after)
}

impl From<Outcome<todo::Model>> for TodoPayload {
    fn from(outcome: Outcome<todo::Model>) -> Self {
        match outcome {
            Ok(todo) => Self {
                todo: Some(Todo(todo)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self {
                todo: None,
                user_errors,
            },
        }
    }
}

/// The caller's id.
fn signed_in(scope: &Scope) -> Outcome<Uuid> {
    let user = scope.identity().user_id();
    user.ok_or_else(|| vec![UserError::unauthenticated()])
}

/// The UUID of a signed-in caller's id argument; a malformed one is the id of nothing.
fn find_id(scope: &Scope, id: &ID) -> Outcome<Uuid> {
    signed_in(scope)?;
    parse_id(id).ok_or_else(|| vec![UserError::not_found("id", "todo")])
}
