//! Random logs in a store whose partitions panic: at every frame, a process that opens the store says what the one says that goes on.
//!
//! What a panic refuses depends on the partitions of the process in which it happened, so the process that never ends keeps a store,
//! too. It is compared wherever its partitions serve. These are unit tests because a panic can only be planted inside the crate.

use std::path::Path;

use enlist_model::{Event, Instant};
use enlist_sim::{Profile, Workload};
use fastrand::Rng;

use crate::batch::{Batch, OnRefusal};
use crate::handles::enlist::Enlist;
use crate::handles::published::Published;
use crate::handles::subscription::SubscribeOptions;
use crate::handles::workspace::Workspace;
use crate::partition::fault;
use crate::revision::{Revision, Sequence};
use crate::settings::WorkspaceSettings;
use crate::tests::failures::{built, noon, silence_planted_panics};
use crate::threads::clock::TestClock;

const EVENTS: usize = 120;

fn opened(directory: &Path, partitions: usize) -> Enlist {
    let builder = Enlist::builder().workers(2).clock(TestClock::new(noon())).manual_time();
    builder.partitions_of(move |_, _| partitions).open(directory).unwrap().wait().unwrap()
}

/// The state after a kill: a copy of the store's files, opened with another number of partitions.
fn killed(directory: &Path, partitions: usize) -> (tempfile::TempDir, Enlist) {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(directory).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let enlist = opened(copy.path(), partitions);
    (copy, enlist)
}

fn shown(workspace: &Workspace, published: &Published) -> String {
    let (sequence, revision) = (published.sequence().number(), published.revision().number());
    let rest = match published {
        Published::Transition(transition) => {
            let flipped: Vec<String> =
                transition.flipped().iter().map(|(each, holds)| format!("{each:?} {holds}")).collect();
            format!("{:?} {:?} {flipped:?}", transition.to_transition(), transition.cause())
        }
        Published::Notice(notice) => {
            let ids = |set| workspace.read(|view| view.contact_ids(&set)).map_err(|error| error.code());
            format!("{:?} {:?} {:?}", notice.notice(), ids(notice.entered()), ids(notice.left()))
        }
        Published::Gap(gap) => format!("{} to {}", gap.from.number(), gap.until.number()),
    };
    format!("{sequence} {revision} {rest}")
}

/// The revision, and the sequence of the next item.
fn marks(workspace: &Workspace) -> [u64; 2] {
    let next = workspace.subscribe(SubscribeOptions::all()).position();
    [workspace.read(|view| view.revision().number()), next.number()]
}

/// The sequence of the first item that a workspace still has.
fn first_item(workspace: &Workspace) -> Sequence {
    let first = Sequence::new(workspace.incarnation(), 1);
    match workspace.subscribe(SubscribeOptions::all().resume_from(first)).try_next() {
        // Before a checkpoint.
        Some(Published::Gap(gap)) if gap.from == first => gap.until,
        _ => first,
    }
}

/// All items from a sequence on.
fn items(workspace: &Workspace, from: Sequence) -> Vec<String> {
    let mut subscription = workspace.subscribe(SubscribeOptions::all().resume_from(from));
    let mut items = Vec::new();
    while let Some(published) = subscription.try_next() {
        items.push(shown(workspace, &published));
    }
    items
}

/// What can be read, line by line.
fn state_of(workspace: &Workspace) -> Vec<String> {
    workspace.read(|view| {
        assert_eq!(view.verify().unwrap(), []);
        let mut dump = view.dump().unwrap();
        dump.segments.sort_by_key(|segment| segment.creation);
        let mut lines = vec![format!(
            "{} {} {:?} {:?} {} {}",
            view.revision().number(),
            dump.time_zone,
            dump.week_start,
            dump.now,
            dump.event_count,
            dump.next_creation
        )];
        lines.extend(dump.fields.iter().map(|field| format!("{field:?}")));
        for segment in &dump.segments {
            let id = segment.id.as_str();
            let saved_at = view.segment_revision(id).map(Revision::number);
            lines.push(format!("{id} {} {:?} {saved_at:?} {:?}", segment.name, segment.rule, view.count(id)));
            lines.push(format!("{id} {:?} {:?}", view.counts_by_day(id), view.counts_by_hour(id)));
        }
        lines.extend(dump.contacts.iter().map(|contact| format!("{contact:?}")));
        lines
    })
}

fn assert_same(found: &[String], expected: &[String], of: &str) {
    for index in 0..found.len().max(expected.len()) {
        assert_eq!(found.get(index), expected.get(index), "{of}, line {index}");
    }
}

/// A contact that always exists.
const INTO: &str = "into";

/// An event that makes a partition panic, at the instant of another one so that it moves no time.
fn panicking(like: &Event, random: &mut Rng) -> Event {
    if random.bool() {
        built(Event::contact_merged(like.at, fault::MERGED, INTO))
    } else {
        built(Event::contact_saved(like.at, fault::SAVED).set("name", "a"))
    }
}

/// What happens to a workspace. Each takes one frame.
enum Happens {
    Batch(Batch),
    Advance(Instant),
    /// Failed partitions are rebuilt, each in a frame.
    Rebuild,
}

impl Happens {
    fn to(self, workspace: &Workspace) {
        match self {
            Happens::Batch(batch) => drop(workspace.apply(batch).unwrap()),
            Happens::Advance(to) => drop(workspace.advance(to).unwrap()),
            Happens::Rebuild => {
                for partition in workspace.failed_partitions() {
                    workspace.rebuild_partition(partition).unwrap();
                }
            }
        }
    }
}

/// A random log with a panic in some of its batches. Partitions are failed for a while, and then rebuilt.
fn log(seed: u64, random: &mut Rng) -> Vec<Happens> {
    let profile = Profile { contacts: 12, conversations: 12, segments: 8, wrong: 60 };
    let events = Workload::script(seed, profile, EVENTS);
    let (set_up, mut rest) = events.split_at(40);
    let mut start = set_up.to_vec();
    start.extend([fault::MERGED, INTO].map(|contact| built(Event::contact_saved(set_up[39].at, contact))));
    let mut log = vec![Happens::Batch(start.into())];
    while !rest.is_empty() {
        let (part, later) = rest.split_at(rest.len().min(random.usize(1..12)));
        let mut batch = part.to_vec();
        if random.u8(0..4) == 0 {
            let at = random.usize(0..batch.len());
            batch.insert(at, panicking(&batch[at], random));
        }
        let on_refusal = if random.u8(0..6) == 0 { OnRefusal::Stop } else { OnRefusal::Skip };
        log.push(Happens::Batch(Batch::from(batch).on_refusal(on_refusal)));
        match random.u8(0..8) {
            0 => {
                let last = part[part.len() - 1].at.milliseconds() + 30 * 3_600_000;
                log.extend(Instant::from_milliseconds(last).map(Happens::Advance));
            }
            1..4 => log.push(Happens::Rebuild),
            _ => {}
        }
        rest = later;
    }
    log.push(Happens::Rebuild);
    log
}

/// Runs a log and opens the store after every frame; returns how often a partition was failed then. At times the process ends and
/// the opened one goes on.
fn is_the_same_after_every_frame(seed: u64) -> usize {
    let mut random = Rng::with_seed(seed);
    let log = log(seed, &mut random);
    let mut directory = tempfile::tempdir().unwrap();
    let mut enlist = opened(directory.path(), 1);
    let settings = WorkspaceSettings::default().with_partitions(1 + seed as usize % 3);
    let mut workspace = enlist.create_workspace_with("w", settings).unwrap();
    let mut failed = 0;
    for (frame, happens) in log.into_iter().enumerate() {
        happens.to(&workspace);
        let partitions = 1 + (frame + seed as usize) % 3;
        let of = format!("seed {seed}, frame {frame}, over {partitions}");
        let (copy, reopened) = killed(directory.path(), partitions);
        let kept = reopened.workspace("w").unwrap();
        assert_eq!(kept.stats().failed_partitions, 0, "{of}");
        let has_failed = !workspace.failed_partitions().is_empty();
        if has_failed {
            failed += 1;
            // What failed serves again, and subscribers get a gap, as after a rebuild.
            assert_eq!(marks(&kept), marks(&workspace).map(|mark| mark + 1), "{of}");
            assert_eq!(kept.read(|view| view.verify()).unwrap(), [], "{of}");
        } else {
            assert_eq!(marks(&kept), marks(&workspace), "{of}");
            assert_same(&state_of(&kept), &state_of(&workspace), &of);
            let from = first_item(&kept);
            assert_same(&items(&kept, from), &items(&workspace, from), &format!("items, {of}"));
        }
        if random.u8(0..5) == 0 {
            drop((workspace, enlist));
            (directory, enlist, workspace) = (copy, reopened, kept);
        }
    }
    failed
}

/// How many random logs are run: of a variable, or a few.
#[expect(clippy::disallowed_methods, reason = "a longer run is asked for by the environment")]
fn logs() -> u64 {
    std::env::var("ENLIST_TEST_LOGS").ok().and_then(|logs| logs.parse().ok()).unwrap_or(12)
}

#[test]
fn a_store_whose_partitions_panic_says_the_same_when_it_is_opened_after_any_frame() {
    silence_planted_panics();
    let logs = logs();
    let failed = (0..logs).map(is_the_same_after_every_frame).sum::<usize>();
    println!("{logs} logs, opened {failed} times while a partition was failed");
    assert!(failed as u64 > logs, "{failed}");
}
