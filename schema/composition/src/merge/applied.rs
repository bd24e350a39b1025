//! Applications of composing directives, merged: tags unite, access rules all hold, the highest
//! cost counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};
use indexmap::IndexMap;

use super::{Merger, values};
use crate::access::Rule;
use crate::directive::directive;
use crate::specification::Federation;
use crate::subgraph::{Applied, Composing};

/// An application on some element, and the subgraph it is in.
pub(super) type Application<'s> = (usize, &'s Applied);

/// The applications in one subgraph.
pub(super) fn applied_in(graph: usize, all: &[Applied]) -> impl Iterator<Item = Application<'_>> {
    all.iter().map(move |applied| (graph, applied))
}

impl Merger<'_> {
    /// What the supergraph has of the applications on one element.
    pub(super) fn merge_applied<'s>(
        &mut self,
        coordinate: impl Display,
        applications: impl Iterator<Item = Application<'s>>,
    ) -> Vec<Node<Directive>> {
        let mut by_directive: BTreeMap<Composing, Vec<Application<'s>>> = BTreeMap::new();
        for (graph, applied) in applications {
            let of_directive = by_directive.entry(applied.directive).or_default();
            of_directive.push((graph, applied));
        }
        let mut out = Vec::new();
        for (composing, applications) in by_directive {
            if composing == Composing::Custom {
                out.extend(self.merge_custom(&coordinate, &applications));
                continue;
            }
            let merged = merge_known(composing, &applications);
            if let [one] = merged.as_slice() {
                self.compare_applications(&coordinate, composing, &applications, one);
            }
            if !merged.is_empty() {
                self.used.insert(composing);
            }
            out.extend(merged);
        }
        out
    }

    /// Hints at arguments that differ where there can be only one application.
    fn compare_applications(
        &mut self,
        coordinate: impl Display,
        composing: Composing,
        applications: &[Application<'_>],
        merged: &Node<Directive>,
    ) {
        let one_is_kept = match composing {
            Composing::Deprecated | Composing::SpecifiedBy => true,
            Composing::Federation(known) if has_merged_arguments(known) => false,
            _ => return,
        };
        if different(composing, applications).count() < 2 {
        } else if one_is_kept {
            self.hint_one_of_several(coordinate, applications, merged);
        } else {
            self.hint_merged_arguments(coordinate, applications, merged);
        }
    }
}

/// Applications of one directive that say different things.
pub(super) struct Different<'s> {
    /// By their arguments; with how many subgraphs have them.
    counted: IndexMap<String, (usize, &'s Node<Directive>)>,
}

impl<'s> Different<'s> {
    pub(super) fn of(applications: &[Application<'s>], defaults: &[(&str, &Value)]) -> Self {
        let mut counted = IndexMap::new();
        if let [(_, only)] = applications {
            counted.insert(String::new(), (1, &only.node));
            return Self { counted };
        }
        for (_, applied) in applications {
            let arguments = values::arguments(&applied.node, defaults.iter().copied());
            let entry = counted.entry(arguments).or_insert((0, &applied.node));
            entry.0 += 1;
        }
        Self { counted }
    }

    pub(super) fn count(&self) -> usize {
        self.counted.len()
    }

    /// In an order that does not depend on the subgraphs'.
    pub(super) fn all(&self) -> impl Iterator<Item = &'s Node<Directive>> {
        let mut sorted: Vec<_> = self.counted.iter().collect();
        sorted.sort_by_key(|(arguments, _)| *arguments);
        sorted.into_iter().map(|(_, (_, node))| *node)
    }

    /// What most subgraphs have; of equally many, the first.
    pub(super) fn most_frequent(&self) -> Option<&'s Node<Directive>> {
        let most = self.counted.values().map(|(count, _)| *count).max()?;
        let mut counted = self.counted.values();
        counted
            .find(|(count, _)| *count == most)
            .map(|(_, node)| *node)
    }
}

fn different<'s>(composing: Composing, applications: &[Application<'s>]) -> Different<'s> {
    let default = match composing {
        Composing::Deprecated => Some(("reason", Value::String("No longer supported".to_owned()))),
        Composing::Federation(Federation::ListSize) => {
            Some(("requireOneSlicingArgument", Value::Boolean(true)))
        }
        _ => None,
    };
    let defaults: Vec<_> = default.iter().map(|(name, value)| (*name, value)).collect();
    Different::of(applications, &defaults)
}

fn has_merged_arguments(known: Federation) -> bool {
    matches!(
        known,
        Federation::RequiresScopes | Federation::Policy | Federation::Cost | Federation::ListSize
    )
}

fn merge_known(composing: Composing, applications: &[Application<'_>]) -> Vec<Node<Directive>> {
    let one = |directive| vec![directive];
    let kept = |name| {
        let kept = different(composing, applications).most_frequent()?;
        let value = kept.specified_argument_by_name(name)?;
        Some(value.as_ref().clone())
    };
    match composing {
        Composing::Deprecated => one(directive("deprecated", [("reason", kept("reason"))])),
        Composing::SpecifiedBy => one(directive("specifiedBy", [("url", kept("url"))])),
        // What a subgraph without it would take as well, one that has it refuses.
        Composing::OneOf => one(directive("oneOf", [])),
        Composing::Federation(known) => {
            let nodes: Vec<_> = applications.iter().map(|(_, one)| &one.node).collect();
            merge_federation(known, &nodes)
        }
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
