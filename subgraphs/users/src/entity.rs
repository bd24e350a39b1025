//! The tables as SeaORM sees them; `migrations` is the truth about them.

pub(crate) mod credential;
pub(crate) mod refresh_token;
pub(crate) mod session;
pub(crate) mod signing_key;
pub(crate) mod user;
