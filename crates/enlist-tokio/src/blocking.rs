//! Runs long work on tokio's threads for blocking work, so that it delays no task.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// Runs `work` on a thread for blocking work; `None` if the runtime ends before it begins. A panic is passed to the caller.
pub(crate) async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match spawn_blocking(work).await {
        Ok(done) => Some(done),
        // The work cannot be cancelled once it runs, so an error without a panic means that the runtime ended before.
        Err(error) => error.try_into_panic().map_or(None, |panic| resume_unwind(panic)),
    }
}
