//! Applications of composing directives, merged: tags unite, access rules all hold, the highest
//! cost counts.

use std::collections::BTreeSet;

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};

use super::Merger;
use crate::access::Rule;
use crate::directive::directive;
use crate::specification::Federation;
use crate::subgraph::{Applied, Composing};

impl Merger<'_> {
    /// `sources` has the applications on one element in each subgraph that has the element.
    pub(super) fn merge_applied(&mut self, sources: &[&[Applied]]) -> Vec<Node<Directive>> {
        let present: BTreeSet<Composing> = sources
            .iter()
            .flat_map(|source| source.iter().map(|applied| applied.directive))
            .filter(|directive| *directive != Composing::Custom)
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
        out.extend(self.merge_custom(sources));
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
        // Merged by `merge_custom`.
        Composing::Custom => Vec::new(),
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

/// What any subgraph protects stays protected.
fn all_of(applications: &[&Node<Directive>], name: &str) -> Value {
    let rules = applications.iter();
    Rule::all(rules.map(|one| Rule::read(one.specified_argument_by_name(name)))).value()
}

fn strings<'s>(all: impl IntoIterator<Item = &'s str>) -> Value {
    let values = all
        .into_iter()
        .map(|text| Node::new(Value::String(text.to_owned())));
    Value::List(values.collect())
}
