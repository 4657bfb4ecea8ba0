//! What a workspace published last, kept for subscribers that resume and for consumers that have not acknowledged it.
//!
//! It does not know who reads it. Invariant: sequences have no holes from the oldest item that is kept to the next one.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::publish::delivery::Delivery;
use crate::publish::mailbox::Gap;
use crate::revision::{Incarnation, Revision, Sequence};

/// What takes sequences.
#[derive(Clone, Debug)]
pub(crate) enum Retained {
    Delivery(Arc<Delivery>),
    /// What a failed partition may not have published. It has one sequence of its own.
    Gap(Gap),
}

/// The latest deliveries and gaps, the oldest first.
#[derive(Debug)]
pub(crate) struct RetainedItems {
    entries: VecDeque<Retained>,
    items: usize,
    bytes: usize,
    /// The sequence of the next item.
    next: Sequence,
    /// The revision of the latest entry that is no longer here.
    forgotten: Revision,
}

impl Retained {
    /// The sequence of its first item.
    pub(crate) fn first(&self) -> Sequence {
        match self {
            Retained::Delivery(delivery) => delivery.first,
            Retained::Gap(gap) => gap.from,
        }
    }

    /// The sequence after its last item.
    pub(crate) fn end(&self) -> Sequence {
        match self {
            Retained::Delivery(delivery) => delivery.end(),
            Retained::Gap(gap) => gap.until,
        }
    }

    fn revision(&self) -> Revision {
        match self {
            Retained::Delivery(delivery) => delivery.revision,
            Retained::Gap(gap) => gap.revision,
        }
    }

    fn items(&self) -> usize {
        match self {
            Retained::Delivery(delivery) => delivery.len(),
            Retained::Gap(_) => 1,
        }
    }

    fn bytes(&self) -> usize {
        let own = match self {
            Retained::Delivery(delivery) => delivery.bytes(),
            Retained::Gap(_) => 0,
        };
        own + size_of::<Retained>()
    }
}

impl RetainedItems {
    pub(crate) fn new(incarnation: Incarnation) -> Self {
        RetainedItems {
            entries: VecDeque::new(),
            items: 0,
            bytes: 0,
            next: Sequence::new(incarnation, 1),
            forgotten: Revision::new(incarnation, 0),
        }
    }

    /// Begins with what an earlier process published; what came before is forgotten.
    pub(crate) fn begin_at(&mut self, kept: Vec<Retained>, next: Sequence, forgotten: Revision) {
        for entry in kept {
            self.push(entry);
        }
        (self.next, self.forgotten) = (next, forgotten);
    }

    /// Adds what was published last.
    pub(crate) fn push(&mut self, entry: Retained) {
        self.next = entry.end();
        self.items += entry.items();
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
    }

    /// Forgets the oldest while there are more items than `most`, and none from `needed_from` on.
    pub(crate) fn trim(&mut self, most: usize, needed_from: Option<Sequence>) {
        // Whole entries are dropped, because a delivery never changes; fewer items than `most` may remain.
        while self.items > most {
            let is_needed = |oldest: &Retained| needed_from.is_some_and(|needed| oldest.end() > needed);
            if self.entries.front().is_none_or(is_needed) {
                break;
            }
            let Some(oldest) = self.entries.pop_front() else { break };
            self.items -= oldest.items();
            self.bytes -= oldest.bytes();
            self.forgotten = oldest.revision();
        }
    }

    /// The sequence of the next item.
    pub(crate) fn next(&self) -> Sequence {
        self.next
    }

    /// What was published from a sequence on and is no longer retained. If the sequence was not reached yet or is of another
    /// incarnation, it comes from another life of the workspace. What is missing is then unknown, so the gap is empty and at the
    /// present.
    pub(crate) fn missing_since(&self, from: Sequence) -> Option<Gap> {
        let is_known = from <= self.next;
        if !is_known {
            let revision = self.entries.back().map_or(self.forgotten, Retained::revision);
            return Some(Gap { from: self.next, until: self.next, revision });
        }
        let until = self.entries.front().map_or(self.next, Retained::first);
        (from < until).then_some(Gap { from, until, revision: self.forgotten })
    }

    /// The entries with items from a sequence on.
    pub(crate) fn since(&self, from: Sequence) -> impl Iterator<Item = &Retained> {
        let first = self.entries.partition_point(|entry| entry.end() <= from);
        self.entries.range(first..)
    }

    /// The deliveries with items before a sequence only, the newest first; `None`: all of them.
    pub(crate) fn newest_before(&self, sequence: Option<Sequence>) -> impl Iterator<Item = &Arc<Delivery>> {
        let end = sequence.map_or(self.entries.len(), |sequence| {
            self.entries.partition_point(|entry| entry.end() <= sequence)
        });
        self.entries.range(..end).rev().filter_map(|entry| match entry {
            Retained::Delivery(delivery) => Some(delivery),
            Retained::Gap(_) => None,
        })
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}
