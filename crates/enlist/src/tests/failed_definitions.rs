//! A definition at which partitions panic: it is in force if a serving partition has it, and a rebuild gives it to the others.
//!
//! These are unit tests because a panic can only be planted inside the crate.

use enlist_model::{Event, Instant, Json, Kind, WeekStart};
use parking_lot::Mutex;

use crate::batch::{Batch, OnRefusal};
use crate::error::Error;
use crate::handles::enlist::Enlist;
use crate::handles::workspace::Workspace;
use crate::partition::PartitionIdx;
use crate::partition::fault::{self, When};
use crate::settings::WorkspaceSettings;
use crate::tests::failures::{Fold, built, named, noon, partition_of, silence_planted_panics};
use crate::threads::clock::TestClock;

/// Plants a panic at an event in some partitions. Tests share the list of planted panics, so the event's instant must be unique.
fn plant(event: &Event, partitions: &[usize], when: When) {
    for partition in partitions {
        fault::plant(event, PartitionIdx::new(*partition), when);
    }
}

/// An instant that no other test uses.
fn unique_instant() -> Instant {
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
const AGED: &str = r#"{"field": "age", "operator": "greater_than", "value": 18}"#;
const IN_A: &str = r#"{"segment": "a", "operator": "is_member"}"#;

/// A workspace with fields, segments, and contacts in all partitions.
fn populated(partitions: usize) -> (Workspace, Fold) {
    silence_planted_panics();
    let enlist = Enlist::builder().workers(2).clock(TestClock::new(noon())).manual_time().build().unwrap();
    let settings = WorkspaceSettings::default().with_partitions(partitions);
    let workspace = enlist.create_workspace_with("w", settings).unwrap();
    let fold = Fold::of(&workspace);
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
    assert!(workspace.apply((0..30).map(contact).collect::<Batch>()).unwrap().refused.is_empty());
    (workspace, fold)
}

/// One definition of each kind, each at a unique instant.
fn definitions() -> Vec<Event> {
    let saved = |segment: &str, name: &str, condition: &str| {
        Event::segment_saved(unique_instant(), segment, name, rule(condition)).build().unwrap()
    };
    let field = |field: &str, kind: Kind| Event::field_defined(unique_instant(), field, kind);
    let configured = || Event::workspace_configured(unique_instant());
    let mut all: Vec<Event> = vec![
        built(configured().time_zone("pacific/kiritimati")),
        built(configured().week_start(WeekStart::Sunday)),
        built(field("age", Kind::Number)),
        built(field("plan", Kind::Select).options(["free", "pro"])),
        built(field("active", Kind::Boolean).default_value(true)),
        built(Event::field_deleted(unique_instant(), "spare")),
        built(Event::segment_deleted(unique_instant(), "spare")),
    ];
    all.push(saved("new", "New", NAMED_B));
    all.push(saved("above", "New, above another", IN_A));
    all.push(saved("a", "Another rule", NAMED_B));
    all.push(saved("a", "Another name", NAMED_A));
    all
}

/// The state of a workspace as text: everything that a definition can change, directly or indirectly.
fn whole_state(workspace: &Workspace) -> String {
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
        // Creation numbers are made comparable: an event that is applied again after its failure uses up a second number.
        dump.next_creation = 0;
        for (contact, creation) in dump.contacts.iter_mut().zip(0..) {
            contact.creation = creation;
        }
        format!("{dump:?} {segments:?} {}", view.event_count())
    })
}

/// Events for the contacts of serving partitions, applied while the others are failed. They enter and leave segments.
fn events_while_failed(workspace: &Workspace, failed: &[usize]) -> Vec<Event> {
    let contacts = (0..60).map(|number| format!("c{number}"));
    let serving = contacts.filter(|contact| !failed.contains(&partition_of(workspace, contact)));
    serving.enumerate().map(|(number, contact)| named(&contact, ["b", "a", "x"][number % 3])).collect()
}

/// Advances by two hours, so that the counts by hour show the past.
fn advance_two_hours(workspace: &Workspace) {
    let later = noon().milliseconds() + 2 * 3_600_000;
    workspace.advance(Instant::from_milliseconds(later).unwrap()).unwrap();
}

/// Lets some partitions panic at a definition, rebuilds them, and asserts that the state is as if none had panicked.
fn assert_recovers(partitions: usize, failed: &[usize], event: &Event, when: When) {
    let context = format!("{partitions} partitions, {failed:?} fail, {when:?}: {event:?}");
    let ((reference, _), (workspace, mut fold)) = (populated(partitions), populated(partitions));
    reference.apply_event(event.clone()).unwrap();
    plant(event, failed, when);
    let is_in_force = failed.len() < partitions;
    match workspace.apply_event(event.clone()) {
        Ok(_) => assert!(is_in_force, "{context}"),
        Err(Error::Refused(refused)) => {
            assert!(!is_in_force, "{context}");
            assert_eq!(refused.event, *event);
            let is_expected = matches!(refused.reason, Error::PartitionFailed { partition: 0, .. });
            assert!(is_expected, "{context}: {refused}");
        }
        other => panic!("{context}: {other:?}"),
    }
    assert_eq!(workspace.failed_partitions(), failed, "{context}");
    if is_in_force {
        // Definitions and events are accepted while the partitions are failed.
        workspace.segment("meanwhile").unwrap().save("meanwhile", rule(NAMED_A)).unwrap();
        reference.segment("meanwhile").unwrap().save("meanwhile", rule(NAMED_A)).unwrap();
        let events = events_while_failed(&workspace, failed);
        assert_eq!(reference.apply(events.clone()).unwrap().refused, []);
        assert_eq!(workspace.apply(events).unwrap().refused, []);
    }
    for partition in failed.iter().rev() {
        workspace.rebuild_partition(*partition).unwrap();
    }
    assert!(workspace.failed_partitions().is_empty());
    fold.assert_agrees_with(&workspace);
    if !is_in_force {
        let known = |workspace: &Workspace| workspace.read(|view| view.segments().count());
        assert_eq!(known(&workspace), known(&populated(partitions).0), "{context}");
        workspace.apply_event(event.clone()).unwrap();
    }
    advance_two_hours(&workspace);
    advance_two_hours(&reference);
    fold.assert_agrees_with(&workspace);
    assert_eq!(whole_state(&workspace), whole_state(&reference), "{context}");
    // All partitions have the same definitions again, so a definition that refers to them is accepted everywhere.
    for workspace in [&workspace, &reference] {
        workspace.segment("last").unwrap().save("last", rule(IN_A)).unwrap();
        assert_eq!(workspace.apply(events_while_failed(workspace, &[])).unwrap().refused, []);
    }
    fold.assert_agrees_with(&workspace);
    assert_eq!(whole_state(&workspace), whole_state(&reference), "{context}");
}

#[test]
fn a_definition_at_which_partitions_panic_is_in_force_everywhere_or_nowhere_after_a_rebuild() {
    let cases: [(usize, &[usize]); 6] =
        [(1, &[0]), (2, &[0]), (3, &[0]), (3, &[2]), (3, &[0, 1]), (3, &[0, 1, 2])];
    for (partitions, failed) in cases {
        for event in definitions() {
            assert_recovers(partitions, failed, &event, When::BeforeTheEngine);
            if failed.len() < partitions {
                assert_recovers(partitions, failed, &event, When::AfterTheEngine);
            }
        }
    }
}

#[test]
fn a_rebuilt_partition_has_every_definition_that_was_accepted_while_it_was_failed() {
    let (workspace, mut fold) = populated(3);
    let (reference, _) = populated(3);
    let failing = Event::field_defined(unique_instant(), "age", Kind::Number).build().unwrap();
    plant(&failing, &[1], When::BeforeTheEngine);
    for workspace in [&workspace, &reference] {
        workspace.apply_event(failing.clone()).unwrap();
        workspace.delete_field("plan").unwrap();
        // The same key with another kind: old values must not be read as values of the new field.
        workspace.define_field("plan", Kind::Number).unwrap();
        workspace.set_week_start(WeekStart::Sunday).unwrap();
        workspace.segment("spare").unwrap().delete().unwrap();
        workspace.segment("aged").unwrap().save("aged", rule(AGED)).unwrap();
        workspace.segment("a").unwrap().save("a", rule(NAMED_B)).unwrap();
    }
    assert_eq!(workspace.failed_partitions(), [1]);
    workspace.rebuild_partition(1).unwrap();
    fold.assert_agrees_with(&workspace);
    for workspace in [&workspace, &reference] {
        let aged = |number: usize| {
            built(Event::contact_saved(noon(), &format!("c{number}")).set("age", 30).set("plan", 1))
        };
        assert_eq!(workspace.apply((0..40).map(aged).collect::<Vec<_>>()).unwrap().refused, []);
    }
    fold.assert_agrees_with(&workspace);
    assert_eq!(workspace.count("aged").unwrap(), 40);
    assert_eq!(whole_state(&workspace), whole_state(&reference));
}

#[test]
fn a_batch_that_stops_at_a_refusal_stops_at_a_definition_at_which_all_partitions_panic() {
    let (workspace, mut fold) = populated(2);
    let event = Event::segment_saved(unique_instant(), "new", "New", rule(NAMED_B)).build().unwrap();
    plant(&event, &[0, 1], When::BeforeTheEngine);
    let rest = named("c1", "a");
    let batch = Batch::from(vec![event.clone(), rest.clone()]).on_refusal(OnRefusal::Stop);
    let receipt = workspace.apply(batch).unwrap();
    assert_eq!((receipt.applied, receipt.refused.len(), receipt.rest), (0, 1, vec![rest]));
    for partition in [0, 1] {
        workspace.rebuild_partition(partition).unwrap();
    }
    fold.assert_agrees_with(&workspace);
    assert!(workspace.count("new").is_err());
}
