//! Measures time. The only file that reads a clock.

use std::time::Duration;

/// A clock that several threads can read.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts it.
    #[expect(clippy::disallowed_methods, reason = "a bench measures durations; no result depends on them")]
    pub fn start() -> Self {
        Stopwatch(std::time::Instant::now())
    }

    /// The time since it was started.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// The result of something, and how long it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let stopwatch = Stopwatch::start();
    let result = work();
    (result, stopwatch.elapsed())
}

/// The median of some figures; zero if there are none.
pub fn median_of(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// The median of some durations; zero if there are none.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Nanoseconds for one of this many.
pub fn nanoseconds_each(time: Duration, count: usize) -> f64 {
    time.as_nanos() as f64 / count.max(1) as f64
}
