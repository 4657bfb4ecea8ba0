//! The cost of an event, compared with brute force and with the least it could cost: `cargo run --release -p
//! enlist-bench --bin throughput -- --contacts 1000000 --segments 1000 --events 2000000`. It also compares with other
//! programs, with `--features compare` before and `--compare` after the `--`; and `--runs 3` gives the medians of three
//! runs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a report")]

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use enlist_bench::comparison::Others;
use enlist_bench::front_door;
use enlist_bench::report::plot;
use enlist_bench::report::runs::Runs;
use enlist_bench::run::{self, Plan};
use enlist_bench::workload::profile::Profile;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// Measures the engine on a seeded workload, interleaved with brute force and with floors, and compares their flips.
#[derive(Parser)]
#[command(name = "throughput")]
struct Arguments {
    /// How many contacts.
    #[arg(long, default_value_t = 100_000)]
    contacts: u32,
    /// How many segments.
    #[arg(long, default_value_t = 1_000)]
    segments: u32,
    /// How many events, over all parts.
    #[arg(long, default_value_t = 500_000)]
    events: usize,
    /// The seed of facts, rules and events.
    #[arg(long, value_name = "K", default_value_t = 1)]
    seed: u64,
    /// How many events the engine gets in one batch.
    #[arg(long, value_name = "B", default_value_t = 1_000)]
    batch: usize,
    /// crm, adversarial-label, adversarial-text or adversarial-number.
    #[arg(long, default_value = "crm", value_parser = profile)]
    profile: Profile,
    /// In how many parts the lanes alternate; a lane's figure is the median of its parts.
    #[arg(long, value_name = "N", default_value_t = 5)]
    parts: usize,
    /// Run no lane but the engine's.
    #[arg(long)]
    engine_alone: bool,
    /// Run other programs too, if they were built in (`--features compare`): sqlite, a-tree, and postgres, which must
    /// be installed; several with commas between. Without names: sqlite,a-tree.
    #[arg(long, value_name = "PROGRAMS", num_args = 0..=1, default_missing_value = "sqlite,a-tree",
        value_parser = others, conflicts_with = "engine_alone")]
    compare: Option<Others>,
    /// Then measure the front door: partitions, readers, subscribers.
    #[arg(long)]
    front_door: bool,
    /// How many partitions the front door's second workspace has.
    #[arg(long, value_name = "N", default_value_t = 2, requires = "front_door")]
    partitions: usize,
    /// How many threads read while the front door's writer runs.
    #[arg(long, value_name = "R", default_value_t = 2, requires = "front_door")]
    readers: usize,
    /// Do it all this many times, each in a process of its own, and print the median of each figure; ratios are
    /// computed within each run.
    #[arg(long, value_name = "N", default_value_t = 1)]
    runs: usize,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    json: bool,
    /// Draw ns/event over the number of segments into this file, for this run and the given earlier ones.
    #[arg(long, value_name = "FILE")]
    svg: Option<String>,
    /// The output of --json of earlier runs, for --svg.
    #[arg(value_name = "RUN.json", requires = "svg")]
    earlier: Vec<String>,
}

fn main() -> ExitCode {
    match measure(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("throughput: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    // Earlier runs are read first, so that a missing file is reported before the run and not after it.
    let mut earlier = Vec::new();
    for path in &arguments.earlier {
        earlier.extend(plot::read_runs(path)?);
    }
    if arguments.runs == 1 { measure_once(arguments, earlier) } else { measure_often(arguments, earlier) }
}

/// Runs this program several times.
fn measure_often(arguments: &Arguments, earlier: Vec<Value>) -> Result<(), Box<dyn Error>> {
    let progress = |no| eprintln!("run {no} of {}", arguments.runs);
    let program = std::env::current_exe()?;
    let runs = Runs::of_program(&program, &one_run(arguments), arguments.runs, &progress)?;
    draw(arguments, earlier, || runs.to_json())?;
    if arguments.json {
        println!("{:#}", runs.to_json());
    } else {
        print!("{}", runs.to_text());
    }
    Ok(())
}

/// The arguments of one of several runs.
fn one_run(arguments: &Arguments) -> Vec<String> {
    let Arguments {
        contacts,
        segments,
        events,
        seed,
        batch,
        profile,
        parts,
        engine_alone,
        compare,
        front_door,
        partitions,
        readers,
        // What is made of all runs, and not of one.
        runs: _,
        json: _,
        svg: _,
        earlier: _,
    } = arguments;
    let mut run = vec![
        format!("--contacts={contacts}"),
        format!("--segments={segments}"),
        format!("--events={events}"),
        format!("--seed={seed}"),
        format!("--batch={batch}"),
        format!("--profile={}", profile.name()),
        format!("--parts={parts}"),
        "--json".to_owned(),
    ];
    run.extend(compare.map(|others| format!("--compare={others}")));
    if *engine_alone {
        run.push("--engine-alone".to_owned());
    }
    if *front_door {
        run.push("--front-door".to_owned());
        run.push(format!("--partitions={partitions}"));
        run.push(format!("--readers={readers}"));
    }
    run
}

/// Draws the plot, if one is wanted.
fn draw(
    arguments: &Arguments,
    mut runs: Vec<Value>,
    latest: impl FnOnce() -> Value,
) -> Result<(), Box<dyn Error>> {
    let Some(path) = &arguments.svg else { return Ok(()) };
    runs.push(latest());
    std::fs::write(path, plot::svg(&runs)).map_err(|error| format!("{path}: {error}"))?;
    Ok(())
}

fn measure_once(arguments: &Arguments, earlier: Vec<Value>) -> Result<(), Box<dyn Error>> {
    let plan = Plan {
        contacts: arguments.contacts,
        segments: arguments.segments,
        events: arguments.events,
        seed: arguments.seed,
        batch: arguments.batch,
        profile: arguments.profile,
        parts: arguments.parts,
        is_engine_alone: arguments.engine_alone,
        others: arguments.compare.unwrap_or_default(),
    };
    let style = ProgressStyle::with_template("{wide_bar} {percent:>3} % {elapsed} {msg}")?;
    let outcome = run::run(plan, &ProgressBar::new(0).with_style(style.clone()))?;
    let front_door = if arguments.front_door {
        Some(front_door::run(through_front_door(arguments), &ProgressBar::new(0).with_style(style))?)
    } else {
        None
    };
    draw(arguments, earlier, || outcome.to_json())?;
    if arguments.json {
        let mut object = outcome.to_json();
        object["front_door"] =
            front_door.as_ref().map_or(serde_json::Value::Null, front_door::Outcome::to_json);
        println!("{object:#}");
    } else {
        print!("{}", outcome.to_text());
        if let Some(front_door) = &front_door {
            print!("\n{}", front_door.to_text());
        }
    }
    if !outcome.digests_agree {
        return Err("the lanes found different flips".into());
    }
    if front_door.is_some_and(|found| !found.digests_agree) {
        return Err("the front door's subscribers received other flips than the engine's".into());
    }
    Ok(())
}

fn through_front_door(arguments: &Arguments) -> front_door::Plan {
    front_door::Plan {
        contacts: arguments.contacts,
        segments: arguments.segments,
        events: arguments.events,
        seed: arguments.seed,
        profile: arguments.profile,
        parts: arguments.parts,
        batch: arguments.batch,
        partitions: arguments.partitions,
        readers: arguments.readers,
    }
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::named(name).ok_or_else(|| {
        let accepted: Vec<&str> = Profile::ALL.into_iter().map(Profile::name).collect();
        format!("accepted: {}", accepted.join(", "))
    })
}

fn others(names: &str) -> Result<Others, String> {
    Others::named(names)
        .ok_or_else(|| "accepted: sqlite, a-tree, postgres, or several with commas".to_owned())
}
