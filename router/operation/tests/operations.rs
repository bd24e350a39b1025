//! Documents, from text to the normalised form: what is refused and why, and what comes out.

mod operations {
    mod bounds;
    mod documents;
    mod fixture;
    mod validation;
    mod variables;
}
