//! What the harness promises, in small runs.

mod baseline;
mod front_door;
mod memory;
mod throughput;
