//! Time taken. The only file that reads a clock.

use std::time::Duration;

/// What something gave, and how long it took.
#[expect(clippy::disallowed_methods, reason = "a bench measures time, it does not tell it")]
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// The median of some durations; zero of none.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Nanoseconds of one of so many.
pub fn nanoseconds_each(time: Duration, count: usize) -> f64 {
    time.as_nanos() as f64 / count.max(1) as f64
}
