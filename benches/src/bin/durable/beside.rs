//! What a checkpoint costs those who read and write beside it.
//!
//! Every contact changes once; then one thread reads, and one writes single events that are synced, for a while without a checkpoint
//! and then beside one. Invariant: both do the same, with the same pauses.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use enlist::{Batch, Enlist, Event, PageRequest, Workspace};
use enlist_bench::stopwatch::timed;
use enlist_bench::workload::profile::Profile;
use enlist_bench::workload::{Workload, contact_id, segment_id};

use super::{Arguments, Outcome, loaded, save};

/// The pause between two calls, so that they do not occupy the cores that they wait for.
const BREATH: Duration = Duration::from_micros(200);
/// How long both go on without a checkpoint.
const ALONE: Duration = Duration::from_secs(5);

/// Waits of reads and of single events.
struct Waits {
    reads: Vec<Duration>,
    events: Vec<Duration>,
}

/// Calls until `has_ended`; returns what each call took.
fn repeat(
    has_ended: &AtomicBool,
    call: impl Fn(usize) -> Result<(), enlist::Error>,
) -> Result<Vec<Duration>, enlist::Error> {
    let mut waits = Vec::new();
    while !has_ended.load(Ordering::Relaxed) {
        let (outcome, wait) = timed(|| call(waits.len()));
        outcome?;
        waits.push(wait);
        thread::sleep(BREATH);
    }
    Ok(waits)
}

/// Reads and writes until `work` is done.
fn during(workspace: &Workspace, work: impl FnOnce() -> Outcome<()>) -> Outcome<Waits> {
    let has_ended = AtomicBool::new(false);
    let segment = segment_id(0);
    let page = |_| workspace.page(&segment, &PageRequest::default().with_size(50)).map(|_| ());
    thread::scope(|scope| {
        let reader = scope.spawn(|| repeat(&has_ended, page));
        let writer = scope.spawn(|| repeat(&has_ended, |no| save(workspace, no)));
        let outcome = work();
        has_ended.store(true, Ordering::Relaxed);
        outcome?;
        let reads = reader.join().map_err(|_| "reading does not panic")??;
        let events = writer.join().map_err(|_| "writing does not panic")??;
        Ok(Waits { reads, events })
    })
}

/// The wait that one of a hundred exceeds, and the longest.
fn worst(mut waits: Vec<Duration>) -> (Duration, Duration) {
    waits.sort_unstable();
    let at = |share: usize| waits.get((waits.len() * share / 100).min(waits.len().saturating_sub(1)));
    (at(99).copied().unwrap_or_default(), at(100).copied().unwrap_or_default())
}

/// A checkpoint of all contacts beside a reader and a writer.
pub(super) fn beside(arguments: &Arguments, directory: &std::path::Path) -> Outcome<()> {
    let workload = Workload::new(1, Profile::Crm, arguments.contacts);
    let store = directory.join("beside");
    let enlist = Enlist::builder().manual_time().open(&store)?.wait()?;
    let kept = loaded(&enlist, &workload, arguments.segments)?;
    enlist.checkpoint()?;
    for from in (0..arguments.contacts).step_by(10_000) {
        let contacts = from..arguments.contacts.min(from + 10_000);
        let renamed = contacts.map(|no| {
            Event::contact_saved(Workload::now(), contact_id(no).as_str()).set("name", "Ada").build()
        });
        let _ = kept.apply(renamed.collect::<Result<Batch, _>>()?)?;
    }
    // The first contact after them makes the tables grow, checkpoint or not.
    save(&kept, 0)?;
    let alone = during(&kept, || {
        thread::sleep(ALONE);
        Ok(())
    })?;
    let (beside, time) = timed(|| during(&kept, || Ok(enlist.checkpoint()?)));
    let beside = beside?;
    for (name, waits) in [("without a checkpoint", alone), (&*format!("beside one of {time:.2?}"), beside)] {
        let count = (waits.reads.len(), waits.events.len());
        let (reads, events) = (worst(waits.reads), worst(waits.events));
        println!(
            "{} contacts x {} segments, {name}: of {} pages the longest took {:.2?}; of {} single events 99 % at most {:.2?}, the longest {:.2?}",
            arguments.contacts, arguments.segments, count.0, reads.1, count.1, events.0, events.1
        );
    }
    drop((kept, enlist));
    std::fs::remove_dir_all(&store)?;
    Ok(())
}
