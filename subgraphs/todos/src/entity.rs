//! The table as SeaORM sees it; the migrations are the truth.

pub(crate) mod todo;
