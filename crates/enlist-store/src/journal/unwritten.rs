//! The files of a journal that is read and not changed.
//!
//! Invariant: no byte of the directory changes, and nobody else has it open meanwhile.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::Path;

use super::creation::{JOURNAL, MARK, TAILS, check_not_missing, hold, is_new};
use super::table::Table;
use crate::error::Error;
use crate::mark::{Mark, MarkStorage};
use crate::storage::StoredFile;
use crate::tail::{Tail, TailStorage};

/// A mark that is written in memory only.
struct UnwrittenMark {
    bytes: Vec<u8>,
    /// Holds the lock.
    _file: File,
}

impl MarkStorage for UnwrittenMark {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.bytes.clone())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let from = offset as usize;
        if self.bytes.len() < from + bytes.len() {
            self.bytes.resize(from + bytes.len(), 0);
        }
        self.bytes[from..from + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A tail that is written in memory only.
struct UnwrittenTail(Vec<u8>);

impl TailStorage for UnwrittenTail {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.0.clone())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn truncate(&mut self) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }
}

/// The tails of a directory whose mark is locked; empty where there is none.
pub(super) fn tails(directory: &Path) -> Result<Option<[Tail; 2]>, Error> {
    let open = |name| {
        let path = directory.join(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Error::store(&path, &error)),
        };
        Ok(Tail::new(UnwrittenTail(bytes), &path))
    };
    let [one, two] = TAILS;
    Ok(Some([open(one)?, open(two)?]))
}

/// The mark of a directory, which is locked as long as the mark exists, and its journal.
pub(super) fn files(directory: &Path) -> Result<(Table, Mark), Error> {
    let (mark_path, path) = (directory.join(MARK), directory.join(JOURNAL));
    let failed = |error: io::Error| Error::store(&mark_path, &error);
    let mut file = File::open(&mark_path).map_err(failed)?;
    hold(&file, directory)?;
    let is_new = is_new(directory, &mut file)?;
    let mut bytes = Vec::new();
    file.rewind().map_err(failed)?;
    Read::by_ref(&mut file).take(1 << 16).read_to_end(&mut bytes).map_err(failed)?;
    let storage = UnwrittenMark { bytes, _file: file };
    let mark = if is_new { Mark::create(storage, &mark_path)? } else { Mark::open(storage, &mark_path)? };
    check_not_missing(&path, &mark)?;
    Ok((Table::of(StoredFile::open_unwritten(&path)?)?, mark))
}
