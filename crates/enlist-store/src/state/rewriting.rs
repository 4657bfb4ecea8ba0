//! A checkpoint in a new file, without what was deleted: the file takes the place of the old one.
//!
//! Invariant: no commit comes between the copy and its taking over.

use super::StateFile;
use crate::error::Error;
use crate::storage::{NewFile, new_name};

/// A new file of a checkpoint, synced, that has not taken over yet. Dropping it leaves the checkpoint as it is.
#[must_use = "`take_over` puts it in the place of the old file"]
pub struct StateRewrite<'a> {
    state: &'a StateFile,
    new: NewFile,
}

impl StateFile {
    /// Copies all rows into a new file. No checkpoint may be written until it has taken over.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`]; then nothing is left of the copy.
    pub fn rewrite(&self) -> Result<StateRewrite<'_>, Error> {
        let new = self.rows()?.copy(&new_name(self.0.path()))?;
        Ok(StateRewrite { state: self, new })
    }
}

impl StateRewrite<'_> {
    /// Puts the file in the place of the old one. The directory is not synced.
    ///
    /// # Errors
    /// [`Error::Store`]; then the checkpoint goes on with the old file.
    pub fn take_over(self) -> Result<(), Error> {
        self.state.0.take_over(self.new.file())
    }
}

impl Drop for StateRewrite<'_> {
    fn drop(&mut self) {
        // It has another name if it has taken over.
        self.new.remove();
    }
}

impl std::fmt::Debug for StateRewrite<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("StateRewrite").field("new", &self.new.file().path()).finish_non_exhaustive()
    }
}
