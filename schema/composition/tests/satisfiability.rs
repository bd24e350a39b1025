//! On small random subgraphs, composition agrees with a definition of satisfiability that is too
//! slow for anything else.
//!
//! The definition: an object found in one subgraph can be asked for in another one if, in a proof
//! of bounded depth, some key of that one can be fetched on the way. Then every query is tried,
//! state by state, without leaving any out.

use std::collections::BTreeSet;

use proptest::prelude::*;
use schema_composition::{Code, SubgraphInput, compose};

const TYPES: usize = 2;
const LEAVES: usize = 3;
/// No proof needs to be deeper than there are pairs of subgraphs.
const DEPTH: usize = 16;

/// A type in one subgraph; absent if it has no leaves.
#[derive(Clone, Debug)]
struct Definition {
    leaves: [bool; LEAVES],
    /// Fields that lead to the type of that number.
    references: [bool; TYPES],
    /// Sets of leaves (those of them that the type has), and whether they are resolvable.
    keys: Vec<([bool; LEAVES], bool)>,
}

#[derive(Clone, Debug)]
struct Subgraph {
    types: Vec<Definition>,
    queries: [bool; TYPES],
}

impl Definition {
    fn is_present(&self) -> bool {
        self.leaves.contains(&true)
    }

    fn keys(&self) -> impl Iterator<Item = (Vec<usize>, bool)> {
        let keys = self.keys.iter().map(|(set, is_resolvable)| {
            let fields = (0..LEAVES).filter(|&leaf| set[leaf] && self.leaves[leaf]);
            (fields.collect::<Vec<_>>(), *is_resolvable)
        });
        keys.filter(|(fields, _)| !fields.is_empty())
    }
}

impl Subgraph {
    fn refers(&self, ty: usize, to: usize) -> bool {
        self.types[ty].is_present() && self.types[ty].references[to] && self.types[to].is_present()
    }

    fn asks(&self, ty: usize) -> bool {
        self.queries[ty] && self.types[ty].is_present()
    }

    fn sdl(&self) -> String {
        let mut out = String::from(
            "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@shareable\"])\ntype Query { version: Int @shareable ",
        );
        for ty in (0..TYPES).filter(|&ty| self.asks(ty)) {
            out += &format!("q{ty}: T{ty} @shareable ");
        }
        out += "}\n";
        for (ty, definition) in self.types.iter().enumerate() {
            if !definition.is_present() {
                continue;
            }
            out += &format!("type T{ty} @shareable ");
            for (fields, is_resolvable) in definition.keys() {
                let fields: Vec<String> = fields.iter().map(|leaf| format!("f{leaf}")).collect();
                out += &format!(
                    "@key(fields: \"{}\", resolvable: {is_resolvable}) ",
                    fields.join(" ")
                );
            }
            out += "{ ";
            for leaf in (0..LEAVES).filter(|&leaf| definition.leaves[leaf]) {
                out += &format!("f{leaf}: ID ");
            }
            for to in (0..TYPES).filter(|&to| self.refers(ty, to)) {
                out += &format!("r{to}: T{to} ");
            }
            out += "}\n";
        }
        out
    }
}

/// For each depth, which subgraph leads to which for objects of the type.
fn leads(graph: &[Subgraph], ty: usize) -> Vec<Vec<bool>> {
    let n = graph.len();
    let mut leads = vec![vec![false; n]; n];
    for (subgraph, row) in leads.iter_mut().enumerate() {
        row[subgraph] = graph[subgraph].types[ty].is_present();
    }
    for _ in 0..DEPTH {
        let before = leads.clone();
        let has = |at: usize, leaf: usize| {
            (0..n).any(|other| before[at][other] && graph[other].types[ty].leaves[leaf])
        };
        for from in 0..n {
            for to in (0..n).filter(|&to| graph[to].types[ty].is_present()) {
                leads[from][to] |= (0..n).any(|at| {
                    before[from][at]
                        && graph[to].types[ty].keys().any(|(fields, is_resolvable)| {
                            is_resolvable && fields.iter().all(|&leaf| has(at, leaf))
                        })
                });
            }
        }
    }
    leads
}

fn is_satisfiable(graph: &[Subgraph]) -> bool {
    let n = graph.len();
    let all = |holds: &dyn Fn(&Subgraph) -> bool| graph.iter().any(holds);
    let leads: Vec<_> = (0..TYPES).map(|ty| leads(graph, ty)).collect();
    let mut states: Vec<(usize, BTreeSet<usize>)> = (0..TYPES)
        .map(|ty| (ty, (0..n).filter(|&at| graph[at].asks(ty)).collect()))
        .filter(|(_, found): &(usize, BTreeSet<usize>)| !found.is_empty())
        .collect();
    let mut next = 0;
    while next < states.len() {
        let (ty, found) = states[next].clone();
        next += 1;
        let held: BTreeSet<usize> = (0..n)
            .filter(|&at| found.iter().any(|&from| leads[ty][from][at]))
            .collect();
        let answers = |leaf: usize| held.iter().any(|&at| graph[at].types[ty].leaves[leaf]);
        if (0..LEAVES).any(|leaf| all(&|one| one.types[ty].leaves[leaf]) && !answers(leaf)) {
            return false;
        }
        for to in (0..TYPES).filter(|&to| all(&|one| one.refers(ty, to))) {
            let found: BTreeSet<usize> = held
                .iter()
                .copied()
                .filter(|&at| graph[at].refers(ty, to))
                .collect();
            if found.is_empty() {
                return false;
            }
            if !states.contains(&(to, found.clone())) {
                states.push((to, found));
            }
        }
    }
    true
}

fn any_definition() -> impl Strategy<Value = Definition> {
    let leaf = || prop::bool::weighted(0.6);
    let key = (
        prop::array::uniform3(any::<bool>()),
        prop::bool::weighted(0.8),
    );
    (
        prop::array::uniform3(leaf()),
        prop::array::uniform2(prop::bool::weighted(0.4)),
        prop::collection::vec(key, 0..3),
    )
        .prop_map(|(leaves, references, keys)| Definition {
            leaves,
            references,
            keys,
        })
}

fn any_graph() -> impl Strategy<Value = Vec<Subgraph>> {
    let types = prop::collection::vec(any_definition(), TYPES);
    let queries = prop::array::uniform2(prop::bool::weighted(0.4));
    let subgraph = (types, queries).prop_map(|(types, queries)| Subgraph { types, queries });
    prop::collection::vec(subgraph, 2..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn composition_and_the_definition_agree(graph in any_graph()) {
        let inputs: Vec<SubgraphInput> = graph
            .iter()
            .enumerate()
            .map(|(index, subgraph)| SubgraphInput {
                name: format!("s{index}"),
                url: "http://example.com".to_owned(),
                sdl: subgraph.sdl(),
                source: None,
            })
            .collect();
        let outcome = compose(&inputs);
        if let Err(diagnostics) = &outcome {
            for error in diagnostics.errors() {
                prop_assert_eq!(error.code, Code::SatisfiabilityError, "{}", error.message);
            }
        }
        prop_assert_eq!(outcome.is_ok(), is_satisfiable(&graph), "{:#?}", inputs);
    }
}
