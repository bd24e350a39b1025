//! Applications of composing directives, merged: tags unite, access rules all hold, the highest
//! cost counts.

use std::collections::BTreeSet;

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};

use super::Merger;
use crate::directive::directive;
use crate::specification::Federation;
use crate::subgraph::{Applied, Composing};

/// Alternatives an access rule may have after several subgraphs' rules are combined.
const MAX_ALTERNATIVES: usize = 1024;
/// Names in all alternatives together.
const MAX_NAMES: usize = 64 * 1024;

/// Alternatives, of each of which all must hold.
type Alternatives = BTreeSet<BTreeSet<String>>;

impl Merger<'_> {
    /// `sources` has the applications on one element in each subgraph that has the element.
    pub(super) fn merge_applied(&mut self, sources: &[&[Applied]]) -> Vec<Node<Directive>> {
        let present: BTreeSet<Composing> = sources
            .iter()
            .flat_map(|source| source.iter().map(|applied| applied.directive))
            .collect();
        let mut out = Vec::new();
        for composing in present {
            let applications: Vec<&Node<Directive>> = sources
                .iter()
                .flat_map(|source| source.iter())
                .filter(|applied| applied.directive == composing)
                .map(|applied| &applied.node)
                .collect();
            let merged = merge_one(composing, &applications, sources.len());
            if !merged.is_empty() {
                self.used.insert(composing);
            }
            out.extend(merged);
        }
        out
    }
}

fn merge_one(
    composing: Composing,
    applications: &[&Node<Directive>],
    sources: usize,
) -> Vec<Node<Directive>> {
    let one = |directive| vec![directive];
    match composing {
        Composing::Deprecated => one(directive(
            "deprecated",
            [("reason", first_argument(applications, "reason"))],
        )),
        Composing::SpecifiedBy => one(directive(
            "specifiedBy",
            [("url", first_argument(applications, "url"))],
        )),
        // A subgraph that takes several fields would be sent what another cannot take.
        Composing::OneOf if applications.len() < sources => Vec::new(),
        Composing::OneOf => one(directive("oneOf", [])),
        Composing::Federation(known) => merge_federation(known, applications),
    }
}

fn merge_federation(known: Federation, applications: &[&Node<Directive>]) -> Vec<Node<Directive>> {
    let one = |directive| vec![directive];
    match known {
        Federation::Tag => applications
            .iter()
            .filter_map(|tag| tag.specified_argument_by_name("name")?.as_str())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|name| directive("tag", [("name", Some(Value::String(name.to_owned())))]))
            .collect(),
        Federation::Inaccessible => one(directive("inaccessible", [])),
        Federation::Authenticated => one(directive("authenticated", [])),
        Federation::RequiresScopes => {
            let scopes = all_of(applications, "scopes");
            one(directive("requiresScopes", [("scopes", Some(scopes))]))
        }
        Federation::Policy => {
            let policies = all_of(applications, "policies");
            one(directive("policy", [("policies", Some(policies))]))
        }
        Federation::Cost => one(directive(
            "cost",
            [("weight", highest(applications, "weight"))],
        )),
        Federation::ListSize => one(directive(
            "listSize",
            [
                ("assumedSize", highest(applications, "assumedSize")),
                ("slicingArguments", united(applications, "slicingArguments")),
                ("sizedFields", united(applications, "sizedFields")),
                (
                    "requireOneSlicingArgument",
                    every(applications, "requireOneSlicingArgument"),
                ),
            ],
        )),
        _ => Vec::new(),
    }
}

fn first_argument(applications: &[&Node<Directive>], name: &str) -> Option<Value> {
    applications
        .iter()
        .find_map(|one| one.specified_argument_by_name(name))
        .map(|value| value.as_ref().clone())
}

fn highest(applications: &[&Node<Directive>], name: &str) -> Option<Value> {
    let values = applications
        .iter()
        .filter_map(|one| one.specified_argument_by_name(name)?.to_i32());
    values.max().map(|value| Value::Int(value.into()))
}

fn united(applications: &[&Node<Directive>], name: &str) -> Option<Value> {
    let lists = applications
        .iter()
        .filter_map(|one| one.specified_argument_by_name(name)?.as_list());
    let mut found = false;
    let mut all = BTreeSet::new();
    for list in lists {
        found = true;
        all.extend(list.iter().filter_map(|value| value.as_str()));
    }
    found.then(|| strings(all))
}

fn every(applications: &[&Node<Directive>], name: &str) -> Option<Value> {
    let mut values = applications
        .iter()
        .filter_map(|one| one.specified_argument_by_name(name)?.to_bool())
        .peekable();
    values.peek()?;
    Some(Value::Boolean(values.all(|value| value)))
}

/// The rule that holds exactly if every subgraph's rule holds: what any subgraph protects stays
/// protected.
fn all_of(applications: &[&Node<Directive>], name: &str) -> Value {
    let mut rules: BTreeSet<Alternatives> = BTreeSet::new();
    for one in applications {
        rules.insert(alternatives(one.specified_argument_by_name(name)));
    }
    let combined = rules.into_iter().reduce(combine).unwrap_or_default();
    let lists = combined
        .into_iter()
        .map(|all| Node::new(strings(all.iter().map(String::as_str))));
    Value::List(lists.collect())
}

fn alternatives(value: Option<&Node<Value>>) -> Alternatives {
    let list = value.and_then(|value| value.as_list()).unwrap_or_default();
    list.iter()
        .map(|inner| {
            let names = inner.as_list().unwrap_or_default();
            names
                .iter()
                .filter_map(|name| Some(name.as_str()?.to_owned()))
                .collect()
        })
        .collect()
}

fn combine(left: Alternatives, right: Alternatives) -> Alternatives {
    let names = |rule: &Alternatives| rule.iter().map(BTreeSet::len).sum::<usize>();
    let combined = names(&left).saturating_mul(right.len());
    let combined = combined.saturating_add(names(&right).saturating_mul(left.len()));
    if left.len().saturating_mul(right.len()) > MAX_ALTERNATIVES || combined > MAX_NAMES {
        // Stricter than asked, and bounded: everything that is named anywhere.
        let mut all = left.into_iter().reduce(united_names).unwrap_or_default();
        all.extend(right.into_iter().flatten());
        return BTreeSet::from([all]);
    }
    left.iter()
        .flat_map(|one| right.iter().map(move |other| one | other))
        .collect()
}

fn united_names(mut one: BTreeSet<String>, other: BTreeSet<String>) -> BTreeSet<String> {
    one.extend(other);
    one
}

fn strings<'s>(all: impl IntoIterator<Item = &'s str>) -> Value {
    let values = all
        .into_iter()
        .map(|text| Node::new(Value::String(text.to_owned())));
    Value::List(values.collect())
}
