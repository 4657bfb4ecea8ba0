//! A file that the replay writes. A regular file is written under another name and renamed to its target at the end, so
//! that the target is always whole: the old file or the new one. A pipe or device is written directly.
//!
//! It knows nothing of what the lines say. Invariant: until [`OutputFile::finish`] a regular target is as it was, and
//! when an [`OutputFile`] is dropped, no partial file is left.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;

use serde::Serialize;

use super::failure::Failure;
use super::file_identity::{FileIdentity, folder_of, resolved};
use super::interrupt::Interrupt;

const BUFFER_BYTES: usize = 128 * 1_024;

/// Where an output goes, looked at and not yet opened.
pub(super) struct OutputTarget {
    /// The path as the user gave it, for messages.
    path: PathBuf,
    place: Place,
}

/// What a path leads to.
enum Place {
    /// A regular file, or none yet.
    File {
        /// The path without symbolic links: renaming to a link would replace the link, not the file.
        resolved: PathBuf,
        /// The file that is there.
        existing: Option<Metadata>,
    },
    /// `/dev/stdout` or `/dev/stderr`: the stream that is open already, with its position. Opening the path instead would
    /// start at the beginning of a file to which the stream is redirected, and the two would overwrite each other.
    #[cfg(unix)]
    Stream(Stream),
    /// A pipe or a device.
    Device {
        /// Its identity, if it is one that must not be the log.
        identity: Option<FileIdentity>,
    },
}

/// An open standard stream.
#[cfg(unix)]
#[derive(Clone, Copy)]
enum Stream {
    Output,
    Errors,
}

impl OutputTarget {
    /// Looks at what the path leads to; opens nothing.
    ///
    /// # Errors
    /// [`Failure::Write`].
    pub(super) fn find(path: &Path) -> Result<Self, Failure> {
        let place = Place::of(path).map_err(|source| unwritable(path, source))?;
        Ok(OutputTarget { path: path.to_owned(), place })
    }

    /// The path, as the user gave it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file, if it is one that must not be the log.
    pub(super) fn identity(&self) -> Option<FileIdentity> {
        match &self.place {
            Place::File { resolved, existing: Some(metadata) } => FileIdentity::of(resolved, metadata),
            Place::File { resolved, existing: None } => Some(FileIdentity::of_absent(resolved)),
            Place::Device { identity } => identity.clone(),
            // Whether the stream is the log is asked of the stream itself.
            #[cfg(unix)]
            Place::Stream(_) => None,
        }
    }

    /// The file, if it is one that must not be another output: two may share a pipe or a device.
    pub(super) fn regular_identity(&self) -> Option<FileIdentity> {
        match &self.place {
            Place::File { .. } => self.identity(),
            Place::Device { .. } => None,
            #[cfg(unix)]
            Place::Stream(_) => None,
        }
    }

    /// The path of a regular file without symbolic links; `None` of a pipe or device.
    pub(super) fn regular_path(&self) -> Option<&Path> {
        match &self.place {
            Place::File { resolved, .. } => Some(resolved),
            Place::Device { .. } => None,
            #[cfg(unix)]
            Place::Stream(_) => None,
        }
    }

    /// Opens it for writing. If it is a regular file, its target stays as it is until [`OutputFile::finish`].
    ///
    /// # Errors
    /// [`Failure::Write`].
    pub(super) fn open(self, interrupt: &Interrupt) -> Result<OutputFile, Failure> {
        let opened = match self.place {
            Place::File { resolved, existing } => PartialFile::create(resolved, existing.as_ref(), interrupt)
                .map(|(file, partial)| (file, Some(partial))),
            Place::Device { .. } => OpenOptions::new().write(true).open(&self.path).map(|file| (file, None)),
            #[cfg(unix)]
            Place::Stream(stream) => stream.second_handle().map(|file| (file, None)),
        };
        let (file, partial) = opened.map_err(|source| unwritable(&self.path, source))?;
        let writer = BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(OutputFile { path: self.path, writer, partial })
    }
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        if let Some(stream) = Stream::named(path) {
            return Ok(Place::Stream(stream));
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => {
                Ok(Place::Device { identity: FileIdentity::of(path, &metadata) })
            }
            Ok(metadata) => Ok(Place::File { resolved: resolved(path)?, existing: Some(metadata) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Place::File { resolved: resolved(path)?, existing: None })
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
impl Stream {
    fn named(path: &Path) -> Option<Self> {
        match path.to_str()? {
            "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Some(Stream::Output),
            "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => Some(Stream::Errors),
            _ => None,
        }
    }

    fn second_handle(self) -> io::Result<File> {
        match self {
            Stream::Output => super::standard_streams::second_handle(io::stdout()),
            Stream::Errors => super::standard_streams::second_handle(io::stderr()),
        }
    }
}

/// A file of JSON lines, open for writing.
pub(super) struct OutputFile {
    path: PathBuf,
    writer: BufWriter<File>,
    /// The file under its other name; `None` for a pipe or device.
    partial: Option<PartialFile>,
}

impl OutputFile {
    /// Writes one line.
    ///
    /// # Errors
    /// [`Failure::Write`].
    pub(super) fn write_line(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        let written = serde_json::to_writer(&mut self.writer, line).map_err(io::Error::from);
        let written = written.and_then(|()| self.writer.write_all(b"\n"));
        written.map_err(|source| unwritable(&self.path, source))
    }

    /// Writes what is still buffered, and puts the file in its place.
    ///
    /// # Errors
    /// [`Failure::Write`]; the target is then as it was.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let OutputFile { path, mut writer, partial } = self;
        // The rename comes after the flush: in the other order a full disk would leave a torn target.
        let finished = writer.flush().and_then(|()| partial.map_or(Ok(()), PartialFile::replace_target));
        finished.map_err(|source| unwritable(&path, source))
    }
}

/// A file in the folder of its target. It replaces the target, or is removed.
struct PartialFile {
    /// `None` once it is renamed or removed.
    path: Option<PathBuf>,
    target: PathBuf,
    interrupt: Interrupt,
}

impl PartialFile {
    /// Creates a file in the folder of its target, since a rename does not reach across file systems.
    fn create(
        target: PathBuf,
        existing: Option<&Metadata>,
        interrupt: &Interrupt,
    ) -> io::Result<(File, Self)> {
        if existing.is_some() {
            // A target that is protected from writing is refused, although a rename would replace it.
            OpenOptions::new().write(true).open(&target)?;
        }
        let mut number = 0_u32;
        let (file, path) = loop {
            // The name is short, because that of the target may be as long as a name can be.
            let name = format!(".replay-{}-{number}.partial", process::id());
            let path = folder_of(&target).join(name);
            let create = || OpenOptions::new().write(true).create_new(true).open(&path);
            match interrupt.create_partial(&path, create) {
                Ok(file) => break (file, path),
                // A program that was killed left it, or one with the same number in another container is writing it.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        };
        // Before the owner is set, so that the file is removed if that fails.
        let partial = PartialFile { path: Some(path), target, interrupt: interrupt.clone() };
        if let Some(existing) = existing {
            keep_ownership(&file, existing)?;
        }
        Ok((file, partial))
    }

    fn replace_target(mut self) -> io::Result<()> {
        let Some(path) = self.path.take() else { return Ok(()) };
        let replace = || fs::rename(&path, &self.target).inspect_err(|_| remove(&path));
        self.interrupt.settle_partial(&path, replace)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            self.interrupt.settle_partial(&path, || remove(&path));
        }
    }
}

/// Removes a partial file. If that fails the file stays, and the failure that led here is the one to report.
fn remove(partial: &Path) {
    let _ = fs::remove_file(partial);
}

/// Gives a file the owner, as far as the system lets us, and the permissions of the one that it will replace.
fn keep_ownership(file: &File, existing: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        // Only a privileged user may give files away; for all others the owner is the same, or the write is theirs.
        let _ = fchown(file, Some(existing.uid()), Some(existing.gid()));
    }
    // After the owner, because a change of owner clears some permissions.
    file.set_permissions(existing.permissions())
}

fn unwritable(path: &Path, source: io::Error) -> Failure {
    Failure::Write { name: path.display().to_string(), source }
}
