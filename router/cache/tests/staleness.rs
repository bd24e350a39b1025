//! No read is staler than promised, whatever happens; and the checker that says so sees each planted mistake.
//!
//! `WEFT_STALENESS_SECONDS=120 cargo nextest run -p router-cache staleness` runs it longer.

use std::time::Duration;

use router_cache::Consistency;

use crate::checker::{Check, Mistake, Report};

fn seconds() -> u64 {
    let seconds = std::env::var("WEFT_STALENESS_SECONDS");
    seconds.map_or(6, |seconds| seconds.parse().expect("a number of seconds"))
}

async fn checked(consistency: Consistency, with_token: bool) -> Report {
    let check = Check {
        consistency,
        with_token,
        mistake: Mistake::None,
        with_faults: true,
        runs: Duration::from_secs(seconds()),
    };
    let report = check.run().await;
    println!("{check:?}\n{report:?}");
    // Something must have happened, however busy the machine is.
    let (reads, hits) = (report.reads > 100, report.hits > 5);
    let (writes, joins) = (report.writes > 20, report.joins > 5);
    assert!(
        reads && hits && writes && joins && report.faults > 2,
        "{report:?}"
    );
    report
}

/// Whether `mistake` shows, within some attempts.
async fn is_seen(mistake: Mistake, consistency: Consistency) -> bool {
    for _ in 0..10 {
        let runs = Duration::from_secs(5);
        let check = Check {
            consistency,
            with_token: false,
            mistake,
            // A replica that hears nothing is what a watchdog is for.
            with_faults: mistake == Mistake::NoWatchdog,
            runs,
        };
        let report = check.run().await;
        println!(
            "{mistake:?}: {} violations of {} reads, {} writes",
            report.violations.len(),
            report.reads,
            report.writes + report.unpublished,
        );
        if !report.violations.is_empty() {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn strict_reads_are_never_stale() {
    let report = checked(Consistency::Strict, false).await;
    assert!(report.violations.is_empty(), "{report:#?}");
}

#[tokio::test]
async fn bounded_reads_are_never_staler_than_the_bound() {
    let report = checked(Consistency::Bounded, false).await;
    assert!(report.violations.is_empty(), "{report:#?}");
}

#[tokio::test]
async fn reads_with_the_position_of_a_write_see_it() {
    let report = checked(Consistency::Bounded, true).await;
    assert!(report.violations.is_empty(), "{report:#?}");
}

#[tokio::test]
async fn a_stamp_taken_after_the_fetch_is_seen() {
    assert!(is_seen(Mistake::StampAfterFetch, Consistency::Strict).await);
}

#[tokio::test]
async fn a_naive_join_is_seen() {
    assert!(is_seen(Mistake::NaiveJoin, Consistency::Strict).await);
}

#[tokio::test]
async fn a_missing_watchdog_is_seen() {
    assert!(is_seen(Mistake::NoWatchdog, Consistency::Bounded).await);
}
