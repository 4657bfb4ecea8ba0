//! What the oracle answers, and what the engine answers beside it.

#![expect(clippy::unwrap_used, reason = "a case that cannot go on fails")]

mod calendar;
mod contract;
mod simulation;
mod told;
mod workload;
mod wrong;
