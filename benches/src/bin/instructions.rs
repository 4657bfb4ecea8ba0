//! The gate of instructions: `cargo run --release -p enlist-bench --bin instructions`.
//!
//! It counts the instructions of 22 operations of the engine under valgrind's callgrind, and fails if one costs over
//! 3 % more than `benches/instructions.txt` says. Times differ between runs and machines by more than most changes
//! do; instruction counts do not, so the gate finds in half a minute what a benchmark cannot see. It does not see
//! cache misses; `throughput` does.
//!
//! Counts hold for one compiler, its flags, one valgrind, C library and kind of processor, which the baseline names.
//! Elsewhere the gate says that it does not apply, and passes. Where it applies, it passes only if every operation
//! was counted and none became more expensive. After a change that is meant to cost more, or that made something
//! cheaper, write the baseline with `-- --write` and commit it with the change.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a report")]

use std::error::Error;
use std::process::{Command, ExitCode};

use clap::Parser;
use enlist_bench::gate::baseline::Baseline;
use enlist_bench::gate::callgrind::{self, Count};
use enlist_bench::gate::operations;

const COUNT: &str = "--count";
const REWRITE: &str = "`cargo run --release -p enlist-bench --bin instructions -- --write`";

/// Counts the instructions of the engine's operations, and fails if one costs over 3 % more than the baseline says.
#[derive(Parser)]
#[command(name = "instructions")]
struct Arguments {
    /// Write the baseline instead of comparing with it.
    #[arg(long)]
    write: bool,
    /// Where the baseline is.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt"))]
    baseline: String,
    /// Do the operations without counting them: this is what runs under valgrind.
    #[arg(long, hide = true)]
    count: bool,
}

fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("instructions: {error}");
        ExitCode::FAILURE
    })
}

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    if arguments.count {
        print!("{}", callgrind::told(&operations::run()?));
        return Ok(ExitCode::SUCCESS);
    }
    if cfg!(debug_assertions) {
        return Err("counts hold for optimized code: run it with --release".into());
    }
    let path = &arguments.baseline;
    let at = |error| format!("{path}: {error}");
    if arguments.write {
        let mut settings = settings()?;
        let counts = count(&mut settings)?;
        std::fs::write(path, Baseline { settings, counts }.to_text()).map_err(at)?;
        println!("{path}: written");
        return Ok(ExitCode::SUCCESS);
    }
    let baseline = Baseline::parse(&std::fs::read_to_string(path).map_err(at)?, path)?;
    Ok(if compare(&baseline)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Counts and compares, if the baseline applies. Returns whether the gate passes.
fn compare(baseline: &Baseline) -> Result<bool, Box<dyn Error>> {
    let mut settings = settings()?;
    if !applies(baseline, &settings) {
        return Ok(true);
    }
    let counts = count(&mut settings)?;
    // The processor is known only now.
    if !applies(baseline, &settings) {
        return Ok(true);
    }
    print!("{}", baseline.report(&counts, REWRITE));
    let passes = baseline.lets_through(&counts);
    if passes {
        println!("PASSED: {} operations, none over the baseline's tolerance", counts.len());
    } else {
        println!("FAILED: see the operations named above");
    }
    Ok(passes)
}

/// Counts the operations, and adds the processor to the settings.
fn count(settings: &mut Vec<(String, String)>) -> Result<Vec<Count>, Box<dyn Error>> {
    let counted = callgrind::count(&std::env::current_exe()?, COUNT)?;
    settings.push(("cpu".to_owned(), counted.cpu));
    Ok(counted.counts)
}

/// The settings that counts hold for, as far as they are known before counting.
fn settings() -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let library = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let library =
        library.map_or("unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).into());
    let settings = [
        ("rustc", env!("ENLIST_BENCH_RUSTC").to_owned()),
        ("target", env!("ENLIST_BENCH_TARGET").to_owned()),
        ("rustflags", env!("ENLIST_BENCH_RUSTFLAGS").to_owned()),
        ("valgrind", callgrind::version()?),
        ("libc", library.trim().to_owned()),
    ];
    Ok(settings.map(|(name, value)| (name.to_owned(), value)).into())
}

/// Whether the baseline applies to these settings; prints a message if it does not.
fn applies(baseline: &Baseline, settings: &[(String, String)]) -> bool {
    let differences = baseline.differences(settings);
    if !differences.is_empty() {
        println!("{}", differences.join("\n"));
        println!("SKIPPED: the baseline does not apply here, so nothing was compared");
    }
    differences.is_empty()
}
