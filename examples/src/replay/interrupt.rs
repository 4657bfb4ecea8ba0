//! Ctrl-C: asks the replay to stop after the events it has read, and removes partial files if it ends at once.
//!
//! It knows neither the log nor what the partial files hold.
//! Invariant: a partial file that is registered here is gone after the program has ended, however Ctrl-C ended it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::failure::Failure;

/// The exit status of a program that an interrupt ended: 128 + SIGINT, as shells report it.
pub const INTERRUPTED_STATUS: u8 = 130;

/// Whether the user has asked the replay to stop. Clones share the answer.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    is_raised: AtomicBool,
    /// Whether the replay looks at `is_raised`. Until then an interrupt ends the program at once.
    is_watched: AtomicBool,
    partial_files: Mutex<Vec<PathBuf>>,
}

impl Interrupt {
    /// An interrupt that Ctrl-C raises. A second Ctrl-C ends the program at once.
    ///
    /// # Errors
    /// [`Failure::CtrlC`].
    pub fn on_ctrl_c() -> Result<Self, Failure> {
        let interrupt = Self::default();
        let handled = interrupt.clone();
        // The handler runs on a thread of its own, so it may lock and remove files.
        let installed = ctrlc::set_handler(move || {
            let was_raised = handled.0.is_raised.swap(true, Ordering::SeqCst);
            if was_raised || !handled.0.is_watched.load(Ordering::SeqCst) {
                handled.end_at_once();
            }
        });
        installed.map_err(|error| Failure::CtrlC { source: io::Error::other(error) })?;
        Ok(interrupt)
    }

    /// Raises the interrupt, as Ctrl-C does.
    pub fn raise(&self) {
        self.0.is_raised.store(true, Ordering::SeqCst);
    }

    /// Whether the replay must stop.
    pub fn is_raised(&self) -> bool {
        self.0.is_raised.load(Ordering::Relaxed)
    }

    /// Says that from now on the replay looks at [`is_raised`](Self::is_raised) and stops by itself.
    pub(super) fn watch(&self) {
        self.0.is_watched.store(true, Ordering::SeqCst);
    }

    /// Creates a partial file and registers it, so that it is removed if the program ends at once.
    ///
    /// # Errors
    /// Those of `create`.
    pub(super) fn create_partial<T>(
        &self,
        partial: &Path,
        create: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        // Locked over both steps: an interrupt between them would leave the file behind. The other order of the steps
        // would be no better, since it could remove a file of that name that somebody else has made.
        let mut partial_files = self.partial_files();
        let created = create()?;
        partial_files.push(partial.to_owned());
        Ok(created)
    }

    /// Renames or removes a partial file, and forgets it.
    pub(super) fn settle_partial<T>(&self, partial: &Path, settle: impl FnOnce() -> T) -> T {
        // Locked over both steps, as above.
        let mut partial_files = self.partial_files();
        let settled = settle();
        partial_files.retain(|registered| registered != partial);
        settled
    }

    fn partial_files(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.0.partial_files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_at_once(&self) -> ! {
        // The lock is held until the end, so that no partial file is registered after the others are removed.
        let partial_files = self.partial_files();
        for partial in partial_files.iter() {
            // The program ends either way; there is no better place for the file's last error.
            let _ = fs::remove_file(partial);
        }
        process::exit(INTERRUPTED_STATUS.into());
    }
}
