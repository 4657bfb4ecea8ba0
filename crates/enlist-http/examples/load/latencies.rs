//! Durations, counted by the tenth of a millisecond, so that recording one takes no memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The width of a counter.
const WIDTH: Duration = Duration::from_micros(100);
/// What is longer is counted by the last one.
const COUNTERS: usize = 20_000;

/// Counted durations.
pub(crate) struct Latencies(Vec<AtomicU64>);

impl Latencies {
    pub(crate) fn new() -> Self {
        Latencies((0..COUNTERS).map(|_| AtomicU64::new(0)).collect())
    }

    pub(crate) fn note(&self, latency: Duration) {
        let at = (latency.as_nanos() / WIDTH.as_nanos()).min(COUNTERS as u128 - 1) as usize;
        if let Some(counter) = self.0.get(at) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The duration that this share of all does not exceed.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let counts: Vec<u64> = self.0.iter().map(|counter| counter.load(Ordering::Relaxed)).collect();
        let wanted = (counts.iter().sum::<u64>() as f64 * share) as u64;
        let mut passed = 0;
        let at = counts.iter().position(|count| {
            passed += count;
            passed > wanted
        });
        WIDTH * (at.unwrap_or(COUNTERS - 1) as u32 + 1)
    }
}
