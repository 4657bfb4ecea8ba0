//! Reading every row of a store, each against its checksum.

use crate::error::Error;
use crate::journal::Journal;
use crate::state::StateFile;

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckedRows {
    /// Rows of both files.
    pub rows: u64,
    /// Those of them that are frames.
    pub frames: u64,
    /// The bytes of all of them, checksums included.
    pub bytes: u64,
}

/// Reads every row of both files, and calls `progress` after each with what was read so far.
///
/// # Errors
/// [`Error::Damaged`] if a row is not what was written; [`Error::Store`].
pub fn check_rows(
    journal: &Journal,
    state: &StateFile,
    mut progress: impl FnMut(&CheckedRows),
) -> Result<CheckedRows, Error> {
    let mut checked = CheckedRows::default();
    let mut note = |row: &[u8], frames: u64| {
        checked.rows += 1;
        checked.frames += frames;
        checked.bytes += row.len() as u64;
        progress(&checked);
        Ok(())
    };
    state.rows()?.each(|_, _, row| note(row, 0))?;
    let journal = journal.rows()?;
    journal.frames(|frame| note(frame.row, 1))?;
    journal.outbox(|_, row| note(row, 0))?;
    Ok(checked)
}
