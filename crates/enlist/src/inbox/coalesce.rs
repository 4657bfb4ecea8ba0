//! Small batches that wait behind each other, executed in one frame under one revision.
//!
//! The fixed costs of a frame (waking helpers, counts, history, a delivery) are then paid once, and the partitions have more
//! events to run in parallel. Each caller still gets the answer for its own batch. Invariant: batches keep the order in which
//! they were submitted, and a batch with a definition is never coalesced.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use enlist_model::Event;

use crate::batch::{Batch, OnRefusal, Receipt};
use crate::inbox::command::{Answer, Command, Request};
use crate::inbox::queue::Queue;
use crate::inbox::ticket::Reply;

/// Maximum events per partition coalesced while no reader is waiting.
const EVENTS_PER_PARTITION_MOST: usize = 512;
/// After a reader had to wait, frames grow again by this many events each.
const GROWTH_EVENTS: usize = 8;
/// A frame coalesces at most the least capacity of a mailbox divided by this, since an event can publish several items.
const CAPACITY_PER_EVENT: usize = 16;

/// One batch, or several coalesced ones.
pub(crate) struct CoalescedBatches {
    pub(crate) batch: Batch,
    /// The number of events of each batch and its reply, in order.
    replies: Vec<(usize, Reply<Answer>)>,
}

/// Adapts the number of coalesced events: to 0 when a reader had to wait, and slowly up again.
#[derive(Debug)]
pub(crate) struct CoalesceLimit {
    most: usize,
    now: AtomicUsize,
    has_reader_waited: AtomicBool,
}

impl CoalescedBatches {
    /// A single batch.
    pub(crate) fn of(batch: Batch, reply: Reply<Answer>) -> Self {
        CoalescedBatches { replies: vec![(batch.len(), reply)], batch }
    }

    /// Adds the next batches of the queue, up to `most` events in all.
    pub(crate) fn gather(&mut self, queue: &Queue<Request>, most: usize) {
        if self.batch.len() >= most || !is_coalescible(&self.batch) {
            return;
        }
        // Stops at the first batch that does not fit: taking a later one would change the order.
        while let Some(request) = queue.pop_if(|request, events| {
            let fits = self.batch.len() + events <= most;
            fits && matches!(&request.command, Command::Apply(batch, None) if is_coalescible(batch))
        }) {
            let mut events = request.command.into_events();
            self.replies.push((events.len(), request.reply));
            self.batch.events.append(&mut events);
        }
    }

    /// Takes the events out for the frame.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.batch.events)
    }

    /// Answers each batch with its share of the receipt.
    pub(crate) fn answer(mut self, answer: Answer) {
        if self.replies.len() == 1
            && let Some((_, reply)) = self.replies.pop()
        {
            return reply.send(answer);
        }
        let receipt = match answer {
            Ok(receipt) => receipt,
            Err(error) => {
                return self.replies.into_iter().for_each(|(_, reply)| reply.send(Err(error.clone())));
            }
        };
        // Coalesced batches never stop at a refusal and have no source, so the receipt has no rest and nothing was skipped.
        let Receipt { revision, first_event, refused, .. } = receipt;
        let mut refused = refused.into_iter().peekable();
        let (mut first, mut next_event) = (0, first_event);
        for (count, reply) in self.replies {
            let end = first + count;
            let mut of_batch = Vec::new();
            while let Some(mut refused) = refused.next_if(|refused| refused.index < end) {
                refused.index -= first;
                of_batch.push(refused);
            }
            let applied = count - of_batch.len();
            let first_event = next_event.filter(|_| applied > 0);
            next_event = next_event.map(|number| number + applied as u64);
            reply.send(Ok(Receipt {
                revision,
                applied,
                first_event,
                refused: of_batch,
                skipped: 0,
                rest: Vec::new(),
            }));
            first = end;
        }
    }
}

impl CoalesceLimit {
    pub(crate) fn new(partitions: usize) -> Self {
        let most = EVENTS_PER_PARTITION_MOST * partitions;
        CoalesceLimit { most, now: AtomicUsize::new(most), has_reader_waited: AtomicBool::new(false) }
    }

    /// Notes that a reader must wait for a frame to end.
    pub(crate) fn note_waiting_reader(&self) {
        self.has_reader_waited.store(true, Ordering::Relaxed);
    }

    /// How many events the next frame may coalesce; called once a frame. The least capacity of a mailbox bounds it, so that one
    /// delivery does not overflow a mailbox that would have held the batches one by one.
    pub(crate) fn of_next_frame(&self, least_capacity: usize) -> usize {
        // Relaxed: a note that is seen late only changes the size of one frame.
        let has_waited = self.has_reader_waited.swap(false, Ordering::Relaxed);
        let now = if has_waited { 0 } else { self.now.load(Ordering::Relaxed) + GROWTH_EVENTS };
        let now = now.min(self.most);
        self.now.store(now, Ordering::Relaxed);
        now.min(least_capacity / CAPACITY_PER_EVENT)
    }
}

/// Whether a batch may share a frame. A definition may not: two callers that save one segment must get different revisions. A
/// batch that stops at a refusal may not: its refusal must not stop another caller's batch. A batch with a source is not asked about:
/// a frame has one source.
fn is_coalescible(batch: &Batch) -> bool {
    batch.on_refusal == OnRefusal::Skip && !batch.events.iter().any(|event| event.body.is_definition())
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_reader_makes_frames_small_and_they_grow_again_slowly() {
        let limit = CoalesceLimit::new(2);
        assert_eq!(limit.of_next_frame(usize::MAX), 2 * EVENTS_PER_PARTITION_MOST);
        limit.note_waiting_reader();
        assert_eq!(limit.of_next_frame(usize::MAX), 0);
        assert_eq!(limit.of_next_frame(usize::MAX), GROWTH_EVENTS);
        assert_eq!(limit.of_next_frame(usize::MAX), 2 * GROWTH_EVENTS);
        assert_eq!(
            (0..200).map(|_| limit.of_next_frame(usize::MAX)).max(),
            Some(2 * EVENTS_PER_PARTITION_MOST)
        );
    }

    #[test]
    fn a_small_mailbox_makes_frames_small() {
        let limit = CoalesceLimit::new(1);
        assert_eq!(
            [1, 15, 16, 1_600, 65_536].map(|least| limit.of_next_frame(least)),
            [0, 0, 1, 100, EVENTS_PER_PARTITION_MOST]
        );
    }
}
