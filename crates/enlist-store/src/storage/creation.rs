//! A file that has its name only when it is whole, so that a crash at any moment of its creation leaves none.
//!
//! It does not know what is in the file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Opens the file of a name in a directory, and creates it before if it is missing: `create` makes it whole and synced under
/// another name.
pub(crate) fn open_or_create(
    directory: &Path,
    name: &str,
    create: impl FnOnce(File, &Path) -> Result<(), Error>,
) -> Result<File, Error> {
    let path = directory.join(name);
    let failed = |error: std::io::Error| Error::store(&path, &error);
    let mut options = File::options();
    options.read(true).write(true);
    if !path.try_exists().map_err(failed)? {
        let unfinished = new_name(&path);
        let empty = options.clone().create(true).truncate(true).open(&unfinished).map_err(failed)?;
        create(empty, &unfinished)?;
        fs::rename(&unfinished, &path).map_err(failed)?;
        sync(directory)?;
    }
    // What a crash left; nothing lacks it.
    let _ = fs::remove_file(new_name(&path));
    let file = options.open(&path).map_err(failed)?;
    // The library would take an empty file for a new one.
    if file.metadata().map_err(failed)?.len() == 0 {
        return Err(Error::damaged(&path, &"it is empty"));
    }
    Ok(file)
}

/// The name of a file while it is not whole.
pub(crate) fn new_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Syncs the names in a directory, and its own name.
///
/// # Errors
/// [`Error::Store`].
pub fn sync(directory: &Path) -> Result<(), Error> {
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
