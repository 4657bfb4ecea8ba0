//! Everything that a store refuses or cannot do, with the facts of each error.
//!
//! An error is kept and given to all who wait for the same commit, so it can be cloned and holds no error of the system.
//! It knows neither frames nor files.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use enlist_model::ErrorClass;

/// Why a store cannot do something.
///
/// # Codes
///
/// Each variant has a [`code`](Self::code), which stays the same from release to release:
///
/// | code | variant |
/// |---|---|
/// | `store_failed` | [`Store`](Self::Store) |
/// | `damaged` | [`Damaged`](Self::Damaged) |
/// | `malformed` | [`Malformed`](Self::Malformed) |
/// | `locked` | [`Locked`](Self::Locked) |
/// | `format` | [`Format`](Self::Format) |
/// | `frame_too_large` | [`TooLarge`](Self::TooLarge) |
/// | `unwritable` | [`Unwritable`](Self::Unwritable) |
/// | `not_empty` | [`NotEmpty`](Self::NotEmpty) |
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A read, write or sync failed. After a failed write or sync nothing more is appended until the store is opened again, and
    /// whether what was under way is kept is unknown.
    #[error("the store failed at {}: {what}; free or repair the disk, then open the store again", file.display())]
    Store {
        /// The file.
        file: PathBuf,
        /// What failed.
        what: String,
    },
    /// A file does not hold what was written to it.
    #[error("{} is damaged: {what}; restore a backup", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Bytes that were not written by this format. What reads them from a file reports [`Damaged`](Self::Damaged) with the file.
    #[error("these bytes are no stored record: {what}")]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// Another handle, of this process or of another one, has the store open.
    #[error("the store {} is open elsewhere; close it there first", path.display())]
    Locked {
        /// The directory of the store.
        path: PathBuf,
    },
    /// The bytes were written in a format that this version does not know.
    #[error(
        "the stored format is {found}, and this version reads formats up to {known}; use a newer version of Enlist"
    )]
    Format {
        /// The format of the bytes.
        found: u32,
        /// The newest format that is known.
        known: u32,
    },
    /// A frame or another record that is longer than a stored one may be.
    #[error("a stored record of {bytes} bytes; it has at most {most}: apply smaller batches")]
    TooLarge {
        /// Its length when encoded.
        bytes: usize,
        /// The maximum.
        most: usize,
    },
    /// A frame or another record that would not be read back as it is.
    #[error("this record cannot be stored: {what}")]
    Unwritable {
        /// What is wrong.
        what: String,
    },
    /// A backup goes into a new directory.
    #[error("{} is there and not empty; name a new directory", path.display())]
    NotEmpty {
        /// What is there.
        path: PathBuf,
    },
}

impl Error {
    /// What kind of error it is; see [the table](Self#codes).
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Store { .. } => "store_failed",
            Error::Damaged { .. } => "damaged",
            Error::Malformed { .. } => "malformed",
            Error::Locked { .. } => "locked",
            Error::Format { .. } => "format",
            Error::TooLarge { .. } => "frame_too_large",
            Error::Unwritable { .. } => "unwritable",
            Error::NotEmpty { .. } => "not_empty",
        }
    }

    /// What the caller can do about it.
    pub const fn class(&self) -> ErrorClass {
        match self {
            Error::TooLarge { .. } => ErrorClass::TooLarge,
            Error::Unwritable { .. } => ErrorClass::Unfit,
            Error::Store { .. }
            | Error::Damaged { .. }
            | Error::Malformed { .. }
            | Error::Locked { .. }
            | Error::Format { .. }
            | Error::NotEmpty { .. } => ErrorClass::Unavailable,
        }
    }

    /// The sentence without what was found: equal mistakes have equal reasons.
    pub const fn reason(&self) -> &'static str {
        match self {
            Error::Store { .. } => "the store failed; free or repair the disk, then open the store again",
            Error::Damaged { .. } => "a file of the store is damaged; restore a backup",
            Error::Malformed { .. } => "these bytes are no stored frame",
            Error::Locked { .. } => "the store is open elsewhere; close it there first",
            Error::Format { .. } => {
                "the stored format is newer than this version reads; use a newer version of Enlist"
            }
            Error::TooLarge { .. } => "a frame is too large; apply smaller batches",
            Error::Unwritable { .. } => "this frame cannot be stored",
            Error::NotEmpty { .. } => "a directory is there and not empty; name a new directory",
        }
    }

    /// The same error, where malformed bytes are damage of the file that they were read from.
    #[must_use]
    pub fn in_file(self, file: &Path) -> Self {
        match self {
            Error::Malformed { what } => Error::Damaged { file: file.to_owned(), what },
            Error::Store { .. }
            | Error::Damaged { .. }
            | Error::Locked { .. }
            | Error::Format { .. }
            | Error::TooLarge { .. }
            | Error::Unwritable { .. }
            | Error::NotEmpty { .. } => self,
        }
    }

    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Error::Malformed { what: what.into() }
    }

    pub(crate) fn store(file: &Path, what: &dyn Display) -> Self {
        Error::Store { file: file.to_owned(), what: what.to_string() }
    }

    pub(crate) fn damaged(file: &Path, what: &dyn Display) -> Self {
        Error::Damaged { file: file.to_owned(), what: what.to_string() }
    }
}
