//! JSON as requests and responses have it, to and from the library's values.
//!
//! What comes out is what `serde_json` would make of the same values, byte for byte and error for error; it costs half
//! of that, because names are shared instead of made anew and texts are copied whole.

mod read;
mod write;

pub(crate) use read::RequestBody;
pub(crate) use write::write_response;

#[cfg(test)]
mod tests;
