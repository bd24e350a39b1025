//! Every query of the service.

pub(crate) mod credentials;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod users;
