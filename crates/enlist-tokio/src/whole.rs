//! What of an [`Enlist`] takes long: a workspace restored, loaded or dropped, time for all workspaces, the end.
//!
//! Whatever else it has is done in microseconds. What always holds: none of these blocks the thread that polls it.

use enlist::{Dump, Enlist, Error, Event, Instant, Loaded, WorkspaceId, WorkspaceSettings};

use crate::aside::aside;
use crate::workspace::AsyncWorkspace;

/// [Creates a workspace from a dump](Enlist::restore_workspace) without blocking the task's thread, which would take seconds
/// where contacts are many: memberships are computed on a thread for blocking work.
///
/// It goes on if the future is dropped, once that has been polled; the workspace is then there all the same
/// ([`Enlist::workspace`]).
///
/// # Errors
/// As [`Enlist::restore_workspace`]; [`Error::Closed`] if the runtime ends before it begins.
pub async fn restore_workspace(
    enlist: &Enlist,
    workspace: &str,
    settings: WorkspaceSettings,
    dump: Dump,
) -> Result<AsyncWorkspace, Error> {
    let id = WorkspaceId::new(workspace)?;
    let (enlist, named) = (enlist.clone(), id.clone());
    let restored = aside(move || enlist.restore_workspace(named.as_str(), settings, dump)).await;
    let restored = restored.unwrap_or(Err(Error::Closed { workspace: id, events: Vec::new() }));
    Ok(AsyncWorkspace::new(restored?))
}

/// [Creates a workspace from a first import](Enlist::load_workspace) without blocking the task's thread: events are taken from
/// the iterator on a thread for blocking work.
///
/// It goes on if the future is dropped, once that has been polled; the workspace is then there all the same
/// ([`Enlist::workspace`]).
///
/// # Errors
/// As [`Enlist::load_workspace`]; [`Error::Closed`] if the runtime ends before it begins.
pub async fn load_workspace(
    enlist: &Enlist,
    workspace: &str,
    settings: WorkspaceSettings,
    events: impl IntoIterator<Item = Event> + Send + 'static,
) -> Result<Loaded, Error> {
    let id = WorkspaceId::new(workspace)?;
    let (enlist, named) = (enlist.clone(), id.clone());
    let loaded = aside(move || enlist.load_workspace(named.as_str(), settings, events)).await;
    loaded.unwrap_or(Err(Error::Closed { workspace: id, events: Vec::new() }))
}

/// [Drops a workspace](Enlist::drop_workspace) without blocking the task's thread: what was accepted is applied, and its
/// subscribers see the end. Says whether there was one; `false` as well if the runtime ends before it begins.
///
/// It goes on if the future is dropped, once that has been polled.
pub async fn drop_workspace(enlist: &Enlist, workspace: &str) -> bool {
    let (enlist, workspace) = (enlist.clone(), workspace.to_owned());
    aside(move || enlist.drop_workspace(&workspace)).await.unwrap_or(false)
}

/// [Lets time pass](Enlist::tick) in every workspace, as far as its local date changes up to the clock's now; ready when it
/// has. Says what now is. The clock driver does this by itself. It awaits workspaces that a subscriber holds up, too, so the
/// task that reads such a subscription must not await it.
///
/// It goes on if the future is dropped, once that has been polled.
pub async fn tick(enlist: &Enlist) -> Instant {
    let (now, tickets) = enlist.submit_tick();
    for ticket in tickets {
        // A workspace that closed meanwhile has no more time.
        let _ = ticket.await;
    }
    now
}

/// [Shuts down](Enlist::shutdown) without blocking the task's thread: takes nothing more in, applies everything that was
/// accepted, ends every subscription and the threads.
///
/// It goes on if the future is dropped. Dropping the last handle shuts down too, and waits for it on the thread that drops
/// it (unless that is one of Enlist's own); so in async code, do this first.
pub async fn shutdown(enlist: &Enlist) {
    let enlist = enlist.clone();
    // A runtime that ends drops its handles, and that is a shutdown as well.
    let _ = aside(move || enlist.shutdown()).await;
}
