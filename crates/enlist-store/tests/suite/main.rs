//! Tests of the store through its public interface.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod errors;
mod frames;
mod golden;
mod logs;
mod marks;
mod samples;
