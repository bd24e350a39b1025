//! What came of bytes the last time, so that room is made at once for what will probably come of others.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many things came of how many bytes, the last time. Shared by all executions of a plan; it decides nothing but
/// how much memory is asked for at first.
#[derive(Debug, Default)]
pub(crate) struct Density(AtomicU64);

impl Density {
    /// How many things to expect of so many bytes.
    pub(crate) fn expect(&self, bytes: usize) -> usize {
        let known = self.0.load(Ordering::Relaxed);
        let (things, of) = (known >> 32, known & u64::from(u32::MAX));
        if of == bytes as u64 {
            return things as usize;
        }
        // A little more, as bytes and things do not go together exactly.
        let expected = u128::from(things) * bytes as u128 / u128::from(of.max(1));
        let expected = usize::try_from(expected).unwrap_or(usize::MAX);
        expected.saturating_add(expected / 8)
    }

    /// So many things came of so many bytes.
    pub(crate) fn learn(&self, things: usize, bytes: usize) {
        let (Ok(things), Ok(bytes)) = (u32::try_from(things), u32::try_from(bytes)) else {
            return;
        };
        let known = u64::from(things) << 32 | u64::from(bytes);
        // A line of the cache that is only read stays with all processors.
        if self.0.load(Ordering::Relaxed) != known {
            self.0.store(known, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Density;

    #[test]
    fn expects_what_came_the_last_time_in_proportion() {
        let density = Density::default();
        assert_eq!(density.expect(1000), 0);
        density.learn(10, 1000);
        assert_eq!(density.expect(1000), 10);
        assert_eq!(density.expect(8000), 90);
        assert_eq!(density.expect(0), 0);
        density.learn(0, 0);
        assert_eq!(density.expect(usize::MAX), 0);
        density.learn(usize::MAX, 1);
        assert_eq!(density.expect(1000), 0);
    }
}
