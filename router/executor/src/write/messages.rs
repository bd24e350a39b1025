//! What is said of values that are not there, where no subgraph says anything.

use super::Origin;

pub(super) fn subject(origin: Origin<'_, '_>) -> String {
    format!("`{}` of `{}`", origin.field.key, origin.object.type_name)
}

pub(super) fn is_null(origin: Origin<'_, '_>) -> String {
    format!("{} must not be null", subject(origin))
}

pub(super) fn is_missing(origin: Origin<'_, '_>) -> String {
    format!("{} was not answered", subject(origin))
}

pub(super) fn has_wrong_type(origin: Origin<'_, '_>) -> String {
    format!(
        "{} has a value that its type does not allow",
        subject(origin)
    )
}
