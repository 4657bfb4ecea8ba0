//! The labels: each text key once, shown as it was first written, and removed when no contact holds it.
//!
//! It knows no other partition: a workspace with several makes the spelling of an event's labels the same before an
//! engine sees it. Invariant: every label that a contact holds has one entry.

use enlist_model::{Label, LabelSet, ShortText, TextKey};
use smallvec::SmallVec;

use crate::bytes;
use crate::ids::LabelNo;
use crate::seeded_map::{KeyHasher, SeededMap};

#[derive(Debug)]
struct LabelEntry {
    key: TextKey,
    shown: ShortText,
    /// The number of contacts that hold it.
    holders: u32,
}

/// All labels of the partition.
#[derive(Debug)]
pub(crate) struct Labels {
    entries: Vec<Option<LabelEntry>>,
    by_key: SeededMap<TextKey, LabelNo>,
    free: Vec<LabelNo>,
}

impl Labels {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Labels { entries: Vec::new(), by_key: SeededMap::new(hasher), free: Vec::new() }
    }

    pub(crate) fn find(&self, key: &TextKey) -> Option<LabelNo> {
        self.by_key.get(key).copied()
    }

    /// The number of a label, which is assigned if no contact holds the label yet.
    pub(crate) fn intern(&mut self, label: &Label) -> LabelNo {
        if let Some(no) = self.find(&label.key) {
            return no;
        }
        let entry = Some(LabelEntry { key: label.key.clone(), shown: label.shown.clone(), holders: 0 });
        let no = if let Some(no) = self.free.pop() {
            self.entries[no.index()] = entry;
            no
        } else {
            self.entries.push(entry);
            LabelNo::at(self.entries.len() - 1)
        };
        self.by_key.insert(label.key.clone(), no);
        no
    }

    /// Counts one more contact that holds it.
    pub(crate) fn hold(&mut self, no: LabelNo) {
        if let Some(entry) = &mut self.entries[no.index()] {
            entry.holders += 1;
        }
    }

    /// Counts one contact less that holds it. Without a holder it is removed.
    pub(crate) fn release(&mut self, no: LabelNo) {
        let Some(entry) = &mut self.entries[no.index()] else { return };
        entry.holders -= 1;
        if entry.holders == 0 {
            self.forget(no);
        }
    }

    fn forget(&mut self, no: LabelNo) {
        if let Some(entry) = self.entries[no.index()].take() {
            self.by_key.remove(&entry.key);
            self.free.push(no);
        }
    }

    /// Recounts the holders from what contacts hold.
    pub(crate) fn recount<'a>(&mut self, held: impl Iterator<Item = &'a LabelNo>) {
        for entry in self.entries.iter_mut().flatten() {
            entry.holders = 0;
        }
        for no in held {
            if let Some(entry) = &mut self.entries[no.index()] {
                entry.holders += 1;
            }
        }
        for index in 0..self.entries.len() {
            if self.entries[index].as_ref().is_some_and(|entry| entry.holders == 0) {
                self.forget(LabelNo::at(index));
            }
        }
    }

    /// All held labels, each with its key and as it is shown, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&TextKey, &str)> {
        self.entries.iter().flatten().map(|entry| (&entry.key, entry.shown.as_str()))
    }

    /// All held labels, each with its key, as it is shown, and the number of its holders, in no particular order.
    pub(crate) fn holders(&self) -> impl Iterator<Item = (&TextKey, &str, u64)> {
        let entries = self.entries.iter().flatten();
        entries.map(|entry| (&entry.key, entry.shown.as_str(), u64::from(entry.holders)))
    }

    /// A contact's labels as they are shown, in the order of their keys, which is the same in every partition.
    pub(crate) fn shown_in_order(&self, labels: &[LabelNo]) -> impl Iterator<Item = &str> {
        let mut entries: SmallVec<[&LabelEntry; 8]> = labels.iter().map(|no| self.entry(*no)).collect();
        entries.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        entries.into_iter().map(|entry| entry.shown.as_str())
    }

    pub(crate) fn key(&self, no: LabelNo) -> &TextKey {
        &self.entry(no).key
    }

    /// A copy of the label.
    pub(crate) fn label(&self, no: LabelNo) -> Label {
        let entry = self.entry(no);
        Label { key: entry.key.clone(), shown: entry.shown.clone() }
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_entry = |no: usize| {
            self.entries[no].as_ref().map_or(0, |entry| {
                // `by_key` has a copy of the key.
                2 * bytes::string(entry.key.as_str().len()) + bytes::string(entry.shown.len())
            })
        };
        bytes::list(&self.entries)
            + bytes::sampled(self.entries.len(), of_entry)
            + self.by_key.table_bytes()
            + bytes::list(&self.free)
    }

    fn entry(&self, no: LabelNo) -> &LabelEntry {
        self.entries[no.index()].as_ref().expect("a label that a contact holds has an entry")
    }
}

/// The labels of one contact, in the form that predicates read.
#[derive(Debug)]
pub(crate) struct ContactLabels<'a> {
    pub(crate) labels: &'a [LabelNo],
    pub(crate) directory: &'a Labels,
}

impl LabelSet for ContactLabels<'_> {
    fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    fn contains(&self, label: &TextKey) -> bool {
        self.directory.find(label).is_some_and(|no| self.labels.binary_search(&no).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded_map::HashSeed;

    #[test]
    fn after_a_recount_labels_without_a_holder_are_gone_and_the_others_have_the_right_count() {
        let mut labels = Labels::new(&KeyHasher::new(HashSeed::new(0)));
        let no = ["a", "b", "c"].map(|label| labels.intern(&Label::new(label).unwrap()));
        // As a panic may leave the counts: too high, zero although held, and held by no contact.
        labels.hold(no[0]);
        labels.hold(no[0]);
        labels.hold(no[2]);
        labels.recount([no[0], no[1], no[1]].iter());
        let keys =
            |labels: &Labels| labels.iter().map(|(key, _)| key.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(keys(&labels), ["a", "b"]);
        labels.release(no[0]);
        labels.release(no[1]);
        assert_eq!(keys(&labels), ["b"]);
        labels.release(no[1]);
        assert_eq!(keys(&labels), Vec::<String>::new());
        assert_eq!(labels.intern(&Label::new("A").unwrap()), no[1], "numbers are used again");
    }
}
