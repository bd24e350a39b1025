//! Creating, editing, publishing and deleting posts.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};
use subgraphs_kit::{Result, clock::Deps, db::Db, identity::Identity, user_error::UserError};
use uuid::Uuid;

use super::visible;
use crate::{
    entity::{
        comment,
        post::{ActiveModel, Column, Entity, Model, Status},
    },
    store::{Outcome, refuse, tags},
};

const NOUN: &str = "post";

/// A post to be written, checked before.
pub(crate) struct NewPost {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) tags: Vec<String>,
    pub(crate) publish: bool,
}

/// What is to change about a post, checked before.
pub(crate) struct Edit {
    /// The version the editor has seen.
    pub(crate) version: i64,
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
}

/// Writes a post by `author`.
pub(crate) async fn create(db: &Db, deps: &Deps, author: Uuid, new: NewPost) -> Result<Model> {
    let (now, id) = deps.stamp();
    let post = Model {
        id,
        author_id: author,
        title: new.title,
        body: new.body,
        status: if new.publish {
            Status::Published
        } else {
            Status::Draft
        },
        version: 1,
        created_at: now,
        updated_at: now,
        published_at: new.publish.then_some(now),
    };
    let transaction = db.begin().await?;
    Entity::insert(ActiveModel {
        id: Set(post.id),
        author_id: Set(post.author_id),
        title: Set(post.title.clone()),
        body: Set(post.body.clone()),
        status: Set(post.status),
        version: Set(post.version),
        created_at: Set(post.created_at),
        updated_at: Set(post.updated_at),
        published_at: Set(post.published_at),
    })
    .exec_without_returning(&transaction)
    .await?;
    tags::replace(&transaction, id, &new.tags).await?;
    transaction.commit().await?;
    Ok(post)
}

/// Changes a post if it still has the version the editor has seen.
pub(crate) async fn update(
    db: &Db,
    deps: &Deps,
    identity: &Identity,
    id: Uuid,
    edit: Edit,
) -> Result<Outcome<Model>> {
    let transaction = db.begin().await?;
    let post = match own(&transaction, identity, "input.id", id).await? {
        Ok(post) => post,
        Err(errors) => return Ok(Err(errors)),
    };
    let changed = Model {
        title: edit.title.unwrap_or_else(|| post.title.clone()),
        body: edit.body.unwrap_or_else(|| post.body.clone()),
        updated_at: deps.now(),
        version: edit.version + 1,
        ..post
    };
    if !write(&transaction, &changed).await? {
        return Ok(refuse(UserError::conflict(NOUN)));
    }
    if let Some(tags) = &edit.tags {
        tags::replace(&transaction, id, tags).await?;
    }
    transaction.commit().await?;
    Ok(Ok(changed))
}

/// Makes a post visible to everyone. Publishing a published post changes nothing.
pub(crate) async fn publish(
    db: &Db,
    deps: &Deps,
    identity: &Identity,
    id: Uuid,
) -> Result<Outcome<Model>> {
    let transaction = db.begin().await?;
    let post = match own(&transaction, identity, "id", id).await? {
        Ok(post) => post,
        Err(errors) => return Ok(Err(errors)),
    };
    if post.status == Status::Published {
        return Ok(Ok(post));
    }
    let now = deps.now();
    let published = Model {
        status: Status::Published,
        published_at: Some(now),
        updated_at: now,
        version: post.version + 1,
        ..post
    };
    if !write(&transaction, &published).await? {
        return Ok(refuse(UserError::conflict(NOUN)));
    }
    transaction.commit().await?;
    Ok(Ok(published))
}

/// A post that is not there any more.
#[derive(Debug)]
pub(crate) struct Deleted {
    pub(crate) post: Model,
    /// The comments that were on it, and who wrote them; `None` if there were more than [`MOST_COMMENTS`].
    pub(crate) comments: Option<Vec<(Uuid, Uuid)>>,
}

/// So many comments of a deleted post are named.
pub(crate) const MOST_COMMENTS: u64 = 100;

/// Deletes a post with its tags and comments.
pub(crate) async fn delete(db: &Db, identity: &Identity, id: Uuid) -> Result<Outcome<Deleted>> {
    let transaction = db.begin().await?;
    let post = match own(&transaction, identity, "id", id).await? {
        Ok(post) => post,
        Err(errors) => return Ok(Err(errors)),
    };
    let comments: Vec<(Uuid, Uuid)> = comment::Entity::find()
        .select_only()
        .column(comment::Column::Id)
        .column(comment::Column::AuthorId)
        .filter(comment::Column::PostId.eq(id))
        .limit(MOST_COMMENTS + 1)
        .into_tuple()
        .all(&transaction)
        .await?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    transaction.commit().await?;
    let is_all = comments.len() as u64 <= MOST_COMMENTS;
    Ok(Ok(Deleted {
        post,
        comments: is_all.then_some(comments),
    }))
}

/// The post, if the caller may change it. One the caller cannot see does not exist.
async fn own(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    field: &str,
    id: Uuid,
) -> Result<Outcome<Model>> {
    // Locked on PostgreSQL, so that a comment that comes meanwhile waits, and is seen or refused.
    let found = visible(identity)
        .filter(Column::Id.eq(id))
        .lock_exclusive()
        .one(connection)
        .await?;
    Ok(match found {
        None => refuse(UserError::not_found(field, NOUN)),
        Some(post) if identity.is_admin() || identity.is_user(post.author_id) => Ok(post),
        Some(_) => refuse(UserError::forbidden(NOUN)),
    })
}

/// Writes `changed` over the version before it; false if there is another version by now.
async fn write(connection: &impl ConnectionTrait, changed: &Model) -> Result<bool> {
    let result = Entity::update_many()
        .col_expr(Column::Title, Expr::val(changed.title.clone()))
        .col_expr(Column::Body, Expr::val(changed.body.clone()))
        .col_expr(Column::Status, Expr::val(changed.status))
        .col_expr(Column::Version, Expr::val(changed.version))
        .col_expr(Column::UpdatedAt, Expr::val(changed.updated_at))
        .col_expr(Column::PublishedAt, Expr::val(changed.published_at))
        .filter(Column::Id.eq(changed.id))
        .filter(Column::Version.eq(changed.version - 1))
        .exec(connection)
        .await?;
    Ok(result.rows_affected == 1)
}
