//! What keeping costs on this disk: `cargo run --release -p enlist-bench --bin durable -- DIRECTORY`.
//!
//! Workspaces in memory, workspaces of a store, and bare commits of the same bytes are measured in turns, and the median of five is
//! printed, because the speed of a disk changes from second to second.
#![expect(clippy::print_stdout, reason = "a program that prints figures")]

mod beside;

use std::convert::Infallible;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use enlist::{Batch, Durability, Enlist, Event, Workspace, WorkspaceSettings};
use enlist_bench::stopwatch::{median, timed};
use enlist_bench::workload::Workload;
use enlist_bench::workload::profile::Profile;
use enlist_store::{Anchor, ByteLimit, Events, Expected, Frame, FrameBody, OnRefusal, Step, WorkspaceNumber};
use redb::{Database, TableDefinition};

const ROUNDS: usize = 5;
const SINGLE_EVENTS: usize = 200;
/// They take so much less time each.
const BUFFERED_EVENTS: usize = 50 * SINGLE_EVENTS;
const WRITERS: u32 = 64;
const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("frames");

/// Measures durable workspaces against workspaces in memory and against bare commits.
#[derive(Parser)]
#[command(name = "durable")]
struct Arguments {
    /// Where the files go; what is written there is deleted again.
    directory: PathBuf,
    /// How many contacts the workspace of the batches has.
    #[arg(long, default_value_t = 20_000)]
    contacts: u32,
    /// How many segments it has.
    #[arg(long, default_value_t = 1_000)]
    segments: u32,
    /// How many events are applied in batches.
    #[arg(long, default_value_t = 200_000)]
    events: usize,
    /// What is measured; everything, if it is not given.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Opens this store, prints the memory that it takes and took at most, and ends.
    #[arg(long, hide = true)]
    opened: Option<PathBuf>,
}

/// What can be measured by itself.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Batches that are queued behind each other.
    Batches,
    /// Single events, synced and buffered.
    Singles,
    /// Opening a store.
    Opens,
    /// Opening a store of many small workspaces.
    Workspaces,
    /// What is written.
    Bytes,
    /// Reads and single events beside a checkpoint.
    Beside,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    if let Some(store) = &arguments.opened {
        return open_and_print(store);
    }
    let directory = arguments.directory.join(format!("enlist-durable-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    let parts = [Part::Batches, Part::Singles, Part::Opens, Part::Workspaces, Part::Bytes, Part::Beside];
    let wanted = parts.into_iter().filter(|part| arguments.only.is_none_or(|only| only == *part));
    let measured = wanted.into_iter().try_for_each(|part| measure(part, &arguments, &directory));
    fs::remove_dir_all(&directory)?;
    measured
}

fn measure(part: Part, arguments: &Arguments, directory: &Path) -> Outcome<()> {
    match part {
        Part::Batches => [1_000, 10_000].into_iter().try_for_each(|size| batches(arguments, directory, size)),
        Part::Singles => singles(directory),
        Part::Opens => opens(arguments, directory),
        Part::Workspaces => workspaces(directory),
        Part::Bytes => bytes(arguments, directory),
        Part::Beside => beside::beside(arguments, directory),
    }
}

fn loaded(enlist: &Enlist, workload: &Workload, segments: u32) -> Outcome<Workspace> {
    let contacts = (0..workload.facts().contacts() as u32).map(|no| workload.contact(no));
    let events = workload.fields().into_iter().chain(workload.segments(segments)).chain(contacts);
    let imported =
        enlist.import_workspace("w", WorkspaceSettings::default(), events.map(Ok::<_, Infallible>));
    Ok(imported.map_err(enlist::Error::from)?.workspace)
}

/// The time of batches that are queued behind each other.
fn apply_queued(workspace: &Workspace, events: &[Event], size: usize) -> Outcome<Duration> {
    let (outcome, time) = timed(|| -> Result<(), enlist::Error> {
        let tickets: Vec<_> =
            events.chunks(size).map(|batch| workspace.submit(batch.to_vec())).collect::<Result<_, _>>()?;
        tickets.into_iter().try_for_each(|ticket| ticket.wait().map(|_| ()))
    });
    outcome?;
    Ok(time)
}

/// Bare commits, each with a value of that many bytes.
fn bare_commits(path: &Path, count: usize, bytes: usize) -> Outcome<Duration> {
    let database = Database::create(path)?;
    let value = vec![7; bytes];
    let (outcome, time) = timed(|| -> Result<(), redb::Error> {
        for position in 0..count as u64 {
            let transaction = database.begin_write()?;
            transaction.open_table(TABLE)?.insert(position, value.as_slice())?;
            transaction.commit()?;
        }
        Ok(())
    });
    outcome?;
    drop(database);
    fs::remove_file(path)?;
    Ok(time)
}

fn batches(arguments: &Arguments, directory: &Path, size: usize) -> Outcome<()> {
    let (mut memory, mut durable, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut workload = Workload::new(round as u64 + 1, Profile::Crm, arguments.contacts);
        let events: Vec<Event> = (0..arguments.events)
            .map(|_| {
                let change = workload.change();
                workload.event(&change)
            })
            .collect();
        let workload = Workload::new(round as u64 + 1, Profile::Crm, arguments.contacts);
        let plain = Enlist::builder().manual_time().build()?;
        memory.push(apply_queued(&loaded(&plain, &workload, arguments.segments)?, &events, size)?);
        let store = directory.join("store");
        let kept = Enlist::builder().manual_time().open(&store)?.wait()?;
        durable.push(apply_queued(&loaded(&kept, &workload, arguments.segments)?, &events, size)?);
        drop(kept);
        fs::remove_dir_all(&store)?;
        // About 68 bytes an event, as the example `journal_cost` of `enlist-store` says.
        bare.push(bare_commits(&directory.join("bare.redb"), events.len().div_ceil(size), size * 68)?);
    }
    let (memory, durable, bare) = (median(memory), median(durable), median(bare));
    println!(
        "batches of {size}: in memory {memory:.2?}, bare commits {bare:.2?}, durable {durable:.2?}: {:.2} of the greater",
        durable.as_secs_f64() / memory.max(bare).as_secs_f64()
    );
    Ok(())
}

fn save(workspace: &Workspace, no: usize) -> Result<(), enlist::Error> {
    workspace.contact(&format!("c{no}")).set("name", no.to_string()).save().map(|_| ())
}

/// The time of single events of one writer in a store that buffers, with the default time between syncs.
fn buffered_singles(directory: &Path) -> Outcome<Duration> {
    let store = directory.join("store");
    let builder = Enlist::builder().manual_time().durability(Durability::buffered());
    let enlist = builder.open(&store)?.wait()?;
    let alone = enlist.create_workspace("alone")?;
    let (outcome, time) = timed(|| (0..BUFFERED_EVENTS).try_for_each(|no| save(&alone, no)));
    outcome?;
    drop((alone, enlist));
    fs::remove_dir_all(&store)?;
    Ok(time)
}

fn singles(directory: &Path) -> Outcome<()> {
    let (mut one, mut many, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    let mut buffered = Vec::new();
    for _ in 0..ROUNDS {
        buffered.push(buffered_singles(directory)?);
        let store = directory.join("store");
        let enlist = Enlist::builder().manual_time().open(&store)?.wait()?;
        let alone = enlist.create_workspace("alone")?;
        let (outcome, time) = timed(|| (0..SINGLE_EVENTS).try_for_each(|no| save(&alone, no)));
        outcome?;
        one.push(time);
        let workspaces = (0..WRITERS)
            .map(|no| enlist.create_workspace(&format!("w{no}")))
            .collect::<Result<Vec<_>, _>>()?;
        let (outcome, time) = timed(|| {
            thread::scope(|scope| {
                let write = |workspace| move || (0..SINGLE_EVENTS).try_for_each(|no| save(workspace, no));
                let writers: Vec<_> = workspaces.iter().map(|each| scope.spawn(write(each))).collect();
                writers.into_iter().try_for_each(|writer| writer.join().unwrap_or(Ok(())))
            })
        });
        outcome?;
        many.push(time);
        drop((alone, workspaces, enlist));
        fs::remove_dir_all(&store)?;
        bare.push(bare_commits(&directory.join("bare.redb"), SINGLE_EVENTS, 100)?);
    }
    let (one, many, bare) = (median(one), median(many), median(bare));
    let buffered_each = median(buffered) / BUFFERED_EVENTS as u32;
    println!(
        "single events of one writer, buffered: {buffered_each:.2?} each, {:.0} times the events a second of one who syncs",
        (one / SINGLE_EVENTS as u32).as_secs_f64() / buffered_each.as_secs_f64()
    );
    println!(
        "single events of one writer: {:.2?} each, a bare commit of 100 bytes {:.2?}: {:.2} of it",
        one / SINGLE_EVENTS as u32,
        bare / SINGLE_EVENTS as u32,
        one.as_secs_f64() / bare.as_secs_f64()
    );
    println!(
        "{WRITERS} writers in {WRITERS} workspaces: {:.1} times the events a second of one",
        f64::from(WRITERS) * one.as_secs_f64() / many.as_secs_f64()
    );
    Ok(())
}

/// Opens a store in a process of its own, which prints the memory that this takes.
fn print_memory(store: &Path) -> Outcome<()> {
    let mut command = Command::new(std::env::current_exe()?);
    let status = command.arg(store).arg("--opened").arg(store).status()?;
    if status.success() { Ok(()) } else { Err("the store was not opened".into()) }
}

fn open_and_print(store: &Path) -> Outcome<()> {
    let enlist = Enlist::builder().manual_time().open(store)?.wait()?;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| status.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()));
    if let (Some(peak), Some(now)) = (of("VmHWM:"), of("VmRSS:")) {
        println!("memory of an opened store: {now}, at most {peak} on the way");
    }
    drop(enlist);
    Ok(())
}

/// Opening a store of many small workspaces.
fn workspaces(directory: &Path) -> Outcome<()> {
    const WORKSPACES: usize = 10_000;
    const CONTACTS: u32 = 100;
    let store = directory.join("many");
    let builder = Enlist::builder().manual_time().durability(Durability::buffered());
    let enlist = builder.open(&store)?.wait()?;
    let workload = Workload::new(1, Profile::Crm, CONTACTS);
    for no in 0..WORKSPACES {
        let workspace = enlist.create_workspace(&format!("w{no}"))?;
        let contacts = (0..CONTACTS).map(|no| workload.contact(no));
        let _ = workspace.apply(workload.fields().into_iter().chain(contacts).collect::<Batch>())?;
    }
    drop(enlist);
    let (opened, time) = timed(|| Enlist::builder().manual_time().open(&store)?.wait());
    drop(opened?);
    println!("{WORKSPACES} workspaces of {CONTACTS} contacts: opened in {time:.2?}");
    fs::remove_dir_all(&store)?;
    Ok(())
}

/// The bytes that this process has handed to the system, where it tells that.
fn written() -> Option<u64> {
    let counters = fs::read_to_string("/proc/self/io").ok()?;
    counters.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}

/// What the events of batches take in their frames, and what is written for them with the checkpoints that they cause.
fn bytes(arguments: &Arguments, directory: &Path) -> Outcome<()> {
    let mut workload = Workload::new(1, Profile::Crm, arguments.contacts);
    let store = directory.join("bytes");
    let enlist = Enlist::builder().manual_time().open(&store)?.wait()?;
    let kept = loaded(&enlist, &workload, arguments.segments)?;
    enlist.checkpoint()?;
    let Some(before) = written() else {
        println!("bytes: this system does not count them");
        return Ok(());
    };
    let mut encoded = 0;
    for _ in 0..arguments.events.div_ceil(1_000) {
        let events: Vec<Event> = (0..1_000)
            .map(|_| {
                let change = workload.change();
                workload.event(&change)
            })
            .collect();
        encoded += encoded_bytes(&events)?;
        let _ = kept.apply(events)?;
    }
    drop((kept, enlist));
    let written = written().unwrap_or_default() - before;
    println!(
        "{} events: {} bytes each in frames; written with all checkpoints, one of them at the end, {}.{:02} times as much",
        arguments.events,
        encoded / arguments.events as u64,
        written / encoded,
        written % encoded * 100 / encoded
    );
    fs::remove_dir_all(&store)?;
    Ok(())
}

fn encoded_bytes(events: &[Event]) -> Outcome<u64> {
    let formed_at = events.first().ok_or("an event")?.at;
    let body = FrameBody::Events(Box::new(Events {
        step: Step { revision: 1, formed_at, anchor: Anchor::default() },
        first_creation: 1,
        events: Arc::new(events.to_vec()),
        on_refusal: OnRefusal::Skip,
        expected: Expected::Anything,
        sources: Vec::new(),
        byte_limit: ByteLimit::Within,
    }));
    Ok(Frame { workspace: WorkspaceNumber(1), body }.encode()?.len() as u64)
}

/// Opening a store that was closed, and one whose journal has everything that came since, over loading the same in memory.
fn opens(arguments: &Arguments, directory: &Path) -> Outcome<()> {
    let mut workload = Workload::new(1, Profile::Crm, arguments.contacts);
    let plain = Enlist::builder().manual_time().build()?;
    let (loaded_plain, load) = timed(|| loaded(&plain, &workload, arguments.segments));
    drop(loaded_plain?);
    let store = directory.join("store");
    let enlist = Enlist::builder().manual_time().open(&store)?.wait()?;
    let kept = loaded(&enlist, &workload, arguments.segments)?;
    drop((kept, enlist));
    print_memory(&store)?;
    let (opened, clean) = timed(|| Enlist::builder().manual_time().open(&store)?.wait());
    let enlist = opened?;
    let kept = enlist.workspace("w").ok_or("it was kept")?;
    for _ in 0..arguments.events.div_ceil(1_000) {
        let batch = (0..1_000).map(|_| {
            let change = workload.change();
            workload.event(&change)
        });
        let _ = kept.apply(batch.collect::<Batch>())?;
    }
    let copy = directory.join("copy");
    fs::create_dir_all(&copy)?;
    for file in fs::read_dir(&store)? {
        let file = file?;
        fs::copy(file.path(), copy.join(file.file_name()))?;
    }
    let (checkpointed, checkpoint) = timed(|| enlist.checkpoint());
    checkpointed?;
    drop((kept, enlist));
    let (opened, replayed) = timed(|| Enlist::builder().manual_time().open(&copy)?.wait());
    drop(opened?);
    println!(
        "{} contacts x {} segments: loading {load:.2?}, opening after a clean close {clean:.2?} ({:.2} of it), with {} events in the \
         journal {replayed:.2?} ({:.2}); a checkpoint of these {checkpoint:.2?}",
        arguments.contacts,
        arguments.segments,
        clean.as_secs_f64() / load.as_secs_f64(),
        arguments.events,
        replayed.as_secs_f64() / load.as_secs_f64()
    );
    Ok(())
}
