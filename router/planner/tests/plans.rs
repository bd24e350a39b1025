//! Plans, printed, for the cases of federation: one table of operations per case.

mod plans {
    pub(crate) mod abstract_types;
    pub(crate) mod bench;
    pub(crate) mod consistency;
    mod contexts;
    mod contract;
    pub(crate) mod fixture;
    #[path = "../../../../schema/composition/tests/subgraphs/generator.rs"]
    mod generator;
    mod identities;
    pub(crate) mod keys;
    mod labels;
    mod properties;
    mod random_graph;
    mod random_operation;
    pub(crate) mod requires;
    pub(crate) mod resolvable;
    pub(crate) mod roots;
    mod satisfiable;
    pub(crate) mod sharing;
    pub(crate) mod subgraph_schema;
}
