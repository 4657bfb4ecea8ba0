//! The throughput harness of Enlist: a seeded workload, the lanes that run it, and the report; and what the criterion
//! benches share.
//!
//! | | |
//! |---|---|
//! | [`workload`] | contacts, segments and events, by seed |
//! | [`lanes`] | the engine through its public API; brute forces, plain ones and clever ones; floors that are given the flips and only write them |
//! | [`comparison`] | lanes of other programs, if they are built in |
//! | [`run`], [`pauses`], [`reads`] | the lanes, alternating; then single events; then the reads |
//! | [`front_door`], [`probe`], [`latency`] | the same events through workspaces, with readers and subscribers |
//! | [`report`] | the results; their medians over several runs, and their plot |
//! | [`workspace`] | the workspace in which the benches of single rooms measure |
//! | [`gate`] | what is counted in instructions, how, and the baseline |
#![expect(clippy::cast_precision_loss, reason = "figures are shown to a few digits")]

pub mod comparison;
pub mod digest;
pub mod failure;
pub mod front_door;
pub mod gate;
pub mod lanes;
pub mod latency;
pub mod memory;
pub mod pauses;
pub mod probe;
pub mod reads;
pub mod report;
pub mod run;
pub mod stopwatch;
pub mod workload;
pub mod workspace;
