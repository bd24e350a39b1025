//! What entries are invalidated by.

use blake3::Hasher;

/// 64 bits of the BLAKE3 hash of a tag's name. Two names with one hash are invalidated together: a miss too many, never
/// one too few.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u64);

/// How an invalidation ends what it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing older is used any more, whatever its windows for stale use say.
    Hard,
    /// What is older counts as expired: `stale-while-revalidate` and `stale-if-error` go on from here.
    Soft,
}

impl Tag {
    /// The tag of this name. Names are compared byte by byte.
    #[must_use]
    pub fn named(name: impl AsRef<[u8]>) -> Self {
        let mut hasher = Hasher::new_derive_key("weft router-cache 1 tag");
        hasher.update(name.as_ref());
        let mut bytes = [0; 8];
        hasher.finalize_xof().fill(&mut bytes);
        Self(u64::from_le_bytes(bytes))
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) fn bits(self) -> u64 {
        self.0
    }
}
