//! Caches on real Redis servers, to which everything happens.

mod checker;
mod entries;
mod failures;
mod harness;
mod invalidations;
mod losses;
mod staleness;
mod topologies;
