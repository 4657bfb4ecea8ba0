//! What takes a while on the calling thread, done on a thread where that disturbs nobody.

use std::panic::resume_unwind;

use enlist::Enlist;
use tokio::task::spawn_blocking;

/// Does something on a thread for blocking work; `None` if the runtime ends before it begins. A panic is passed on.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match spawn_blocking(work).await {
        Ok(done) => Some(done),
        Err(error) => error.try_into_panic().map_or(None, |panic| resume_unwind(panic)),
    }
}

/// [Shuts down](Enlist::shutdown) without blocking the task's thread: takes nothing more in, applies everything that was
/// accepted, ends every subscription and the threads.
///
/// It goes on if the future is dropped. Dropping the last handle shuts down too, on the thread that drops it; so in async
/// code, do this first.
pub async fn shutdown(enlist: &Enlist) {
    let enlist = enlist.clone();
    // A runtime that ends drops its handles, and that is a shutdown as well.
    let _ = aside(move || enlist.shutdown()).await;
}
