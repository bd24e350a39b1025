//! Reading and changing comments. A comment is visible where its post is.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    QueryTrait, Select, SqlErr, sea_query::Expr,
};
use subgraphs_kit::{
    Result,
    clock::Deps,
    db::Db,
    identity::Identity,
    keyset::{self, Keyset, OrderBy, id_in},
    page::{Key, Page, PageRequest},
    user_error::{UserError, UserErrorCode},
};
use uuid::Uuid;

use crate::{
    entity::{
        comment::{ActiveModel, Column, Entity, Model},
        post::{self, Status},
    },
    store::{Outcome, posts, refuse},
};

const NOUN: &str = "comment";

/// What the comments of a page belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Parent {
    /// The comments on a post, oldest first.
    Post,
    /// The comments by a user, newest first.
    Author,
}

impl Parent {
    fn column(self) -> Expr {
        column(match self {
            Self::Post => Column::PostId,
            Self::Author => Column::AuthorId,
        })
    }

    fn of(self) -> fn(&Model) -> Uuid {
        match self {
            Self::Post => |comment| comment.post_id,
            Self::Author => |comment| comment.author_id,
        }
    }

    fn keyset(self) -> Keyset<Model> {
        let (name, descending) = match self {
            Self::Post => ("CREATED_AT_ASC", false),
            Self::Author => ("CREATED_AT_DESC", true),
        };
        Keyset {
            name,
            order_by: OrderBy::Id,
            key: |_| Key::Id,
            id_column: column(Column::Id),
            id: |comment| comment.id,
            descending,
        }
    }
}

fn column(column: Column) -> Expr {
    Expr::col((Entity, column))
}

/// The comments `identity` may see.
fn visible(identity: &Identity) -> Select<Entity> {
    let comments = Entity::find();
    if identity.is_admin() {
        return comments;
    }
    let posts = post::Entity::find()
        .select_only()
        .column(post::Column::Id)
        .filter(posts::visible_to(identity))
        .into_query();
    comments.filter(Column::PostId.in_subquery(posts))
}

/// The visible ones of `ids`.
pub(crate) async fn by_ids(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    ids: &[Uuid],
) -> Result<Vec<Model>> {
    let backend = connection.get_database_backend();
    Ok(visible(identity)
        .filter(id_in(backend, column(Column::Id), ids))
        .all(connection)
        .await?)
}

/// The same page of the visible comments of each parent.
pub(crate) async fn pages(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    parent: Parent,
    parents: &[Uuid],
    page: &PageRequest,
) -> Result<HashMap<Uuid, Page<Model>>> {
    keyset::fetch_child_pages(
        connection,
        visible(identity),
        parents,
        parent.column(),
        parent.of(),
        &parent.keyset(),
        page,
    )
    .await
}

/// How many comments of each parent are visible.
pub(crate) async fn counts(
    connection: &impl ConnectionTrait,
    identity: &Identity,
    parent: Parent,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, i64>> {
    keyset::count_children(connection, visible(identity), parents, parent.column()).await
}

/// Writes a comment by `author` on a published post.
pub(crate) async fn add(
    db: &Db,
    deps: &Deps,
    identity: &Identity,
    author: Uuid,
    post: Uuid,
    body: String,
) -> Result<Outcome<Model>> {
    let (now, id) = deps.stamp();
    let transaction = db.begin().await?;
    let found = posts::by_ids(&transaction, identity, &[post]).await?;
    match found.first() {
        None => return Ok(refuse(UserError::not_found("input.postId", "post"))),
        Some(post) if post.status == Status::Draft => {
            return Ok(refuse(UserError::new(
                "input.postId",
                UserErrorCode::InvalidState,
                "a draft cannot be commented on",
            )));
        }
        Some(_) => {}
    }
    let comment = Model {
        id,
        post_id: post,
        author_id: author,
        body,
        created_at: now,
    };
    let inserted = Entity::insert(ActiveModel {
        id: Set(comment.id),
        post_id: Set(comment.post_id),
        author_id: Set(comment.author_id),
        body: Set(comment.body.clone()),
        created_at: Set(comment.created_at),
    })
    .exec_without_returning(&transaction)
    .await;
    match inserted {
        Ok(_) => {}
        // The post was deleted since it was looked at.
        Err(error) if is_orphan(&error) => {
            return Ok(refuse(UserError::not_found("input.postId", "post")));
        }
        Err(error) => return Err(error.into()),
    }
    transaction.commit().await?;
    Ok(Ok(comment))
}

fn is_orphan(error: &DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(SqlErr::ForeignKeyConstraintViolation(_))
    )
}

/// Deletes a comment: its author, the post's author and admins may.
pub(crate) async fn delete(db: &Db, identity: &Identity, id: Uuid) -> Result<Outcome<Model>> {
    let transaction = db.begin().await?;
    let found = by_ids(&transaction, identity, &[id]).await?;
    let Some(comment) = found.into_iter().next() else {
        return Ok(refuse(UserError::not_found("id", NOUN)));
    };
    if !identity.is_admin() && !identity.is_user(comment.author_id) {
        let posts = posts::by_ids(&transaction, identity, &[comment.post_id]).await?;
        if !posts.iter().any(|post| identity.is_user(post.author_id)) {
            return Ok(refuse(UserError::forbidden(NOUN)));
        }
    }
    Entity::delete_by_id(id).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(Ok(comment))
}
