//! What caches may do with an answer: hints in the schema, and the `Cache-Control` they add up to.
//!
//! The hints are the directive `@cacheControl`, which is part of the published SDL and means what Apollo's
//! does. They say the most that can be true. Where an answer turns out to depend on who asks, or not to
//! keep as long, resolvers lower it with [`Scope::keep_private`](crate::scope::Scope::keep_private) and
//! [`Scope::keep_at_most`](crate::scope::Scope::keep_at_most); nothing raises it.
//!
//! The library's own cache hints are not used: there a field without a hint does not lower the sum, all
//! operations of a document are added up, and the SDL does not show them.

mod hints;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use ::http::HeaderValue;
use async_graphql::{Enum, TypeDirective};

pub(crate) use hints::Hints;

/// How long an answer for one user may be kept, in seconds.
pub const PRIVATE_SECONDS: i32 = 10;
/// How long a count may be kept, in seconds: it goes out of date with every row that comes or goes.
pub const COUNT_SECONDS: i32 = 10;
/// How long the result of a search may be kept, in seconds: few ask for the same.
pub const SEARCH_SECONDS: u32 = 10;
/// How long a list may be kept, in seconds.
pub const LIST_SECONDS: i32 = 30;
/// How long an object everybody sees may be kept, in seconds.
pub const OBJECT_SECONDS: i32 = 60;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// For whom an answer may be kept.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(inaccessible)]
pub enum CacheControlScope {
    /// For everybody: it is the same whoever asks.
    Public,
    /// For who has asked alone.
    Private,
}

/// How long, in seconds, and for whom an answer that shows this may be kept. The lowest of an operation's
/// fields decides; objects without a hint are not kept. A response says in `Cache-Control` what holds for it.
#[TypeDirective(
    name = "cacheControl",
    location = "FieldDefinition",
    location = "Object"
)]
pub fn cache_control(
    max_age: Option<i32>,
    scope: Option<CacheControlScope>,
    inherit_max_age: Option<bool>,
) {
}

/// What caches may do with one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CachePolicy {
    /// How long it may be kept; 0 is not at all.
    seconds: u32,
    /// It is for who has asked alone.
    is_private: bool,
}

impl CachePolicy {
    /// It must not be kept.
    pub(crate) const NO_STORE: Self = Self {
        seconds: 0,
        is_private: true,
    };

    /// The value of `Cache-Control` (RFC 9111, section 5.2.2).
    pub(crate) fn header(self) -> HeaderValue {
        if self.seconds == 0 {
            return NO_STORE;
        }
        let scope = if self.is_private { "private" } else { "public" };
        let value = format!("{scope}, max-age={}", self.seconds);
        HeaderValue::try_from(value).unwrap_or(NO_STORE)
    }
}

/// What the resolvers of one request have found out about its answer.
#[derive(Debug)]
pub(crate) struct Lowered {
    seconds: AtomicU32,
    is_private: AtomicBool,
}

impl Default for Lowered {
    fn default() -> Self {
        Self {
            seconds: AtomicU32::new(u32::MAX),
            is_private: AtomicBool::new(false),
        }
    }
}

impl Lowered {
    pub(crate) fn keep_private(&self) {
        self.is_private.store(true, Ordering::Relaxed);
        self.keep_at_most(PRIVATE_SECONDS.unsigned_abs());
    }

    pub(crate) fn keep_at_most(&self, seconds: u32) {
        self.seconds.fetch_min(seconds, Ordering::Relaxed);
    }

    /// What is left of `policy`.
    pub(crate) fn apply(&self, policy: CachePolicy) -> CachePolicy {
        CachePolicy {
            seconds: policy.seconds.min(self.seconds.load(Ordering::Relaxed)),
            is_private: policy.is_private || self.is_private.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests;
