//! The mutex and the condition variable of the queue, the pipeline, the tickets, the mailboxes and the clocks.
//!
//! Under `--cfg loom` they are loom's, so that a test can try every interleaving of threads. Invariant: no code panics halfway
//! through a change under one of these locks, so a poisoned lock still guards valid data and poisoning is ignored.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[cfg(loom)]
use loom::sync as imp;
#[cfg(not(loom))]
use std::sync as imp;

pub(crate) use imp::MutexGuard;
pub(crate) use imp::atomic::AtomicU64;

/// A mutex that ignores poisoning.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(imp::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Mutex(imp::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A condition variable. The condition must change only under the mutex that the threads wait with.
#[derive(Debug, Default)]
pub(crate) struct Condvar {
    imp: imp::Condvar,
    /// The number of threads that wait or are about to. If there are none, `notify_all` saves a system call.
    waiting: imp::atomic::AtomicUsize,
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Condvar { imp: imp::Condvar::new(), waiting: imp::atomic::AtomicUsize::new(0) }
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        // Relaxed suffices: the caller holds the mutex. A thread that changes the condition locks the mutex later, so it sees this
        // increment when it calls `notify_all`.
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let guard = self.imp.wait(guard).unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        guard
    }

    /// Waits for at most `most`. The caller must check the condition again.
    pub(crate) fn wait_at_most<'a, T>(&self, guard: MutexGuard<'a, T>, most: Duration) -> MutexGuard<'a, T> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let guard = self.imp.wait_timeout(guard, most).unwrap_or_else(PoisonError::into_inner).0;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        guard
    }

    /// Wakes all threads. The caller must have changed the condition under the mutex before; otherwise a waiter can be missed.
    pub(crate) fn notify_all(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.imp.notify_all();
        }
    }
}
