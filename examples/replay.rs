//! Replays an event log: `cargo run --release --example replay -- --help`.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;
use enlist_examples::replay::{
    self, Failure, INTERRUPTED_STATUS, Interrupt, Options, Progress, StandardInput, StandardStreams,
};

fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(answer) => return print_answer(&answer),
    };
    match replay(&options) {
        Ok(status) => status,
        Err(failure) => {
            // If even standard error refuses it, the exit status is all that is left.
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn replay(options: &Options) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::on_ctrl_c()?;
    let streams = StandardStreams {
        input: StandardInput::of_program(&interrupt)?,
        output: &mut io::stdout().lock(),
        output_file: replay::standard_output_file(),
        errors: &mut io::stderr(),
        errors_file: replay::standard_error_file(),
    };
    let failures = replay::run(options, streams, &Progress::shown(), &interrupt);
    Ok(if interrupt.is_raised() {
        INTERRUPTED_STATUS.into()
    } else if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints the help, the version, or what is wrong with the options. A standard output that refuses it is a failure.
fn print_answer(answer: &clap::Error) -> ExitCode {
    match answer.print() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "error: standard output: cannot be written: {error}");
            ExitCode::FAILURE
        }
        // clap's codes are 0 for what was asked for and 2 for a mistake.
        _ => u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
    }
}
