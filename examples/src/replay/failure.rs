//! Why a replay fails: each failure with its facts, as a sentence that a user can act on. Each means exit status 1.

use std::io;
use std::path::PathBuf;

use super::printable::printable;

/// The longest reason that is shown whole, in characters.
const REASON: usize = 2_000;

/// Why a replay fails.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A log that cannot be opened.
    #[error("{log}: cannot be opened: {source}")]
    Open {
        /// The log.
        log: String,
        /// What the system says.
        source: io::Error,
    },
    /// A log that cannot be read further.
    #[error(
        "{log}: cannot be read beyond line {line}: {source}; what stands up to that line was applied; {}",
        if *compressed { "the compressed log is cut off or damaged: fetch or compress it again and replay that" }
        else { "see that the log can be read, and replay it again" }
    )]
    Read {
        /// The log.
        log: String,
        /// The last whole line.
        line: u64,
        /// Whether the log is compressed.
        compressed: bool,
        /// What is wrong.
        source: io::Error,
    },
    /// A line that cannot be applied; with `--skip-bad` it is only reported.
    #[error("{log}:{line}: {}", printable(reason, REASON))]
    Line {
        /// The log.
        log: String,
        /// The line, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// A file to write that is the log, or the other file to write.
    #[error("{}: this file is {also} too; name another one", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
        /// What else it is.
        also: &'static str,
    },
    /// A file that cannot be created or written.
    #[error("{name}: cannot be written: {source}")]
    Write {
        /// The file, or `standard output`.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// Threads that the system does not give.
    #[error("no threads to work with: {source}; end some other programs")]
    Threads {
        /// What the system says.
        source: io::Error,
    },
    /// A workspace that does not do what it is asked, because a part of it failed.
    #[error("the replay cannot go on: {source}")]
    Workspace {
        /// What it says.
        source: enlist::Error,
    },
    /// A membership that differs from what is computed from scratch.
    #[error("verify: {difference}")]
    Verify {
        /// The first difference.
        difference: String,
    },
}

impl From<enlist::Error> for Failure {
    fn from(source: enlist::Error) -> Self {
        Failure::Workspace { source }
    }
}
