//! Replays an event log: `cargo run --release --example replay -- --help`.

use std::io;
use std::process::ExitCode;

use clap::Parser;
use enlist_examples::replay::{self, Options, Progress};

fn main() -> ExitCode {
    let failures = replay::run(
        &Options::parse(),
        io::stdin(),
        &mut io::stdout().lock(),
        &mut io::stderr(),
        &Progress::shown(),
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
