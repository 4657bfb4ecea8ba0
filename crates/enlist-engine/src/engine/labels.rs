//! Labels of one partition as part of a workspace of several: which begin and end to be held here, and how they are shown.
//!
//! An engine shows a label as it was first written in it. Where a workspace has several engines, whoever puts them together
//! takes the changes after each event, knows in which engine a label was written first, and tells the others. It is never a
//! refusal, and never a change of membership: labels are compared by their keys.

use enlist_model::TextKey;

use crate::engine::{Engine, LabelChange};

impl Engine {
    /// Keeps changes of labels from now on; whoever says so takes them with [`label_changes`](Self::label_changes), or they
    /// pile up. Those that there are already are forgotten.
    pub fn keep_label_changes(&mut self) {
        self.facts.labels.keep_changes();
    }

    /// Takes the changes of labels since they were last taken, in order: those that nobody held and somebody holds now, and
    /// the reverse. Of one event, those that begin come first. Always empty without
    /// [`keep_label_changes`](Self::keep_label_changes).
    pub fn label_changes(&mut self) -> impl Iterator<Item = LabelChange> + '_ {
        self.facts.labels.take_changes()
    }

    /// The labels that contacts hold, each by its key and as it is shown, in no order.
    pub fn labels(&self) -> impl Iterator<Item = (&TextKey, &str)> {
        self.facts.labels.iter()
    }

    /// Sets how a label is shown, as long as contacts hold it. Without effect if nobody does: the next one who writes it
    /// decides.
    pub fn show_label(&mut self, label: &TextKey, shown: &str) {
        self.facts.labels.show(label, shown);
    }
}
