//! Random operations over an API schema.

mod arguments;
mod print;
mod selections;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use serde_json::{Map, Value};

use crate::check::{self, Request};
use crate::random::Random;
use crate::world::World;

/// A selection in the making.
#[derive(Clone, Debug)]
pub(crate) enum Selection {
    Field {
        alias: Option<String>,
        name: String,
        arguments: String,
        directives: String,
        selections: Vec<Selection>,
    },
    Inline {
        condition: Option<String>,
        directives: String,
        selections: Vec<Selection>,
    },
    Spread {
        name: String,
        directives: String,
    },
}

/// A variable in the making.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    name: String,
    ty: String,
    default: Option<String>,
    /// `None` if the client leaves it out.
    value: Option<Value>,
}

/// A named fragment.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    name: String,
    condition: String,
    selections: Vec<Selection>,
}

/// An operation in the making.
pub(crate) struct Generator<'a> {
    pub(crate) random: Random,
    pub(crate) schema: &'a Schema,
    pub(crate) variables: Vec<Variable>,
    pub(crate) fragments: Vec<Fragment>,
    /// By path of response keys: what field stands there, so that equal keys merge.
    pub(crate) taken: HashMap<String, String>,
    pub(crate) budget: usize,
    pub(crate) counts: BTreeMap<&'static str, usize>,
}

/// A valid request, and what it is made of.
#[derive(Debug)]
pub struct Generated {
    pub request: Request,
    /// How often each construct is in it.
    pub constructs: BTreeMap<&'static str, usize>,
}

/// A random request; always the same for a seed.
pub fn request(world: &Arc<World>, seed: u64) -> Option<Generated> {
    let mut random = Random::new(seed);
    for _ in 0..20 {
        let mut generated = attempt(world.supergraph.api(), random.clone());
        let labels = world.planner.labels().iter().map(|own| own.to_string());
        let labels: Vec<String> = labels.collect();
        generated.request.labels = random.some(&labels, 50);
        if check::validate(world, &generated.request).is_ok() {
            return Some(generated);
        }
        random.below(2);
    }
    None
}

fn attempt(schema: &Valid<Schema>, mut random: Random) -> Generated {
    let budget = *random.pick(&[4, 8, 8, 16, 16, 30, 50]);
    let mut generator = Generator {
        random,
        schema,
        variables: Vec::new(),
        fragments: Vec::new(),
        taken: HashMap::new(),
        budget,
        counts: BTreeMap::new(),
    };
    let has_mutation = schema.schema_definition.mutation.is_some();
    let is_mutation = has_mutation && generator.random.percent(25);
    let (keyword, root) = match is_mutation {
        true => ("mutation", "Mutation"),
        false => ("query", "Query"),
    };
    generator.count(keyword);
    let selections = generator.selections(root, "", 0);
    let selections = generator.extract(selections, root, true);
    let (name, others) = generator.others();
    let text = generator.print(keyword, &name, &selections, &others);
    let variables = generator.variables.iter();
    let variables = variables.filter_map(|v| Some((v.name.clone(), v.value.clone()?)));
    let variables: Map<String, Value> = variables.collect();
    Generated {
        request: Request {
            operation: text,
            name: (!name.is_empty()).then_some(name),
            variables,
            labels: Vec::new(),
        },
        constructs: generator.counts,
    }
}

impl Generator<'_> {
    pub(crate) fn count(&mut self, construct: &'static str) {
        *self.counts.entry(construct).or_default() += 1;
    }

    /// The operation's name and other operations of the document.
    fn others(&mut self) -> (String, String) {
        match self.random.below(8) {
            0 => {
                self.count("several operations");
                ("Main".to_owned(), "query Other { __typename }".to_owned())
            }
            1 => ("Main".to_owned(), String::new()),
            _ => (String::new(), String::new()),
        }
    }
}
