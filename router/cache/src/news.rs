//! What a reader of the log is told.

use std::time::Instant;

use crate::{
    position::Position,
    tag::{Mode, Tag},
};

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogEntry {
    pub(crate) at: Position,
    /// Which of those that replicas appended it is. Others' have no number.
    pub(crate) number: Option<u64>,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Tags are invalidated.
    Tags { tags: Vec<Tag>, mode: Mode },
    /// Everything before is invalidated: a new log begins, or somebody wrote what cannot be read.
    Reset,
}

/// The log as it was at one moment, from the position that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// Where the reader was when it asked.
    pub(crate) asked_from: Position,
    /// When it asked. The log was read after this.
    pub(crate) asked_at: Instant,
    /// `None`: there is no log.
    pub(crate) log: Option<LogState>,
    /// In order, all later than `asked_from`.
    pub(crate) entries: Vec<LogEntry>,
    /// Whether there were more than could be read at once.
    pub(crate) is_cut: bool,
}

/// What Redis says of the log beside its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogState {
    /// Chosen by chance when the log was begun.
    pub(crate) generation: u64,
    /// How many entries replicas appended.
    pub(crate) numbered: u64,
    /// The last id that was ever given, trimmed or not.
    pub(crate) last: Position,
    /// How many entries were ever added, by whomever (Redis 7 and later).
    pub(crate) added: Option<u64>,
    /// Something up to here was deleted by hand, as far as Redis knows (Redis 7 and later).
    pub(crate) deleted: Position,
}
