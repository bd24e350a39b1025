//! The locks and counters of what runs under shuttle too: `tests/interleavings.rs` puts shuttle's in their place.

pub(crate) use std::sync::{
    Mutex, MutexGuard, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};
