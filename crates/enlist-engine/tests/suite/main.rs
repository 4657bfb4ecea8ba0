//! Tests of the engine: scenarios as readable text, reads and refusals, and the amount of work done.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod bytes;
mod handles;
mod hash_flooding;
mod labels;
mod pages;
mod reads;
mod rule_scans;
mod saving;
mod saving_by_steps;
mod scenarios;
mod script;
mod states;
mod work;
