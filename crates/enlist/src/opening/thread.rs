//! The thread that opens a store while the host goes on.
//!
//! Invariant: when it has ended, the progress has an outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle, current};

use enlist_store::Error as StoreError;
use parking_lot::Mutex;

use super::Opener;
use crate::error::Error;
use crate::partition::execute::panic_message;
use crate::progress::Progress;
use crate::threads::worker_thread::WorkerThread;

/// The thread.
pub(crate) struct OpeningThread {
    progress: Arc<Progress>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl OpeningThread {
    /// Starts it.
    pub(crate) fn start(opener: Opener) -> std::io::Result<Self> {
        let progress = Arc::clone(opener.registry.progress());
        let open = move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| opener.run()));
            let outcome =
                outcome.unwrap_or_else(|panic| Err(panicked(&opener, &panic_message(panic.as_ref()))));
            let progress = Arc::clone(opener.registry.progress());
            // Before the outcome: a thread that waits for it may want to see the files released.
            drop(opener);
            progress.end(outcome);
        };
        let thread = Builder::new().name("enlist-open".to_owned()).spawn(open)?;
        Ok(OpeningThread { progress, thread: Mutex::new(Some(thread)) })
    }

    /// Ends the thread after the step that it is at, and waits for that unless the calling thread is a [worker](WorkerThread), for
    /// which it may wait.
    pub(crate) fn stop(&self) {
        self.progress.stop();
        let thread = self.thread.lock().take();
        let thread = thread.filter(|thread| thread.thread().id() != current().id());
        if let Some(thread) = thread.filter(|_| !WorkerThread::is_current()) {
            let _ = thread.join();
        }
    }
}

fn panicked(opener: &Opener, message: &str) -> Error {
    let file = opener.registry.store().map(|store| store.directory().to_owned()).unwrap_or_default();
    StoreError::Store { file, what: format!("opening it panicked: {message}") }.into()
}
