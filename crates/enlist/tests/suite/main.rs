//! The front door from outside: against the oracle and the engine, with many threads, with slow subscribers, and at its end.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(unused_must_use, reason = "most tests look at the workspace, not at the receipt")]

mod audience;
mod clock;
mod clock_bound;
mod ending;
mod folding;
mod grouping;
mod history;
mod importing;
mod incarnations;
mod isolation;
mod labels;
mod limits;
mod linearity;
mod memory;
mod nested_reads;
mod overflow;
mod partitions;
mod reasons;
mod refusals;
mod room;
mod scene;
mod subject;
mod subscriptions;

/// Counts what this process allocates.
#[global_allocator]
static ALLOCATIONS: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;
