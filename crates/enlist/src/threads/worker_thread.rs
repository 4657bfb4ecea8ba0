//! Whether the calling thread is one of Enlist's own, or does a turn just now: such a thread must not wait for an end that is
//! its own work to bring about.
//!
//! Whatever a host hands in to be called (a waker, a clock, what takes spans and numbers) runs on such threads, and may drop
//! the last handle there. It knows not of which Enlist the thread is: of two that ended each other, neither may wait.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static DUTIES: Cell<usize> = const { Cell::new(0) };
}

/// The thread is on duty as long as this lives; it stays on its thread.
pub(crate) struct Duty(PhantomData<*const ()>);

impl Duty {
    pub(crate) fn begin() -> Self {
        DUTIES.set(DUTIES.get() + 1);
        Duty(PhantomData)
    }

    /// Whether the calling thread is on duty.
    pub(crate) fn is_on() -> bool {
        DUTIES.get() > 0
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        DUTIES.set(DUTIES.get() - 1);
    }
}
