//! A journal in a new file, without what was deleted: the file takes the place of the old one.
//!
//! Pages of the old file hold deleted rows until they are used again. Invariant: nothing is appended between the copy and its taking
//! over, and positions stay as they are.

use parking_lot::MutexGuard;

use super::{Journal, put_frame, table};
use crate::error::Error;
use crate::frame::{Frame, FrameBody, Outcome, WorkspaceNumber};
use crate::log::LogPosition;
use crate::storage::{NewFile, new_name};

/// A new file of a journal, synced, that has not taken over yet. Appends wait as long as it exists; dropping it leaves the journal as
/// it is.
#[must_use = "`take_over` puts it in the place of the old file"]
pub struct JournalRewrite<'a> {
    journal: &'a Journal,
    new: NewFile,
    /// How many bytes less its frames take.
    fewer_bytes: u64,
    _paused: MutexGuard<'a, ()>,
}

impl Journal {
    /// Copies the frames that are needed into a new file. Others keep their position and nothing else. The outbox is left out.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`]; then nothing is left of the copy.
    pub fn rewrite(
        &self,
        is_needed: impl Fn(WorkspaceNumber, LogPosition) -> bool,
    ) -> Result<JournalRewrite<'_>, Error> {
        let file = &self.shared.table.0;
        let paused = file.pause_writes();
        let rows = self.rows()?;
        let mut new = rows.begin_copy(&new_name(file.path()))?;
        let mut fewer_bytes = 0;
        rows.frames(|frame| {
            let decoded = Frame::decode(frame.frame).map_err(|error| error.in_file(file.path()))?;
            if is_needed(decoded.workspace, frame.at) {
                return put_frame(&new, frame.at, frame.row);
            }
            let row = table::value(frame.at, &blank(decoded.workspace)?);
            fewer_bytes += (frame.row.len() as u64).saturating_sub(row.len() as u64);
            put_frame(&new, frame.at, &row)
        })?;
        new.commit()?;
        Ok(JournalRewrite { journal: self, new, fewer_bytes, _paused: paused })
    }
}

/// A frame that says nothing: it is about no revision.
fn blank(workspace: WorkspaceNumber) -> Result<Vec<u8>, Error> {
    Frame { workspace, body: FrameBody::Outcome { revision: 0, outcome: Outcome::default() } }.encode()
}

impl JournalRewrite<'_> {
    /// Puts the file in the place of the old one. The directory is not synced.
    ///
    /// # Errors
    /// [`Error::Store`]; then the journal goes on with the old file.
    pub fn take_over(self) -> Result<(), Error> {
        self.journal.shared.table.0.take_over(self.new.file())?;
        let mut queue = self.journal.shared.queue.lock();
        queue.bytes = queue.bytes.saturating_sub(self.fewer_bytes);
        Ok(())
    }
}

impl Drop for JournalRewrite<'_> {
    fn drop(&mut self) {
        // It has another name if it has taken over.
        self.new.remove();
    }
}

impl std::fmt::Debug for JournalRewrite<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("JournalRewrite").field("new", &self.new.file().path()).finish_non_exhaustive()
    }
}
