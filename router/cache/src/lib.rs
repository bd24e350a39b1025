#![doc = include_str!("../README.md")]

mod breaker;
mod cache;
mod clock;
mod codec;
mod entry;
mod error;
mod flights;
mod judgement;
mod key;
mod log;
mod look_up;
mod news;
mod position;
mod refresh;
mod remote;
mod settings;
mod stamps;
mod stats;
mod sync;
mod tag;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod vouch;
mod warnings;

pub use self::{
    breaker::BreakerPhase,
    cache::{Boarding, Cache, Health, Landing, Waiting},
    clock::{Clock, ManualClock, SystemClock},
    entry::{Entry, MOST_BYTES, MOST_TAGS, Tags},
    error::{Error, NotPublished},
    judgement::{Stale, Unusable},
    key::{Key, KeyWriter},
    look_up::{Consistency, Found, Hit, Layer, LookUp, Miss, Unavailable},
    position::{NotAPosition, Position},
    refresh::{is_refresh_due, jittered, quiet_for},
    settings::Settings,
    stats::Stats,
    tag::{Mode, Tag},
};
