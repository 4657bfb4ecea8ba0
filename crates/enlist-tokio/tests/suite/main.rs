//! Tests of the async API: awaited calls, dropped futures, and the end of streams.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]
#![allow(unused_must_use, reason = "most tests look at the workspace, not at the receipt")]

mod lifecycle;
mod reads;
mod rules;
mod streams;
mod time;
mod workshop;
mod writes;
