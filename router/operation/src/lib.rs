#![doc = include_str!("../README.md")]

mod conditions;
mod document;
mod error;
mod introspection;
mod limits;
mod locate;
mod merging;
mod normalize;
mod operation;
mod validate;
mod variables;

pub use conditions::Conditions;
pub use document::{Document, Request};
pub use error::{LimitKind, Location, OperationError, Problem};
pub use limits::Limits;
pub use operation::{
    CollectedField, Field, FieldTarget, IntrospectionField, Operation, Selection, SelectionSet,
    Variable, collect_fields,
};
pub use variables::Variables;
