//! Random graphs and operations: there is always a plan, it contradicts neither itself nor the subgraphs' schemas, and
//! it is the same every time.

use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;
use router_planner::{Planner, render_text};

use super::consistency::assert_consistent;
use super::fixture::{supergraph, try_operation};

const SUBGRAPHS: [&str; 4] = ["A", "B", "C", "D"];
const TYPES: usize = 4;
const FIELDS: usize = 6;
/// Numbers of the interface and the union in place of a type's.
const INTERFACE: usize = TYPES;
const UNION: usize = TYPES + 1;

/// A field of an entity: the subgraphs that have it (a bit each), whether it is a leaf or leads to a type, and a field
/// that it requires in one of them.
#[derive(Clone, Debug)]
struct FieldSpec {
    subgraphs: u8,
    target: Option<usize>,
    is_list: bool,
    requires: Option<(usize, usize)>,
}

#[derive(Clone, Debug)]
struct GraphSpec {
    subgraphs: usize,
    types: Vec<Vec<FieldSpec>>,
}

/// What to select below: field index and what is selected there.
#[derive(Clone, Debug)]
enum Tree {
    Leaf,
    Node(Vec<(usize, Tree)>),
}

fn field() -> impl Strategy<Value = FieldSpec> {
    let requires = proptest::option::weighted(0.25, (0..SUBGRAPHS.len(), 0..FIELDS));
    let target = proptest::option::weighted(0.4, 0..TYPES + 2);
    (1u8..16, target, any::<bool>(), requires).prop_map(|(subgraphs, target, is_list, requires)| {
        FieldSpec {
            subgraphs,
            target,
            is_list,
            requires,
        }
    })
}

fn graph() -> impl Strategy<Value = GraphSpec> {
    let types = prop::collection::vec(prop::collection::vec(field(), FIELDS), TYPES);
    (2..=SUBGRAPHS.len(), types).prop_map(|(subgraphs, types)| GraphSpec { subgraphs, types })
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = Just(Tree::Leaf);
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop::collection::vec((0..FIELDS, inner), 1..5).prop_map(Tree::Node)
    })
}

impl GraphSpec {
    /// The subgraphs that resolve a field: at least one of those there are.
    fn owners(&self, field: &FieldSpec) -> Vec<usize> {
        let owners = (0..self.subgraphs).filter(|index| field.subgraphs & 1 << index != 0);
        let owners: Vec<usize> = owners.collect();
        if owners.is_empty() { vec![0] } else { owners }
    }

    /// A requirement is kept if it is on a leaf with a lower number that needs nothing itself and is resolved elsewhere.
    fn requirement(&self, ty: usize, index: usize) -> Option<(usize, usize)> {
        let fields = &self.types[ty];
        let (subgraph, required) = fields[index].requires?;
        let other = &fields[required];
        let is_plain = other.target.is_none() && self.requirement_free(ty, required);
        let owners = self.owners(&fields[index]);
        (required < index
            && is_plain
            && owners == [subgraph]
            && !self.owners(other).contains(&subgraph))
        .then_some((subgraph, required))
    }

    fn requirement_free(&self, ty: usize, index: usize) -> bool {
        self.types[ty][index].requires.is_none()
    }

    fn sdl(&self) -> String {
        let on = |key: &str| {
            let on = SUBGRAPHS[..self.subgraphs].iter();
            let on = on.map(|name| format!("@on({name}{key}) "));
            on.collect::<String>()
        };
        let mut sdl = format!("type Query {} {{ ", on(""));
        for (ty, fields) in self.types.iter().enumerate() {
            let owners = self.owners(&fields[0]).into_iter();
            let at: String = owners.map(|s| format!("@at({}) ", SUBGRAPHS[s])).collect();
            let _ = write!(sdl, "t{ty}: [T{ty}] {at} ");
        }
        sdl.push_str("}\n");
        let _ = writeln!(sdl, "interface N {} {{ id: ID! }}", on(""));
        let members = SUBGRAPHS[..self.subgraphs].iter();
        let members: String = members
            .map(|name| format!("@member({name}, member: \"T0\") @member({name}, member: \"T1\") "))
            .collect();
        let _ = writeln!(sdl, "union U {} {members} = T0 | T1", on(""));
        let implements = SUBGRAPHS[..self.subgraphs].iter();
        let implements: String = implements
            .map(|name| format!("@impl({name}, interface: \"N\") "))
            .collect();
        for (ty, fields) in self.types.iter().enumerate() {
            let keys = on(", key: \"id\"");
            let _ = write!(
                sdl,
                "type T{ty} implements N {implements} {keys} {{ id: ID! "
            );
            for (index, field) in fields.iter().enumerate() {
                let _ = write!(sdl, "f{index}: {} ", self.type_of(field));
                let requirement = self.requirement(ty, index);
                for owner in self.owners(field) {
                    let requires = match requirement {
                        Some((at, required)) if at == owner => {
                            format!(", requires: \"f{required}\"")
                        }
                        _ => String::new(),
                    };
                    let _ = write!(sdl, "@at({}{requires}) ", SUBGRAPHS[owner]);
                }
                let externals = (0..fields.len()).filter_map(|other| {
                    let (at, required) = self.requirement(ty, other)?;
                    (required == index).then_some(at)
                });
                let mut externals: Vec<usize> = externals.collect();
                externals.sort_unstable();
                externals.dedup();
                for at in externals {
                    let _ = write!(sdl, "@at({}, external: true) ", SUBGRAPHS[at]);
                }
            }
            sdl.push_str("}\n");
        }
        sdl
    }

    fn type_of(&self, field: &FieldSpec) -> String {
        let named = match field.target {
            None => String::from("Int"),
            Some(INTERFACE) => String::from("N"),
            Some(UNION) => String::from("U"),
            Some(ty) => format!("T{ty}"),
        };
        if field.is_list {
            format!("[{named}]")
        } else {
            named
        }
    }

    /// What is selected on the interface or the union: by type.
    fn abstract_source(&self, ty: usize, tree: &Tree, out: &mut String) {
        out.push_str(if ty == INTERFACE {
            "{ id kind: __typename "
        } else {
            "{ __typename "
        });
        if let Tree::Node(children) = tree {
            for (index, below) in children {
                let on = index % if ty == INTERFACE { TYPES } else { 2 };
                let _ = write!(out, "... on T{on} ");
                self.source(on, below, out);
            }
        }
        out.push_str("} ");
    }

    fn source(&self, ty: usize, tree: &Tree, out: &mut String) {
        if ty >= TYPES {
            self.abstract_source(ty, tree, out);
            return;
        }
        out.push_str("{ id ");
        if let Tree::Node(children) = tree {
            for (position, (index, below)) in children.iter().enumerate() {
                if children[..position].iter().any(|(other, _)| other == index) {
                    continue;
                }
                let field = &self.types[ty][*index];
                // Some are aliased, of those some to names that keys or required fields have.
                let taken = (index + 1) % FIELDS;
                let is_free = !children.iter().any(|(other, _)| *other == taken);
                match position {
                    1 => {
                        let _ = write!(out, "a{index}: ");
                    }
                    2 if is_free && field.target.is_none() => {
                        let _ = write!(out, "f{taken}: ");
                    }
                    _ => {}
                }
                let _ = write!(out, "f{index} ");
                if let Some(target) = field.target {
                    self.source(target, below, out);
                }
            }
        }
        out.push_str("} ");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_operation_has_a_consistent_plan(spec in graph(), trees in prop::collection::vec((0..TYPES, tree()), 1..3)) {
        let names = SUBGRAPHS[..spec.subgraphs].join(" ");
        let graph = supergraph(&names, &spec.sdl());
        let mut source = String::from("{ ");
        for (number, (ty, tree)) in trees.iter().enumerate() {
            let _ = write!(source, "r{number}: t{ty} ");
            spec.source(*ty, tree, &mut source);
        }
        source.push('}');
        // Fragments on different types may clash.
        let operation = try_operation(&graph, &source);
        prop_assume!(operation.is_some());
        let operation = operation.ok_or_else(|| TestCaseError::reject("no operation"))?;
        let planner = Planner::new(Arc::clone(&graph));
        let plan = planner.plan(&operation).map_err(|error| TestCaseError::fail(format!("{error}\n{source}\n{}", spec.sdl())))?;
        assert_consistent(&graph, &plan);
        let again = planner.plan(&operation).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(render_text(&graph, &plan), render_text(&graph, &again));
    }
}
