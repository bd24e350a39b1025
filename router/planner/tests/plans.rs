//! Plans, printed, for the cases of federation: one table of operations per case.

mod plans {
    pub(crate) mod abstract_types;
    pub(crate) mod bench;
    pub(crate) mod consistency;
    pub(crate) mod fixture;
    pub(crate) mod keys;
    mod labels;
    mod properties;
    pub(crate) mod requires;
    pub(crate) mod resolvable;
    pub(crate) mod roots;
    pub(crate) mod subgraph_schema;
}
