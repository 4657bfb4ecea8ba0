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

use enlist::{Batch, Event, Workspace};
use enlist_sim::{Profile, Workload};
use fastrand::Rng;

use crate::reopening::{assert_same, in_memory, opened, state_of};

/// Says where the store of a writing process is.
const DIRECTORY: &str = "ENLIST_TEST_STORE";
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
    let enlist = opened(Path::new(&directory), 1);
    let workspace = enlist.workspace("w").unwrap_or_else(|| enlist.create_workspace("w").unwrap());
    std::thread::scope(|scope| {
        let checkpoints = scope.spawn(|| {
            while applied(&workspace) < EVENTS {
                enlist.checkpoint().unwrap();
            }
        });
        let events = script();
        while let Some(batch) = next_batch(&events, applied(&workspace)) {
            let _ = workspace.apply(batch).unwrap();
            let mut out = std::io::stdout();
            writeln!(out, "applied {}", applied(&workspace)).unwrap();
            out.flush().unwrap();
        }
        checkpoints.join().unwrap();
    });
}

/// A process that writes to a store, before it is started.
pub(crate) fn writer(directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killing::a_process_that_writes_until_it_is_killed", "--nocapture"]);
    command.env(DIRECTORY, directory).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Reads how far a writing process says that it is, until it ends.
pub(crate) fn reading(child: &mut Child) -> JoinHandle<usize> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::spawn(move || {
        let said = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("applied ")?.parse().ok());
        said.last().unwrap_or(0)
    })
}

/// How many events of the script a store has. It has all that its writer was answered, and each once.
pub(crate) fn checked(directory: &Path, partitions: usize, said: usize, of: &str) -> usize {
    let enlist = opened(directory, partitions);
    // The process may have ended before the workspace was there.
    let Some(kept) = enlist.workspace("w") else {
        assert_eq!(said, 0, "{of}");
        return 0;
    };
    let applied = applied(&kept);
    assert!(applied >= said, "{of}: {applied} of {said} events are there");
    let plain = in_memory().create_workspace("w").unwrap();
    let (events, mut at) = (script(), 0);
    while let Some(batch) = next_batch(&events[..applied], at) {
        at += batch.len();
        let _ = plain.apply(batch).unwrap();
    }
    assert_same(&state_of(&kept), &state_of(&plain), &format!("{of}, after {applied} events"));
    applied
}

/// How long a process may write where the machine is so busy that one did not come further, in milliseconds.
pub(crate) fn longer(most: u64) -> u64 {
    (2 * most).min(10_000)
}

/// Kills a writing process after a while; returns how far it said that it was.
fn killed_after(directory: &Path, time: Duration) -> usize {
    let mut child = writer(directory).spawn().unwrap();
    let reader = reading(&mut child);
    std::thread::sleep(time);
    // On Unix this is SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn what_a_killed_process_was_answered_is_there_and_everything_is_applied_once() {
    let kills = std::env::var("ENLIST_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let mut random = Rng::with_seed(1);
    let (mut directory, mut progress, mut furthest) = (tempfile::tempdir().unwrap(), 0, 0);
    let mut most = 400;
    for kill in 0..kills {
        let said = killed_after(directory.path(), Duration::from_millis(random.u64(30..most)));
        let at_least = said.max(progress);
        let applied = checked(directory.path(), random.usize(1..4), at_least, &format!("kill {kill}"));
        most = if applied == progress { longer(most) } else { 400 };
        progress = applied;
        furthest = furthest.max(applied);
        if applied == EVENTS {
            (directory, progress) = (tempfile::tempdir().unwrap(), 0);
        }
    }
    assert!(furthest > 100, "no process came far: {furthest} events");
}
