//! Access to a workspace's state between frames, including nested reads by one thread; for reads of members alone also amid a frame.
//!
//! The lock prefers a waiting writer to a new reader, so a second read by the same thread would wait for the writer, and the
//! writer for the first read. So a thread within a host's read is marked. On a marked thread a read does not queue behind
//! writers, and a call that would wait for a writer is refused. Invariant: no thread waits for a writer while it holds a read
//! of the same workspace through [`Sequencer::enter_read`].

use std::cell::RefCell;
use std::ops::Deref;
use std::ptr;

use parking_lot::{RwLockReadGuard, RwLockWriteGuard};

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
        self.between_frames(|| {
            self.state.try_read().unwrap_or_else(|| {
                // The next frames become smaller, so that readers wait less.
                self.coalesce_limit.note_waiting_reader();
                self.state.read()
            })
        })
    }

    /// As [`read`](Self::read), but returns `None` if a frame is being executed.
    pub(crate) fn try_read(&self) -> Option<RwLockReadGuard<'_, State>> {
        if self.is_read_here() {
            return Some(self.state.read_recursive());
        }
        self.state.try_read().filter(|state| !state.is_paused)
    }

    /// Shared access for a read of members alone. It may be amid a frame: then each partition is as after some of its events.
    pub(crate) fn read_members(&self) -> RwLockReadGuard<'_, State> {
        if self.is_read_here() {
            return self.state.read_recursive();
        }
        self.state.try_read().unwrap_or_else(|| {
            let _waiting = self.pauses.wait();
            self.state.read()
        })
    }

    /// Exclusive access between frames, for what no read can see.
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.between_frames(|| self.state.write())
    }

    /// Takes the lock, again as long as a frame that is under way pauses.
    fn between_frames<Guard: Deref<Target = State>>(&self, lock: impl Fn() -> Guard) -> Guard {
        let mut waiting = None;
        loop {
            let state = lock();
            if !state.is_paused {
                return state;
            }
            drop(state);
            waiting.get_or_insert_with(|| self.pauses.wait_for_end());
            self.pauses.pass_end();
        }
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
