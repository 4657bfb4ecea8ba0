//! Counters that a workspace updates while it works, without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use enlist_store::Totals;

/// Counters that a workspace updates while it works.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(super) events: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) frames: AtomicU64,
    pub(super) published: AtomicU64,
    pub(super) transitions: AtomicU64,
    pub(super) busy_microseconds: AtomicU64,
    failures: AtomicU64,
    /// Events since memory was last estimated.
    since_estimate: AtomicU64,
}

/// When a frame began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "how long a frame took is reported, and decides nothing")]
    pub(crate) fn start() -> Self {
        Stopwatch(std::time::Instant::now())
    }
}

impl Counters {
    /// Counts a frame that ended, with what it adds to the totals.
    pub(crate) fn end(&self, stopwatch: Stopwatch, frame: Totals) {
        let took = stopwatch.0.elapsed();
        let Totals { events, refused, frames, published, transitions } = frame;
        let add = |counter: &AtomicU64, more: u64| counter.fetch_add(more, Ordering::Relaxed);
        add(&self.events, events);
        add(&self.refused, refused);
        add(&self.frames, frames);
        add(&self.published, published);
        add(&self.transitions, transitions);
        add(&self.busy_microseconds, took.as_micros() as u64);
        add(&self.since_estimate, events);
        record(frame, took);
    }

    /// The totals that a store keeps.
    pub(crate) fn totals(&self) -> Totals {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Totals {
            events: get(&self.events),
            refused: get(&self.refused),
            frames: get(&self.frames),
            published: get(&self.published),
            transitions: get(&self.transitions),
        }
    }

    /// Counts on from totals that were kept.
    pub(crate) fn begin_at(&self, totals: Totals) {
        let set = |counter: &AtomicU64, to: u64| counter.store(to, Ordering::Relaxed);
        set(&self.events, totals.events);
        set(&self.refused, totals.refused);
        set(&self.frames, totals.frames);
        set(&self.published, totals.published);
        set(&self.transitions, totals.transitions);
    }

    pub(crate) fn note_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether memory should be estimated again, because `every` events were applied since the last time.
    pub(crate) fn is_estimate_due(&self, every: u64) -> bool {
        self.since_estimate.load(Ordering::Relaxed) >= every
    }

    /// Notes that memory was estimated.
    pub(crate) fn note_estimate(&self) {
        self.since_estimate.store(0, Ordering::Relaxed);
    }
}

/// Passes a frame to the host's metrics recorder, if it has one.
#[cfg(feature = "metrics")]
#[expect(clippy::cast_precision_loss, reason = "no batch has 2⁵² events")]
fn record(frame: Totals, took: Duration) {
    metrics::counter!("enlist_events_applied_total").increment(frame.events);
    metrics::counter!("enlist_events_refused_total").increment(frame.refused);
    metrics::counter!("enlist_published_total").increment(frame.published);
    metrics::histogram!("enlist_frame_seconds").record(took.as_secs_f64());
    metrics::histogram!("enlist_frame_events").record(frame.events as f64);
}

#[cfg(not(feature = "metrics"))]
fn record(_frame: Totals, _took: Duration) {}
