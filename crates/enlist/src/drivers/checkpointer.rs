//! The checkpointer: a thread that makes a checkpoint when the journal of a store has grown long.
//!
//! The longer the journal, the longer the store takes to open. It knows no frames. Invariant: one checkpoint is made at a time.

use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use parking_lot::Mutex;

use crate::registry::Registry;
use crate::store::Store;

/// A shorter journal is not worth a checkpoint.
const JOURNAL_BYTES_LEAST: u64 = 64 << 20;
/// The journal may be longer by the memory of all contacts divided by this.
const CONTACTS_PART: u64 = 4;
/// How often the thread looks at the journal.
const INTERVAL: Duration = Duration::from_secs(1);

/// The thread.
pub(crate) struct Checkpointer {
    /// The thread ends when it is dropped.
    goes_on: Mutex<Option<Sender<()>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpointer {
    /// Starts the thread for a registry that has a store.
    pub(crate) fn start(registry: &Arc<Registry>) -> std::io::Result<Self> {
        let (goes_on, stopped) = bounded(0);
        // Weak, because the last handle must be able to drop the registry while this thread waits.
        let registry = Arc::downgrade(registry);
        let work = move || watch(&registry, &stopped);
        let thread = thread::Builder::new().name("enlist-checkpoint".to_owned()).spawn(work)?;
        Ok(Checkpointer { goes_on: Mutex::new(Some(goes_on)), thread: Mutex::new(Some(thread)) })
    }

    /// Ends the thread after the checkpoint that it makes, and waits for that.
    pub(crate) fn stop(&self) {
        drop(self.goes_on.lock().take());
        let thread = self.thread.lock().take();
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

fn watch(registry: &Weak<Registry>, stopped: &Receiver<()>) {
    while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let Some(registry) = registry.upgrade() else { return };
        if is_due(&registry) {
            // If it fails, the journal has everything, and the next write says what is wrong with the disk.
            let _ = registry.make_checkpoint();
        }
    }
}

fn is_due(registry: &Registry) -> bool {
    let Some(bytes) = registry.store().map(Store::journal_bytes) else { return false };
    // The contacts are measured only where it matters: that takes a moment in each workspace.
    bytes > JOURNAL_BYTES_LEAST && bytes > JOURNAL_BYTES_LEAST + registry.fact_bytes() / CONTACTS_PART
}
