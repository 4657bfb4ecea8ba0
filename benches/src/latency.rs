//! The distribution of many durations: the median, two high percentiles, and the longest.

use std::time::Duration;

use serde_json::{Value, json};

/// Durations, collected one by one.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    times: Vec<Duration>,
}

/// The distribution; all zero if there are no durations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread {
    /// The number of durations.
    pub count: usize,
    /// The median.
    pub p50: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The 99.9th percentile.
    pub p999: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Latencies {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.times.push(time);
    }

    /// Adds all of another collection.
    pub fn join(&mut self, mut other: Latencies) {
        self.times.append(&mut other.times);
    }

    /// Their distribution.
    pub fn spread(mut self) -> Spread {
        self.times.sort_unstable();
        let count = self.times.len();
        let at = |place: usize| self.times.get(place.min(count.saturating_sub(1))).copied();
        let found = |place| at(place).unwrap_or_default();
        Spread {
            count,
            p50: found(count / 2),
            p99: found(count * 99 / 100),
            p999: found(count * 999 / 1_000),
            longest: found(count),
        }
    }
}

impl Spread {
    /// In microseconds.
    pub fn to_json(self) -> Value {
        let microseconds = |time: Duration| time.as_secs_f64() * 1e6;
        json!({
            "count": self.count,
            "p50_us": microseconds(self.p50),
            "p99_us": microseconds(self.p99),
            "p99_9_us": microseconds(self.p999),
            "longest_us": microseconds(self.longest),
        })
    }
}
