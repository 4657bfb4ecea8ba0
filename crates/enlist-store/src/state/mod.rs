//! The checkpoint in a redb file beside the journal, `state.redb`.
//!
//! Keys are bytes: the number of a workspace and what names a row in it, so that the rows of a workspace lie together and in order.
//! A value is a checksum over key and content, and the content. It does not know what is in a record. Invariant: one commit is one
//! transaction of the library.

mod reader;
mod rewriting;
mod rows;
mod tables;
mod writer;

use std::path::Path;

use redb::{ReadableDatabase, StorageBackend};

use crate::checkpoint::{CheckpointReader, CheckpointWriter, Checkpoints};
use crate::error::Error;
use crate::storage::{StoredFile, open_or_create};
use reader::Reader;
pub use rewriting::StateRewrite;
pub(crate) use rows::StateRows;
use writer::Writer;

/// A checkpoint in the directory of a journal. What is committed survives process death and power loss.
///
/// It has no lock of its own for the directory: open the journal of the directory before it.
#[derive(Debug)]
pub struct StateFile(StoredFile);

impl StateFile {
    /// The name of the file in its directory.
    pub const NAME: &str = "state.redb";

    /// Opens the checkpoint of a directory, or creates an empty one. Reads the whole file.
    ///
    /// A file that is missing is not told from one that never was. Compare [`CheckpointReader::position`] with
    /// [`Journal::start`](crate::Journal::start): a checkpoint that ends before the journal starts is lost.
    ///
    /// # Errors
    /// [`Error::Locked`] if it is open elsewhere; [`Error::Damaged`] if it does not hold what was written to it;
    /// [`Error::Format`]; [`Error::Store`].
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let create = |empty, unfinished: &Path| {
            let file = StoredFile::open_file(empty, unfinished)?;
            tables::create(&file)
        };
        let file = open_or_create(directory, Self::NAME, create)?;
        let file = StoredFile::open_file(file, &directory.join(Self::NAME))?;
        if tables::is_known(&file)? { Ok(StateFile(file)) } else { Err(file.damaged("it has no format")) }
    }

    /// As [`open`](Self::open), and no byte of the directory changes: what is written stays in memory.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_unwritten(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(Self::NAME);
        let is_new = !path.try_exists().map_err(|error| Error::store(&path, &error))?;
        let file = StoredFile::open_unwritten(&path)?;
        if is_new {
            tables::create(&file)?;
        }
        if tables::is_known(&file)? { Ok(StateFile(file)) } else { Err(file.damaged("it has no format")) }
    }

    /// The rows that the latest commit left.
    pub(crate) fn rows(&self) -> Result<StateRows<'_>, Error> {
        StateRows::of(self.0.rows()?)
    }

    /// Closes the file. What is asked for afterwards is an error.
    pub fn close(&self) {
        self.0.close();
    }

    /// Opens a checkpoint on storage that is not a file, for tests and simulations. `name` is what errors call it.
    ///
    /// # Errors
    /// As [`open`](Self::open), except for [`Error::Locked`].
    pub fn open_on(storage: impl StorageBackend, name: &Path) -> Result<Self, Error> {
        let file = StoredFile::open(storage, name)?;
        if !tables::is_known(&file)? {
            tables::create(&file)?;
        }
        Ok(StateFile(file))
    }
}

impl Checkpoints for StateFile {
    fn begin(&self) -> Result<Box<dyn CheckpointWriter + '_>, Error> {
        self.0.check()?;
        let transaction = self.0.run(|database| Ok(database.begin_write()?))?;
        Ok(Box::new(Writer::new(&self.0, transaction)))
    }

    fn latest(&self) -> Result<Box<dyn CheckpointReader + '_>, Error> {
        let transaction = self.0.run(|database| Ok(database.begin_read()?))?;
        // Afterwards: a commit that failed is visible to the library, although it may not be on the disk.
        self.0.check()?;
        Ok(Box::new(Reader::new(&self.0, transaction)))
    }
}
