//! Where frozen audiences are kept, as ids: the host's to choose; in memory by default.
//!
//! It knows neither workspaces nor how contacts are chosen.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A frozen audience.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kept {
    /// The revision as of which it was exact.
    pub revision: String,
    /// When it was frozen.
    pub at: String,
    /// The ids of its contacts.
    pub contacts: Vec<String>,
}

impl Kept {
    /// An audience, as a host has kept it.
    pub fn new(revision: String, at: String, contacts: Vec<String>) -> Self {
        Kept { revision, at, contacts }
    }
}

/// Keeps frozen audiences. Its methods are called on threads for long work, so they may wait for a disk.
pub trait Audiences: Send + Sync + 'static {
    /// The names of the audiences of a workspace, in order.
    ///
    /// # Errors
    /// Any; the request gets 503, here and in the others.
    fn names(&self, workspace: &str) -> io::Result<Vec<String>>;

    /// An audience.
    ///
    /// # Errors
    /// Any.
    fn find(&self, workspace: &str, audience: &str) -> io::Result<Option<Arc<Kept>>>;

    /// Keeps an audience in place of one of the same name.
    ///
    /// # Errors
    /// Any.
    fn keep(&self, workspace: &str, audience: &str, kept: Kept) -> io::Result<()>;

    /// Forgets an audience; returns whether there was one.
    ///
    /// # Errors
    /// Any.
    fn forget(&self, workspace: &str, audience: &str) -> io::Result<bool>;
}

/// Audiences of workspaces, by their ids.
type ByWorkspace = BTreeMap<String, BTreeMap<String, Arc<Kept>>>;

/// Audiences in memory, gone with the process.
#[derive(Debug, Default)]
pub(crate) struct InMemory(Mutex<ByWorkspace>);

impl InMemory {
    fn kept(&self) -> MutexGuard<'_, ByWorkspace> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Audiences for InMemory {
    fn names(&self, workspace: &str) -> io::Result<Vec<String>> {
        Ok(self.kept().get(workspace).map(|kept| kept.keys().cloned().collect()).unwrap_or_default())
    }

    fn find(&self, workspace: &str, audience: &str) -> io::Result<Option<Arc<Kept>>> {
        Ok(self.kept().get(workspace).and_then(|kept| kept.get(audience)).cloned())
    }

    fn keep(&self, workspace: &str, audience: &str, kept: Kept) -> io::Result<()> {
        let mut all = self.kept();
        all.entry(workspace.to_owned()).or_default().insert(audience.to_owned(), Arc::new(kept));
        Ok(())
    }

    fn forget(&self, workspace: &str, audience: &str) -> io::Result<bool> {
        Ok(self.kept().get_mut(workspace).is_some_and(|kept| kept.remove(audience).is_some()))
    }
}
