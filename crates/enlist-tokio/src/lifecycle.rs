//! The calls of an [`Enlist`] that can take long: open a store and care for it, restore, import and drop a workspace, tick, and
//! shut down.
//!
//! Its other methods take microseconds. Invariant: no future here blocks the thread that polls it.

use std::path::{Path, PathBuf};

use enlist::{
    Dump, Enlist, EnlistBuilder, Error, Event, ImportError, ImportProgress, Imported, Instant, Opening,
    StoreError, Verified, VerifyProgress, WorkspaceId, WorkspaceSettings,
};

use crate::blocking::run_blocking;
use crate::workspace::AsyncWorkspace;

/// [Opens a store](EnlistBuilder::open) on a thread for blocking work, and waits until all workspaces are open.
///
/// It continues if the future is dropped after its first poll; the Enlist is then shut down when it is open. To see how far it is, or
/// to stop it, use [`EnlistBuilder::open`], which reads the files once, and [`wait_until_open`].
///
/// # Errors
/// As [`EnlistBuilder::open`] and [`Opening::wait`]; [`Error::Store`] if the runtime ends before it begins.
pub async fn open(builder: EnlistBuilder, directory: impl Into<PathBuf>) -> Result<Enlist, Error> {
    let directory = directory.into();
    let file = directory.clone();
    let opened = run_blocking(move || builder.open(directory)?.wait()).await;
    opened.unwrap_or_else(|| Err(ended(file)))
}

/// [Waits](Opening::wait) until all workspaces of a store are open, on a thread for blocking work.
///
/// Opening continues if the future is dropped after its first poll; the Enlist is then shut down when it is open.
///
/// # Errors
/// As [`Opening::wait`]; [`Error::Store`] if the runtime ends before it begins.
pub async fn wait_until_open(opening: Opening) -> Result<Enlist, Error> {
    run_blocking(move || opening.wait()).await.unwrap_or_else(|| Err(ended(PathBuf::new())))
}

fn ended(file: PathBuf) -> Error {
    StoreError::Store { file, what: "the runtime has ended".to_owned() }.into()
}

/// [Creates a workspace from a dump](Enlist::restore_workspace) on a thread for blocking work: computing the memberships of many
/// contacts takes seconds.
///
/// It continues if the future is dropped after its first poll; the workspace then exists all the same
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
    let restored = run_blocking(move || enlist.restore_workspace(named.as_str(), settings, dump)).await;
    let restored = restored.unwrap_or(Err(Error::Closed { workspace: id, events: Vec::new() }));
    Ok(AsyncWorkspace::new(restored?))
}

/// [Creates a workspace from a bulk load](Enlist::import_workspace_with) on a thread for blocking work, which also takes the events
/// from the iterator and calls `progress`.
///
/// The iterator moves to that thread, so it cannot borrow a connection of the caller, as rows of a database do. In that case open
/// the connection in `tokio::task::spawn_blocking` and call [`Enlist::import_workspace_with`] there.
///
/// It continues if the future is dropped after its first poll; the workspace then exists all the same
/// ([`Enlist::workspace`]).
///
/// # Errors
/// As [`Enlist::import_workspace`]; [`Error::Closed`] if the runtime ends before it begins.
pub async fn import_workspace<E: Send + 'static>(
    enlist: &Enlist,
    workspace: &str,
    settings: WorkspaceSettings,
    events: impl IntoIterator<Item = Result<Event, E>> + Send + 'static,
    progress: impl FnMut(ImportProgress) + Send + 'static,
) -> Result<Imported, ImportError<E>> {
    let id = WorkspaceId::new(workspace).map_err(Error::from)?;
    let (enlist, named) = (enlist.clone(), id.clone());
    let import = move || enlist.import_workspace_with(named.as_str(), settings, events, progress);
    let imported = run_blocking(import).await;
    imported.unwrap_or_else(|| Err(Error::Closed { workspace: id, events: Vec::new() }.into()))
}

/// [Drops a workspace](Enlist::drop_workspace) on a thread for blocking work: what was accepted is applied, and its subscribers see
/// the end. Returns whether it existed; `false` as well if the runtime ends before it begins.
///
/// It continues if the future is dropped after its first poll.
///
/// # Errors
/// As [`Enlist::drop_workspace`].
pub async fn drop_workspace(enlist: &Enlist, workspace: &str) -> Result<bool, Error> {
    let (enlist, workspace) = (enlist.clone(), workspace.to_owned());
    run_blocking(move || enlist.drop_workspace(&workspace)).await.unwrap_or(Ok(false))
}

/// [Copies the store](Enlist::backup) on a thread for blocking work, while workspaces go on.
///
/// It continues if the future is dropped after its first poll.
///
/// # Errors
/// As [`Enlist::backup`]; [`Error::Store`] if the runtime ends before it begins.
pub async fn backup(enlist: &Enlist, to: impl AsRef<Path>) -> Result<(), Error> {
    let (enlist, to) = (enlist.clone(), to.as_ref().to_owned());
    let ended = not_begun(&to);
    run_blocking(move || enlist.backup(to)).await.unwrap_or(Err(ended))
}

/// [Erases what was deleted](Enlist::erase) from the files of the store, on a thread for blocking work, while workspaces go on.
///
/// It continues if the future is dropped after its first poll.
///
/// # Errors
/// As [`Enlist::erase`]; [`Error::Store`] if the runtime ends before it begins.
pub async fn erase(enlist: &Enlist) -> Result<(), Error> {
    let enlist = enlist.clone();
    run_blocking(move || enlist.erase()).await.unwrap_or_else(|| Err(not_begun(Path::new("the store"))))
}

/// [Verifies a store](Enlist::verify) that nobody has open, on a thread for blocking work, which also calls `progress`.
///
/// It continues if the future is dropped after its first poll.
///
/// # Errors
/// As [`Enlist::verify`]; [`Error::Store`] if the runtime ends before it begins.
pub async fn verify(
    path: impl AsRef<Path>,
    progress: impl FnMut(VerifyProgress) + Send + 'static,
) -> Result<Verified, Error> {
    let path = path.as_ref().to_owned();
    let ended = not_begun(&path);
    run_blocking(move || Enlist::verify(path, progress)).await.unwrap_or(Err(ended))
}

/// The error of work on a store that never began.
fn not_begun(path: &Path) -> Error {
    let what = "the runtime ended before this began".to_owned();
    StoreError::Store { file: path.to_owned(), what }.into()
}

/// [Lets time pass](Enlist::tick) in every workspace in which something is due by the clock's now; ready when that is done. Returns
/// now. The clock driver does this by itself. It also awaits workspaces that a full subscriber blocks, so the task that reads
/// such a subscription must not await it.
///
/// It continues if the future is dropped after its first poll.
pub async fn tick(enlist: &Enlist) -> Instant {
    let (now, tickets) = enlist.submit_tick();
    for ticket in tickets {
        // The answer is an error if the workspace was closed meanwhile; then there is nothing to wait for.
        let _ = ticket.await;
    }
    now
}

/// [Shuts down](Enlist::shutdown) on a thread for blocking work: accepts nothing more, applies everything that was accepted, and ends
/// every subscription and the threads.
///
/// It continues if the future is dropped. Dropping the last handle shuts down too, and blocks the thread that drops it (unless
/// that is one of Enlist's own); in async code, call this first.
pub async fn shutdown(enlist: &Enlist) {
    let enlist = enlist.clone();
    // If the runtime ends first, the clone is dropped with the work; dropping the last handle shuts down too.
    let _ = run_blocking(move || enlist.shutdown()).await;
}
