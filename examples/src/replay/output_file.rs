//! A file that the replay writes: created before anything is replayed, written buffered, and its errors name it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::failure::Failure;

/// A file of JSON lines.
pub(super) struct OutputFile {
    path: PathBuf,
    writer: BufWriter<File>,
}

impl OutputFile {
    /// Creates the file, or empties it; unless it is one of `others`, each with what it is.
    ///
    /// # Errors
    /// [`Failure::SameFile`], [`Failure::Write`].
    pub(super) fn create(path: &Path, others: &[(Option<&Path>, &'static str)]) -> Result<Self, Failure> {
        for (other, also) in others {
            if other.is_some_and(|other| are_same_file(path, other)) {
                return Err(Failure::SameFile { name: path.display().to_string(), also });
            }
        }
        match File::create(path) {
            Ok(file) => {
                Ok(OutputFile { path: path.to_owned(), writer: BufWriter::with_capacity(128 * 1_024, file) })
            }
            Err(source) => Err(Failure::Write { name: path.display().to_string(), source }),
        }
    }

    /// Writes one line.
    ///
    /// # Errors
    /// [`Failure::Write`].
    pub(super) fn write_line(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        let written = serde_json::to_writer(&mut self.writer, line).map_err(std::io::Error::from);
        let written = written.and_then(|()| self.writer.write_all(b"\n"));
        written.map_err(|source| Failure::Write { name: self.path.display().to_string(), source })
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// [`Failure::Write`].
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|source| Failure::Write { name: self.path.display().to_string(), source })
    }
}

/// Whether two paths lead to one ordinary file. Devices can be written twice.
fn are_same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other && one.is_file(),
        _ => false,
    }
}
