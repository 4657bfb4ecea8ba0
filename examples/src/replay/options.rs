//! What a user can ask of the replay on its command line. It knows nothing of how it is done.

use std::path::PathBuf;

/// Replays an event log (JSON lines) and prints each segment with its count.
#[derive(clap::Parser, Clone, Debug)]
#[command(name = "replay", version)]
pub struct Options {
    /// The event log, plain or compressed by gzip or zstd; `-` is standard input. With no LOG, what is piped in, or else
    /// the bundled CDNOW log
    pub log: Option<PathBuf>,

    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,

    /// Write transitions and notices to FILE, as JSON lines in order
    #[arg(long, value_name = "FILE")]
    pub transitions: Option<PathBuf>,

    /// Write each segment's members to FILE, a JSON line a segment
    #[arg(long, value_name = "FILE")]
    pub members: Option<PathBuf>,

    /// Recompute every membership from scratch with the plain evaluator and fail on the first difference
    #[arg(long)]
    pub verify: bool,

    /// Spread the contacts over N partitions, from 1 to 64; what comes out is the same
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub partitions: u8,

    /// Skip bad lines instead of stopping at the first one, and print at the end how many there were for each reason
    #[arg(long)]
    pub skip_bad: bool,
}
