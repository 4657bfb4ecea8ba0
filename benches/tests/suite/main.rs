//! Tests of the harness, in small runs.

mod baseline;
mod front_door;
mod memory;
mod runs;
mod throughput;
