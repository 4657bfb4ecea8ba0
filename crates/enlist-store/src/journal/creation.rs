//! The files of a journal: found, locked, or created so that a crash at any moment leaves a directory that opens.
//!
//! Invariant: the mark is synced before there is a journal, and the journal has its name only when it is whole. So a journal
//! without a mark, or a mark above 0 without a journal, is damage.

use std::fs::{self, File, TryLockError};
use std::io::Read;
use std::path::Path;

use super::table::{self, Table};
use crate::error::Error;
use crate::log::LogPosition;
use crate::mark::Mark;

const JOURNAL: &str = "journal.redb";
const MARK: &str = "mark";

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
    let is_needed = mark.position() > LogPosition(0);
    let file = open_file(directory, JOURNAL, is_needed, |path, file| table::open_file(path, file).map(drop))?;
    table::open_file(&directory.join(JOURNAL), file)
}

/// A file of a directory whose mark is locked. If it is missing, it is damage where it `is_needed`; otherwise it is created: `make_whole` makes
/// a whole one of an empty file, and only then it gets its name.
pub(crate) fn open_file(
    directory: &Path,
    name: &str,
    is_needed: bool,
    make_whole: impl FnOnce(&Path, File) -> Result<(), Error>,
) -> Result<File, Error> {
    let path = directory.join(name);
    let failed = |error: std::io::Error| Error::store(&path, &error);
    let mut options = File::options();
    options.read(true).write(true);
    if !path.try_exists().map_err(failed)? {
        if is_needed {
            return Err(Error::damaged(&path, &"it is missing"));
        }
        let begun = directory.join(format!("{name}.new"));
        let empty = options.clone().create(true).truncate(true).open(&begun).map_err(failed)?;
        make_whole(&begun, empty)?;
        fs::rename(&begun, &path).map_err(failed)?;
        sync(directory)?;
    }
    let file = options.open(&path).map_err(failed)?;
    // The library would take an empty file for a new one.
    if file.metadata().map_err(failed)?.len() == 0 {
        return Err(Error::damaged(&path, &"it is empty"));
    }
    Ok(file)
}

/// Syncs the names in a directory, and its own name.
fn sync(directory: &Path) -> Result<(), Error> {
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
    for each in [Some(directory), parent].into_iter().flatten() {
        // A directory cannot be opened everywhere; where it cannot, it needs no sync.
        #[cfg(unix)]
        File::open(each).and_then(|open| open.sync_all()).map_err(|error| Error::store(each, &error))?;
        #[cfg(not(unix))]
        let _ = each;
    }
    Ok(())
}
