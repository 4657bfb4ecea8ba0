//! The clock driver: a thread that sleeps until the local date changes in some workspace, and then lets time pass there.
//!
//! It sleeps until the next change of any workspace's local date, which is never later than the next deadline. It knows no
//! events. What always holds: time goes forward only. A clock that is set back makes it sleep longer; one that is set ahead
//! makes it catch up, every day's beginning at its own instant.

use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;

use crate::registry::Registry;
use crate::threads::clock::{Alarm, Clock};
use crate::threads::worker_thread::WorkerThread;

/// Wakes the driver, if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Wake {
    alarm: Alarm,
}

/// The thread.
pub(crate) struct Driver {
    wake: Wake,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Wake {
    pub(crate) fn new(alarm: Alarm) -> Self {
        Wake { alarm }
    }

    pub(crate) fn ring(&self) {
        self.alarm.ring();
    }
}

impl Driver {
    /// Starts the thread. It ends when the registry is gone or closed.
    pub(crate) fn start(
        registry: Weak<Registry>,
        clock: Arc<dyn Clock>,
        alarm: Alarm,
    ) -> std::io::Result<Self> {
        let wake = Wake::new(alarm.clone());
        let drive = move || drive(&registry, clock.as_ref(), &alarm);
        let thread = thread::Builder::new().name("enlist-clock".to_owned()).spawn(drive)?;
        Ok(Driver { wake, thread: Mutex::new(Some(thread)) })
    }

    /// Ends the thread after the registry was closed, and waits until it has ended, unless the calling thread is on
    /// [duty](WorkerThread).
    pub(crate) fn stop(&self) {
        self.wake.ring();
        let thread = self.thread.lock().take();
        if let Some(thread) = thread.filter(|_| !WorkerThread::is_current()) {
            let _ = thread.join();
        }
    }
}

fn drive(registry: &Weak<Registry>, clock: &dyn Clock, alarm: &Alarm) {
    let _duty = WorkerThread::enter();
    loop {
        let Some(strong) = registry.upgrade() else { return };
        if strong.is_closed() {
            return;
        }
        let now = clock.now();
        strong.drive(now);
        let until = strong.next_date_change(now);
        drop(strong);
        clock.sleep(until, alarm);
    }
}
