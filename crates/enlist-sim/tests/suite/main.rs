//! What the oracle answers, and what the engine answers beside it.

#![expect(clippy::unwrap_used, reason = "a case that cannot go on fails")]

mod calendar;
mod contract;
mod engine;
mod fitting;
mod fuzzing;
mod import_table;
mod limits;
mod properties;
mod simulation;
mod state_machine;
mod told;
mod workload;
mod wrong;
mod zones;
