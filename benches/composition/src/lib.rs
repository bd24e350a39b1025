#![doc = include_str!("../README.md")]

mod adversarial;
mod company;
mod random;

use schema_composition::SubgraphInput;

/// Subgraphs to be composed together.
pub struct Input {
    /// What it is called on the command line and in the table of figures.
    pub name: &'static str,
    /// What is large or nasty about it.
    pub about: &'static str,
    generate: fn() -> Vec<SubgraphInput>,
}

impl Input {
    /// The subgraphs: the same in every run.
    pub fn subgraphs(&self) -> Vec<SubgraphInput> {
        (self.generate)()
    }
}

/// Every input there is.
pub const INPUTS: &[Input] = &[
    Input {
        name: "company",
        about: "190 subgraphs as a company has them, half a megabyte",
        generate: || company::subgraphs(190),
    },
    Input {
        name: "company-small",
        about: "the same with 19 subgraphs",
        generate: || company::subgraphs(19),
    },
    Input {
        name: "many-keys",
        about: "20 entities in 30 subgraphs with 5 keys each, all referring to each other",
        generate: adversarial::many_keys,
    },
    Input {
        name: "key-chain",
        about: "one entity in 200 subgraphs, each reached by a key of the one before only",
        generate: adversarial::key_chain,
    },
    Input {
        name: "cyclic-types",
        about: "400 types that refer to each other in 10 subgraphs, every field shared",
        generate: adversarial::cyclic_types,
    },
    Input {
        name: "labels",
        about: "a chain of 24 types whose every field moves under a label of its own",
        generate: adversarial::labels,
    },
    Input {
        name: "implementations",
        about: "30 interfaces with 1,000 implementations in 10 subgraphs",
        generate: adversarial::implementations,
    },
    Input {
        name: "interface-objects",
        about: "an interface object with 300 fields for 1,000 implementations",
        generate: adversarial::interface_objects,
    },
    Input {
        name: "requirements",
        about: "a field that requires a field that requires a field, 300 times, between two subgraphs",
        generate: adversarial::requirements,
    },
    Input {
        name: "one-large",
        about: "one subgraph of just under 16 MiB",
        generate: adversarial::one_large,
    },
    Input {
        name: "shared-types",
        about: "10,000 types shared by 100 subgraphs",
        generate: adversarial::shared_types,
    },
];

/// The input of that name.
pub fn input(name: &str) -> Option<&'static Input> {
    INPUTS.iter().find(|input| input.name == name)
}

/// A subgraph of Federation 2 with what the inputs use imported.
fn subgraph(name: String, definitions: &str) -> SubgraphInput {
    let link = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@shareable\", \"@external\", \"@requires\", \"@provides\", \"@override\", \"@tag\", \"@inaccessible\", \"@interfaceObject\"])\n\n";
    SubgraphInput {
        url: format!("http://{name}.example/graphql"),
        name,
        sdl: format!("{link}{definitions}"),
        source: None,
    }
}
