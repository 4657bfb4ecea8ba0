//! The locks of the parts that publish by hand: the queue of batches, a ticket's answer, a subscriber's list.
//!
//! Under `--cfg loom` they are loom's, so that a test can try every order in which threads may run. What always holds: a
//! lock is held for a few steps that cannot panic halfway, so one that is poisoned is taken all the same.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[cfg(loom)]
use loom::sync as imp;
#[cfg(not(loom))]
use std::sync as imp;

pub(crate) use imp::MutexGuard;

/// A lock that is not poisoned.
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

/// What threads wait for. What is waited for changes under the mutex that is waited with.
#[derive(Debug, Default)]
pub(crate) struct Condvar {
    imp: imp::Condvar,
    /// The threads that wait, or are about to: where there are none, waking them would be a call of the system for nothing.
    waiting: imp::atomic::AtomicUsize,
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Condvar { imp: imp::Condvar::new(), waiting: imp::atomic::AtomicUsize::new(0) }
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        // The mutex orders this with whoever changes what is waited for, and then looks.
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let guard = self.imp.wait(guard).unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        guard
    }

    /// Waits no longer than `most`; the condition is to be looked at again.
    pub(crate) fn wait_at_most<'a, T>(&self, guard: MutexGuard<'a, T>, most: Duration) -> MutexGuard<'a, T> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let guard = self.imp.wait_timeout(guard, most).unwrap_or_else(PoisonError::into_inner).0;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        guard
    }

    /// Wakes all. Called after what is waited for was changed under the mutex.
    pub(crate) fn notify_all(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.imp.notify_all();
        }
    }
}
