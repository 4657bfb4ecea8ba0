//! The async face from outside: what is awaited, what a dropped future means, how streams end.
#![expect(clippy::unwrap_used, reason = "what a test needs and lacks fails it")]
#![allow(unused_must_use, reason = "most tests look at the workspace, not at the receipt")]

mod lifecycle;
mod reads;
mod rules;
mod streams;
mod time;
mod workshop;
mod writes;
