//! What one request carries: who asks, when, and where its loads queue.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ::http::HeaderMap;
use async_graphql::{Context, Pos};
use sea_orm::DatabaseConnection;

use crate::{
    Error, Result,
    cache_policy::{CachePolicy, Lowered},
    changes::{Change, Changes},
    clock::Deps,
    db::Db,
    identity::Identity,
    loader::LoadQueue,
};

/// Who calls a service, as the transport (HTTP or in-process) knows it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The verified identity.
    pub identity: Identity,
    /// The request's id, for logs.
    pub request_id: Arc<str>,
    /// Headers the transport passes on (`x-weft-refresh-token`, `x-weft-client-address`).
    pub headers: Arc<HeaderMap>,
}

impl Caller {
    /// Nobody in particular.
    #[must_use]
    pub fn anonymous(request_id: impl Into<Arc<str>>) -> Self {
        Self::new(Identity::Anonymous, request_id)
    }

    /// `identity`, without further headers.
    #[must_use]
    pub fn new(identity: Identity, request_id: impl Into<Arc<str>>) -> Self {
        Self {
            identity,
            request_id: request_id.into(),
            headers: Arc::default(),
        }
    }
}

/// One request's context, reachable from every resolver through [`Scope::of`].
pub struct Scope {
    /// Who calls.
    pub caller: Caller,
    /// The database.
    pub db: Db,
    /// Clock and ids.
    pub deps: Deps,
    /// Where this request's loaders queue their batches.
    pub queue: LoadQueue,
    mutation: bool,
    cache: Lowered,
    changes: Changes,
    entities: Mutex<HashMap<Pos, usize>>,
}

impl Scope {
    /// The context of one request. `mutation` says that what it reads must include what it wrote.
    #[must_use]
    pub fn new(caller: Caller, db: Db, deps: Deps, mutation: bool) -> Self {
        Self {
            caller,
            db,
            deps,
            queue: LoadQueue::default(),
            mutation,
            cache: Lowered::default(),
            changes: Changes::default(),
            entities: Mutex::default(),
        }
    }

    /// The scope of the request `ctx` belongs to.
    ///
    /// # Errors
    /// `Internal` when the schema was executed without a scope, which `Service` never does.
    pub fn of<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Self>> {
        request_data(ctx)
    }

    /// Who calls.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.caller.identity
    }

    /// Where this request reads: the replica for queries, the primary for mutations (which must read
    /// their own writes).
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        if self.mutation {
            self.db.write()
        } else {
            self.db.read()
        }
    }

    /// Says that the answer depends on who asks, so that caches keep it for nobody else, and not for long.
    pub fn keep_private(&self) {
        self.cache.keep_private();
    }

    /// Says that the answer must not be kept for longer than this.
    pub fn keep_at_most(&self, seconds: u32) {
        self.cache.keep_at_most(seconds);
    }

    /// Says what a field of `Mutation` changed. Each says it once, those that changed nothing too.
    pub fn changed(&self, changes: impl IntoIterator<Item = Change>) {
        self.changes.say(changes);
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What is left of the schema's `policy` after what the resolvers have said.
    pub(crate) fn cache_policy(&self, policy: CachePolicy) -> CachePolicy {
        self.cache.apply(policy)
    }

    /// The position in `_entities` of the next item of the field at `pos`.
    pub(crate) fn next_entity_index(&self, pos: Pos) -> usize {
        let mut counts = self.entities.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(pos).or_default();
        *count += 1;
        *count - 1
    }
}

/// A value the service attached to this request (its loaders).
///
/// # Errors
/// `Internal` when nothing of this type was attached.
pub fn request_data<'a, T: Send + Sync + 'static>(ctx: &Context<'a>) -> Result<&'a T> {
    ctx.data_opt::<T>().ok_or_else(|| {
        Error::internal(format!(
            "nothing of type {} is attached to the request",
            std::any::type_name::<T>()
        ))
    })
}
