#![doc = include_str!("../README.md")]

mod operation;

pub use operation::{
    CollectedField, Field, FieldTarget, IntrospectionField, Operation, Selection, SelectionSet,
    Variable, collect_fields,
};
