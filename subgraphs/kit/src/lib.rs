#![doc = include_str!("../README.md")]

pub mod cache_policy;
pub mod changes;
pub mod clock;
pub mod connection;
pub mod db;
mod document;
pub mod entity;
pub mod error;
pub mod http;
pub mod identity;
mod json;
pub mod keyset;
pub mod limits;
pub mod loader;
pub mod page;
pub mod redis_store;
pub mod scope;
pub mod sdl;
pub mod search;
pub mod service;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod user_error;

pub use error::{Error, ErrorCode, Result};
