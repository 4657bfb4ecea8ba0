//! What a contact, a condition and a segment cost in memory: `cargo run --release -p enlist-bench --bin memory`.
//!
//! It reads the process's resident size from the operating system, so it runs on Linux only.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::error::Error;

use enlist_bench::Crm;
use enlist_engine::Engine;
use enlist_model::{Event, EventBody};

const CONTACTS: u32 = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let empty = resident_bytes()?;
    let mut engine = Engine::new();
    let mut crm = Crm::new(1, CONTACTS);
    apply(&mut engine, crm.fields())?;
    apply(&mut engine, crm.contacts())?;
    let facts = resident_bytes()?;
    println!("{CONTACTS} contacts of six fields (five in six of them filled) and a label");
    println!("bytes a contact, facts alone: {}", (facts - empty) / u64::from(CONTACTS));

    let mut before = facts;
    for segments in [100, 1_000] {
        let seed = u64::from(segments);
        let events =
            Crm::new(seed, 0).segments(segments).map(|event| named_apart(event, seed)).collect::<Vec<_>>();
        apply(&mut engine, events.into_iter())?;
        let after = resident_bytes()?;
        println!(
            "{segments} more segments: {} kB, {} bytes a contact",
            (after - before) / 1_000,
            (after - before) / u64::from(CONTACTS)
        );
        before = after;
    }
    let bitmaps: usize = engine
        .segments()
        .map(|segment| engine.bitmap(segment.id().as_str()).map_or(0, |members| members.serialized_size()))
        .sum();
    println!("bitmaps of all {} segments, serialized: {} kB", engine.segments().count(), bitmaps / 1_000);
    Ok(())
}

fn apply(engine: &mut Engine, events: impl Iterator<Item = Event>) -> Result<(), Box<dyn Error>> {
    let mut outputs = Vec::new();
    for event in events {
        engine.apply(&event, &mut outputs)?;
        outputs.clear();
    }
    Ok(())
}

/// Segments of several seeds have the same ids; tell them apart.
fn named_apart(mut event: Event, seed: u64) -> Event {
    if let EventBody::SegmentSaved { segment, .. } = &mut event.body
        && let Ok(id) = enlist_model::SegmentId::new(&format!("{segment} of {seed}"))
    {
        *segment = id;
    }
    event
}

fn resident_bytes() -> Result<u64, Box<dyn Error>> {
    const PAGE_BYTES: u64 = 4_096;
    let sizes = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = sizes.split_whitespace().nth(1).ok_or("no resident size")?.parse()?;
    Ok(pages * PAGE_BYTES)
}
