//! Batches that waited one behind the other and are applied in one turn, under one revision.
//!
//! What a turn costs beside its events (waking who helps, counts, history, a delivery) is paid once, and partitions have
//! more to share. Whoever handed a batch in sees nothing of it: the answer is that of the batch alone. What always holds:
//! batches are in the order in which they were handed in, and none that defines something is among several.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use enlist_model::Event;

use crate::error::Error;
use crate::inbox::queue::Queue;
use crate::inbox::ticket::Reply;
use crate::sequencer::{Command, Receipt};

/// So many events a partition are put together where nobody waits to read.
const MOST_EVENTS_EACH: usize = 512;
/// After somebody has waited to read, turns may grow again by so many events each.
const GROWTH_EVENTS: usize = 8;
/// So much of a subscriber's capacity is reckoned for an event.
const CAPACITY_OF_EVENT: usize = 16;

/// One batch, or several.
pub(crate) struct Group {
    pub(crate) events: Vec<Event>,
    /// How many of the events are whose, in order.
    batches: Vec<(usize, Reply<Result<Receipt, Error>>)>,
}

/// How many events are put together: none where readers come, who wait for a turn to end.
#[derive(Debug)]
pub(crate) struct CoalesceLimit {
    most: usize,
    now: AtomicUsize,
    has_reader_waited: AtomicBool,
}

impl Group {
    /// A batch, by itself.
    pub(crate) fn of(events: Vec<Event>, reply: Reply<Result<Receipt, Error>>) -> Self {
        Group { batches: vec![(events.len(), reply)], events }
    }

    /// Adds the batches that wait next, up to so many events.
    pub(crate) fn gather(&mut self, queue: &Queue<Command>, most: usize) {
        if self.events.len() >= most || defines(&self.events) {
            return;
        }
        let joins = |job: &Command| matches!(job, Command::Apply { events, stop_on_refusal: false, .. } if !defines(events));
        while let Some(Command::Apply { mut events, reply, .. }) =
            queue.pop_if(|job, count| self.events.len() + count <= most && joins(job))
        {
            self.batches.push((events.len(), reply));
            self.events.append(&mut events);
        }
    }

    /// Answers each batch with its share of what became of all.
    pub(crate) fn answer(mut self, receipt: Receipt) {
        if self.batches.len() == 1
            && let Some((_, reply)) = self.batches.pop()
        {
            return reply.send(Ok(receipt));
        }
        let Receipt { revision, refused, .. } = receipt;
        let mut refused = refused.into_iter().peekable();
        let mut first = 0;
        for (count, reply) in self.batches {
            let end = first + count;
            let mut of_batch = Vec::new();
            while let Some(mut refused) = refused.next_if(|refused| refused.index < end) {
                refused.index -= first;
                of_batch.push(refused);
            }
            let applied = count - of_batch.len();
            reply.send(Ok(Receipt { revision, applied, refused: of_batch, rest: Vec::new() }));
            first = end;
        }
    }
}

impl CoalesceLimit {
    pub(crate) fn new(partitions: usize) -> Self {
        let most = MOST_EVENTS_EACH * partitions;
        CoalesceLimit { most, now: AtomicUsize::new(most), has_reader_waited: AtomicBool::new(false) }
    }

    /// Somebody has to wait for a turn to end.
    pub(crate) fn note_waiting_reader(&self) {
        self.has_reader_waited.store(true, Ordering::Relaxed);
    }

    /// How many events the next turn may put together; asked once, by whoever does it. What they publish is to be
    /// little beside the least capacity of a subscriber, so that it does not jump over its bound.
    pub(crate) fn of_next_turn(&self, least_capacity: usize) -> usize {
        let has_waited = self.has_reader_waited.swap(false, Ordering::Relaxed);
        let now = if has_waited { 0 } else { self.now.load(Ordering::Relaxed) + GROWTH_EVENTS };
        let now = now.min(self.most);
        self.now.store(now, Ordering::Relaxed);
        now.min(least_capacity / CAPACITY_OF_EVENT)
    }
}

/// Whether any event is a definition. Two who save one segment must not be given one revision.
fn defines(events: &[Event]) -> bool {
    events.iter().any(|event| event.body.is_definition())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_to_read_makes_turns_small_and_they_grow_again_slowly() {
        let limit = CoalesceLimit::new(2);
        assert_eq!(limit.of_next_turn(usize::MAX), 2 * MOST_EVENTS_EACH);
        limit.note_waiting_reader();
        assert_eq!(limit.of_next_turn(usize::MAX), 0);
        assert_eq!(limit.of_next_turn(usize::MAX), GROWTH_EVENTS);
        assert_eq!(limit.of_next_turn(usize::MAX), 2 * GROWTH_EVENTS);
        assert_eq!((0..200).map(|_| limit.of_next_turn(usize::MAX)).max(), Some(2 * MOST_EVENTS_EACH));
    }

    #[test]
    fn whoever_takes_little_at_a_time_makes_turns_small() {
        let limit = CoalesceLimit::new(1);
        assert_eq!(
            [1, 15, 16, 1_600, 65_536].map(|least| limit.of_next_turn(least)),
            [0, 0, 1, 100, MOST_EVENTS_EACH]
        );
    }
}
