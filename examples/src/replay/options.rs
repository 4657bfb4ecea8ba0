//! What a user can ask of the replay on its command line. It knows nothing of how it is done.

use std::path::PathBuf;

use enlist::Durability;

/// Replays an event log (JSON lines) and prints each segment with its count.
///
/// A message about a line of the log reads `FILE, line N: reason`; for standard input FILE is `standard input`. The exit
/// status is 0, 1 after a failure, 2 after a wrong option, or 130 after Ctrl-C, which still writes out everything applied.
/// A reader of standard output that stops early, such as `head`, is not a failure.
#[derive(clap::Parser, Clone, Debug)]
#[command(name = "replay", version)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub struct Options {
    /// The event log, plain or compressed by gzip or zstd; `-` is standard input. Without LOG, a pipe or file on standard
    /// input is read, however slow or empty; the bundled CDNOW log if standard input is a terminal or `/dev/null`
    pub log: Option<PathBuf>,

    /// Replay the bundled CDNOW log, whatever standard input is
    #[arg(long, conflicts_with = "log")]
    pub demo: bool,

    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,

    /// Write transitions and notices to FILE, as JSON lines in order; a regular file appears when it is complete
    #[arg(long, value_name = "FILE")]
    pub transitions: Option<PathBuf>,

    /// Write each segment's members to FILE, a JSON line a segment; a regular file appears when it is complete
    #[arg(long, value_name = "FILE")]
    pub members: Option<PathBuf>,

    /// Recompute every membership from scratch with the plain evaluator and fail on the first difference
    #[arg(long)]
    pub verify: bool,

    /// Spread the contacts over N partitions, from 1 to 64; the output is the same
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub partitions: u8,

    /// Keep the state in the directory DIR. A later replay of the same log continues after the last line that is kept there; with
    /// another log it fails. Then `--transitions` appends to its file
    #[arg(long, value_name = "DIR", conflicts_with = "verify")]
    pub store: Option<PathBuf>,

    /// When what is kept reaches the disk
    #[arg(long, value_enum, requires = "store", default_value_t = KeptWhen::Synced)]
    pub durability: KeptWhen,

    /// Skip bad lines instead of stopping at the first one, and print at the end how many there were for each reason
    #[arg(long)]
    pub skip_bad: bool,
}

/// What survives of what a replay has kept.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptWhen {
    /// Before the next lines are read: it survives the end of the process and a loss of power
    Synced,
    /// Within a second: it survives the end of the process; a loss of power takes about the last second
    Buffered,
}

impl From<KeptWhen> for Durability {
    fn from(kept: KeptWhen) -> Self {
        match kept {
            KeptWhen::Synced => Durability::Synced,
            KeptWhen::Buffered => Durability::buffered(),
        }
    }
}
