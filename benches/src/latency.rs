//! How long something took, many times over: the median, what 99 of 100 stay below, and the longest.

use std::time::Duration;

/// Times taken one by one.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    times: Vec<Duration>,
}

/// What some times come to; all zero of none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread {
    /// How many times there are.
    pub count: usize,
    /// The median.
    pub p50: Duration,
    /// What 99 of 100 stay below.
    pub p99: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Latencies {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.times.push(time);
    }

    /// Adds those of another.
    pub fn join(&mut self, mut other: Latencies) {
        self.times.append(&mut other.times);
    }

    /// What they come to.
    pub fn spread(mut self) -> Spread {
        self.times.sort_unstable();
        let count = self.times.len();
        let at = |place: usize| self.times.get(place.min(count.saturating_sub(1))).copied();
        let found = |place| at(place).unwrap_or_default();
        Spread { count, p50: found(count / 2), p99: found(count * 99 / 100), longest: found(count) }
    }
}
