//! A process that is killed at any instant loses nothing that it was answered, and applies nothing twice.
//!
//! The process is this test binary, started again for one test that writes until it is killed.
#![expect(
    clippy::disallowed_methods,
    reason = "a process that is started for a test learns from its environment where to write"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use enlist::{Batch, ConsumerOptions, Durability, Event, Workspace};
use enlist_sim::{Profile, Workload};
use fastrand::Rng;

use crate::reopening::{assert_same, in_memory, opened, opened_with, shown, state_of};

/// Says where the store of a writing process is.
const DIRECTORY: &str = "ENLIST_TEST_STORE";
/// Set if the process buffers.
const BUFFERED: &str = "ENLIST_TEST_BUFFERED";
/// Often, so that the process is killed at every step of a sync.
const OFTEN: Durability = Durability::Buffered { sync_every: Duration::from_millis(2) };
pub(crate) const EVENTS: usize = 4_000;
const BATCH_EVENTS: usize = 7;

fn script() -> Vec<Event> {
    Workload::script(11, Profile::default(), EVENTS)
}

/// The batch that follows what a source was applied up to; `None` at the end.
fn next_batch(events: &[Event], applied: usize) -> Option<Batch> {
    let rest = events.get(applied..).filter(|rest| !rest.is_empty())?;
    let numbered = (applied as u64 + 1..).zip(rest).take(BATCH_EVENTS);
    Some(
        numbered
            .fold(Batch::new().from_source("log"), |batch, (line, event)| batch.at((line, 0), event.clone())),
    )
}

fn applied(workspace: &Workspace) -> usize {
    workspace.source("log").map_or(0, |position| usize::try_from(position.0).unwrap())
}

/// Writes the script to a store, with checkpoints in between, and says how far it is. Does nothing unless it is started for that.
#[test]
fn a_process_that_writes_until_it_is_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let durability = if std::env::var(BUFFERED).is_ok() { OFTEN } else { Durability::Synced };
    let enlist = opened_with(Path::new(&directory), 1, durability);
    let workspace = enlist.workspace("w").unwrap_or_else(|| enlist.create_workspace("w").unwrap());
    let mut consumer = workspace.consumer("out", ConsumerOptions::new()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while let Some(item) = consumer.next_within(Duration::from_secs(1)) {
                say(&format!("heard {}", item.sequence().number()));
                consumer.acknowledge(item.sequence());
            }
        });
        let checkpoints = scope.spawn(|| {
            while applied(&workspace) < EVENTS {
                enlist.checkpoint().unwrap();
            }
        });
        let events = script();
        while let Some(batch) = next_batch(&events, applied(&workspace)) {
            let _ = workspace.apply(batch).unwrap();
            say(&format!("applied {}", applied(&workspace)));
        }
        checkpoints.join().unwrap();
    });
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// A process that writes to a store, before it is started.
pub(crate) fn writer(directory: &Path, durability: Durability) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    if durability != Durability::Synced {
        command.env(BUFFERED, "");
    }
    command.args(["--exact", "killing::a_process_that_writes_until_it_is_killed", "--nocapture"]);
    command.env(DIRECTORY, directory).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// How far a process said that it was.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Events that were applied.
    pub(crate) applied: usize,
    /// The last sequence that its consumer heard.
    pub(crate) heard: u64,
}

/// Reads how far a writing process says that it is, until it ends.
pub(crate) fn reading(child: &mut Child) -> JoinHandle<Progress> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::spawn(move || {
        let mut said = Progress::default();
        for line in lines.map_while(Result::ok) {
            if let Some(applied) = line.strip_prefix("applied ").and_then(|number| number.parse().ok()) {
                said.applied = applied;
            }
            if let Some(heard) = line.strip_prefix("heard ").and_then(|number| number.parse().ok()) {
                said.heard = heard;
            }
        }
        said
    })
}

/// How many events of the script a store has. It has all that its writer was answered, and each once; and its consumer misses nothing.
pub(crate) fn checked(directory: &Path, partitions: usize, said: &Progress, of: &str) -> usize {
    let enlist = opened(directory, partitions);
    // The process may have ended before the workspace was there.
    let Some(kept) = enlist.workspace("w") else {
        assert_eq!(said.applied, 0, "{of}");
        return 0;
    };
    let applied = applied(&kept);
    assert!(applied >= said.applied, "{of}: {applied} of {} events are there", said.applied);
    let plain = in_memory().create_workspace("w").unwrap();
    let mut plain_consumer = plain.consumer("out", ConsumerOptions::new()).unwrap();
    let (events, mut at) = (script(), 0);
    while let Some(batch) = next_batch(&events[..applied], at) {
        at += batch.len();
        let _ = plain.apply(batch).unwrap();
    }
    let expected: Vec<String> =
        std::iter::from_fn(|| plain_consumer.try_next()).map(|item| shown(&plain, &item)).collect();
    heard_from_there_on(&kept, said.heard, &expected);
    assert_same(&state_of(&kept), &state_of(&plain), &format!("{of}, after {applied} events"));
    applied
}

/// How long a process may write where the machine is so busy that one did not come further, in milliseconds.
pub(crate) fn longer(most: u64) -> u64 {
    (2 * most).min(10_000)
}

/// Kills a writing process after a while.
fn killed_after(directory: &Path, durability: Durability, time: Duration) -> Progress {
    let mut child = writer(directory, durability).spawn().unwrap();
    let reader = reading(&mut child);
    std::thread::sleep(time);
    // On Unix this is SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Checks that a consumer misses nothing after the last item that it heard.
fn heard_from_there_on(workspace: &Workspace, heard: u64, expected: &[String]) {
    let mut consumer = workspace.consumer("out", ConsumerOptions::new()).unwrap();
    let mut next = consumer.position().number();
    assert!(next <= heard + 1, "it begins with {next} and has heard {heard}");
    while let Some(item) = consumer.try_next() {
        assert_eq!(Some(&shown(workspace, &item)), expected.get(next as usize - 1));
        next += 1;
    }
    assert_eq!(next, expected.len() as u64 + 1);
}

#[test]
fn what_a_killed_process_was_answered_is_there_and_everything_is_applied_once() {
    kill_again_and_again(Durability::Synced);
}

#[test]
fn what_a_killed_process_buffered_is_there_and_everything_is_applied_once() {
    kill_again_and_again(OFTEN);
}

fn kill_again_and_again(durability: Durability) {
    let kills = std::env::var("ENLIST_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let mut random = Rng::with_seed(1);
    let (mut directory, mut progress, mut furthest) = (tempfile::tempdir().unwrap(), 0, 0);
    let (mut heard, mut most) = (0, 400);
    for kill in 0..kills {
        let mut said =
            killed_after(directory.path(), durability, Duration::from_millis(random.u64(30..most)));
        said.applied = said.applied.max(progress);
        said.heard = said.heard.max(heard);
        heard = said.heard;
        let applied = checked(directory.path(), random.usize(1..4), &said, &format!("kill {kill}"));
        most = if applied == progress { longer(most) } else { 400 };
        progress = applied;
        furthest = furthest.max(applied);
        if applied == EVENTS {
            (directory, progress, heard) = (tempfile::tempdir().unwrap(), 0, 0);
        }
    }
    assert!(furthest > 100, "no process came far: {furthest} events");
}
