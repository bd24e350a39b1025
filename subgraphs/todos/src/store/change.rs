//! Creating, editing, completing, assigning and deleting todos.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};
use subgraphs_kit::{Result, clock::Deps, db::Db, identity::Identity, user_error::UserError};
use uuid::Uuid;

use super::{Outcome, refuse, visible};
use crate::entity::todo::{ActiveModel, Column, Entity, Model, Priority, search_text};

const NOUN: &str = "todo";

/// A todo to be written, checked before.
pub(crate) struct NewTodo {
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) priority: Priority,
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) assignee_id: Option<Uuid>,
    pub(crate) related_post_id: Option<Uuid>,
}

/// What is to change about a todo, checked before. `None` leaves a value as it is; the inner `None`
/// removes it.
#[derive(Default)]
pub(crate) struct Edit {
    /// The version the editor has seen, if the editor cares.
    pub(crate) version: Option<i64>,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<Option<String>>,
    pub(crate) priority: Option<Priority>,
    pub(crate) due_at: Option<Option<DateTime<Utc>>>,
    pub(crate) related_post_id: Option<Option<Uuid>>,
}

/// A todo that was changed, before and after.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) before: Model,
    pub(crate) after: Model,
}

/// Who, among those who see a todo, may make a change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Permitted {
    /// Its owner and admins.
    Owner,
    /// Also its assignee: everyone who sees it.
    Assignee,
}

/// Writes a todo of `owner`'s.
pub(crate) async fn create(db: &Db, deps: &Deps, owner: Uuid, new: NewTodo) -> Result<Model> {
    let (now, id) = deps.stamp();
    let todo = Model {
        id,
        owner_id: owner,
        assignee_id: new.assignee_id,
        related_post_id: new.related_post_id,
        search_text: search_text(&new.title, new.description.as_deref()),
        title: new.title,
        description: new.description,
        priority: new.priority,
        due_at: new.due_at,
        completed_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    Entity::insert(inserted(todo.clone()))
        .exec_without_returning(db.write())
        .await?;
    Ok(todo)
}

/// A row to insert.
pub(crate) fn inserted(todo: Model) -> ActiveModel {
    ActiveModel {
        id: Set(todo.id),
        owner_id: Set(todo.owner_id),
        assignee_id: Set(todo.assignee_id),
        related_post_id: Set(todo.related_post_id),
        title: Set(todo.title),
        description: Set(todo.description),
        search_text: Set(todo.search_text),
        priority: Set(todo.priority),
        due_at: Set(todo.due_at),
        completed_at: Set(todo.completed_at),
        version: Set(todo.version),
        created_at: Set(todo.created_at),
        updated_at: Set(todo.updated_at),
    }
}

/// Changes a todo if it still has the version the editor has seen.
pub(crate) async fn update(
    db: &Db,
    deps: &Deps,
    identity: &Identity,
    id: Uuid,
    edit: Edit,
) -> Result<Outcome<Changed>> {
    let version = edit.version;
    let permitted = (Permitted::Owner, version);
    change(db, deps, identity, id, permitted, move |todo| Model {
        title: edit.title.unwrap_or(todo.title),
        description: edit.description.unwrap_or(todo.description),
        priority: edit.priority.unwrap_or(todo.priority),
        due_at: edit.due_at.unwrap_or(todo.due_at),
        related_post_id: edit.related_post_id.unwrap_or(todo.related_post_id),
        ..todo
    })
    .await
}

/// Marks a todo as done. One that is done stays as it is, so that a repeated request does no harm.
pub(crate) async fn complete(
    db: &Db,
    deps: &Deps,
    identity: &Identity,
    id: Uuid,
) -> Result<Outcome<Changed>> {
    let now = deps.now();
    let permitted = (Permitted::Assignee, None);
    change(db, deps, identity, id, permitted, |todo| Model {
        completed_at: todo.completed_at.or(Some(now)),
        ..todo
    })
    .await
}

/// Marks a todo as not done. One that is open stays as it is.
pub(crate) async fn reopen(
    db: &Db,
    deps: &Deps,
    identity: &Identity,
    id: Uuid,
) -> Result<Outcome<Changed>> {
    let permitted = (Permitted::Assignee, None);
    change(db, deps, identity, id, permitted, |todo| Model {
        completed_at: None,
        ..todo
    })
    .await
}

/// Hands a todo to somebody, or with `None` to nobody.
pub(crate) async fn assign(
    db: &Db,
    deps: &Deps,
    identity: &Identity,
    id: Uuid,
    assignee: Option<Uuid>,
) -> Result<Outcome<Changed>> {
    let permitted = (Permitted::Owner, None);
    change(db, deps, identity, id, permitted, |todo| Model {
        assignee_id: assignee,
        ..todo
    })
    .await
}

/// Deletes a todo, and says what it was.
pub(crate) async fn delete(db: &Db, identity: &Identity, id: Uuid) -> Result<Outcome<Model>> {
    let transaction = db.begin().await?;
    let todo = match find(&transaction, identity, id, Permitted::Owner).await? {
        Ok(todo) => todo,
        Err(errors) => return Ok(Err(errors)),
    };
    Entity::delete_by_id(id).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(Ok(todo))
}

/// Changes a todo the caller may change, in one transaction. A change that changes nothing writes
/// nothing.
async fn change(
    db: &Db,
    deps: &Deps,
    identity: &Identity,
    id: Uuid,
    (permitted, version): (Permitted, Option<i64>),
    edit: impl FnOnce(Model) -> Model,
) -> Result<Outcome<Changed>> {
    let transaction = db.begin().await?;
    let todo = match find(&transaction, identity, id, permitted).await? {
        Ok(todo) => todo,
        Err(errors) => return Ok(Err(errors)),
    };
    if version.is_some_and(|seen| seen != todo.version) {
        return Ok(refuse(UserError::conflict(NOUN)));
    }
    let mut changed = edit(todo.clone());
    if changed == todo {
        return Ok(Ok(Changed {
            before: todo,
            after: changed,
        }));
    }
    changed.search_text = search_text(&changed.title, changed.description.as_deref());
    changed.updated_at = deps.now();
    changed.version = todo.version + 1;
    if !write(&transaction, &changed).await? {
        return Ok(refuse(UserError::conflict(NOUN)));
    }
    transaction.commit().await?;
    Ok(Ok(Changed {
        before: todo,
        after: changed,
    }))
}

/// The todo, if the caller may change it. One the caller cannot see does not exist.
async fn find(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    id: Uuid,
    permitted: Permitted,
) -> Result<Outcome<Model>> {
    // Locked on PostgreSQL (SQLite's transaction has the whole file), so that two who complete a todo
    // at once come one after the other.
    let found = visible(identity)
        .filter(Column::Id.eq(id))
        .lock_exclusive()
        .one(connection)
        .await?;
    Ok(match found {
        None => refuse(UserError::not_found("id", NOUN)),
        Some(todo)
            if permitted == Permitted::Assignee
                || identity.is_admin()
                || identity.is_user(todo.owner_id) =>
        {
            Ok(todo)
        }
        Some(_) => refuse(UserError::forbidden(NOUN)),
    })
}

/// Writes `changed` over the version before it; false if there is another version by now.
async fn write(connection: &impl ConnectionTrait, changed: &Model) -> Result<bool> {
    let result = Entity::update_many()
        .col_expr(Column::AssigneeId, Expr::val(changed.assignee_id))
        .col_expr(Column::RelatedPostId, Expr::val(changed.related_post_id))
        .col_expr(Column::Title, Expr::val(changed.title.clone()))
        .col_expr(Column::Description, Expr::val(changed.description.clone()))
        .col_expr(Column::SearchText, Expr::val(changed.search_text.clone()))
        .col_expr(Column::Priority, Expr::val(changed.priority))
        .col_expr(Column::DueAt, Expr::val(changed.due_at))
        .col_expr(Column::CompletedAt, Expr::val(changed.completed_at))
        .col_expr(Column::Version, Expr::val(changed.version))
        .col_expr(Column::UpdatedAt, Expr::val(changed.updated_at))
        .filter(Column::Id.eq(changed.id))
        .filter(Column::Version.eq(changed.version - 1))
        .exec(connection)
        .await?;
    Ok(result.rows_affected == 1)
}
