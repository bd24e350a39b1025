//! Typed views of the join and authorisation directives of an element.

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::{Name, Node};

use crate::authorization::Authorization;
use crate::link::Links;

/// A directive argument as text.
pub(super) fn text(directive: &Directive, argument: &str) -> Option<String> {
    let value = directive.specified_argument_by_name(argument)?;
    value.as_str().map(str::to_owned)
}

/// A directive argument as an enum value.
pub(super) fn name(directive: &Directive, argument: &str) -> Option<Name> {
    let value = directive.specified_argument_by_name(argument)?;
    value.as_enum().cloned()
}

/// A Boolean directive argument, or what it is when absent.
pub(super) fn flag(directive: &Directive, argument: &str, default: bool) -> bool {
    let value = directive.specified_argument_by_name(argument);
    value.and_then(|v| v.to_bool()).unwrap_or(default)
}

/// A list argument's items.
pub(super) fn items<'a>(directive: &'a Directive, argument: &str) -> &'a [Node<Value>] {
    let value = directive.specified_argument_by_name(argument);
    value.and_then(|v| v.as_list()).unwrap_or(&[])
}

/// The authorisation directives among `directives`.
pub(super) fn authorization<'a, D>(links: &Links, directives: D) -> Authorization
where
    D: Iterator<Item = &'a Directive> + Clone,
{
    let named = |identity: &str| {
        let name = links.directive(identity, identity);
        directives.clone().find(move |d| d.name == name.as_str())
    };
    let matrix = |directive: Option<&Directive>, argument: &str| {
        let rows = directive.map_or(&[][..], |d| items(d, argument));
        let texts = |row: &Node<Value>| {
            let row = row.as_list().unwrap_or(&[]);
            let cells = row.iter().filter_map(|v| v.as_str().map(str::to_owned));
            cells.collect::<Vec<_>>()
        };
        rows.iter().map(texts).collect()
    };
    Authorization {
        authenticated: named("authenticated").is_some(),
        scopes: matrix(named("requiresScopes"), "scopes"),
        policies: matrix(named("policy"), "policies"),
    }
}
