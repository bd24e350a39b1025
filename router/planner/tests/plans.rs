//! Plans, printed, for the cases of federation: one table of operations per case.

mod plans {
    pub(crate) mod bench;
    pub(crate) mod fixture;
}
