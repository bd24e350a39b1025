//! The users service as its callers see it, on SQLite and on PostgreSQL.

mod caching;
mod harness;
mod lists;
mod passwords;
mod profiles;
mod registration;
mod seed;
mod sessions;
mod tokens;
mod visibility;
