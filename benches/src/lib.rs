//! The throughput harness of Enlist: a seeded workload, the lanes that run it, and the report; and what the criterion
//! benches share.
//!
//! | | |
//! |---|---|
//! | [`workload`] | contacts, segments and events, by seed |
//! | [`engine`] | the lane of the engine, through its public API |
//! | [`brute`], [`dependent`] | lanes that evaluate every segment, or those that read the field that changes |
//! | [`bits`] | lanes of a clever brute force: a truth bit for each condition, rules over the bits |
//! | [`floor_roaring`], [`floor_flat`] | lanes that are given the flips and only write them |
//! | [`comparison`] | lanes of other programs, if they are built in |
//! | [`run`], [`pauses`], [`reads`] | the lanes, alternating; then single events; then the reads |
//! | [`front_door`], [`probe`], [`latency`] | the same events through workspaces, with readers and subscribers |
//! | [`report`], [`plot`], [`runs`] | the results; their medians over several runs |
//! | [`workspace`] | the workspace in which the benches of single rooms measure |
//! | [`operations`], [`callgrind`], [`baseline`] | what is counted, how, and the baseline |
#![expect(clippy::cast_precision_loss, reason = "figures are shown to a few digits")]

#[cfg(feature = "compare")]
pub mod a_tree;
pub mod baseline;
pub mod bits;
pub mod brute;
pub mod callgrind;
pub mod closure;
#[cfg(feature = "compare")]
pub mod cluster;
pub mod columns;
pub mod comparison;
pub mod dependent;
pub mod digest;
pub mod engine;
pub mod engine_handles;
#[cfg(feature = "compare")]
pub mod expression;
pub mod failure;
pub mod field;
pub mod floor_flat;
pub mod floor_roaring;
pub mod front_door;
pub mod lane;
pub mod latency;
pub mod memory;
pub mod operations;
pub mod pauses;
pub mod plot;
pub mod pools;
#[cfg(feature = "compare")]
pub mod postgres;
pub mod probe;
pub mod profile;
#[cfg(feature = "compare")]
pub mod queries;
pub mod reads;
pub mod report;
pub mod rules;
pub mod run;
pub mod runs;
#[cfg(feature = "compare")]
pub mod sql;
#[cfg(feature = "compare")]
pub mod sqlite;
pub mod stopwatch;
pub mod values;
pub mod workload;
pub mod workspace;
pub mod zipf;
