//! Plans executed over subgraphs that answer what each case says.

mod cases {
    pub(crate) mod bench;
    pub(crate) mod chaos;
    pub(crate) mod entities;
    pub(crate) mod faults;
    pub(crate) mod fixture;
    pub(crate) mod http;
    pub(crate) mod model;
    pub(crate) mod monolith;
    pub(crate) mod values;
}
