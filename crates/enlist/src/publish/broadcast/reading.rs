//! Reading for consumers: who reads for which, what each has acknowledged, and what it still needs.

use std::sync::atomic::Ordering;
use std::task::Waker;

use enlist_store::ConsumerRecord;

use crate::publish::broadcast::{Begun, Broadcast, SubscriberId, Unacknowledged};
use crate::publish::consumers::FullConsumer;
use crate::publish::interest::Interest;
use crate::publish::mailbox::Overflow;
use crate::revision::Sequence;

impl Broadcast {
    /// Adds consumers that an earlier process had. Before anything is published.
    pub(crate) fn restore_consumers(&self, records: impl IntoIterator<Item = (String, ConsumerRecord)>) {
        self.inner.lock().consumers.restore(records);
    }

    /// Takes over what became of consumers later than what was restored; `None` is the end of one.
    pub(crate) fn change_consumers(
        &self,
        changes: impl IntoIterator<Item = (String, Option<ConsumerRecord>)>,
    ) {
        let consumers = &mut self.inner.lock().consumers;
        changes.into_iter().for_each(|(name, record)| consumers.change(name, record));
    }

    /// Begins to read for a consumer: after what it acknowledged, or with what comes next if it is new. `record_of` makes its record
    /// from the acknowledged sequence. An earlier reader of it gets the end. `None` if there are `most` others already.
    pub(crate) fn begin_consumer(
        &self,
        name: &str,
        most: usize,
        record_of: impl FnOnce(u64) -> ConsumerRecord,
    ) -> Option<Begun> {
        let mut inner = self.inner.lock();
        let known = inner.consumers.record(name);
        if known.is_none() && inner.consumers.len() >= most {
            return None;
        }
        let next = inner.retained.next();
        let record = record_of(known.map_or(next.number() - 1, |known| known.acknowledged));
        let from = Sequence::new(next.incarnation(), record.acknowledged + 1);
        let subscribed = inner.subscribe(
            Interest::All,
            Some(from),
            Overflow::DropOldest,
            match record.when_full {
                // Writes are refused, and nothing is dropped.
                enlist_store::WhenFull::Refuse => usize::MAX,
                enlist_store::WhenFull::Gap => {
                    usize::try_from(record.unacknowledged_most).unwrap_or(usize::MAX)
                }
            },
        );
        let before = inner.consumers.begin(name, record, subscribed.id);
        let waker = before.and_then(|before| inner.take_over(before));
        self.settle(&mut inner);
        drop(inner);
        waker.into_iter().for_each(Waker::wake);
        Some(Begun { subscribed, record, is_news: known != Some(record) })
    }

    /// Removes a consumer. Its reader gets the end. Returns whether there was one.
    pub(crate) fn remove_consumer(&self, name: &str) -> bool {
        let mut inner = self.inner.lock();
        if inner.consumers.record(name).is_none() {
            return false;
        }
        let reader = inner.consumers.remove(name);
        let waker = reader.and_then(|reader| inner.take_over(reader));
        self.settle(&mut inner);
        drop(inner);
        waker.into_iter().for_each(Waker::wake);
        true
    }

    /// Notes that a subscriber reads for a consumer no more.
    pub(crate) fn leave_consumer(&self, name: &str, reader: SubscriberId) {
        self.inner.lock().consumers.leave(name, reader);
    }

    /// Notes what a consumer needs no more; returns whether that is news.
    pub(crate) fn acknowledge(&self, name: &str, sequence: u64) -> bool {
        let mut inner = self.inner.lock();
        let next = inner.retained.next().number();
        let is_news = inner.consumers.acknowledge(name, sequence, next);
        if is_news {
            self.settle(&mut inner);
        }
        is_news
    }

    /// The record of a consumer to keep next; see [`Consumers::begin_sending`].
    pub(crate) fn begin_sending(&self, name: &str) -> Option<ConsumerRecord> {
        self.inner.lock().consumers.begin_sending(name)
    }

    /// Notes that what was on its way has arrived.
    pub(crate) fn end_sending(&self, name: &str) {
        self.inner.lock().consumers.end_sending(name);
    }

    /// The consumer for which writes are refused now.
    pub(crate) fn full_consumer(&self) -> Option<FullConsumer> {
        // Relaxed: a write that comes in the same moment may be before or after.
        if !self.is_refusing.load(Ordering::Relaxed) {
            return None;
        }
        let inner = self.inner.lock();
        inner.consumers.full(inner.retained.next().number())
    }

    /// Each consumer by name: its record, how many items wait for it, and who reads for it.
    pub(crate) fn consumers(&self) -> Vec<(String, ConsumerRecord, u64, Option<SubscriberId>)> {
        let inner = self.inner.lock();
        inner.consumers.list(inner.retained.next().number())
    }

    /// What consumers need of what was published before a sequence, and of that what comes from `from` on. Waits until everything
    /// before the sequence was published: a frame is published just after it can be read.
    pub(crate) fn unacknowledged(&self, from: u64, before: Sequence) -> Unacknowledged {
        let mut inner = self.inner.lock();
        while inner.retained.next() < before {
            self.published.wait(&mut inner);
        }
        let needed_from = inner.consumers.needed_from(inner.retained.next().number());
        let needed_from = needed_from.map_or(before.number(), |needed| needed.min(before.number()));
        let first = Sequence::new(before.incarnation(), needed_from.max(from));
        let entries = inner.retained.since(first).take_while(|entry| entry.first() < before);
        Unacknowledged {
            consumers: inner.consumers.records(),
            needed_from,
            entries: entries.cloned().collect(),
        }
    }
}
