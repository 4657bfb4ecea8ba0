//! The consumers of a workspace: how far each is, and from where on it needs what was published.
//!
//! It does not know who reads for a consumer, and keeps nothing. Invariant: an acknowledged sequence only rises, and never passes what
//! was published.

use std::collections::BTreeMap;

use enlist_store::{ConsumerRecord, WhenFull as StoredWhenFull};

use crate::publish::broadcast::SubscriberId;

/// How many items may wait for a consumer, unless the host chooses otherwise.
pub(crate) const UNACKNOWLEDGED_MOST: usize = 1_000_000;

/// All consumers of a workspace. Sequences are numbers here: all are of one incarnation.
#[derive(Debug, Default)]
pub(crate) struct Consumers {
    by_name: BTreeMap<String, Entry>,
}

/// One consumer.
#[derive(Debug)]
struct Entry {
    record: ConsumerRecord,
    /// Who reads for it.
    reader: Option<SubscriberId>,
    /// The acknowledged sequence that is kept, or on its way.
    sent: u64,
    /// Whether an acknowledgement is on its way.
    is_sending: bool,
}

/// A consumer for which too many items wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FullConsumer {
    pub(crate) name: String,
    pub(crate) waiting: usize,
    pub(crate) most: usize,
}

impl Entry {
    fn new(record: ConsumerRecord) -> Self {
        Entry { record, reader: None, sent: record.acknowledged, is_sending: false }
    }

    /// How many items wait, when `next` is the next sequence.
    fn waiting(&self, next: u64) -> u64 {
        next.saturating_sub(self.record.acknowledged + 1)
    }

    /// The first sequence that it needs.
    fn needed_from(&self, next: u64) -> u64 {
        let first = self.record.acknowledged + 1;
        match self.record.when_full {
            StoredWhenFull::Refuse => first,
            StoredWhenFull::Gap => first.max(next.saturating_sub(self.record.unacknowledged_most)),
        }
    }

    fn is_over(&self, next: u64) -> bool {
        match self.record.when_full {
            StoredWhenFull::Refuse => self.waiting(next) >= self.record.unacknowledged_most,
            StoredWhenFull::Gap => false,
        }
    }
}

impl Consumers {
    /// Adds consumers that an earlier process had.
    pub(crate) fn restore(&mut self, records: impl IntoIterator<Item = (String, ConsumerRecord)>) {
        self.by_name.extend(records.into_iter().map(|(name, record)| (name, Entry::new(record))));
    }

    /// Takes over what became of a consumer; `None` is its end.
    pub(crate) fn change(&mut self, name: String, record: Option<ConsumerRecord>) {
        match record {
            None => drop(self.by_name.remove(&name)),
            Some(record) => {
                // A checkpoint may know a later acknowledgement.
                let acknowledged = self.record(&name).map_or(0, |known| known.acknowledged);
                let record = ConsumerRecord { acknowledged: record.acknowledged.max(acknowledged), ..record };
                self.by_name.insert(name, Entry::new(record));
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The record of a consumer.
    pub(crate) fn record(&self, name: &str) -> Option<ConsumerRecord> {
        self.by_name.get(name).map(|entry| entry.record)
    }

    /// All records, by name.
    pub(crate) fn records(&self) -> BTreeMap<String, ConsumerRecord> {
        self.by_name.iter().map(|(name, entry)| (name.clone(), entry.record)).collect()
    }

    /// Begins a consumer, or changes its options; returns who read for it until now.
    pub(crate) fn begin(
        &mut self,
        name: &str,
        record: ConsumerRecord,
        reader: SubscriberId,
    ) -> Option<SubscriberId> {
        let entry = self.by_name.entry(name.to_owned()).or_insert_with(|| Entry::new(record));
        entry.record = record;
        entry.reader.replace(reader)
    }

    /// Removes a consumer; returns who read for it.
    pub(crate) fn remove(&mut self, name: &str) -> Option<SubscriberId> {
        self.by_name.remove(name).and_then(|entry| entry.reader)
    }

    /// Notes that nobody reads for it any more.
    pub(crate) fn leave(&mut self, name: &str, reader: SubscriberId) {
        if let Some(entry) = self.by_name.get_mut(name)
            && entry.reader == Some(reader)
        {
            entry.reader = None;
        }
    }

    /// Notes what a consumer needs no more; returns whether that is news.
    pub(crate) fn acknowledge(&mut self, name: &str, sequence: u64, next: u64) -> bool {
        let Some(entry) = self.by_name.get_mut(name) else { return false };
        let is_news = sequence > entry.record.acknowledged && sequence < next;
        if is_news {
            entry.record.acknowledged = sequence;
        }
        is_news
    }

    /// The record to keep next, unless one is on its way or nothing is new.
    pub(crate) fn begin_sending(&mut self, name: &str) -> Option<ConsumerRecord> {
        let entry = self.by_name.get_mut(name)?;
        if entry.is_sending || entry.sent == entry.record.acknowledged {
            return None;
        }
        (entry.sent, entry.is_sending) = (entry.record.acknowledged, true);
        Some(entry.record)
    }

    /// Notes that what was on its way has arrived.
    pub(crate) fn end_sending(&mut self, name: &str) {
        if let Some(entry) = self.by_name.get_mut(name) {
            entry.is_sending = false;
        }
    }

    /// The first sequence that a consumer needs, when `next` is the next one; `None` without consumers.
    pub(crate) fn needed_from(&self, next: u64) -> Option<u64> {
        self.by_name.values().map(|entry| entry.needed_from(next)).min()
    }

    /// The first consumer for which writes are refused, when `next` is the next sequence.
    pub(crate) fn full(&self, next: u64) -> Option<FullConsumer> {
        let (name, entry) = self.by_name.iter().find(|(_, entry)| entry.is_over(next))?;
        Some(FullConsumer {
            name: name.clone(),
            waiting: usize::try_from(entry.waiting(next)).unwrap_or(usize::MAX),
            most: usize::try_from(entry.record.unacknowledged_most).unwrap_or(usize::MAX),
        })
    }

    /// Each consumer by name: its record, how many items wait for it, and whether somebody reads for it.
    pub(crate) fn list(&self, next: u64) -> Vec<(String, ConsumerRecord, u64, Option<SubscriberId>)> {
        let shown = |(name, entry): (&String, &Entry)| {
            (name.clone(), entry.record, entry.waiting(next), entry.reader)
        };
        self.by_name.iter().map(shown).collect()
    }
}
