//! What a contact and a segment cost in memory: `cargo run --release -p enlist-bench --bin memory`.
//!
//! It reads the process's resident size from the operating system, so it runs on Linux only.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::error::Error;

use enlist_bench::engine::EngineLane;
use enlist_bench::memory::resident_bytes;
use enlist_bench::profile::Profile;
use enlist_bench::workload::{Workload, segment_id, segment_saved};

const CONTACTS: u32 = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
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
