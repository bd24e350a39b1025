//! What the tests of the whole stack stand on: private servers, fresh databases, the real `weft`
//! program in its roles, and an HTTP client.
//!
//! Everything started here listens on a free loopback port and ends with the value that owns it.

mod bench_stack;
mod changing;
mod client;
mod database;
mod link;
mod program;
mod redis;
mod replicas;
mod services;
mod stack;
mod versions;

pub(crate) use bench_stack::BenchStack;
pub(crate) use changing::ChangingSubgraph;
pub(crate) use client::{Answer, Client};
pub(crate) use database::TestDatabase;
pub(crate) use program::{Finished, Program, weft};
pub(crate) use redis::RedisServer;
pub(crate) use replicas::{Replica, Replicas};
pub(crate) use stack::{HttpStack, Role, Rows, in_process, nodes, register, seeded_folder};
pub(crate) use versions::Versions;
