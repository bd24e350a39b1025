//! Plans executed over subgraphs that answer what each case says.

mod cases {
    pub(crate) mod bench;
    pub(crate) mod fixture;
}
