//! Why a replay fails: each failure with its facts, as a sentence that a user can act on. Each means exit status 1, or 130 after
//! an interrupt. A failure that is about a line of the log reads `FILE, line N: reason`.

use std::io;

use super::printable::printable;

/// The longest reason that is shown whole, in characters.
pub(super) const REASON_CHARACTERS: usize = 2_000;

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
        "{log}, line {line}: cannot be read: {source}; the lines before it were applied; {}",
        if *compressed { "the compressed log is cut off or damaged: fetch or compress it again and replay that" }
        else { "see that the log can be read, and replay it again" }
    )]
    Read {
        /// The log.
        log: String,
        /// The line that cannot be read to its end, from 1.
        line: u64,
        /// Whether the log is compressed.
        compressed: bool,
        /// What is wrong.
        source: io::Error,
    },
    /// A line that cannot be applied; with `--skip-bad` it is only reported.
    #[error("{log}, line {line}: {}", printable(reason, REASON_CHARACTERS))]
    Line {
        /// The log.
        log: String,
        /// The line, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// An output that is the log, or another output, under whichever name.
    #[error("{name}: this file is {also} too; name another one")]
    SameFile {
        /// The output.
        name: String,
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
    /// Ctrl-C cannot be watched for.
    #[error("Ctrl-C cannot be watched for: {source}")]
    CtrlC {
        /// What the system says.
        source: io::Error,
    },
    /// A replay that the user has stopped.
    #[error(
        "{log}, line {line}: interrupted before this line; the lines before it were applied and are written out"
    )]
    Interrupted {
        /// The log.
        log: String,
        /// The first line that is not applied, from 1.
        line: u64,
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
    /// A store that cannot be used for this log.
    #[error("{store}: {what}")]
    Store {
        /// Its directory, or a file in it.
        store: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A file of transitions beside a store that does not go with it.
    #[error("{file}: {what}")]
    Transitions {
        /// The file.
        file: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A membership that differs from what is computed from scratch.
    #[error("verify: {difference}")]
    Verify {
        /// The first difference.
        difference: String,
    },
    /// A line that only one of the workspace and the plain evaluator accepts.
    #[error("{log}, line {line}: verify: {difference}")]
    VerifyLine {
        /// The log.
        log: String,
        /// The line, from 1.
        line: u64,
        /// Which of the two accepts it.
        difference: String,
    },
    /// A comparison that an interrupt has prevented.
    #[error("verify: not done, because the replay was interrupted")]
    Unverified,
}

impl From<enlist::Error> for Failure {
    fn from(source: enlist::Error) -> Self {
        Failure::Workspace { source }
    }
}
