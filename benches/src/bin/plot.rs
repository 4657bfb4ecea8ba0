//! A plot of several runs: `cargo run --release -p enlist-bench --bin plot -- OUT.svg RUN.json...`.

use std::error::Error;

use clap::Parser;
use enlist_bench::report::plot;

/// Draws ns/event over the number of segments from the output of `throughput --json`.
#[derive(Parser)]
#[command(name = "plot")]
struct Arguments {
    /// The file for the plot.
    #[arg(value_name = "OUT.svg")]
    out: String,
    /// The runs.
    #[arg(value_name = "RUN.json", required = true)]
    runs: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { out, runs } = Arguments::parse();
    let mut all = Vec::new();
    for path in &runs {
        all.extend(plot::read_runs(path)?);
    }
    std::fs::write(&out, plot::svg(&all)).map_err(|error| format!("{out}: {error}"))?;
    Ok(())
}
