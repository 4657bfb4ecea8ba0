//! The replay as a user meets it: what it prints, writes and refuses.
#![expect(clippy::unwrap_used, reason = "what a test needs and lacks fails it")]

mod bad_lines;
mod cdnow;
mod compressed_logs;
mod embed;
mod output_files;
mod partitions;
mod process;
mod replayed;
