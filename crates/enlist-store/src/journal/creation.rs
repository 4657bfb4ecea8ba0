//! The files of a journal: found, locked, or created so that a crash at any moment leaves a directory that opens.
//!
//! Invariant: the mark is synced before there is a journal, and the journal has its name only when it is whole. So a journal
//! without a mark, or a mark above 0 without a journal, is damage.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek};
use std::path::Path;

use super::table::Table;
use crate::durability::Durability;
use crate::error::Error;
use crate::log::LogPosition;
use crate::mark::Mark;
use crate::storage::{StoredFile, open_or_create, sync};
use crate::tail::Tail;

pub(crate) const JOURNAL: &str = "journal.redb";
pub(crate) const MARK: &str = "mark";
pub(super) const TAILS: [&str; 2] = ["tail-0", "tail-1"];

/// The file of the mark of a directory, locked, and with it the directory. Creates both.
pub(crate) fn lock(directory: &Path) -> Result<File, Error> {
    let path = directory.join(MARK);
    let failed = |error: std::io::Error| Error::store(&path, &error);
    fs::create_dir_all(directory).map_err(failed)?;
    let file =
        File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    hold(&file, directory)?;
    Ok(file)
}

/// Locks the open file of a mark, and with it the directory.
pub(super) fn hold(mark: &File, directory: &Path) -> Result<(), Error> {
    match mark.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path: directory.to_owned() }),
        Err(TryLockError::Error(error)) => Err(Error::store(&directory.join(MARK), &error)),
    }
}

/// Whether nothing was ever kept in a directory, as after a crash while it was created.
pub(super) fn is_new(directory: &Path, mark: &mut File) -> Result<bool, Error> {
    let path = directory.join(MARK);
    let failed = |error: std::io::Error| Error::store(&path, &error);
    if directory.join(JOURNAL).try_exists().map_err(failed)? {
        return Ok(false);
    }
    let mut bytes = Vec::new();
    mark.rewind().map_err(failed)?;
    Read::by_ref(mark).take(1 << 16).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes.iter().all(|byte| *byte == 0))
}

/// The mark of a directory. Its file is locked as long as the mark exists, and with it the directory.
pub(super) fn mark(directory: &Path) -> Result<Mark, Error> {
    let mut file = lock(directory)?;
    let path = directory.join(MARK);
    if is_new(directory, &mut file)? {
        let mark = Mark::create(file, &path)?;
        sync(directory)?;
        return Ok(mark);
    }
    Mark::open(file, &path)
}

/// Fails if there is no journal although its mark says that something was kept in it.
pub(super) fn check_not_missing(path: &Path, mark: &Mark) -> Result<(), Error> {
    let is_there = path.try_exists().map_err(|error| Error::store(path, &error))?;
    if !is_there && mark.position() > LogPosition(0) {
        return Err(Error::damaged(path, &"it is missing"));
    }
    Ok(())
}

/// The journal of a directory whose mark is locked. Creates it if nothing was ever kept.
pub(super) fn journal(directory: &Path, mark: &Mark) -> Result<Table, Error> {
    let path = directory.join(JOURNAL);
    check_not_missing(&path, mark)?;
    let create = |empty, unfinished: &Path| Table::of(StoredFile::open_file(empty, unfinished)?).map(drop);
    let file = open_or_create(directory, JOURNAL, create)?;
    Table::of(StoredFile::open_file(file, &path)?)
}

/// The tails of a directory whose mark is locked; `None` if it has none and needs none. Their names are not synced: what is lost with
/// them is not synced either.
pub(super) fn tails(directory: &Path, durability: Durability) -> Result<Option<[Tail; 2]>, Error> {
    let mut are_needed = durability.sync_every().is_some();
    for name in TAILS {
        let path = directory.join(name);
        are_needed |= path.try_exists().map_err(|error| Error::store(&path, &error))?;
    }
    let open = |name| {
        let path = directory.join(name);
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        Ok(Tail::new(file.map_err(|error| Error::store(&path, &error))?, &path))
    };
    let [one, two] = TAILS;
    if are_needed { Ok(Some([open(one)?, open(two)?])) } else { Ok(None) }
}
