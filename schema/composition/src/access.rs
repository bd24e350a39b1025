//! Access rules: `@authenticated`, `@requiresScopes` and `@policy` as conditions that can be joined
//! and compared.

use std::collections::BTreeSet;

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};

/// Alternatives up to which those that another one covers are left out.
const MAX_SIMPLIFIED: usize = 32;

/// What `scopes` or `policies` ask for: one of several lists, of which all names are needed.
/// There is always one; if it is empty, nothing is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rule(BTreeSet<BTreeSet<String>>);

impl Default for Rule {
    fn default() -> Self {
        Self(BTreeSet::from([BTreeSet::new()]))
    }
}

impl Rule {
    /// Reads `[["a", "b"], ["c"]]`. No alternative at all is understood as nothing asked for.
    pub(crate) fn read(value: Option<&Node<Value>>) -> Self {
        let list = value.and_then(|value| value.as_list()).unwrap_or_default();
        let alternatives: BTreeSet<BTreeSet<String>> = list
            .iter()
            .map(|inner| {
                let names = inner.as_list().unwrap_or_default();
                let names = names.iter().filter_map(|name| name.as_str());
                names.map(str::to_owned).collect()
            })
            .collect();
        if alternatives.is_empty() {
            Self::default()
        } else {
            Self(alternatives)
        }
    }

    /// The rule that holds exactly if all of these hold. If there are too many ways to fulfil
    /// them, a stricter one: everything that is named anywhere.
    pub(crate) fn all(rules: impl IntoIterator<Item = Rule>) -> Rule {
        let rules: BTreeSet<Rule> = rules.into_iter().collect();
        let named: usize = rules.iter().map(Rule::weight).sum();
        let mut work = 1024 + 64 * named;
        let mut joined = Self::default();
        for rule in &rules {
            let cost = joined.weight() * rule.0.len() + rule.weight() * joined.0.len();
            if cost > work {
                let names = rules.iter().flat_map(|rule| rule.0.iter().flatten());
                return Self(BTreeSet::from([names.cloned().collect()]));
            }
            work -= cost;
            joined = joined.and(rule);
        }
        joined
    }

    fn and(&self, other: &Rule) -> Rule {
        let pairs = self
            .0
            .iter()
            .flat_map(|one| other.0.iter().map(move |other| one | other));
        let joined: BTreeSet<BTreeSet<String>> = pairs.collect();
        if joined.len() > MAX_SIMPLIFIED {
            return Rule(joined);
        }
        let is_needed = |one: &BTreeSet<String>| {
            let mut others = joined.iter().filter(|other| *other != one);
            !others.any(|other| other.is_subset(one))
        };
        Rule(
            joined
                .iter()
                .filter(|one| is_needed(one))
                .cloned()
                .collect(),
        )
    }

    /// Names and alternatives, for what work with the rule costs.
    fn weight(&self) -> usize {
        self.0.iter().map(|one| one.len() + 1).sum()
    }

    /// Whether everyone who fulfils this rule fulfils the other.
    fn implies(&self, other: &Rule) -> bool {
        self == other
            || self
                .0
                .iter()
                .all(|one| other.0.iter().any(|other| other.is_subset(one)))
    }

    pub(crate) fn value(&self) -> Value {
        let lists = self.0.iter().map(|names| {
            let names = names.iter().map(|name| Value::String(name.clone()));
            Node::new(Value::List(names.map(Node::new).collect()))
        });
        Value::List(lists.collect())
    }
}

/// Everything that an element asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    authenticated: bool,
    scopes: Rule,
    policies: Rule,
}

impl Access {
    /// Of a merged element.
    pub(crate) fn of(directives: &[Node<Directive>]) -> Self {
        let find = |name: &str| directives.iter().find(|directive| directive.name == name);
        let rule = |name, argument| {
            let directive = find(name);
            Rule::read(directive.and_then(|one| one.specified_argument_by_name(argument)))
        };
        Self {
            authenticated: find("authenticated").is_some(),
            scopes: rule("requiresScopes", "scopes"),
            policies: rule("policy", "policies"),
        }
    }

    /// What a type and its field ask for together.
    pub(crate) fn and(self, other: Access) -> Access {
        Access {
            authenticated: self.authenticated || other.authenticated,
            scopes: Rule::all([self.scopes, other.scopes]),
            policies: Rule::all([self.policies, other.policies]),
        }
    }

    /// Whether whoever may see this may see the other.
    pub(crate) fn implies(&self, other: &Access) -> bool {
        (self.authenticated || !other.authenticated)
            && self.scopes.implies(&other.scopes)
            && self.policies.implies(&other.policies)
    }

    /// How much comparing two of them may cost.
    pub(crate) fn cost(&self, other: &Access) -> usize {
        let scopes = self.scopes.weight() * other.scopes.0.len();
        scopes + self.policies.weight() * other.policies.0.len()
    }
}
