//! Which changes of a type reference leave operations valid.

use apollo_compiler::ast::Type;

/// Whether whoever reads values of `old` can read values of `new`: the same type, or one that is null less often.
pub(super) fn is_safe_output(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Named(old), Type::Named(new) | Type::NonNullNamed(new))
        | (Type::NonNullNamed(old), Type::NonNullNamed(new)) => old == new,
        (Type::List(old), Type::List(new) | Type::NonNullList(new))
        | (Type::NonNullList(old), Type::NonNullList(new)) => is_safe_output(old, new),
        _ => false,
    }
}

/// Whether whoever gives values of `old` may give them for `new`: the same type, or one that may be null more often.
pub(super) fn is_safe_input(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Named(old) | Type::NonNullNamed(old), Type::Named(new))
        | (Type::NonNullNamed(old), Type::NonNullNamed(new)) => old == new,
        (Type::List(old) | Type::NonNullList(old), Type::List(new))
        | (Type::NonNullList(old), Type::NonNullList(new)) => is_safe_input(old, new),
        _ => false,
    }
}

/// Whether the two differ in nothing but what may be null.
pub(super) fn is_same_but_for_null(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (
            Type::Named(one) | Type::NonNullNamed(one),
            Type::Named(other) | Type::NonNullNamed(other),
        ) => one == other,
        (
            Type::List(one) | Type::NonNullList(one),
            Type::List(other) | Type::NonNullList(other),
        ) => is_same_but_for_null(one, other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::{name, ty};

    use super::*;

    #[test]
    fn output_may_become_null_less_often_and_input_more_often() {
        let nullable = [ty!(Int), ty!([Int]), ty!([Int!])];
        let strict = [ty!(Int!), ty!([Int!]), ty!([Int!]!)];
        for (nullable, strict) in nullable.iter().zip(&strict) {
            assert!(is_safe_output(nullable, strict), "{nullable} to {strict}");
            assert!(!is_safe_output(strict, nullable), "{strict} to {nullable}");
            assert!(is_safe_input(strict, nullable), "{strict} to {nullable}");
            assert!(!is_safe_input(nullable, strict), "{nullable} to {strict}");
        }
    }

    #[test]
    fn a_list_is_never_its_item() {
        for (one, list) in [(ty!(Int), ty!([Int])), (ty!(Int!), ty!([Int!]!))] {
            for is_safe in [is_safe_output, is_safe_input] {
                assert!(!is_safe(&one, &list) && !is_safe(&list, &one));
            }
        }
        let other = Type::Named(name!("Float"));
        assert!(!is_safe_output(&ty!(Int), &other) && !is_safe_input(&ty!(Int), &other));
    }
}
