//! `@context(name:)` on types, and `@fromContext(field: "$name { selection }")` on arguments.

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::schema::DirectiveList;
use apollo_compiler::{Name, Node};

use super::FieldSet;
use super::build::Reader;
use crate::source::At;
use crate::specification::Federation;

/// `@context`: values of the type are visible under this name to everything below them.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) at: At,
    pub(crate) name: String,
}

/// `@fromContext`: the argument is not the client's to give, but filled from a context.
#[derive(Clone)]
pub(crate) struct FromContext {
    pub(crate) at: At,
    /// None if what is written does not begin with `$` and a name.
    pub(crate) value: Option<ContextValue>,
}

/// A context and what is selected where it is set.
#[derive(Clone)]
pub(crate) struct ContextValue {
    pub(crate) context: String,
    pub(crate) fields: FieldSet,
}

impl Reader<'_> {
    /// The contexts a type sets, in the order of their names: extensions may stand in any order.
    pub(super) fn contexts(&self, directives: &DirectiveList) -> Vec<Context> {
        let mut found: Vec<Context> = directives
            .iter()
            .filter(|directive| self.meaning(directive) == Some(Federation::Context))
            .filter_map(|directive| {
                let name = directive.specified_argument_by_name("name")?.as_str()?;
                Some(Context {
                    at: self.at(&directive.node),
                    name: name.to_owned(),
                })
            })
            .collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found.dedup_by(|a, b| a.name == b.name);
        found
    }

    pub(super) fn contextual<'d>(
        &self,
        mut directives: impl Iterator<Item = &'d Node<Directive>>,
    ) -> Option<FromContext> {
        let directive = directives
            .find(|directive| self.meaning(directive) == Some(Federation::FromContext))?;
        let value = directive.specified_argument_by_name("field");
        Some(FromContext {
            at: self.at(directive),
            value: value.and_then(|value| self.context_value(value)),
        })
    }

    fn context_value(&self, value: &Node<Value>) -> Option<ContextValue> {
        let (context, fields) = FieldSet::read_after(value, context_name, self.source)?;
        Some(ContextValue { context, fields })
    }
}

/// The name after `$`, and the bytes up to its end. Nothing if nothing follows.
fn context_name(text: &str) -> Option<(String, usize)> {
    let rest = skip_ignored(skip_ignored(text).strip_prefix('$')?);
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    let name = Name::new(rest.get(..end)?).ok()?;
    let length = text.len() - rest.len() + end;
    (length < text.len()).then(|| (name.to_string(), length))
}

/// Blanks, commas and comments, which GraphQL passes over.
fn skip_ignored(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches([' ', '\t', '\r', '\n', ',']);
        let Some(comment) = text.strip_prefix('#') else {
            return text;
        };
        text = comment.find(['\r', '\n']).map_or("", |end| &comment[end..]);
    }
}
