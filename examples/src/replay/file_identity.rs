//! Which file a path or an open stream leads to, so that one file is recognised by any of its names.
//!
//! It opens nothing. Invariant: two identities are equal if they lead to one file; on Unix, exactly then.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Symbolic links that are followed from one path, as Linux does.
const MOST_LINKS: usize = 40;

/// A file, whatever its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileIdentity {
    /// A file that exists. Hard links and symbolic links share it.
    #[cfg(unix)]
    Inode {
        /// The device that holds it.
        device: u64,
        /// Its number on the device.
        inode: u64,
    },
    /// The resolved path: of a file that does not exist yet and, on systems without inodes, of any file.
    Path(PathBuf),
}

impl FileIdentity {
    /// The identity of a file that exists, if it is one that two programs can spoil for each other: a regular file or a
    /// pipe. Terminals and other devices may be written twice.
    #[cfg(unix)]
    pub(super) fn of(_path: &Path, metadata: &Metadata) -> Option<Self> {
        Self::of_open(metadata)
    }

    /// The identity of a file that exists, by its path.
    #[cfg(not(unix))]
    pub(super) fn of(path: &Path, metadata: &Metadata) -> Option<Self> {
        let path = fs::canonicalize(path).ok()?;
        metadata.is_file().then_some(FileIdentity::Path(path))
    }

    /// The identity of a file that is open already and has no path.
    #[cfg(unix)]
    pub(super) fn of_open(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};

        let is_shared = metadata.is_file() || metadata.file_type().is_fifo();
        is_shared.then(|| FileIdentity::Inode { device: metadata.dev(), inode: metadata.ino() })
    }

    /// The identity of a file that does not exist yet.
    pub(super) fn of_absent(resolved: &Path) -> Self {
        FileIdentity::Path(resolved.to_owned())
    }
}

/// The path without symbolic links; the file itself need not exist.
///
/// # Errors
/// What the system says of the folder; [`io::ErrorKind::InvalidInput`] for a path that names no file.
pub(super) fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        // A relative link is relative to its own folder; `join` takes an absolute one as it is.
        path = folder_of(&path).join(target);
    }
    let Some(name) = path.file_name() else { return Err(io::ErrorKind::InvalidInput.into()) };
    Ok(fs::canonicalize(folder_of(&path))?.join(name))
}

/// The folder that holds a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
