//! The memory of a workspace grows in proportion to its segments, and `stats` reports it within 10 %.
//!
//! The measurement runs in its own process, because the allocation counter counts all threads of a process.

use std::process::Command;

use enlist::{Batch, Event, WorkspaceSettings};

use crate::ALLOCATIONS;
use crate::scene::{built, named, noon, only, rule};
use crate::subject::workspace;

/// The test that measures.
const MEASUREMENT: &str = "memory::measurement_in_its_own_process";
/// The prefix of the lines that it prints.
const PREFIX: &str = "measured:";
/// The prefix of the lines that say how much of the memory of notices and of deleted ids `stats` estimates, in percent.
const RETAINED_PREFIX: &str = "retained:";
const CONTACTS: usize = 2_000;

/// A workspace's bytes: as counted by the allocator, and as `stats` estimates them.
#[derive(Clone, Copy, Debug)]
struct Measured {
    counted: usize,
    estimated: usize,
}

/// Edits a segment that others refer to: each edit retains a notice for each of them, with the contacts that left or entered.
fn measure_notices() -> Measured {
    let before = ALLOCATIONS.current_usage();
    let workspace = workspace(WorkspaceSettings::default().with_partitions(2));
    let contacts = (0..200).map(|number| named(&format!("contact {number}"), "a"));
    assert_eq!(workspace.apply(contacts.collect::<Batch>()).unwrap().refused, []);
    let save = |id: &str, rule| workspace.segment(id).unwrap().save("A segment", rule).unwrap();
    save("base", only("name", "equals", r#""a""#));
    for number in 0..100 {
        let condition = r#"{"segment": "base", "operator": "is_member"}"#;
        save(
            &format!("segment {number}"),
            rule(&format!(r#"{{"match": "all", "conditions": [{condition}]}}"#)),
        );
    }
    for edit in 0..40 {
        save("base", only("name", ["not_equals", "equals"][edit % 2], r#""a""#));
    }
    let counted = ALLOCATIONS.current_usage() - before;
    Measured { counted, estimated: workspace.stats().bytes.total() as usize }
}

/// Deletes contacts and creates them again, while retained notices need the ids of those that were deleted.
fn measure_deletions() -> Measured {
    let before = ALLOCATIONS.current_usage();
    let workspace = workspace(WorkspaceSettings::default().with_partitions(2));
    let ids: Vec<String> = (0..3_000).map(|number| format!("a contact with a long id {number:08}")).collect();
    let create = || workspace.apply(ids.iter().map(|id| named(id, "a")).collect::<Batch>()).unwrap();
    create();
    let segment = workspace.segment("a").unwrap();
    for edit in 0..50 {
        let operator = ["equals", "not_equals"][edit % 2];
        segment.save("A segment", only("name", operator, r#""a""#)).unwrap();
    }
    for _ in 0..3 {
        let deleted = ids.iter().map(|id| built(Event::contact_deleted(noon(), id)));
        assert_eq!(workspace.apply(deleted.collect::<Batch>()).unwrap().refused, []);
        create();
    }
    let counted = ALLOCATIONS.current_usage() - before;
    Measured { counted, estimated: workspace.stats().bytes.total() as usize }
}

/// Saves segments through handles in a workspace that retains what it publishes.
fn measure(segments: usize) -> Measured {
    let before = ALLOCATIONS.current_usage();
    let workspace = workspace(WorkspaceSettings::default());
    let contact = |number: usize| named(&format!("contact {number}"), &format!("name {}", number % 500));
    assert_eq!(workspace.apply((0..CONTACTS).map(contact).collect::<Batch>()).unwrap().refused, []);
    for number in 0..segments {
        let segment = workspace.segment(&format!("segment {number}")).unwrap();
        segment.save("Named", only("name", "equals", &format!(r#""name {}""#, number % 700))).unwrap();
    }
    let counted = ALLOCATIONS.current_usage() - before;
    Measured { counted, estimated: workspace.stats().bytes.total() as usize }
}

#[test]
#[ignore = "run by the test below in its own process"]
fn measurement_in_its_own_process() {
    // The first run also allocates what all workspaces share, so it is not counted.
    measure(1);
    for segments in [500, 1_000, 2_000] {
        let Measured { counted, estimated } = measure(segments);
        println!("{PREFIX} {segments} {counted} {estimated}");
    }
    for Measured { counted, estimated } in [measure_notices(), measure_deletions()] {
        println!("{RETAINED_PREFIX} {}", estimated * 100 / counted);
    }
}

#[test]
fn memory_grows_linearly_with_saved_segments_and_stats_is_within_10_percent() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", MEASUREMENT, "--ignored", "--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let measured: Vec<[usize; 3]> = printed
        .lines()
        .filter_map(|line| line.split_once(PREFIX))
        .map(|(_, numbers)| {
            let numbers: Vec<usize> =
                numbers.split_whitespace().map(|number| number.parse().unwrap()).collect();
            numbers.try_into().unwrap()
        })
        .collect();
    assert_eq!(measured.len(), 3, "{printed}");
    let retained: Vec<usize> = printed
        .lines()
        .filter_map(|line| line.split_once(RETAINED_PREFIX))
        .map(|(_, percent)| percent.trim().parse().unwrap())
        .collect();
    let [notices, deleted_ids] = retained[..] else { panic!("{printed}") };
    assert!((85..=115).contains(&notices), "{notices} % of the memory of notices is estimated");
    assert!((80..=115).contains(&deleted_ids), "{deleted_ids} % of the memory of deleted ids is estimated");
    for [segments, counted, estimated] in &measured {
        let percent = estimated * 100 / counted;
        assert!((90..=110).contains(&percent), "{segments} segments: {counted} bytes, estimated {estimated}");
    }
    // A segment between 1,000 and 2,000 must cost about as much as one between 500 and 1,000.
    let cost = |from: usize, to: usize| {
        let [[less, fewer_bytes, _], [more, more_bytes, _]] = [measured[from], measured[to]];
        (more_bytes - fewer_bytes) / (more - less)
    };
    let growth = cost(1, 2) * 100 / cost(0, 1);
    assert!((70..140).contains(&growth), "a segment costs {} bytes, then {}", cost(0, 1), cost(1, 2));
}
