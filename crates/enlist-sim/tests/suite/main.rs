//! Tests of the oracle, and of the engine compared with the oracle.

#![expect(clippy::unwrap_used, reason = "a case that cannot go on fails")]

mod calendar;
mod content_limits;
mod contract;
mod engine;
mod fitting;
mod fuzzing;
mod import_table;
mod limits;
mod prepared_turns;
mod properties;
mod saving;
mod simulation;
mod state_machine;
mod transcript;
mod typed_events;
mod workload;
mod wrong;
mod zones;
