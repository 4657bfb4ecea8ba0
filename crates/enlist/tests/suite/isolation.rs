//! Tenants are isolated: another tenant changes neither what is published, nor what can be read, nor how long a write waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use enlist::{Batch, Enlist, Event, Published, SubscribeOptions, TestClock, Workspace, WorkspaceSettings};
use enlist_sim::{Profile, Workload};

use crate::scene::{drain, named, noon, only, save_segment};
use crate::subject::{ENLIST, partitioned};

/// What a workspace published, as JSON, and what can be read from it.
#[derive(PartialEq)]
struct Seen {
    published: Vec<String>,
    facts: String,
    memberships: Vec<(String, u64)>,
}

fn as_json(item: &Published) -> String {
    let json = match item {
        Published::Transition(transition) => serde_json::to_string(&transition.to_transition()),
        Published::Notice(notice) => serde_json::to_string(notice.notice()),
        Published::Gap(gap) => panic!("{gap:?}"),
    };
    format!("{} {}", item.sequence().number(), json.unwrap())
}

/// Runs each script in its own workspace, with their batches interleaved at random; returns what the first workspace shows.
fn run(scripts: &[&[Event]], partitions: usize, mut random: fastrand::Rng) -> Seen {
    let workspaces: Vec<Workspace> = scripts.iter().map(|_| partitioned(partitions)).collect();
    let mut subscription = workspaces[0].subscribe(SubscribeOptions::all());
    let mut rests: Vec<(&Workspace, &[Event])> = workspaces.iter().zip(scripts.iter().copied()).collect();
    let mut tickets = Vec::new();
    while !rests.is_empty() {
        let index = random.usize(0..rests.len());
        let (workspace, rest) = &mut rests[index];
        let (batch, later) = rest.split_at(random.usize(1..4).min(rest.len()));
        tickets.push(workspace.submit(batch.to_vec()).unwrap());
        *rest = later;
        if later.is_empty() {
            rests.swap_remove(index);
        }
    }
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    let published = drain(&mut subscription).iter().map(as_json).collect();
    let seen = workspaces[0].read(|view| Seen {
        published,
        facts: format!("{:?}", view.dump().unwrap()),
        memberships: view
            .segments()
            .map(|segment| (segment.id().as_str().to_owned(), view.count(segment.id().as_str()).unwrap()))
            .collect(),
    });
    for workspace in &workspaces {
        assert!(ENLIST.drop_workspace(workspace.id().as_str()).unwrap());
    }
    seen
}

#[test]
fn another_tenant_changes_nothing_that_a_tenant_sees() {
    let mut published = 0;
    for seed in 0..1_000_u64 {
        let mut random = fastrand::Rng::with_seed(seed);
        let script = |seed, length| Workload::script(seed, Profile::default(), length);
        // Both scripts use the same names for contacts, segments and fields.
        let (mine, theirs) = (script(seed, random.usize(5..60)), script(seed + 10_000, random.usize(5..60)));
        let partitions = random.usize(1..4);
        let alone = run(&[&mine], partitions, random.fork());
        let beside = run(&[&mine, &theirs], partitions, random.fork());
        assert!(alone.published == beside.published, "seed {seed}: what was published differs");
        assert!(alone == beside, "seed {seed}: what can be read differs");
        published += alone.published.len();
    }
    assert!(published > 5_000, "{published}");
}

#[test]
fn nothing_of_one_workspace_is_reachable_through_the_handle_of_another() {
    let (mine, theirs) = (partitioned(2), partitioned(2));
    for (workspace, name) in [(&mine, "a"), (&theirs, "b")] {
        save_segment(workspace, "s", only("name", "is_not_empty", "null"));
        workspace.apply_event(named("both", name)).unwrap();
    }
    theirs.apply_event(named("theirs alone", "b")).unwrap();
    save_segment(&theirs, "theirs alone", only("name", "equals", r#""b""#));
    assert_eq!(mine.count("s").unwrap(), 1);
    assert_eq!(theirs.count("s").unwrap(), 2);
    assert!(mine.count("theirs alone").is_err() && mine.segment("theirs alone").unwrap().count().is_err());
    assert!(mine.contains("s", "theirs alone").is_err());
    assert!(!mine.read(|view| view.has_contact("theirs alone")).unwrap());
    let shown = mine.read(|view| format!("{:?}", view.dump().unwrap()));
    assert!(!shown.contains("theirs") && !shown.contains(r#""b""#), "{shown}");
    let published: Vec<String> = mine.recently_published(usize::MAX).iter().map(as_json).collect();
    assert_eq!(published.len(), 2, "{published:?}");
    mine.contact("both").delete().unwrap();
    assert!(theirs.contains("s", "both").unwrap());
    let stats = (mine.stats(), theirs.stats());
    assert_eq!((stats.0.contacts, stats.1.contacts), (0, 2));
}

/// While a tenant waits for a single write, another one executes at most this many frames, 99 times of 100: some for their turns, and
/// some while the operating system lets the waiting thread wait. It is no time, because that depends on the machine and its load.
const FRAMES_MEANWHILE_MOST: u64 = 25;

#[test]
fn a_tenant_at_full_load_does_not_starve_another() {
    for workers in [1, 2] {
        let waits = frames_meanwhile(workers);
        let at = |percent: usize| waits[(waits.len() * percent / 100).min(waits.len() - 1)];
        println!("{workers} workers: frames meanwhile p50 {}, p99 {}, max {}", at(50), at(99), at(100));
        assert!(at(99) <= FRAMES_MEANWHILE_MOST, "{workers} workers: p99 {} frames", at(99));
    }
}

/// How many frames of one tenant, which submits batches from several threads, are executed while another's single writes wait, sorted.
fn frames_meanwhile(workers: usize) -> Vec<u64> {
    const APPLIES: usize = 200;
    const LOADERS: usize = 3;
    const BATCH: usize = 500;
    // Enough for some seconds: a starved tenant fails the test by the frames that it waits for, and the test still ends.
    const BATCHES: usize = 400;
    let clock = TestClock::new(noon());
    let enlist = Enlist::builder().workers(workers).clock(clock).manual_time().build().unwrap();
    let create = |id, partitions| {
        let settings = WorkspaceSettings::default().with_partitions(partitions);
        let workspace = enlist.create_workspace_with(id, settings).unwrap();
        save_segment(&workspace, "a", only("name", "equals", r#""a""#));
        workspace
    };
    let (loud, quiet) = (create("loud", 3), create("quiet", 1));
    let (is_over, mut waits) = (AtomicBool::new(false), Vec::new());
    let fill = |number: u64| {
        let mut random = fastrand::Rng::with_seed(number);
        for _ in (0..BATCHES).take_while(|_| !is_over.load(Ordering::Relaxed)) {
            let mut event = || named(&format!("c{}", random.usize(0..5_000)), ["a", "b"][random.usize(0..2)]);
            drop(loud.submit((0..BATCH).map(|_| event()).collect::<Batch>()).unwrap());
        }
    };
    thread::scope(|scope| {
        for number in 0..LOADERS as u64 {
            scope.spawn(move || fill(number));
        }
        crate::scene::until("the loud tenant is under load", || {
            loud.stats().queued_events >= 20 * BATCH as u64
        });
        for number in 0..APPLIES {
            let frames_before = loud.stats().frames;
            quiet.apply_event(named("c", ["a", "b"][number % 2])).unwrap();
            waits.push(loud.stats().frames - frames_before);
        }
        assert!(loud.stats().queued_events > 0, "the load must last until the end");
        is_over.store(true, Ordering::Relaxed);
    });
    waits.sort_unstable();
    waits
}

#[test]
fn audiences_of_two_workspaces_share_no_contacts() {
    let [one, other] = [1, 2].map(|partitions| {
        let workspace = crate::subject::partitioned(partitions);
        save_segment(&workspace, "a", only("name", "equals", r#""a""#));
        workspace.apply((0..10).map(|number| named(&format!("c{number}"), "a")).collect::<Batch>()).unwrap();
        workspace.segment("a").unwrap().freeze().unwrap()
    });
    assert_eq!((one.len(), other.len()), (10, 10));
    assert_eq!((one.minus(&other).len(), one.and(&other).len(), one.or(&other).len()), (10, 0, 10));
}
