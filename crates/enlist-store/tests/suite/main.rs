//! Tests of the store through its public interface.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod backups;
mod checkpoint_samples;
mod checkpoints;
mod crashes;
mod errors;
mod frames;
mod golden;
mod journals;
mod logs;
mod marks;
mod outbox;
mod samples;
mod simulated_disk;
mod state_files;
