//! Tests of the model through its public interface: refusals and their messages, round trips, and limits.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test may take the time")]

mod builders;
mod cases;
mod event_json;
mod fitting;
mod json_schema;
mod limits;
mod operators;
mod properties;
mod refusals;
mod segment_cycles;
mod sentences;
mod serialization;
mod suggestions;
mod tidy;
mod transition_json;
mod workspace;
