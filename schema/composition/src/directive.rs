//! Making applications of directives.

use apollo_compiler::ast::{Argument, Directive, Value};
use apollo_compiler::{Name, Node};

/// A directive with those of the arguments that have a value.
pub(crate) fn directive<const N: usize>(
    name: &'static str,
    arguments: [(&'static str, Option<Value>); N],
) -> Node<Directive> {
    let arguments = arguments
        .into_iter()
        .filter_map(|(name, value)| {
            Some(Node::new(Argument {
                name: Name::new_static_unchecked(name),
                value: Node::new(value?),
            }))
        })
        .collect();
    Node::new(Directive {
        name: Name::new_static_unchecked(name),
        arguments,
    })
}
