//! The tables as SeaORM sees them; the migrations are the truth.

pub(crate) mod comment;
pub(crate) mod post;
pub(crate) mod post_tag;
