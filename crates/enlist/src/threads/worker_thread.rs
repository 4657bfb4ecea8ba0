//! Marks the threads on which Enlist works: its own threads, and a caller's thread while it executes a frame.
//!
//! A marked thread must not wait for work that only it can finish. The host's callbacks (wakers, clocks, recorders of spans and
//! metrics) run on these threads and may drop the last handle there. The mark does not say which [`Enlist`](crate::Enlist) the
//! thread works for: if two instances end each other, neither may wait.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Marks the current thread for as long as it lives. It is not `Send`, so the mark stays on its thread.
pub(crate) struct WorkerThread(PhantomData<*const ()>);

impl WorkerThread {
    /// Marks the current thread. Marks nest: a frame that runs on a worker marks it twice.
    pub(crate) fn enter() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        WorkerThread(PhantomData)
    }

    /// Whether the current thread is marked.
    pub(crate) fn is_current() -> bool {
        DEPTH.get() > 0
    }
}

impl Drop for WorkerThread {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
