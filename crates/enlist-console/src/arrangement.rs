//! What a workspace's users arrange in the console: the columns of the board, and campaigns.
//!
//! It is no part of the workspace: no event changes it, and Enlist does not know it. Invariant: a segment is named by its id, which may
//! be of one that was deleted since.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// What is arranged in a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Arrangement {
    /// The segments of the board's columns, from left to right; `None` if nobody has chosen.
    pub columns: Option<Vec<String>>,
    /// Campaigns, in the order in which they were made.
    pub campaigns: Vec<Campaign>,
}

impl Arrangement {
    /// With these columns.
    #[must_use]
    pub fn with_columns(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.columns = Some(columns.into_iter().map(Into::into).collect());
        self
    }
}

/// A campaign: who is in it, by segments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Campaign {
    /// Its id, which no other campaign of the workspace has.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Segments whose members it is for.
    pub include: Vec<String>,
    /// Segments whose members it is not for.
    pub exclude: Vec<String>,
    /// Ids of contacts that it is not for, whatever segments they are in.
    pub suppress: Vec<String>,
    /// The names of its frozen audiences, the oldest first; one may have been deleted since.
    pub audiences: Vec<String>,
}

/// Where arrangements are kept. It is called on threads for long work, never by two at once.
pub trait Arrangements: Debug + Send + Sync + 'static {
    /// The arrangement of a workspace; `None` if none was kept.
    ///
    /// # Errors
    /// Whatever keeps it from being read. The console shows the sentence.
    fn find(&self, workspace: &str) -> io::Result<Option<Arrangement>>;

    /// Keeps an arrangement in place of what was kept. If it fails, what was kept still is.
    ///
    /// # Errors
    /// Whatever keeps it from being written. The console shows the sentence.
    fn keep(&self, workspace: &str, arrangement: &Arrangement) -> io::Result<()>;
}

/// Arrangements in memory, gone when the host ends.
#[derive(Debug, Default)]
pub struct InMemory {
    kept: Mutex<BTreeMap<String, Arrangement>>,
}

impl InMemory {
    /// With the arrangement of one workspace.
    pub fn with(workspace: &str, arrangement: Arrangement) -> Self {
        InMemory { kept: Mutex::new(BTreeMap::from([(workspace.to_owned(), arrangement)])) }
    }
}

impl Arrangements for InMemory {
    fn find(&self, workspace: &str) -> io::Result<Option<Arrangement>> {
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(workspace).cloned())
    }

    fn keep(&self, workspace: &str, arrangement: &Arrangement) -> io::Result<()> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(workspace.to_owned(), arrangement.clone());
        Ok(())
    }
}
