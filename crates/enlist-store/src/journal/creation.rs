//! The files of a journal: found, locked, or created so that a crash at any moment leaves a directory that opens.
//!
//! Invariant: the mark is synced before there is a journal, and the journal has its name only when it is whole. So a journal
//! without a mark, or a mark above 0 without a journal, is damage.

use std::fs::{self, File, TryLockError};
use std::io::Read;
use std::path::Path;

use super::table::Table;
use crate::error::Error;
use crate::log::LogPosition;
use crate::mark::Mark;
use crate::storage::{StoredFile, open_or_create, sync};

pub(crate) const JOURNAL: &str = "journal.redb";
pub(crate) const MARK: &str = "mark";

/// The mark of a directory. Its file is locked as long as the mark exists, and with it the directory.
pub(super) fn mark(directory: &Path) -> Result<Mark, Error> {
    let path = directory.join(MARK);
    let failed = |error: std::io::Error| Error::store(&path, &error);
    fs::create_dir_all(directory).map_err(failed)?;
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Error::Locked { path: directory.to_owned() }),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    let has_journal = directory.join(JOURNAL).try_exists().map_err(failed)?;
    if !has_journal {
        let mut bytes = Vec::new();
        Read::by_ref(&mut file).take(1 << 16).read_to_end(&mut bytes).map_err(failed)?;
        // A crash while the directory was created: nothing was ever kept in it.
        if bytes.iter().all(|byte| *byte == 0) {
            let mark = Mark::create(file, &path)?;
            sync(directory)?;
            return Ok(mark);
        }
    }
    Mark::open(file, &path)
}

/// The journal of a directory whose mark is locked. Creates it if nothing was ever kept.
pub(super) fn journal(directory: &Path, mark: &Mark) -> Result<Table, Error> {
    let path = directory.join(JOURNAL);
    let is_there = path.try_exists().map_err(|error| Error::store(&path, &error))?;
    if !is_there && mark.position() > LogPosition(0) {
        return Err(Error::damaged(&path, &"it is missing"));
    }
    let create = |empty, unfinished: &Path| Table::of(StoredFile::open_file(empty, unfinished)?).map(drop);
    let file = open_or_create(directory, JOURNAL, create)?;
    Table::of(StoredFile::open_file(file, &path)?)
}
