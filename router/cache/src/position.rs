//! Places in the invalidation log.

use std::{fmt, str::FromStr};

/// A place in the invalidation log: the id of a Redis stream entry. Its text form is Redis's, `1700000000000-0`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Since the Unix epoch, by the clock of whoever keeps the log.
    pub milliseconds: u64,
    /// Counts those of one millisecond.
    pub sequence: u64,
}

/// Not the text form of a [`Position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a log position (milliseconds-sequence)")]
pub struct NotAPosition;

impl Position {
    /// Before everything.
    pub const ZERO: Self = Self {
        milliseconds: 0,
        sequence: 0,
    };

    /// After everything: who must know of it never knows enough.
    pub const END: Self = Self {
        milliseconds: u64::MAX,
        sequence: u64::MAX,
    };

    /// The first place that is later; after the end there is none.
    #[must_use]
    pub fn next(self) -> Self {
        if self == Self::END {
            return self;
        }
        match self.sequence.checked_add(1) {
            Some(sequence) => Self { sequence, ..self },
            None => Self {
                milliseconds: self.milliseconds.saturating_add(1),
                sequence: 0,
            },
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.sequence)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let digits = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse().map_err(|_| NotAPosition),
            false => Err(NotAPosition),
        };
        let (milliseconds, sequence) = text.split_once('-').ok_or(NotAPosition)?;
        Ok(Self {
            milliseconds: digits(milliseconds)?,
            sequence: digits(sequence)?,
        })
    }
}
