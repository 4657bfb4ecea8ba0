//! Why a run ended early.

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The engine refused one of the workload's events.
    #[error("the engine refused event {index} of a batch: {error}")]
    Refused {
        /// The event.
        index: usize,
        /// Why.
        error: enlist_engine::Error,
    },
    /// The engine refused a definition or a read.
    #[error("the engine refused a definition or a read: {0}")]
    Engine(#[from] enlist_engine::Error),
    /// The front door refused something.
    #[error("the front door refused something: {0}")]
    FrontDoor(#[from] enlist::Error),
    /// A thread could not be started.
    #[error("the front door has no threads: {0}")]
    Threads(std::io::Error),
    /// The model refused something.
    #[error("the model refused something: {0}")]
    Model(#[from] enlist_model::Error),
    /// A transition names a contact or segment that the workload did not create.
    #[error("the engine reported {found}, which the workload did not create")]
    Unknown {
        /// What.
        found: String,
    },
    /// The operating system does not report the memory in use.
    #[error(
        "the resident size of this process cannot be read from /proc/self/statm; the harness runs on Linux"
    )]
    Memory,
    /// A reading thread failed.
    #[error("a thread that read while the writer ran failed")]
    Reader,
    /// A midnight was not prepared, or could not be taken.
    #[error("a midnight was not prepared, or the engine changed before it was taken")]
    Midnight,
    /// A number is 0.
    #[error("{what} must be at least 1")]
    Nothing {
        /// The number.
        what: &'static str,
    },
    /// A file does not hold an earlier run.
    #[error("{path} is not the JSON of a run of this harness: it has no {member}")]
    Run {
        /// The file.
        path: String,
        /// The missing member.
        member: &'static str,
    },
    /// One of several runs failed.
    #[error("run {no} of {runs}: {problem}")]
    OneRun {
        /// Which, from 1.
        no: usize,
        /// Of how many.
        runs: usize,
        /// Why.
        problem: String,
    },
    /// The other programs are not built in.
    #[error(
        "--compare needs the other programs built in: add `--features compare` (after `-p enlist-bench`)"
    )]
    NotBuilt,
    /// SQLite refused something.
    #[cfg(feature = "compare")]
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL is not installed, did not start, or refused something.
    #[cfg(feature = "compare")]
    #[error("PostgreSQL: {problem}")]
    Postgres {
        /// What.
        problem: String,
    },
    /// The tree of expressions refused something.
    #[cfg(feature = "compare")]
    #[error("a-tree: {problem}")]
    Tree {
        /// What.
        problem: String,
    },
    /// Instructions could not be counted.
    #[error("valgrind: {problem}; the gate of instructions needs it (Debian: apt-get install valgrind)")]
    Valgrind {
        /// The problem.
        problem: String,
    },
    /// A line does not belong to a baseline.
    #[error("{path}: `{line}` is neither `name: value` nor `operation | times | instructions`")]
    Baseline {
        /// The file.
        path: String,
        /// The line.
        line: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
}

#[cfg(feature = "compare")]
impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Self {
        Failure::Postgres { problem: error.to_string() }
    }
}
