//! Names of entries: a hash over a typed encoding, so that no two values share a name by the way they are written.

use std::fmt;

use blake3::Hasher;

/// Changes whenever the encoding of keys or entries does: entries of another version are never found.
const FORMAT: &str = "weft router-cache 1 key";

/// The name of an entry: 192 bits of keyed BLAKE3.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub(crate) [u8; 24]);

/// Writes what a [`Key`] is the name of. Every value begins with its type, and what has no fixed length with its
/// length, so that different sequences of calls are different bytes:
///
/// ```
/// use router_cache::KeyWriter;
///
/// let key = |write: fn(&mut KeyWriter)| {
///     let mut writer = KeyWriter::new("shop");
///     write(&mut writer);
///     writer.finish()
/// };
/// assert_ne!(key(|w| w.null()), key(|w| w.text("null")));
/// assert_ne!(key(|w| w.integer(1)), key(|w| w.text("1")));
/// ```
#[derive(Clone)]
pub struct KeyWriter {
    hasher: Hasher,
    #[cfg(test)]
    pub(crate) written: Vec<u8>,
}

/// The first byte of each value.
pub(crate) mod kinds {
    pub(crate) const ABSENT: u8 = 0;
    pub(crate) const NULL: u8 = 1;
    pub(crate) const FALSE: u8 = 2;
    pub(crate) const TRUE: u8 = 3;
    pub(crate) const INTEGER: u8 = 4;
    pub(crate) const FLOAT: u8 = 5;
    pub(crate) const NUMBER: u8 = 6;
    pub(crate) const TEXT: u8 = 7;
    pub(crate) const BYTES: u8 = 8;
    pub(crate) const LIST: u8 = 9;
    pub(crate) const OBJECT: u8 = 10;
}

impl KeyWriter {
    /// Nothing yet; keys of different namespaces differ.
    #[must_use]
    pub fn new(namespace: &str) -> Self {
        let mut writer = Self {
            hasher: Hasher::new_derive_key(FORMAT),
            #[cfg(test)]
            written: Vec::new(),
        };
        writer.text(namespace);
        writer
    }

    /// A value that was not given.
    pub fn absent(&mut self) {
        self.write(&[kinds::ABSENT]);
    }

    /// A null that was given.
    pub fn null(&mut self) {
        self.write(&[kinds::NULL]);
    }

    /// A boolean.
    pub fn boolean(&mut self, value: bool) {
        self.write(&[if value { kinds::TRUE } else { kinds::FALSE }]);
    }

    /// A whole number.
    pub fn integer(&mut self, value: i64) {
        self.write(&[kinds::INTEGER]);
        self.write(&value.to_le_bytes());
    }

    /// A floating-point number, by its bits.
    pub fn float(&mut self, value: f64) {
        self.write(&[kinds::FLOAT]);
        self.write(&value.to_bits().to_le_bytes());
    }

    /// A number as it was written. `1` and `1.0` are different.
    pub fn number(&mut self, written: &str) {
        self.sized(kinds::NUMBER, written.as_bytes());
    }

    /// A text.
    pub fn text(&mut self, value: &str) {
        self.sized(kinds::TEXT, value.as_bytes());
    }

    /// Bytes.
    pub fn bytes(&mut self, value: &[u8]) {
        self.sized(kinds::BYTES, value);
    }

    /// A list, whose `length` values are written next.
    pub fn list(&mut self, length: usize) {
        self.write(&[kinds::LIST]);
        self.write(&(length as u64).to_le_bytes());
    }

    /// An object, whose `length` pairs are written next: of each its name with [`Self::text`] and its value. Sorting
    /// them is the caller's, if their order means nothing.
    pub fn object(&mut self, length: usize) {
        self.write(&[kinds::OBJECT]);
        self.write(&(length as u64).to_le_bytes());
    }

    /// The name of what was written.
    #[must_use]
    pub fn finish(self) -> Key {
        let mut bytes = [0; 24];
        self.hasher.finalize_xof().fill(&mut bytes);
        Key(bytes)
    }

    fn sized(&mut self, kind: u8, content: &[u8]) {
        self.write(&[kind]);
        self.write(&(content.len() as u64).to_le_bytes());
        self.write(content);
    }

    fn write(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        #[cfg(test)]
        self.written.extend_from_slice(bytes);
    }
}

impl Key {
    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(")?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for KeyWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyWriter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
