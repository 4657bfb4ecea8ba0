//! The replay writes the same bytes over any number of partitions: those that the plain evaluator expects.

use std::collections::BTreeMap;
use std::fmt::Write;

use enlist::model::{Cause, Transition};
use enlist::{ContactId, ConversationId, Event, EventBody};
use enlist_sim::{Emitted, Oracle, Profile, Workload, script};

use crate::replayed::{Replayed, path};

const BUNDLED: &[u8] = include_bytes!("../../data/cdnow.jsonl.gz");
const PARTITIONS: [&str; 3] = ["1", "2", "5"];

/// Everything that a replay writes.
#[derive(Debug, PartialEq)]
struct Written {
    succeeded: bool,
    report: String,
    errors: String,
    transitions: String,
    members: String,
}

impl Written {
    fn by(partitions: &str, more: &[&str], name: &str, log: &[u8]) -> Self {
        let file = |what: &str| path(&format!("{name}-{partitions}-{what}"));
        let (transitions, members) = (file("transitions"), file("members"));
        let written =
            ["--transitions", transitions.to_str().unwrap(), "--members", members.to_str().unwrap()];
        let arguments = [&["-", "--json", "--partitions", partitions][..], more, &written].concat();
        let replayed = Replayed::run(&arguments, log);
        let read = |path| std::fs::read_to_string(path).unwrap();
        Written {
            succeeded: replayed.succeeded,
            report: replayed.output,
            errors: replayed.errors,
            transitions: read(transitions),
            members: read(members),
        }
    }

    /// What every number of partitions gives.
    fn by_any(more: &[&str], name: &str, log: &[u8]) -> Self {
        let [one, others @ ..] = PARTITIONS.map(|partitions| Written::by(partitions, more, name, log));
        for (other, partitions) in others.iter().zip(&PARTITIONS[1..]) {
            assert_eq!(one.errors, other.errors, "{partitions} partitions");
            assert_eq!(one.report, other.report, "{partitions} partitions");
            assert_eq!(first_difference(&one.transitions, &other.transitions), None);
            assert_eq!(first_difference(&one.members, &other.members), None);
            assert!(one == *other);
        }
        one
    }
}

fn first_difference<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    one.lines().zip(other.lines()).find(|(one, other)| one != other)
}

/// What the plain evaluator expects of a log, in the replay's formats.
#[derive(Default)]
struct Expected {
    transitions: String,
    members: String,
    applied: usize,
    /// The first line that is refused.
    refused: Option<usize>,
    merged: usize,
    moved: usize,
}

impl Expected {
    fn of(events: &[Event], until_refused: bool) -> Self {
        let (mut oracle, mut expected) = (Oracle::new(), Expected::default());
        let mut owners: BTreeMap<ConversationId, ContactId> = BTreeMap::new();
        for (event, line) in events.iter().zip(1..) {
            let Ok(emitted) = oracle.apply(event) else {
                expected.refused.get_or_insert(line);
                if until_refused {
                    break;
                }
                continue;
            };
            expected.applied += 1;
            expected.merged += usize::from(matches!(event.body, EventBody::ContactMerged { .. }));
            if let EventBody::ConversationSaved { conversation, contact, .. } = &event.body {
                expected.moved += usize::from(owners.get(conversation).is_some_and(|owner| owner != contact));
            }
            owners = oracle.conversations().map(|(id, owner)| (id.clone(), owner.clone())).collect();
            for emitted in &emitted {
                expected.note(emitted, line);
            }
        }
        for (segment, _) in oracle.memberships() {
            let members = oracle.membership(segment.as_str());
            let line =
                serde_json::to_string(&Members { segment: segment.as_str(), members: &members }).unwrap();
            writeln!(expected.members, "{line}").unwrap();
        }
        expected
    }

    fn note(&mut self, emitted: &Emitted, line: usize) {
        let text = match emitted {
            Emitted::Transition(transition) => {
                let by_event = |transition: &Transition| matches!(transition.cause, Cause::Event(_));
                let line = if by_event(transition) { line as u64 } else { 0 };
                serde_json::to_string(&transition.with_cause(("line", line)))
            }
            Emitted::Notice { notice, .. } => serde_json::to_string(notice),
        };
        writeln!(self.transitions, "{}", text.unwrap()).unwrap();
    }
}

#[derive(serde::Serialize)]
struct Members<'a> {
    segment: &'a str,
    members: &'a std::collections::BTreeSet<ContactId>,
}

#[test]
fn the_bundled_log_gives_the_same_bytes_over_any_number_of_partitions() {
    let written = Written::by_any(&[], "cdnow", BUNDLED);
    assert!(written.succeeded);
    assert_eq!((written.transitions.lines().count(), written.members.lines().count()), (67_408, 14));
}

#[test]
fn merges_moves_and_refused_lines_give_the_bytes_of_the_evaluator_over_any_number_of_partitions() {
    let (mut merged, mut moved, mut refused) = (0, 0, 0);
    for seed in 0..4 {
        // More than one batch.
        let events = Workload::script(seed, Profile::default(), 1_500);
        let (log, expected) = (script::to_lines(&events), Expected::of(&events, false));
        let written = Written::by_any(&["--skip-bad", "--verify"], &format!("drawn-{seed}"), log.as_bytes());
        assert!(written.succeeded, "{}", written.errors);
        let report: serde_json::Value = serde_json::from_str(&written.report).unwrap();
        assert_eq!(report["rejected"], events.len() - expected.applied);
        let skipped =
            |line: &str| line.split(' ').nth(2).and_then(|count| count.parse::<usize>().ok()).unwrap();
        assert_eq!(written.errors.lines().map(skipped).sum::<usize>(), events.len() - expected.applied);
        assert_eq!(first_difference(&written.transitions, &expected.transitions), None, "seed {seed}");
        assert_eq!(first_difference(&written.members, &expected.members), None, "seed {seed}");
        assert!(written.transitions == expected.transitions && written.members == expected.members);
        merged += expected.merged;
        moved += expected.moved;
        refused += events.len() - expected.applied;
    }
    assert!(merged > 20 && moved > 20 && refused > 100, "{merged} merged, {moved} moved, {refused} refused");
}

#[test]
fn the_first_refused_line_stops_the_replay_at_the_same_place_over_any_number_of_partitions() {
    for seed in 10..16 {
        let events = Workload::script(seed, Profile { wrong: 1, ..Profile::default() }, 1_500);
        let expected = Expected::of(&events, true);
        let log = script::to_lines(&events);
        let written = Written::by_any(&[], &format!("stopped-{seed}"), log.as_bytes());
        assert_eq!(written.succeeded, expected.refused.is_none());
        if let Some(line) = expected.refused {
            assert!(
                written.errors.starts_with(&format!("error: standard input, line {line}: ")),
                "{}",
                written.errors
            );
            assert_eq!(written.errors.lines().count(), 1);
        }
        assert!(
            written.transitions == expected.transitions && written.members == expected.members,
            "seed {seed}"
        );
        let report: serde_json::Value = serde_json::from_str(&written.report).unwrap();
        assert_eq!(report["events"], expected.applied);
    }
}

#[test]
fn a_log_that_is_cut_off_gives_everything_before_the_cut_over_any_number_of_partitions() {
    let written = Written::by_any(&[], "cut", &BUNDLED[..BUNDLED.len() / 2]);
    assert!(!written.succeeded && written.errors.contains("is cut off or damaged"), "{}", written.errors);
    let report: serde_json::Value = serde_json::from_str(&written.report).unwrap();
    assert!(report["events"].as_u64().unwrap() > 3_000, "{report}");
    assert!(written.transitions.ends_with("}\n"));
}
