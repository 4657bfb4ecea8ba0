//! The async face from outside: what is awaited, what a dropped future means, how streams end.
#![expect(clippy::unwrap_used, reason = "what a test needs and lacks fails it")]

mod rules;
mod streams;
mod time;
mod whole;
mod workshop;
mod writes;
