//! A definition over which partitions panic, tested from within: it takes effect everywhere or nowhere, whoever hands it in is
//! told which, and a rebuild makes all partitions alike.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use enlist_model::{Event, Instant, Json, Kind, WeekStart};
use parking_lot::Mutex;

use crate::threads::clock::TestClock;
use crate::handles::enlist::Enlist;
use crate::error::Error;
use crate::tests::failures::{Heard, built, hush, named, noon};
use crate::settings::WorkspaceSettings;
use crate::sequencer::state::partition_of;
use crate::handles::workspace::Workspace;

/// The partitions that are to panic, once each, over the definition of an instant: before their engine has it, or after.
static INJECTED: Mutex<Vec<(Instant, usize, bool)>> = Mutex::new(Vec::new());

/// A test's own panic, at a definition of whose instant it was asked for.
pub(crate) fn inject_definition(event: &Event, partition: usize, is_applied: bool) {
    let mut injected = INJECTED.lock();
    let found = injected.iter().position(|each| *each == (event.at, partition, is_applied));
    if let Some(found) = found {
        injected.remove(found);
        drop(injected);
        panic!("injected");
    }
}

/// Has partitions panic over an event, of whose instant there is no other.
fn panics(event: &Event, partitions: &[usize], is_applied: bool) {
    INJECTED.lock().extend(partitions.iter().map(|partition| (event.at, *partition, is_applied)));
}

/// An instant that no other test has.
fn an_instant() -> Instant {
    static COUNT: Mutex<i64> = Mutex::new(0);
    let mut count = COUNT.lock();
    *count += 1;
    Instant::from_milliseconds(noon().milliseconds() + *count).unwrap()
}

fn rule(condition: &str) -> Json {
    Json::parse(&format!(r#"{{"match": "all", "conditions": [{condition}]}}"#)).unwrap()
}

const NAMED_A: &str = r#"{"field": "name", "operator": "equals", "value": "a"}"#;
const NAMED_B: &str = r#"{"field": "name", "operator": "equals", "value": "b"}"#;
const IN_A: &str = r#"{"segment": "a", "operator": "is_member"}"#;

/// Fields, segments and contacts in all partitions.
fn furnished(partitions: usize) -> (Workspace, Heard) {
    hush();
    let enlist = Enlist::builder().workers(2).clock(TestClock::new(noon())).manual_time().build().unwrap();
    let settings = WorkspaceSettings { partitions, ..WorkspaceSettings::default() };
    let workspace = enlist.create_workspace_with("w", settings).unwrap();
    let heard = Heard::of(&workspace);
    for (field, kind) in [("active", Kind::Boolean), ("spare", Kind::Text), ("plan", Kind::Select)] {
        workspace.define_field(field, kind).unwrap();
    }
    let segments = [
        ("a", NAMED_A),
        ("today", r#"{"field": "created_at", "operator": "is_today"}"#),
        ("active", r#"{"field": "active", "operator": "is_true"}"#),
        ("this week", r#"{"field": "created_at", "operator": "is_this_week"}"#),
        ("in a", IN_A),
        ("spare", NAMED_B),
    ];
    for (segment, condition) in segments {
        workspace.segment(segment).unwrap().save(segment, rule(condition)).unwrap();
    }
    let contact = |number: usize| {
        let event = Event::contact_saved(noon(), &format!("c{number}")).set("name", ["a", "b"][number % 2]);
        let event = event.set("created_at", ["2026-11-22", "2026-11-23", "2026-11-24"][number % 3]);
        built(if number.is_multiple_of(5) { event.set("active", false).set("spare", "x") } else { event })
    };
    assert!(workspace.apply_batch((0..30).map(contact).collect()).unwrap().refused.is_empty());
    (workspace, heard)
}

/// A definition of each kind, each at an instant of its own.
fn definitions() -> Vec<Event> {
    let saved = |segment: &str, name: &str, condition: &str| {
        Event::segment_saved(an_instant(), segment, name, rule(condition)).build().unwrap()
    };
    let field = |field: &str, kind: Kind| Event::field_defined(an_instant(), field, kind);
    let configured = || Event::workspace_configured(an_instant());
    let mut all: Vec<Event> = vec![
        built(configured().time_zone("pacific/kiritimati")),
        built(configured().week_start(WeekStart::Sunday)),
        built(field("age", Kind::Number)),
        built(field("plan", Kind::Select).options(["free", "pro"])),
        built(field("active", Kind::Boolean).default_value(true)),
        built(Event::field_deleted(an_instant(), "spare")),
        built(Event::segment_deleted(an_instant(), "spare")),
    ];
    all.push(saved("new", "New", NAMED_B));
    all.push(saved("above", "New, above another", IN_A));
    all.push(saved("a", "Another rule", NAMED_B));
    all.push(saved("a", "Another name", NAMED_A));
    all
}

/// Everything of a workspace that a definition changes, and what follows from it.
fn all_of(workspace: &Workspace) -> String {
    workspace.read(|view| {
        assert_eq!(view.verify().unwrap(), []);
        let segments = view.segments().map(|segment| {
            let id = segment.id().as_str();
            let latest = view.counts_by_hour(id).unwrap().last().copied();
            assert!(view.segment_revision(id).is_some());
            (id.to_owned(), workspace.count(id).unwrap(), view.count(id).unwrap(), latest)
        });
        let segments: Vec<_> = segments.collect();
        let mut dump = view.dump().unwrap();
        // An event that is handed in again takes a number more.
        dump.next_creation = 0;
        for (contact, creation) in dump.contacts.iter_mut().zip(0..) {
            contact.creation = creation;
        }
        format!("{dump:?} {segments:?} {}", view.event_count())
    })
}

/// What is written while a partition is failed: contacts come and go in the segments of those that serve.
fn meanwhile(partitions: usize, failed: &[usize]) -> Vec<Event> {
    let contacts = (0..60).map(|number| format!("c{number}"));
    let served = contacts.filter(|contact| !failed.contains(&partition_of(contact, partitions)));
    served.enumerate().map(|(number, contact)| named(&contact, ["b", "a", "x"][number % 3])).collect()
}

/// Two hours later, so that counts over time say what was.
fn later(workspace: &Workspace) {
    let later = noon().milliseconds() + 2 * 3_600_000;
    workspace.advance(Instant::from_milliseconds(later).unwrap()).unwrap();
    assert!(workspace.apply(Event::tick(Instant::from_milliseconds(later).unwrap())).is_ok());
}

/// One definition over which some partitions panic, and that all is as if none had, when they are rebuilt.
fn assert_mended(partitions: usize, failed: &[usize], event: &Event, is_applied: bool) {
    let context = format!("{partitions} partitions, {failed:?} fail, applied {is_applied}: {event:?}");
    let ((reference, _), (workspace, mut heard)) = (furnished(partitions), furnished(partitions));
    let gaps = heard.gaps;
    reference.apply(event.clone()).unwrap();
    panics(event, failed, is_applied);
    let Err(Error::Refused(refused)) = workspace.apply(event.clone()) else { panic!("{context}") };
    assert_eq!(refused.event, *event);
    let is_in_force = is_applied || failed.len() < partitions;
    match refused.reason {
        Error::HalfDefined { partition, reason } if is_in_force => {
            assert_eq!((partition, reason.as_str()), (failed[0], "injected"), "{context}");
        }
        Error::PartitionFailed { partition, .. } if !is_in_force => assert_eq!(partition, failed[0]),
        other => panic!("{context}: {other:?}"),
    }
    assert_eq!(workspace.failed_partitions(), failed, "{context}");
    let known = |workspace: &Workspace| -> Vec<String> {
        workspace.read(|view| view.segments().map(|segment| format!("{segment:?}")).collect())
    };
    if is_in_force {
        assert_eq!(known(&workspace), known(&reference), "{context}");
    }
    for workspace in [&workspace, &reference] {
        assert!(workspace.apply_batch(meanwhile(partitions, failed)).unwrap().refused.is_empty());
    }
    for partition in failed.iter().rev() {
        workspace.rebuild_partition(*partition).unwrap();
    }
    assert!(workspace.failed_partitions().is_empty());
    heard.agrees_with(&workspace);
    assert_eq!(heard.gaps - gaps, failed.len());
    if !is_in_force {
        workspace.apply(event.clone()).unwrap();
    }
    for workspace in [&workspace, &reference] {
        later(workspace);
    }
    heard.agrees_with(&workspace);
    assert_eq!(all_of(&workspace), all_of(&reference), "{context}");
    // All partitions have the same definitions: what refers to them is taken everywhere.
    let save = |workspace: &Workspace| {
        workspace.segment("last").unwrap().save("last", rule(IN_A)).unwrap();
        assert!(workspace.apply_batch(meanwhile(partitions, &[])).unwrap().refused.is_empty());
    };
    save(&workspace);
    save(&reference);
    heard.agrees_with(&workspace);
    assert_eq!(all_of(&workspace), all_of(&reference), "{context}");
}

#[test]
fn a_definition_over_which_partitions_panic_is_in_force_everywhere_when_they_are_rebuilt() {
    let cases: [(usize, &[usize]); 6] =
        [(1, &[0]), (2, &[0]), (3, &[0]), (3, &[2]), (3, &[0, 1]), (3, &[0, 1, 2])];
    for (partitions, failed) in cases {
        for is_applied in [false, true] {
            for event in definitions() {
                assert_mended(partitions, failed, &event, is_applied);
            }
        }
    }
}

#[test]
fn one_that_panicked_before_and_one_that_panicked_after_a_definition_are_made_alike() {
    for event in definitions() {
        let ((reference, _), (workspace, mut heard)) = (furnished(2), furnished(2));
        reference.apply(event.clone()).unwrap();
        panics(&event, &[0], false);
        panics(&event, &[1], true);
        let Err(Error::Refused(refused)) = workspace.apply(event.clone()) else { panic!("{event:?}") };
        assert!(matches!(refused.reason, Error::HalfDefined { partition: 0, .. }), "{refused}");
        for partition in [0, 1] {
            workspace.rebuild_partition(partition).unwrap();
        }
        heard.agrees_with(&workspace);
        assert_eq!(all_of(&workspace), all_of(&reference), "{event:?}");
    }
}

#[test]
fn a_rebuild_that_panics_over_the_definition_again_can_be_tried_again() {
    let (workspace, mut heard) = furnished(3);
    let event = Event::segment_saved(an_instant(), "new", "New", rule(NAMED_B)).build().unwrap();
    panics(&event, &[1, 1], false);
    panics(&event, &[1], true);
    assert!(workspace.apply(event.clone()).is_err());
    for _ in ["before", "after"] {
        let again = workspace.rebuild_partition(1);
        assert!(matches!(again, Err(Error::PartitionFailed { partition: 1, .. })), "{again:?}");
        assert_eq!(workspace.failed_partitions(), [1]);
        let other = workspace.apply(built(Event::field_defined(noon(), "age", Kind::Number)));
        let Err(Error::Refused(refused)) = other else { panic!("{other:?}") };
        assert!(matches!(refused.reason, Error::PartitionFailed { partition: 1, .. }), "{refused}");
    }
    workspace.rebuild_partition(1).unwrap();
    heard.agrees_with(&workspace);
    assert_eq!(workspace.count("new").unwrap(), 15);
}

#[test]
fn a_batch_that_stops_at_a_refusal_stops_at_a_definition_that_is_in_force_in_part() {
    let (workspace, mut heard) = furnished(3);
    let event = Event::segment_saved(an_instant(), "new", "New", rule(NAMED_B)).build().unwrap();
    panics(&event, &[2], false);
    let rest = named("c1", "a");
    let receipt = workspace.apply_until_refused(vec![event.clone(), rest.clone()]).unwrap();
    assert_eq!((receipt.applied, receipt.refused.len(), receipt.rest), (0, 1, vec![rest]));
    workspace.rebuild_partition(2).unwrap();
    heard.agrees_with(&workspace);
    assert_eq!(workspace.count("new").unwrap(), 15);
}
