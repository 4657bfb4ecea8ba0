//! The rows of a file as one commit left them, and a new file that they are copied into.
//!
//! It does not know what a row means; the caller that copies checks each row. Invariant: a new file is whole and synced, or its commit failed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

use redb::{
    Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableHandle, Value,
    WriteTransaction,
};

use super::StoredFile;
use crate::error::Error;

/// What one commit left. It stays as it is while others commit.
pub(crate) struct Rows<'a> {
    file: &'a StoredFile,
    transaction: ReadTransaction,
}

/// A new file that rows are put into, in one commit.
pub(crate) struct NewFile {
    /// Until it is committed. Before the file, so that it ends first.
    transaction: Option<WriteTransaction>,
    file: StoredFile,
}

impl StoredFile {
    /// The rows that the latest commit left.
    pub(crate) fn rows(&self) -> Result<Rows<'_>, Error> {
        let transaction = self.run(|database| Ok(database.begin_read()?))?;
        // Afterwards: a commit that failed is visible to the library, although it may not be on the disk.
        self.check()?;
        Ok(Rows { file: self, transaction })
    }
}

impl<'a> Rows<'a> {
    pub(crate) fn file(&self) -> &'a StoredFile {
        self.file
    }

    /// Fails if there is a table that is not among these: what is not known is neither checked nor copied.
    pub(crate) fn check_tables(&self, known: &[&str]) -> Result<(), Error> {
        let unknown: Vec<String> =
            self.tables()?.into_iter().filter(|name| !known.contains(&name.as_str())).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(self.file.damaged(&format!("it has tables that are not known: {}", unknown.join(", "))))
    }

    /// Whether there is a table.
    pub(crate) fn has_table(&self, name: &str) -> Result<bool, Error> {
        Ok(self.tables()?.contains(name))
    }

    fn tables(&self) -> Result<BTreeSet<String>, Error> {
        self.file.guarded(|| {
            let tables = self.transaction.list_tables().map_err(|error| self.file.shown(error))?;
            Ok(tables.map(|table| table.name().to_owned()).collect())
        })
    }

    /// Calls `row` with each row of a table, in order.
    pub(crate) fn each<K: Key + 'static, V: Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
        mut row: impl for<'r> FnMut(K::SelfType<'r>, V::SelfType<'r>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let file = self.file;
        file.guarded(|| {
            let table = self.transaction.open_table(table).map_err(|error| file.shown(error))?;
            for each in table.iter().map_err(|error| file.shown(error))? {
                let (key, value) = each.map_err(|error| file.shown(error))?;
                row(key.value(), value.value())?;
            }
            Ok(())
        })
    }
}

impl NewFile {
    /// Begins a file in the place of whatever has its name; `create` makes its tables.
    pub(crate) fn begin(
        path: &Path,
        create: impl FnOnce(StoredFile) -> Result<StoredFile, Error>,
    ) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::store(path, &error);
        let empty = File::options().read(true).write(true).create(true).truncate(true).open(path);
        let file = create(StoredFile::open_file(empty.map_err(failed)?, path)?)?;
        let transaction = file.run(|database| Ok(database.begin_write()?))?;
        Ok(NewFile { transaction: Some(transaction), file })
    }

    /// Puts a row.
    pub(crate) fn put<K: Key + 'static, V: Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
        key: K::SelfType<'_>,
        row: V::SelfType<'_>,
    ) -> Result<(), Error> {
        self.file.guarded(|| {
            let Some(transaction) = &self.transaction else { return Ok(()) };
            let mut table = transaction.open_table(table).map_err(|error| self.file.shown(error))?;
            table.insert(key, row).map(drop).map_err(|error| self.file.shown(error))
        })?;
        // Early: once the disk is full, all that follows would gather in memory.
        self.file.check()
    }

    /// Keeps all rows, synced. The file stays open.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        let Some(transaction) = self.transaction.take() else { return Ok(()) };
        self.file.write(|_| Ok(transaction.commit()?)).inspect_err(|_| self.remove())
    }

    /// The file, once it is committed.
    pub(crate) fn file(&self) -> &StoredFile {
        &self.file
    }

    /// Removes the file. What cannot be removed is not missed: it has a name that nobody reads.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(self.file.path());
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        let Some(transaction) = self.transaction.take() else { return };
        // Undoing reads the file, and a panic while something is dropped would end the process.
        let _ = self.file.guarded(|| transaction.abort().map_err(|error| self.file.shown(error)));
        self.remove();
    }
}
