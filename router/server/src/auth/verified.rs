//! Tokens that were verified once, remembered until they expire.

use std::sync::Arc;

use quick_cache::sync::Cache;

use router_executor::Identity;

/// Remembered tokens, by hash: the tokens themselves are not kept.
pub(super) struct VerifiedTokens {
    tokens: Cache<[u8; 32], Verified>,
    anonymous: Arc<Identity>,
}

#[derive(Clone)]
struct Verified {
    identity: Arc<Identity>,
    /// Of the keys it was verified with: a changed key set forgets every token.
    generation: u64,
    expires: u64,
}

impl VerifiedTokens {
    pub(super) fn new(entries: usize) -> Self {
        Self {
            tokens: Cache::new(entries.max(1)),
            anonymous: Arc::default(),
        }
    }

    pub(super) fn anonymous(&self) -> Arc<Identity> {
        Arc::clone(&self.anonymous)
    }

    pub(super) fn get(&self, token: &str, generation: u64, now: u64) -> Option<Arc<Identity>> {
        let hash = *blake3::hash(token.as_bytes()).as_bytes();
        let found = self.tokens.get(&hash)?;
        if found.generation == generation && now < found.expires {
            return Some(found.identity);
        }
        self.tokens.remove(&hash);
        None
    }

    pub(super) fn insert(
        &self,
        token: &str,
        generation: u64,
        expires: u64,
        identity: Arc<Identity>,
    ) {
        let hash = *blake3::hash(token.as_bytes()).as_bytes();
        self.tokens.insert(
            hash,
            Verified {
                identity,
                generation,
                expires,
            },
        );
    }
}
