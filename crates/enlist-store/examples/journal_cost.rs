//! What the journal costs on this disk: `cargo run --release -p enlist-store --example journal_cost -- DIRECTORY`.
//!
//! It prints bytes and CPU for each event in batches of 1,000, and single synced appends against bare commits of 100 bytes. The two
//! are measured in turns, and the median of five is printed, because a disk's speed changes from second to second.

#![expect(clippy::print_stdout, reason = "it is a program")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use enlist_model::Event;
use enlist_store::{
    Anchor, ByteLimit, Events, Expected, Frame, FrameBody, Journal, Log, OnRefusal, Step, WorkspaceNumber,
};
use redb::{Database, TableDefinition};

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 5;
const SINGLE: u64 = 300;
const BATCHES: u64 = 200;
const BATCH_EVENTS: usize = 1_000;

fn main() -> Outcome<()> {
    let directory = PathBuf::from(std::env::args().nth(1).ok_or("usage: journal_cost DIRECTORY")?);
    let directory = directory.join("journal_cost");
    fs::create_dir_all(&directory)?;
    let measured = measure(&directory);
    fs::remove_dir_all(&directory)?;
    measured
}

fn measure(directory: &Path) -> Outcome<()> {
    let frame = frame(BATCH_EVENTS)?;
    let bytes = frame.encode()?.len();
    println!("bytes an event: {}.{:03}", bytes / BATCH_EVENTS, bytes % BATCH_EVENTS);
    batches(directory, &frame)?;
    let (mut journal, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        journal.push(single_appends(&directory.join(format!("single-{round}")))?);
        bare.push(bare_commits(&directory.join(format!("bare-{round}.redb")))?);
    }
    let (journal, bare) = (median(journal), median(bare));
    let per_second = |time: Duration| 1.0 / time.as_secs_f64();
    println!("single synced appends a second: {:.0}", per_second(journal));
    println!("bare commits of 100 bytes a second: {:.0}", per_second(bare));
    println!(
        "time of an append over that of a bare commit: {:.2}",
        journal.as_secs_f64() / bare.as_secs_f64()
    );
    Ok(())
}

fn batches(directory: &Path, frame: &Frame) -> Outcome<()> {
    let events = u32::try_from(BATCHES as usize * BATCH_EVENTS)?;
    let encode = cpu()?;
    for _ in 0..BATCHES {
        std::hint::black_box(frame.encode()?);
    }
    let decode = cpu()?;
    let encoded = frame.encode()?;
    for _ in 0..BATCHES {
        std::hint::black_box(Frame::decode(&encoded)?);
    }
    let append = cpu()?;
    let journal = Journal::open(&directory.join("batches"))?;
    let tickets: Vec<_> =
        (0..BATCHES).map(|_| journal.append(vec![encoded.clone()])).collect::<Result<_, _>>()?;
    for ticket in tickets {
        ticket.wait()?;
    }
    let end = cpu()?;
    println!("CPU an event, encoding: {:?}", decode.saturating_sub(encode) / events);
    println!("CPU an event, decoding: {:?}", append.saturating_sub(decode) / events);
    println!("CPU an event, append with checksum and commit: {:?}", end.saturating_sub(append) / events);
    Ok(())
}

fn single_appends(path: &Path) -> Outcome<Duration> {
    let journal = Journal::open(path)?;
    let frame = frame(1)?.encode()?;
    let start = Instant::now();
    for _ in 0..SINGLE {
        journal.append(vec![frame.clone()])?.wait()?;
    }
    Ok(start.elapsed() / SINGLE as u32)
}

fn bare_commits(path: &Path) -> Outcome<Duration> {
    const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("bare");
    let database = Database::create(path)?;
    let start = Instant::now();
    for number in 0..SINGLE {
        let transaction = database.begin_write()?;
        transaction.open_table(TABLE)?.insert(number, &[7; 100][..])?;
        transaction.commit()?;
    }
    Ok(start.elapsed() / SINGLE as u32)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The CPU time of this process so far, where the system tells it in hundredths of a second.
fn cpu() -> Outcome<Duration> {
    let line = fs::read_to_string("/proc/self/stat")?;
    let after_name = line.rsplit_once(") ").ok_or("a process without a name")?.1;
    let ticks: u64 = after_name.split(' ').skip(11).take(2).map(str::parse::<u64>).sum::<Result<_, _>>()?;
    Ok(Duration::from_millis(10 * ticks))
}

/// A frame of events that set one field of a contact each.
fn frame(count: usize) -> Outcome<Frame> {
    let formed_at = enlist_model::Instant::parse("2026-11-23T10:00:00Z").ok_or("an instant")?;
    let event = |number: usize| {
        let id = format!("{:08x}-8a31-4c5f-9b1e-{:012x}", number.wrapping_mul(2_654_435_761) as u32, number);
        Event::contact_saved(formed_at, &id).set("lifecycle_stage", "opportunity").build()
    };
    let body = FrameBody::Events(Box::new(Events {
        step: Step { revision: 1_000, formed_at, anchor: Anchor { revision: 999, sequence: 5_000 } },
        first_creation: 1_000_000,
        events: Arc::new((0..count).map(event).collect::<Result<_, _>>()?),
        on_refusal: OnRefusal::Skip,
        expected: Expected::Anything,
        sources: Vec::new(),
        byte_limit: ByteLimit::Within,
    }));
    Ok(Frame { workspace: WorkspaceNumber(1), body })
}
