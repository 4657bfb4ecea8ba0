//! The front door from outside: against the oracle and the engine, with many threads, with slow subscribers, and at its end.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(unused_must_use, reason = "most tests look at the workspace, not at the receipt")]

mod audience;
mod clock;
mod ending;
mod history;
mod isolation;
mod labels;
mod limits;
mod linearity;
mod loading;
mod memory;
mod overflow;
mod partitions;
mod reasons;
mod scene;
mod subject;
mod subscriptions;

/// Counts what this process allocates.
#[global_allocator]
static ALLOCATIONS: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;
