//! The rows of a checkpoint's file as one commit left them, each checked: for copies of the file.

use redb::TableHandle;

use super::tables::{META, OF_WORKSPACES, Table, create, damaged};
use crate::error::Error;
use crate::storage::{NewFile, Rows, content};

/// What one commit left. It stays as it is while others commit.
pub(crate) struct StateRows<'a>(pub(super) Rows<'a>);

fn tables() -> impl Iterator<Item = Table> {
    std::iter::once(META).chain(OF_WORKSPACES)
}

impl<'a> StateRows<'a> {
    pub(super) fn of(rows: Rows<'a>) -> Result<Self, Error> {
        let known: Vec<Table> = tables().collect();
        rows.check_tables(&known.iter().map(TableHandle::name).collect::<Vec<_>>())?;
        Ok(StateRows(rows))
    }

    /// Calls `row` with each row: its table, its key and what is stored.
    pub(crate) fn each(
        &self,
        mut row: impl FnMut(Table, &[u8], &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for table in tables() {
            self.0.each(table, |key: &[u8], stored: &[u8]| {
                content(key, stored).map_err(|what| damaged(self.0.file(), table, what))?;
                row(table, key, stored)
            })?;
        }
        Ok(())
    }

    /// Copies all rows into a new file, synced.
    pub(crate) fn copy(&self, path: &std::path::Path) -> Result<NewFile, Error> {
        let mut new = NewFile::begin(path, |file| create(&file).map(|()| file))?;
        self.each(|table, key, stored| new.put(table, key, stored))?;
        new.commit()?;
        Ok(new)
    }
}
