//! The gate of instructions: what is counted, how, and the baseline that it is compared with.

pub mod baseline;
pub mod callgrind;
pub mod operations;
