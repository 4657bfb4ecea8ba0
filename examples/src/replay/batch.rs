//! Events that are applied together, each with its line.
//!
//! Invariant: a batch is bounded in events and in bytes, so that a log of long lines takes no more memory
//! than one of short ones.

use enlist::Event;

/// Events of a full batch. Larger batches are not faster.
const MOST_EVENTS: usize = 1_000;
/// Bytes of the lines of a full batch.
const MOST_BYTES: usize = 1_024 * 1_024;

/// Events in order, with their lines.
#[derive(Default)]
pub(super) struct Batch {
    events: Vec<Event>,
    lines: Vec<u64>,
    bytes: usize,
}

impl Batch {
    /// Adds an event that was read from a line of `bytes` bytes.
    pub(super) fn push(&mut self, event: Event, line: u64, bytes: usize) {
        self.events.push(event);
        self.lines.push(line);
        self.bytes += bytes;
    }

    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= MOST_EVENTS || self.bytes >= MOST_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The events, and the line of each.
    pub(super) fn into_parts(self) -> (Vec<Event>, Vec<u64>) {
        (self.events, self.lines)
    }
}
