//! The rows of a journal's file as one commit left them, each checked: for copies of the file.
//!
//! Invariant: what is given is what was written, whole and in order; otherwise the file is damaged.

use super::outbox::{self, OUTBOX};
use super::table::{JOURNAL, META, META_START, Table};
use crate::error::Error;
use crate::log::LogPosition;
use crate::storage::{NewFile, Rows, StoredFile, content};

/// What one commit left. It stays as it is while others commit.
pub(crate) struct JournalRows<'a> {
    rows: Rows<'a>,
    start: LogPosition,
}

/// A row that is a frame.
pub(crate) struct FrameRow<'a> {
    pub(crate) at: LogPosition,
    /// What is stored.
    pub(crate) row: &'a [u8],
    /// The frame in it.
    pub(crate) frame: &'a [u8],
}

impl Table {
    /// The rows that the latest commit left.
    pub(super) fn rows(&self) -> Result<JournalRows<'_>, Error> {
        let rows = self.0.rows()?;
        rows.check_tables(&["journal", "meta", "outbox"])?;
        let mut start = None;
        rows.each(META, |name, number| {
            if name == META_START {
                start = Some(LogPosition(number));
            }
            Ok(())
        })?;
        let missing = || rows.file().damaged("it does not say where it starts");
        let start = start.ok_or_else(missing)?;
        Ok(JournalRows { rows, start })
    }
}

impl JournalRows<'_> {
    /// Calls `row` with each frame; returns the position after the last.
    pub(crate) fn frames(
        &self,
        mut row: impl FnMut(FrameRow<'_>) -> Result<(), Error>,
    ) -> Result<LogPosition, Error> {
        let mut next = self.start;
        self.rows.each(JOURNAL, |at, stored: &[u8]| {
            let damaged = |what: &str| self.file().damaged(&format!("the frame at {} {what}", next.0));
            if at != next.0 {
                return Err(damaged("is missing"));
            }
            let frame = content(&at.to_le_bytes(), stored).map_err(damaged)?;
            row(FrameRow { at: next, row: stored, frame })?;
            next = next.plus(1);
            Ok(())
        })?;
        Ok(next)
    }

    /// Calls `row` with each row of the outbox.
    pub(crate) fn outbox(
        &self,
        mut row: impl FnMut((u64, u64), &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // A journal that never had an outbox.
        if !self.rows.has_table("outbox")? {
            return Ok(());
        }
        self.rows.each(OUTBOX, |key, stored: &[u8]| {
            outbox::read(self.file(), key, stored)?;
            row(key, stored)
        })
    }

    /// A new file with all but the frames and the outbox.
    pub(crate) fn begin_copy(&self, path: &std::path::Path) -> Result<NewFile, Error> {
        let new = NewFile::begin(path, |file| Ok(Table::of(file)?.0))?;
        self.rows.each(META, |name: &str, number| new.put(META, name, number))?;
        Ok(new)
    }

    /// Copies the outbox into a new file.
    pub(crate) fn copy_outbox(&self, into: &NewFile) -> Result<(), Error> {
        self.outbox(|key, stored| into.put(OUTBOX, key, stored))
    }

    fn file(&self) -> &StoredFile {
        self.rows.file()
    }
}

/// Puts a frame's row into a new file.
pub(crate) fn put_frame(into: &NewFile, at: LogPosition, row: &[u8]) -> Result<(), Error> {
    into.put(JOURNAL, at.0, row)
}
