//! A backup: a copy of both files of a store as of one commit, with a mark, in a directory of its own.
//!
//! The rows are copied, not the files: a copy has no pages of deleted rows, and each row is checked on the way. It does not know what
//! a row means. Invariant: the directory has its name only when all of it is whole and synced.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::journal::{JOURNAL, Journal, JournalRows, MARK, lock, put_frame};
use crate::mark::Mark;
use crate::state::{StateFile, StateRows};
use crate::storage::{new_name, sync};

/// The rows of a store as of one commit, before they are copied.
#[must_use = "`write` copies them"]
pub struct Backup<'a> {
    journal: JournalRows<'a>,
    state: StateRows<'a>,
}

impl<'a> Backup<'a> {
    /// Fixes what is copied. No checkpoint may be committed or cut meanwhile; frames may. What was answered before is in it.
    ///
    /// # Errors
    /// [`Error::Store`] if an earlier commit failed; [`Error::Damaged`].
    pub fn begin(journal: &'a Journal, state: &'a StateFile) -> Result<Self, Error> {
        Ok(Backup { journal: journal.rows()?, state: state.rows()? })
    }

    /// Copies it into a directory, which is created; an empty one may be there.
    ///
    /// Until it is whole, the directory has a name that ends with `.unfinished`. A crash leaves that behind; the next backup with the
    /// same name removes it.
    ///
    /// # Errors
    /// [`Error::NotEmpty`]; [`Error::Locked`] if another backup to the same place is under way; [`Error::Damaged`] if a row is not
    /// what was written; [`Error::Store`]. Then nothing is left of it.
    pub fn write(self, to: &Path) -> Result<(), Error> {
        check_empty(to)?;
        let unfinished = unfinished(to)?;
        let mark = locked(&unfinished)?;
        let written = self.write_files(&unfinished, mark);
        let named = written.and_then(|()| {
            // Only where it is there, and then it is empty. A file system need not replace it.
            let _ = fs::remove_dir(to);
            fs::rename(&unfinished, to).map_err(|error| Error::store(to, &error))?;
            sync(to)
        });
        named.inspect_err(|_| remove(&unfinished))
    }

    fn write_files(&self, directory: &Path, mark: File) -> Result<(), Error> {
        // A journal is there last: without it, a directory whose mark says that there is one does not open.
        self.state.copy(&directory.join(StateFile::NAME))?.file().close();
        let end = self.journal.frames(|_| Ok(()))?;
        let mark = Mark::create_at(mark, &directory.join(MARK), end)?;
        let mut journal = self.journal.begin_copy(&directory.join(JOURNAL))?;
        self.journal.frames(|frame| put_frame(&journal, frame.at, frame.row))?;
        self.journal.copy_outbox(&journal)?;
        journal.commit()?;
        journal.file().close();
        drop(mark);
        for name in [StateFile::NAME, JOURNAL] {
            // Again: the library writes when it closes a file.
            let path = directory.join(name);
            File::open(&path)
                .and_then(|file| file.sync_all())
                .map_err(|error| Error::store(&path, &error))?;
        }
        sync(directory)
    }
}

fn check_empty(to: &Path) -> Result<(), Error> {
    match fs::read_dir(to) {
        Ok(mut entries) => entries.next().map_or(Ok(()), |_| Err(Error::NotEmpty { path: to.to_owned() })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::store(to, &error)),
    }
}

/// The name of a backup until it is whole, beside its own.
fn unfinished(to: &Path) -> Result<PathBuf, Error> {
    let nameless = || Error::store(to, &"it has no name of its own");
    let mut name = to.file_name().ok_or_else(nameless)?.to_owned();
    name.push(".unfinished");
    Ok(to.with_file_name(name))
}

/// The file of the mark, locked, in a directory without anything that a crash left.
fn locked(directory: &Path) -> Result<File, Error> {
    let mark = lock(directory)?;
    remove_stored(directory);
    mark.set_len(0).map_err(|error| Error::store(&directory.join(MARK), &error))?;
    Ok(mark)
}

fn remove_stored(directory: &Path) {
    for name in [StateFile::NAME, JOURNAL] {
        let path = directory.join(name);
        // What is not there need not be removed; what stays is written over or reported.
        let _ = fs::remove_file(&path);
        let _ = fs::remove_file(new_name(&path));
    }
}

/// Removes an unfinished backup, and nothing else that may be there.
fn remove(directory: &Path) {
    remove_stored(directory);
    let _ = fs::remove_file(directory.join(MARK));
    let _ = fs::remove_dir(directory);
}

impl std::fmt::Debug for Backup<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Backup").finish_non_exhaustive()
    }
}
