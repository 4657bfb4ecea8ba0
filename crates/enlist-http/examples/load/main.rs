//! What the HTTP interface costs, measured: `cargo run --release -p enlist-http --example load -- [requests|bulk|streams|idle]...`.
//!
//! Server and clients share one process, so every figure is one of both. `--short` runs all of it small, to see that it works.
#![expect(clippy::print_stdout, reason = "a program that prints figures")]
#![expect(clippy::disallowed_methods, reason = "a program that measures durations")]
#![expect(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "ratios and shares of counts")]

mod bulk;
mod client;
mod idle;
mod latencies;
mod memory;
mod requests;
mod scene;
mod streams;

use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long, and how much.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    Full,
    Short,
}

impl Length {
    /// One figure or the other.
    fn choose<T>(self, full: T, short: T) -> T {
        match self {
            Length::Full => full,
            Length::Short => short,
        }
    }
}

/// What is measured at once.
type Part = fn(Length) -> Outcome<()>;

const PARTS: [(&str, Part); 4] =
    [("requests", requests::run), ("bulk", bulk::run), ("streams", streams::run), ("idle", idle::run)];

fn main() -> Outcome<()> {
    let mut asked: Vec<String> = std::env::args().skip(1).collect();
    let length = if asked.iter().any(|each| each == "--short") { Length::Short } else { Length::Full };
    asked.retain(|each| each != "--short");
    if let Some(unknown) = asked.iter().find(|each| PARTS.iter().all(|(name, _)| name != each)) {
        let names = PARTS.map(|(name, _)| name).join(", ");
        return Err(format!("{unknown} is unknown; accepted: {names}, --short").into());
    }
    for (name, run) in PARTS {
        if asked.is_empty() || asked.iter().any(|each| each == name) {
            run(length)?;
        }
    }
    Ok(())
}
