//! What a workspace, a contact and a segment cost in memory: `cargo run --release -p enlist-bench --bin memory [-- --small]`.
//!
//! It reads the process's resident size from the operating system, so it runs on Linux only.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::error::Error;

use clap::Parser;
use enlist_bench::engine::EngineLane;
use enlist_bench::memory::resident_bytes;
use enlist_bench::profile::Profile;
use enlist_bench::workload::{Workload, segment_id, segment_saved};
use enlist_engine::Engine;

const CONTACTS: u32 = 200_000;
const WORKSPACES: u64 = 10_000;

/// Measures what a large workspace takes, or small ones do: one at a time, as what is let go of is not given back.
#[derive(Parser)]
#[command(name = "memory")]
struct Arguments {
    /// Measure small workspaces.
    #[arg(long)]
    small: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    if Arguments::parse().small { measure_small_workspaces() } else { measure_large_workspace() }
}

/// Many workspaces side by side: empty ones, and ones of a hundred contacts and ten segments.
fn measure_small_workspaces() -> Result<(), Box<dyn Error>> {
    let before = resident_bytes()?;
    let empty: Vec<Engine> = (0..WORKSPACES).map(|_| Engine::new()).collect();
    let bytes = resident_bytes()?.saturating_sub(before) / WORKSPACES;
    println!("{WORKSPACES} empty workspaces: {bytes} bytes each");
    drop(empty);

    let workload = Workload::new(1, Profile::Crm, 100);
    let before = resident_bytes()?;
    let mut engines = Vec::new();
    for _ in 0..WORKSPACES {
        engines.push(EngineLane::set_up(&workload, 10, &|_| ())?.engine);
    }
    let bytes = resident_bytes()?.saturating_sub(before) / WORKSPACES;
    println!("{WORKSPACES} workspaces of 100 contacts and 10 segments: {bytes} bytes each");
    Ok(())
}

fn measure_large_workspace() -> Result<(), Box<dyn Error>> {
    let workload = Workload::new(1, Profile::Crm, CONTACTS);
    let EngineLane { mut engine, setup, .. } = EngineLane::set_up(&workload, 0, &|_| ())?;
    println!("{CONTACTS} contacts of 22 fields, labels among them, a quarter of the fields empty");
    println!("bytes a contact, facts alone: {}", setup.contact_bytes / u64::from(CONTACTS));

    let (mut before, mut rules, mut outputs) = (resident_bytes()?, workload.rules(0), Vec::new());
    let mut saved = 0;
    for segments in [100, 1_000] {
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
            more / u64::from(CONTACTS)
        );
        before = after;
    }
    println!("members of all {saved} segments: {} kB", engine.member_bytes() / 1_000);
    Ok(())
}
