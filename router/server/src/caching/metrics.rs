//! The cache's numbers for `/metrics`: read when they are asked for.

use std::{fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};
use router_cache::BreakerPhase;

use super::Caching;

/// Reads what a cache has counted and how it is.
#[derive(Debug)]
pub(crate) struct CacheNumbers(pub(crate) Arc<Caching>);

impl Collector for CacheNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let cache = &self.0.cache;
        let help = "What the cache has done so far, by what it was";
        let counter = ConstCounter::new(0u64);
        let mut family =
            encoder.encode_descriptor("cache_events", help, None, counter.metric_type())?;
        for (name, value) in cache.stats().each() {
            let labels = [("event", name)];
            let counter = ConstCounter::new(value);
            counter.encode(family.encode_family(&labels)?)?;
        }
        let health = cache.health();
        let (entries, bytes) = health.memory;
        let lag = health.log_age.map_or(-1.0, |age| age.as_secs_f64());
        let gauges: [(&str, &str, f64); 7] = [
            ("cache_entries", "Entries in this process", entries as f64),
            (
                "cache_bytes",
                "Bytes of the entries in this process",
                bytes as f64,
            ),
            (
                "cache_connected",
                "1 while Redis is connected",
                f64::from(u8::from(health.is_connected)),
            ),
            (
                "cache_breaker_open",
                "1 while Redis is not asked because it failed",
                open(health.breaker),
            ),
            (
                "cache_log_age_seconds",
                "How long ago the log of invalidations was known to be complete; -1: not yet",
                lag,
            ),
            (
                "cache_unpublished_invalidations",
                "Invalidations that Redis does not know of yet",
                health.unpublished as f64,
            ),
            (
                "cache_flights",
                "Fetches under way that others can join",
                health.flights as f64,
            ),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(value);
            let encoder = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(encoder)?;
        }
        Ok(())
    }
}

fn open(phase: BreakerPhase) -> f64 {
    match phase {
        BreakerPhase::Closed => 0.0,
        _ => 1.0,
    }
}
