//! Tests of the store through its public interface.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod backups;
mod buffered;
mod bytes_written;
mod checkpoint_samples;
mod checkpoints;
mod crashes;
mod errors;
mod every_byte;
mod frames;
#[expect(unreachable_pub, reason = "the fuzz targets include it")]
mod fuzz_bodies;
mod fuzzing;
mod golden;
mod journals;
mod lives;
mod logs;
mod marks;
mod outbox;
mod remains;
mod samples;
mod simulated_disk;
mod state_files;
