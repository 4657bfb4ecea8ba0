//! The progress bar, on standard error: how much of the log is read, and the rate. Hidden if that is not a terminal.

use std::io::Read;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// How far the replay has come.
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    /// A bar on standard error, if that is a terminal.
    pub fn shown() -> Self {
        Self::of(ProgressBar::no_length())
    }

    /// No bar.
    pub fn hidden() -> Self {
        Self::of(ProgressBar::hidden())
    }

    #[expect(clippy::disallowed_methods, reason = "the rate is measured over the time that a user waits")]
    fn of(bar: ProgressBar) -> Self {
        let style = ProgressStyle::with_template("{spinner} {bytes} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Progress { bar, started: Instant::now() }
    }

    /// Sets the number of bytes in the log, which is the end of the bar.
    pub fn expect_bytes(&self, bytes: u64) {
        let style = ProgressStyle::with_template("{wide_bar} {percent:>3} % {msg}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_length(bytes);
    }

    /// The same source; the bar counts its bytes as they are read.
    pub fn counting<'a>(&self, source: impl Read + 'a) -> impl Read + 'a {
        self.bar.wrap_read(source)
    }

    /// Sets the number of events applied.
    pub fn applied(&self, events: u64) {
        if !self.bar.is_hidden() {
            let rate = HumanCount(rate(events, self.started.elapsed()));
            self.bar.set_message(format!("{} events, {rate}/s", HumanCount(events)));
        }
    }

    /// Writes something else to the terminal while the bar is hidden.
    pub fn with_bar_hidden<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Removes the bar and returns the time since the start.
    pub fn finish(&self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}

/// Events a second.
pub(super) fn rate(events: u64, elapsed: Duration) -> u64 {
    let rate = u128::from(events) * 1_000_000_000 / elapsed.as_nanos().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}
