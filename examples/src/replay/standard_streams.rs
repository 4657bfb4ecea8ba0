//! The three standard streams: what can be read and written there, and which files they are.
//!
//! It decides whether standard input is a log at all; it does not read it.

use std::fs::Metadata;
use std::io::{self, IsTerminal, Read, Write};

use super::background_reader::BackgroundReader;
use super::failure::Failure;
use super::file_identity::FileIdentity;
use super::interrupt::Interrupt;

/// The standard streams of a replay: those of the program, or those that a test makes.
pub struct StandardStreams<'a> {
    /// Standard input.
    pub input: StandardInput<'a>,
    /// Standard output.
    pub output: &'a mut dyn Write,
    /// The file that standard output is redirected to.
    pub output_file: Option<FileIdentity>,
    /// Standard error.
    pub errors: &'a mut dyn Write,
    /// The file that standard error is redirected to.
    pub errors_file: Option<FileIdentity>,
}

/// Standard input.
pub struct StandardInput<'a> {
    pub(super) source: Box<dyn Read + 'a>,
    pub(super) content: Content,
    pub(super) file: Option<FileIdentity>,
}

/// What can be expected on standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A log: somebody has connected a pipe, a file or a socket. It may be slow, and it may be empty.
    Log,
    /// Nothing: a terminal, or the null device, which the Rust runtime also puts in the place of a closed stream.
    Nothing,
}

impl<'a> StandardInput<'a> {
    /// Takes it out, since it is read once; nothing is left in its place.
    pub(super) fn take(&mut self) -> Self {
        let nothing = StandardInput { source: Box::new(io::empty()), content: Content::Nothing, file: None };
        std::mem::replace(self, nothing)
    }

    /// A log that is piped in.
    pub fn piped(source: impl Read + 'a) -> Self {
        StandardInput { source: Box::new(source), content: Content::Log, file: None }
    }
}

impl StandardInput<'static> {
    /// The standard input of the program.
    ///
    /// # Errors
    /// [`Failure::Open`] if it is a folder; [`Failure::Threads`].
    pub fn of_program(interrupt: &Interrupt) -> Result<Self, Failure> {
        let stdin = io::stdin();
        let metadata = input_metadata();
        if metadata.as_ref().is_some_and(Metadata::is_dir) {
            let source = io::ErrorKind::IsADirectory.into();
            return Err(Failure::Open { log: STANDARD_INPUT.to_owned(), source });
        }
        let is_null = metadata.as_ref().is_some_and(is_null_device);
        let content = if stdin.is_terminal() || is_null { Content::Nothing } else { Content::Log };
        let source: Box<dyn Read> = if metadata.as_ref().is_some_and(Metadata::is_file) {
            Box::new(stdin)
        } else {
            let reader = BackgroundReader::start(stdin, interrupt);
            Box::new(reader.map_err(|source| Failure::Threads { source })?)
        };
        Ok(StandardInput { source, content, file: metadata.as_ref().and_then(identity) })
    }
}

/// The name of standard input in messages.
pub(super) const STANDARD_INPUT: &str = "standard input";
/// The name of standard output in messages.
pub(super) const STANDARD_OUTPUT: &str = "standard output";
/// The name of standard error in messages.
pub(super) const STANDARD_ERROR: &str = "standard error";

#[cfg(unix)]
mod descriptors {
    use std::fs::{self, File, Metadata};
    use std::io;
    use std::os::fd::AsFd;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    use super::FileIdentity;

    /// A second handle of an open stream; it shares the position with the first.
    pub(in crate::replay) fn second_handle(stream: impl AsFd) -> io::Result<File> {
        Ok(File::from(stream.as_fd().try_clone_to_owned()?))
    }

    fn metadata(stream: impl AsFd) -> Option<Metadata> {
        second_handle(stream).and_then(|file| file.metadata()).ok()
    }

    pub(super) fn input_metadata() -> Option<Metadata> {
        metadata(io::stdin())
    }

    pub(super) fn identity(metadata: &Metadata) -> Option<FileIdentity> {
        FileIdentity::of_open(metadata)
    }

    /// By its device number, since it may be known by another path.
    pub(super) fn is_null_device(metadata: &Metadata) -> bool {
        let is_same = |null: Metadata| null.rdev() == metadata.rdev();
        metadata.file_type().is_char_device() && fs::metadata("/dev/null").is_ok_and(is_same)
    }

    /// The regular file that standard output is redirected to.
    pub fn standard_output_file() -> Option<FileIdentity> {
        metadata(io::stdout()).filter(Metadata::is_file).as_ref().and_then(identity)
    }

    /// The regular file that standard error is redirected to.
    pub fn standard_error_file() -> Option<FileIdentity> {
        metadata(io::stderr()).filter(Metadata::is_file).as_ref().and_then(identity)
    }
}

/// Elsewhere an open stream has no identity that the standard library shows.
#[cfg(not(unix))]
mod descriptors {
    use std::fs::Metadata;

    use super::FileIdentity;

    pub(super) fn input_metadata() -> Option<Metadata> {
        None
    }

    pub(super) fn identity(_: &Metadata) -> Option<FileIdentity> {
        None
    }

    pub(super) fn is_null_device(_: &Metadata) -> bool {
        false
    }

    /// The regular file that standard output is redirected to.
    pub fn standard_output_file() -> Option<FileIdentity> {
        None
    }

    /// The regular file that standard error is redirected to.
    pub fn standard_error_file() -> Option<FileIdentity> {
        None
    }
}

#[cfg(unix)]
pub(super) use descriptors::second_handle;
use descriptors::{identity, input_metadata, is_null_device};
pub use descriptors::{standard_error_file, standard_output_file};
