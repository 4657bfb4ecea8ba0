//! The memory of a workspace, a contact and a segment: `cargo run --release -p enlist-bench --bin memory [--
//! --small | --saved N]`.
//!
//! It reads the process's resident size from the operating system, so it runs on Linux only.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::convert::Infallible;
use std::error::Error;

use clap::Parser;
use enlist::{Enlist, WorkspaceLimits, WorkspaceSettings};
use enlist_bench::lanes::engine::{EngineLane, HASH_SEED};
use enlist_bench::memory::resident_bytes;
use enlist_bench::stopwatch::timed;
use enlist_bench::workload::profile::Profile;
use enlist_bench::workload::{Workload, segment_id, segment_saved};
use enlist_engine::Engine;

/// Measures the memory of one large workspace, or of small ones. Only one kind at a time, because freed memory is not
/// returned to the operating system.
#[derive(Parser)]
#[command(name = "memory")]
struct Arguments {
    /// Measure small workspaces.
    #[arg(long)]
    small: bool,
    /// How many small ones.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..), requires = "small")]
    workspaces: u32,
    /// Save this many segments through handles of a workspace of a thousand contacts, and measure what it retains.
    #[arg(long, conflicts_with = "small")]
    saved: Option<u32>,
    /// How many contacts the large one has.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1..))]
    contacts: u32,
    /// How many segments it gets, one after the other, in the second step.
    #[arg(long, default_value_t = 1_000)]
    segments: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { small, workspaces, saved, contacts, segments } = Arguments::parse();
    match saved {
        Some(saved) => measure_saved_segments(saved),
        None if small => measure_small_workspaces(workspaces),
        None => measure_large_workspace(contacts, segments),
    }
}

/// Segments saved one by one through handles. Every save is published and retained, so this shows whether what is retained
/// grows with the number of segments that exist.
fn measure_saved_segments(saved: u32) -> Result<(), Box<dyn Error>> {
    const CONTACTS: u32 = 1_000;
    let workload = Workload::new(1, Profile::Crm, CONTACTS);
    for retained in [WorkspaceSettings::default().retained, 0] {
        let enlist = Enlist::builder().manual_time().build()?;
        let before = resident_bytes()?;
        let limits = WorkspaceLimits::default().with_segments(usize::MAX).with_conditions(usize::MAX);
        let settings = WorkspaceSettings::default().with_retained(retained).with_limits(limits);
        let events = workload.fields().into_iter().chain((0..CONTACTS).map(|no| workload.contact(no)));
        let imported = enlist.import_workspace("saved", settings, events.map(Ok::<_, Infallible>));
        let workspace = imported.map_err(enlist::Error::from)?.workspace;
        let mut rules = workload.rules(0);
        let (outcome, time) = timed(|| -> Result<(), enlist::Error> {
            for no in 0..saved {
                workspace.segment(&segment_id(no))?.save("A segment", rules.draw())?;
            }
            Ok(())
        });
        outcome?;
        let real = resident_bytes()?.saturating_sub(before);
        println!(
            "{saved} segments saved, up to {retained} items retained: {:.2} s, {} kB, estimated {} kB",
            time.as_secs_f64(),
            real / 1_000,
            workspace.stats().bytes.total() / 1_000
        );
    }
    Ok(())
}

/// Many workspaces: empty ones, and ones of a hundred contacts and ten segments.
fn measure_small_workspaces(workspaces: u32) -> Result<(), Box<dyn Error>> {
    let before = resident_bytes()?;
    let empty: Vec<Engine> = (0..workspaces).map(|_| Engine::new(HASH_SEED)).collect();
    let bytes = resident_bytes()?.saturating_sub(before) / u64::from(workspaces);
    println!("{workspaces} empty workspaces: {bytes} bytes each, estimated {}", empty[0].bytes().total());
    drop(empty);

    let workload = Workload::new(1, Profile::Crm, 100);
    let before = resident_bytes()?;
    let mut engines = Vec::new();
    for _ in 0..workspaces {
        engines.push(EngineLane::set_up(&workload, 10, &|_| ())?.engine);
    }
    let bytes = resident_bytes()?.saturating_sub(before) / u64::from(workspaces);
    let estimated = engines[0].bytes().total();
    println!(
        "{workspaces} workspaces of 100 contacts and 10 segments: {bytes} bytes each, estimated {estimated}"
    );
    Ok(())
}

fn measure_large_workspace(contacts: u32, segments: u32) -> Result<(), Box<dyn Error>> {
    let workload = Workload::new(1, Profile::Crm, contacts);
    let empty = resident_bytes()?;
    let EngineLane { mut engine, setup, .. } = EngineLane::set_up(&workload, 0, &|_| ())?;
    println!("{contacts} contacts of 22 fields, labels among them, a quarter of the fields empty");
    println!("bytes a contact, facts alone: {}", setup.contact_bytes / u64::from(contacts));
    print_estimate(&engine, empty)?;

    let (mut before, mut rules, mut outputs) = (resident_bytes()?, workload.rules(0), Vec::new());
    let mut saved = 0;
    for segments in [100, segments] {
        for _ in 0..segments {
            engine.apply(&segment_saved(&segment_id(saved), rules.draw()), &mut outputs)?;
            outputs.clear();
            saved += 1;
        }
        let after = resident_bytes()?;
        let more = after.saturating_sub(before);
        println!(
            "{segments} more segments: {} kB, {} bytes a contact",
            more / 1_000,
            more / u64::from(contacts)
        );
        print_estimate(&engine, empty)?;
        before = after;
    }
    Ok(())
}

/// Prints the engine's estimate and how much the process has grown.
fn print_estimate(engine: &Engine, empty: u64) -> Result<(), Box<dyn Error>> {
    let real = resident_bytes()?.saturating_sub(empty);
    let bytes = engine.bytes();
    println!(
        "  in all {} kB, estimated {} kB: facts {}, conditions {}, truths {}, members {}",
        real / 1_000,
        bytes.total() / 1_000,
        bytes.facts / 1_000,
        bytes.conditions / 1_000,
        bytes.truths / 1_000,
        bytes.members / 1_000
    );
    Ok(())
}
