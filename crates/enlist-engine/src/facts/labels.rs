//! The labels: each text key once, shown as it was first written, and removed when no contact holds it.
//!
//! It knows no other partition: a workspace with several makes the spelling of an event's labels the same before an
//! engine sees it. Invariant: every label that a contact holds has one entry.

use enlist_model::{Label, LabelSet, ShortText, TextKey};
use smallvec::SmallVec;

use crate::bytes;
use crate::growth;
use crate::ids::LabelNo;
use crate::seeded_map::KeyHasher;
use crate::seeded_numbers::SeededNumbers;

#[derive(Debug)]
struct LabelEntry {
    /// The label as it is shown, followed by its key unless it is its own key. Most labels fit into one short string this way.
    joined: ShortText,
    shown_bytes: u32,
    /// The number of contacts that hold it.
    holders: u32,
}

impl LabelEntry {
    /// The entry of a label that nobody holds.
    fn of(Label { key, shown }: &Label) -> Self {
        let key = if key.as_str() == shown.as_str() { "" } else { key.as_str() };
        let joined = shown.chars().chain(key.chars()).collect();
        LabelEntry { joined, shown_bytes: shown.len() as u32, holders: 0 }
    }

    fn shown(&self) -> &str {
        &self.joined[..self.shown_bytes as usize]
    }

    fn label(&self) -> Label {
        Label::new(self.shown()).expect("what a contact holds as a label is one")
    }

    fn key(&self) -> &str {
        match &self.joined[self.shown_bytes as usize..] {
            "" => &self.joined,
            key => key,
        }
    }
}

/// All labels of the partition.
#[derive(Debug)]
pub(crate) struct Labels {
    entries: Vec<Option<LabelEntry>>,
    by_key: SeededNumbers<LabelNo>,
    free: Vec<LabelNo>,
}

impl Labels {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Labels { entries: Vec::new(), by_key: SeededNumbers::new(hasher), free: Vec::new() }
    }

    pub(crate) fn find(&self, key: &TextKey) -> Option<LabelNo> {
        self.by_key.find(key, |no| self.key(no) == key.as_str())
    }

    /// The number of a label, which is assigned if no contact holds the label yet.
    pub(crate) fn intern(&mut self, label: &Label) -> LabelNo {
        if let Some(no) = self.find(&label.key) {
            return no;
        }
        let entry = Some(LabelEntry::of(label));
        let no = if let Some(no) = self.free.pop() {
            self.entries[no.index()] = entry;
            no
        } else {
            growth::push(&mut self.entries, entry);
            LabelNo::at(self.entries.len() - 1)
        };
        let Labels { entries, by_key, .. } = self;
        by_key.insert(no, |no| entry_of(entries, no).key());
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
            self.by_key.remove(no, entry.key());
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

    /// All held labels, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Label> {
        self.entries.iter().flatten().map(LabelEntry::label)
    }

    /// All held labels, each with its key, as it is shown, and the number of its holders, in no particular order.
    pub(crate) fn holders(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        let entries = self.entries.iter().flatten();
        entries.map(|entry| (entry.key(), entry.shown(), u64::from(entry.holders)))
    }

    /// A contact's labels as they are shown, in the order of their keys, which is the same in every partition.
    pub(crate) fn shown_in_order(&self, labels: &[LabelNo]) -> impl Iterator<Item = &str> {
        let mut entries: SmallVec<[&LabelEntry; 8]> =
            labels.iter().map(|no| entry_of(&self.entries, *no)).collect();
        entries.sort_unstable_by(|one, other| one.key().cmp(other.key()));
        entries.into_iter().map(LabelEntry::shown)
    }

    pub(crate) fn key(&self, no: LabelNo) -> &str {
        entry_of(&self.entries, no).key()
    }

    /// A copy of the label.
    pub(crate) fn label(&self, no: LabelNo) -> Label {
        entry_of(&self.entries, no).label()
    }

    /// Gives back the spare room of short lists.
    pub(crate) fn fit(&mut self) {
        growth::fit(&mut self.entries);
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_entry =
            |no: usize| self.entries[no].as_ref().map_or(0, |entry| bytes::string(entry.joined.len()));
        bytes::list(&self.entries)
            + bytes::sampled(self.entries.len(), of_entry)
            + self.by_key.bytes()
            + bytes::list(&self.free)
    }
}

fn entry_of(entries: &[Option<LabelEntry>], no: LabelNo) -> &LabelEntry {
    entries[no.index()].as_ref().expect("a label that a contact holds has an entry")
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
        let keys = |labels: &Labels| labels.holders().map(|(key, ..)| key.to_owned()).collect::<Vec<_>>();
        assert_eq!(keys(&labels), ["a", "b"]);
        labels.release(no[0]);
        labels.release(no[1]);
        assert_eq!(keys(&labels), ["b"]);
        labels.release(no[1]);
        assert_eq!(keys(&labels), Vec::<String>::new());
        assert_eq!(labels.intern(&Label::new("A").unwrap()), no[1], "numbers are used again");
    }
}
