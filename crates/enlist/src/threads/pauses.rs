//! Pauses: who waits for a writer that may let readers in before it ends.
//!
//! Some reads need not wait for the end: at a pause they see what the writer has done so far. All others do, and go away again when
//! they meet a pause. It knows no state. Invariant: while a thread waits for an end, no writer that begins later pauses, so that the
//! thread does not wait for ever.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{RwLock, RwLockWriteGuard};

/// Who waits for the writer of one state.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    /// How many threads wait that a pause lets in.
    readers: AtomicUsize,
    /// How many threads met a pause and wait for the end.
    others: AtomicUsize,
    /// Held by the writer from its first pause to its end.
    under_way: RwLock<()>,
}

/// A thread that is counted while it waits.
pub(crate) struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    // Relaxed throughout: a count that is seen late only moves a pause. The lock of the state orders everything else.
    fn count_in(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pauses {
    /// Counts a reader that waits for a pause.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        Waiting::count_in(&self.readers)
    }

    /// Counts a thread that met a pause and needs the end.
    pub(crate) fn wait_for_end(&self) -> Waiting<'_> {
        Waiting::count_in(&self.others)
    }

    /// Waits until the writer that pauses has ended.
    pub(crate) fn pass_end(&self) {
        drop(self.under_way.read());
    }

    /// Whether a writer that begins now may pause.
    pub(crate) fn are_allowed(&self) -> bool {
        self.others.load(Ordering::Relaxed) == 0
    }

    /// Whether a reader waits for a pause.
    pub(crate) fn are_wanted(&self) -> bool {
        self.readers.load(Ordering::Relaxed) > 0
    }

    /// Begins the first pause of a writer. It holds the guard until it has ended.
    pub(crate) fn begin(&self) -> RwLockWriteGuard<'_, ()> {
        self.under_way.write()
    }
}
