//! The log of contacts that change while rule scans are in progress.
//!
//! A scan evaluates them again at its end. Invariant: without a scan in progress nothing is logged.

use std::sync::Arc;

use crate::ids::ContactNo;

/// The maximum number of logged changes. Beyond it, scans in progress restart.
const LOGGED_CHANGES_MOST: usize = 1 << 20;

/// The contacts that change while scans are in progress.
#[derive(Debug, Default)]
pub(super) struct DirtyLog {
    pub(super) scans: Arc<()>,
    pub(super) changed: Vec<ContactNo>,
    /// Increases when scans in progress must restart.
    pub(super) epoch: u64,
}

impl DirtyLog {
    /// Logs that a contact changes.
    pub(super) fn note(&mut self, contact: ContactNo) {
        // Only the engine itself holds the count: no scan is in progress, and nothing needs to be logged.
        if Arc::strong_count(&self.scans) == 1 {
            self.changed.clear();
        } else if self.changed.len() < LOGGED_CHANGES_MOST {
            self.changed.push(contact);
        } else {
            self.invalidate();
        }
    }

    /// Logs a change that is not limited to one contact: scans in progress must restart.
    pub(super) fn invalidate(&mut self) {
        self.changed.clear();
        self.epoch += 1;
    }
}
