//! A frame as it is formed: all that decides its outcome, as plain data. A journal keeps it before it is executed.
//!
//! Forming reads what differs from one execution to the next: the clock, and the estimate of memory. It knows no partitions.
//! Invariant: executing a formed frame again on an equal state has the same outcome, over any number of partitions.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use enlist_model::{Event, Instant};
use enlist_store::{Anchor, Outcome, Source};

use crate::batch::OnRefusal;
use crate::inbox::command::Expected;
use crate::partition::PartitionIdx;
use crate::revision::Revision;
use crate::sequencer::shared::{Sequencer, TimeSource};
use crate::sequencer::state::State;
use crate::sequencer::stats::MemoryUsage;

/// Memory is estimated again after this many events.
const ESTIMATE_EVENTS: u64 = 1_000;

/// A frame that is formed and not executed yet.
#[derive(Debug)]
pub(crate) struct FormedFrame {
    /// The revision that it leads to. It is taken even if nothing changes.
    pub(crate) revision: Revision,
    /// A contact that the event at index i creates has the creation number `first_creation + i`.
    pub(crate) first_creation: u64,
    pub(crate) readings: Readings,
    /// What was executed when it was formed; `None` where no journal compares it.
    pub(crate) anchor: Option<Anchor>,
    /// Where the events come from.
    pub(crate) source: Option<Source>,
    /// What it came to when it was executed before, if a partition had failed then. Events that a panic refused are refused again,
    /// and not executed.
    pub(crate) outcome: Option<Outcome>,
    /// An `Arc` of the vector, because making a shared slice would copy every event.
    pub(crate) events: Arc<Vec<Event>>,
    pub(crate) content: Content,
}

/// What differs from one execution to the next. A decision that depends on it uses the readings of its frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Readings {
    /// What the clock reads.
    pub(crate) clock: Instant,
    /// The estimate of the workspace's memory in bytes, for the limit on it; 0 in a frame that is within it.
    pub(crate) bytes: usize,
}

/// What a frame does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// Applies the events of a batch, or of several that were coalesced.
    Events { on_refusal: OnRefusal },
    /// Saves or deletes a segment, by its only event, if the segment is as expected.
    Segment { expected: Expected },
    /// Advances the workspace's time; it has no events.
    Advance { to: Instant },
    /// Rebuilds a partition, and publishes a gap; it has no events. `None` when it is executed again, and where nothing needs to be
    /// rebuilt: then only the gap is left to do.
    Rebuild { partition: Option<PartitionIdx> },
}

impl Sequencer {
    /// Forms the next frame. Only the one worker that executes this workspace's commands calls it, so nothing comes between
    /// forming and executing.
    pub(crate) fn form(
        &self,
        events: Arc<Vec<Event>>,
        content: Content,
        source: Option<Source>,
    ) -> FormedFrame {
        let state = self.state.read();
        let readings = self.readings(&state);
        if self.counters.is_estimate_due(ESTIMATE_EVENTS) {
            self.counters.note_estimate();
            self.bytes.store(readings.bytes, Ordering::Relaxed);
        }
        // The frames on their way take revisions and numbers before this one.
        let next =
            |last: &FormedFrame| (last.revision.next(), last.first_creation + last.events.len() as u64);
        let pipeline = self.pipeline.as_ref();
        let (revision, first_creation) = pipeline
            .and_then(|pipeline| pipeline.last(next))
            .unwrap_or_else(|| (state.revision.next(), state.next_creation));
        let anchor = pipeline.map(|_| state.anchor());
        // An estimate within the limit decides nothing, and a journal would keep it.
        let is_over = self.settings.limits.bytes().is_exceeded_by(readings.bytes);
        let readings = Readings { bytes: if is_over { readings.bytes } else { 0 }, ..readings };
        FormedFrame { revision, first_creation, readings, anchor, source, outcome: None, events, content }
    }

    /// The readings that a frame would be formed with now.
    pub(crate) fn readings(&self, state: &State) -> Readings {
        // Only the limit of bytes asks for the estimate, which takes tens of microseconds.
        let is_limited = self.settings.limits.bytes != usize::MAX;
        let bytes = if is_limited && self.counters.is_estimate_due(ESTIMATE_EVENTS) {
            MemoryUsage::of(state, self.broadcast.bytes()).total() as usize
        } else {
            self.bytes.load(Ordering::Relaxed)
        };
        let clock = match self.time {
            TimeSource::Clock => self.clock.now(),
            // Nothing lies ahead of the end of time: where the host drives time, an event may have any instant.
            TimeSource::Manual => Instant::MAX,
        };
        Readings { clock, bytes }
    }
}
