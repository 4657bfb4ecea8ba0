//! Tests of the public API: against the oracle and the engine, with many threads, with slow subscribers, and at shutdown.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]
#![allow(unused_must_use, reason = "most tests check the workspace, not the receipt")]

mod audience;
mod checks;
mod clock;
mod clock_bound;
mod consumers;
mod content_limits;
mod cursors;
mod damage;
mod diverging;
mod ending;
mod erasing;
mod event_numbers;
mod every_frame;
mod examples;
mod explained;
mod exporting;
mod folding;
mod golden_store;
mod grouping;
mod history;
mod importing;
mod incarnations;
mod isolation;
mod killing;
mod labels;
mod limits;
mod linearity;
mod maintaining;
mod memory;
mod nested_reads;
mod opening;
mod overflow;
mod partitions;
mod power;
mod reasons;
mod refusals;
mod reopening;
mod room;
mod saving_beside_events;
mod scene;
mod selection;
mod semantics;
mod serialization;
mod stored;
mod subject;
mod subscriptions;
mod verifying;
mod versions;

/// Counts the allocated bytes of this process.
#[global_allocator]
static ALLOCATIONS: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;
