//! Where the log comes from: a file, standard input, or the log that is built into the program.
//!
//! It finds the source first and opens it later, so that files can be compared in between. It knows nothing of lines or
//! compression.

use std::fs::{self, File, Metadata};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use super::background_reader::BackgroundReader;
use super::failure::Failure;
use super::file_identity::FileIdentity;
use super::interrupt::Interrupt;
use super::options::Options;
use super::progress::Progress;
use super::standard_streams::{Content, STANDARD_INPUT, StandardInput};

/// The CDNOW log.
const BUNDLED: &[u8] = include_bytes!("../../data/cdnow.jsonl.gz");
const BUNDLED_NAME: &str = "examples/data/cdnow.jsonl.gz";
/// The LOG that is standard input.
const STANDARD_INPUT_PATH: &str = "-";

/// A log that is found and not yet opened.
pub(super) enum LogSource<'a> {
    /// The log built into the program.
    Bundled,
    /// Standard input.
    StandardInput(StandardInput<'a>),
    /// A file that the user names.
    File {
        /// Its path.
        path: PathBuf,
        /// What the system says of it.
        metadata: Metadata,
        /// Its identity, if another file of the replay can be the same.
        identity: Option<FileIdentity>,
    },
}

/// A log's bytes, as they are stored.
pub(super) struct OpenLog<'a> {
    /// Its name in messages.
    pub(super) name: String,
    /// Its path, of which the extension may name a compression.
    pub(super) path: Option<PathBuf>,
    pub(super) bytes: Box<dyn Read + 'a>,
}

impl<'a> LogSource<'a> {
    /// Finds the log that the options name.
    ///
    /// # Errors
    /// [`Failure::Open`] if there is no such file.
    pub(super) fn find(options: &Options, input: StandardInput<'a>) -> Result<Self, Failure> {
        let Some(path) = options.log.as_deref() else {
            return Ok(match input.content {
                Content::Log if !options.demo => LogSource::StandardInput(input),
                Content::Log | Content::Nothing => LogSource::Bundled,
            });
        };
        if path == Path::new(STANDARD_INPUT_PATH) {
            return Ok(LogSource::StandardInput(input));
        }
        let metadata = fs::metadata(path).and_then(|metadata| {
            // A folder can be opened and then not read; the outputs would be there by that time.
            if metadata.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(metadata) }
        });
        let metadata = metadata.map_err(|source| unopened(path, source))?;
        let identity = FileIdentity::of(path, &metadata);
        Ok(LogSource::File { path: path.to_owned(), metadata, identity })
    }

    /// The file that is the log, if another file of the replay can be the same.
    pub(super) fn identity(&self) -> Option<&FileIdentity> {
        match self {
            LogSource::Bundled => None,
            LogSource::StandardInput(input) => input.file.as_ref(),
            LogSource::File { identity, .. } => identity.as_ref(),
        }
    }

    /// Opens it for reading. A named pipe waits here for somebody to write to it.
    ///
    /// # Errors
    /// [`Failure::Open`], [`Failure::Threads`].
    pub(super) fn open(self, interrupt: &Interrupt, progress: &Progress) -> Result<OpenLog<'a>, Failure> {
        match self {
            LogSource::Bundled => {
                progress.expect_bytes(BUNDLED.len() as u64);
                let bytes = Box::new(progress.counting(Cursor::new(BUNDLED)));
                Ok(OpenLog { name: BUNDLED_NAME.to_owned(), path: None, bytes })
            }
            LogSource::StandardInput(input) => {
                let bytes = Box::new(progress.counting(input.source));
                Ok(OpenLog { name: STANDARD_INPUT.to_owned(), path: None, bytes })
            }
            LogSource::File { path, metadata, .. } => {
                let file = File::open(&path).map_err(|source| unopened(&path, source))?;
                let bytes: Box<dyn Read> = if metadata.is_file() {
                    progress.expect_bytes(metadata.len());
                    Box::new(progress.counting(file))
                } else {
                    let reader = BackgroundReader::start(file, interrupt);
                    Box::new(progress.counting(reader.map_err(|source| Failure::Threads { source })?))
                };
                Ok(OpenLog { name: path.display().to_string(), path: Some(path), bytes })
            }
        }
    }
}

fn unopened(path: &Path, source: io::Error) -> Failure {
    Failure::Open { log: path.display().to_string(), source }
}
