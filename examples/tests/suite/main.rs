//! The replay as a user meets it: what it prints, writes and refuses.
#![expect(clippy::unwrap_used, reason = "a test fails without what it needs")]

mod bad_lines;
mod cdnow;
mod compressed_logs;
mod embed;
mod interrupts;
mod output_files;
mod over_limits;
mod partitions;
mod process;
mod replayed;
mod same_file;
mod standard_input;
mod stores;
