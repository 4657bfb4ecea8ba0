//! The clock driver: a thread that sleeps until something is due in some workspace, and then advances that workspace.
//!
//! It knows no events. Invariant: time only goes forward. If the clock is set back, the driver sleeps longer; if it is set
//! ahead, the driver catches up, with each day at its own instant.

use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;

use crate::registry::Registry;
use crate::threads::clock::{Alarm, Clock};
use crate::threads::worker_thread::WorkerThread;

/// The thread.
pub(crate) struct ClockDriver {
    alarm: Alarm,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl ClockDriver {
    /// Starts the thread. It ends when the registry is dropped or closed.
    pub(crate) fn start(registry: &Arc<Registry>) -> std::io::Result<Self> {
        let surroundings = registry.surroundings();
        let (clock, alarm) = (Arc::clone(&surroundings.clock), surroundings.alarm.clone());
        // Weak, because the last handle must be able to drop the registry while this thread sleeps.
        let (registry, sleeper) = (Arc::downgrade(registry), alarm.clone());
        let drive = move || drive(&registry, clock.as_ref(), &sleeper);
        let thread = thread::Builder::new().name("enlist-clock".to_owned()).spawn(drive)?;
        Ok(ClockDriver { alarm, thread: Mutex::new(Some(thread)) })
    }

    /// Ends the thread after the registry was closed, and waits for that unless the calling thread is a
    /// [worker](WorkerThread).
    pub(crate) fn stop(&self) {
        self.alarm.ring();
        let thread = self.thread.lock().take();
        if let Some(thread) = thread.filter(|_| !WorkerThread::is_current()) {
            let _ = thread.join();
        }
    }
}

fn drive(registry: &Weak<Registry>, clock: &dyn Clock, alarm: &Alarm) {
    let _worker = WorkerThread::enter();
    loop {
        let Some(strong) = registry.upgrade() else { return };
        if strong.is_closed() {
            return;
        }
        let now = clock.now();
        strong.advance_by_clock(now);
        let until = strong.next_deadline(now);
        // Released before the sleep: a strong reference would keep the registry alive after the last handle is dropped.
        drop(strong);
        clock.sleep(until, alarm);
    }
}
