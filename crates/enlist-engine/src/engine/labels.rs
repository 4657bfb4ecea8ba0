//! Labels of one partition of a workspace with several: which labels begin and end to be held here, and how they
//! are shown.
//!
//! An engine shows a label as it was first written to it. A host that combines several engines takes the changes
//! after each event, so it knows which engine a label was first written to, and sets its spelling in the others.
//! This never refuses anything and never changes a membership, because labels are compared by their keys.

use enlist_model::TextKey;

use crate::engine::{Engine, LabelChange};

impl Engine {
    /// Records changes of labels from now on, and discards earlier ones. The host must take them with
    /// [`label_changes`](Self::label_changes), or they accumulate.
    pub fn keep_label_changes(&mut self) {
        self.facts.labels.keep_changes();
    }

    /// Takes the changes of labels since the last call, in order: labels that got their first holder and labels
    /// that lost their last one. Of one event, those that begin come first. Always empty without
    /// [`keep_label_changes`](Self::keep_label_changes).
    pub fn label_changes(&mut self) -> impl Iterator<Item = LabelChange> + '_ {
        self.facts.labels.take_changes()
    }

    /// The labels that contacts hold, each with its key and as it is shown, in no particular order.
    pub fn labels(&self) -> impl Iterator<Item = (&TextKey, &str)> {
        self.facts.labels.iter()
    }

    /// Sets how a label is shown as long as contacts hold it. Does nothing if no contact does: the next event that
    /// writes the label decides.
    pub fn show_label(&mut self, label: &TextKey, shown: &str) {
        self.facts.labels.show(label, shown);
    }
}
