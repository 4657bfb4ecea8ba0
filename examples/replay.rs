//! Replays an event log: `cargo run --release --example replay -- --help`.

use std::io::{self, Read};
use std::process::ExitCode;

use clap::Parser;
use enlist_examples::replay::{self, Options, Progress};

fn main() -> ExitCode {
    let mut options = Options::parse();
    let mut input: Box<dyn Read> = Box::new(io::stdin());
    if options.log.is_none()
        && let Some(piped) = replay::piped_input()
    {
        options.log = Some("-".into());
        input = Box::new(piped);
    }
    let failures =
        replay::run(&options, input, &mut io::stdout().lock(), &mut io::stderr(), &Progress::shown());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
