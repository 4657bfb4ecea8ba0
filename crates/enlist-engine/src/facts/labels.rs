//! The labels: each text key once, shown as it was first written, forgotten when no contact holds it.

use compact_str::CompactString;
use enlist_model::{Label, LabelSet, TextKey};
use rustc_hash::FxHashMap;

use crate::bytes;
use crate::number::LabelNo;

#[derive(Debug)]
struct Entry {
    key: TextKey,
    shown: CompactString,
    /// How many contacts hold it.
    holders: u32,
}

/// All labels of the partition.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    entries: Vec<Option<Entry>>,
    by_key: FxHashMap<TextKey, LabelNo>,
    free: Vec<LabelNo>,
}

impl Labels {
    pub(crate) fn find(&self, key: &TextKey) -> Option<LabelNo> {
        self.by_key.get(key).copied()
    }

    /// The number of a label, which it gets if nobody holds it yet.
    pub(crate) fn intern(&mut self, label: &Label) -> LabelNo {
        if let Some(no) = self.find(&label.key) {
            return no;
        }
        let entry = Some(Entry { key: label.key.clone(), shown: label.shown.clone(), holders: 0 });
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

    /// One more contact holds it.
    pub(crate) fn hold(&mut self, no: LabelNo) {
        if let Some(entry) = &mut self.entries[no.index()] {
            entry.holders += 1;
        }
    }

    /// One contact less holds it; the last one takes it away.
    pub(crate) fn release(&mut self, no: LabelNo) {
        let Some(entry) = &mut self.entries[no.index()] else { return };
        entry.holders -= 1;
        if entry.holders == 0 {
            self.by_key.remove(&entry.key);
            self.entries[no.index()] = None;
            self.free.push(no);
        }
    }

    pub(crate) fn key(&self, no: LabelNo) -> &TextKey {
        &self.entry(no).key
    }

    /// The label, to be put elsewhere.
    pub(crate) fn label(&self, no: LabelNo) -> Label {
        let entry = self.entry(no);
        Label { key: entry.key.clone(), shown: entry.shown.clone() }
    }

    /// The label as it was first written.
    pub(crate) fn shown(&self, no: LabelNo) -> &str {
        &self.entry(no).shown
    }

    /// Bytes that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_entry = |no: usize| {
            self.entries[no].as_ref().map_or(0, |entry| {
                // The key is in the directory once more.
                2 * bytes::string(entry.key.as_str().len()) + bytes::string(entry.shown.len())
            })
        };
        bytes::list(&self.entries)
            + bytes::sampled(self.entries.len(), of_entry)
            + bytes::table::<(TextKey, LabelNo)>(self.by_key.capacity())
            + bytes::list(&self.free)
    }

    fn entry(&self, no: LabelNo) -> &Entry {
        self.entries[no.index()].as_ref().expect("a label that a contact holds has an entry")
    }
}

/// The labels of one contact, as predicates ask for them.
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
