//! What the harness promises, in small runs.

mod baseline;
mod memory;
mod throughput;
