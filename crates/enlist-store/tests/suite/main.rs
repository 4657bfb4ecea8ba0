//! Tests of the store through its public interface.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod crashes;
mod errors;
mod frames;
mod golden;
mod journals;
mod logs;
mod marks;
mod samples;
mod simulated_disk;
