//! Shared access to a workspace's state, including nested reads by one thread.
//!
//! The lock prefers a waiting writer to a new reader, so a second read by the same thread would wait for the writer, and the
//! writer for the first read. So a thread within a host's read is marked. On a marked thread a read does not queue behind
//! writers, and a call that would wait for a writer is refused. Invariant: no thread waits for a writer while it holds a read
//! of the same workspace through [`Sequencer::enter_read`].

use std::cell::RefCell;
use std::ptr;

use parking_lot::RwLockReadGuard;

use crate::error::Error;
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;

thread_local! {
    /// The addresses of the workspaces that this thread reads, innermost last.
    static READS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Marks the current thread as reading a workspace.
struct ReadMark;

impl ReadMark {
    fn enter(sequencer: &Sequencer) -> Self {
        READS.with_borrow_mut(|reads| reads.push(ptr::from_ref(sequencer).addr()));
        ReadMark
    }
}

impl Drop for ReadMark {
    fn drop(&mut self) {
        READS.with_borrow_mut(Vec::pop);
    }
}

/// Whether the current thread is in a host's read of any workspace.
pub(crate) fn is_reading() -> bool {
    READS.with_borrow(|reads| !reads.is_empty())
}

impl Sequencer {
    /// Shared access to the state. It is the state after whole frames.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        if self.is_read_here() {
            return self.state.read_recursive();
        }
        self.state.try_read().unwrap_or_else(|| {
            // The next frames become smaller, so that readers wait less.
            self.coalesce_limit.note_waiting_reader();
            self.state.read()
        })
    }

    /// As [`read`](Self::read), but returns `None` if a frame is being executed.
    pub(crate) fn try_read(&self) -> Option<RwLockReadGuard<'_, State>> {
        if self.is_read_here() { Some(self.state.read_recursive()) } else { self.state.try_read() }
    }

    /// Calls a host's closure under shared access.
    pub(crate) fn enter_read<T>(&self, state: &State, read: impl FnOnce(&State) -> T) -> T {
        let _mark = ReadMark::enter(self);
        read(state)
    }

    /// Refuses a call that would wait for a writer on a thread that reads this workspace.
    pub(crate) fn check_outside_read(&self) -> Result<(), Error> {
        if self.is_read_here() {
            return Err(Error::InsideRead { workspace: self.id.clone() });
        }
        Ok(())
    }

    fn is_read_here(&self) -> bool {
        READS.with_borrow(|reads| reads.contains(&ptr::from_ref(self).addr()))
    }
}
