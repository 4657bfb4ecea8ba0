//! A definition at which partitions panic: it is in force if a partition that serves has it, and a rebuild brings it to the
//! others. Tested from within, because only there panics can be planted.

use enlist_model::{Event, Instant, Json, Kind, WeekStart};
use parking_lot::Mutex;

use crate::batch::{Batch, OnRefusal};
use crate::error::Error;
use crate::handles::enlist::Enlist;
use crate::handles::workspace::Workspace;
use crate::partition::PartitionIdx;
use crate::partition::fault::{self, When};
use crate::settings::WorkspaceSettings;
use crate::tests::failures::{Heard, built, named, noon, partition_of, silence_planted_panics};
use crate::threads::clock::TestClock;

/// Plants a panic over an event, of whose instant there is no other, in some partitions.
fn plant(event: &Event, partitions: &[usize], when: When) {
    for partition in partitions {
        fault::plant(event, PartitionIdx::new(*partition), when);
    }
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
const AGED: &str = r#"{"field": "age", "operator": "greater_than", "value": 18}"#;
const IN_A: &str = r#"{"segment": "a", "operator": "is_member"}"#;

/// Fields, segments and contacts in all partitions.
fn furnished(partitions: usize) -> (Workspace, Heard) {
    silence_planted_panics();
    let enlist = Enlist::builder().workers(2).clock(TestClock::new(noon())).manual_time().build().unwrap();
    let settings = WorkspaceSettings::default().with_partitions(partitions);
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
    assert!(workspace.apply((0..30).map(contact).collect::<Batch>()).unwrap().refused.is_empty());
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

/// What is written while partitions are failed: contacts come and go in the segments of those that serve.
fn meanwhile(workspace: &Workspace, failed: &[usize]) -> Vec<Event> {
    let contacts = (0..60).map(|number| format!("c{number}"));
    let served = contacts.filter(|contact| !failed.contains(&partition_of(workspace, contact)));
    served.enumerate().map(|(number, contact)| named(&contact, ["b", "a", "x"][number % 3])).collect()
}

/// Two hours later, so that counts over time say what was.
fn later(workspace: &Workspace) {
    let later = noon().milliseconds() + 2 * 3_600_000;
    workspace.advance(Instant::from_milliseconds(later).unwrap()).unwrap();
}

/// One definition over which some partitions panic, and that everything is as if none had when they are rebuilt.
fn assert_recovers(partitions: usize, failed: &[usize], event: &Event, when: When) {
    let context = format!("{partitions} partitions, {failed:?} fail, {when:?}: {event:?}");
    let ((reference, _), (workspace, mut heard)) = (furnished(partitions), furnished(partitions));
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
        // What refers to it is accepted at once.
        workspace.segment("meanwhile").unwrap().save("meanwhile", rule(NAMED_A)).unwrap();
        reference.segment("meanwhile").unwrap().save("meanwhile", rule(NAMED_A)).unwrap();
        let events = meanwhile(&workspace, failed);
        assert_eq!(reference.apply(events.clone()).unwrap().refused, []);
        assert_eq!(workspace.apply(events).unwrap().refused, []);
    }
    for partition in failed.iter().rev() {
        workspace.rebuild_partition(*partition).unwrap();
    }
    assert!(workspace.failed_partitions().is_empty());
    heard.agrees_with(&workspace);
    if !is_in_force {
        let known = |workspace: &Workspace| workspace.read(|view| view.segments().count());
        assert_eq!(known(&workspace), known(&furnished(partitions).0), "{context}");
        workspace.apply_event(event.clone()).unwrap();
    }
    later(&workspace);
    later(&reference);
    heard.agrees_with(&workspace);
    assert_eq!(all_of(&workspace), all_of(&reference), "{context}");
    // All partitions have the same definitions: what refers to them is accepted everywhere.
    for workspace in [&workspace, &reference] {
        workspace.segment("last").unwrap().save("last", rule(IN_A)).unwrap();
        assert_eq!(workspace.apply(meanwhile(workspace, &[])).unwrap().refused, []);
    }
    heard.agrees_with(&workspace);
    assert_eq!(all_of(&workspace), all_of(&reference), "{context}");
}

#[test]
fn a_definition_over_which_partitions_panic_is_everywhere_when_they_are_rebuilt_or_nowhere() {
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
fn a_partition_takes_every_definition_that_was_made_while_it_was_failed() {
    let (workspace, mut heard) = furnished(3);
    let (reference, _) = furnished(3);
    let failing = Event::field_defined(an_instant(), "age", Kind::Number).build().unwrap();
    plant(&failing, &[1], When::BeforeTheEngine);
    for workspace in [&workspace, &reference] {
        workspace.apply_event(failing.clone()).unwrap();
        workspace.delete_field("plan").unwrap();
        // The same key again, of another kind: old values must not be read as new ones.
        workspace.define_field("plan", Kind::Number).unwrap();
        workspace.set_week_start(WeekStart::Sunday).unwrap();
        workspace.segment("spare").unwrap().delete().unwrap();
        workspace.segment("aged").unwrap().save("aged", rule(AGED)).unwrap();
        workspace.segment("a").unwrap().save("a", rule(NAMED_B)).unwrap();
    }
    assert_eq!(workspace.failed_partitions(), [1]);
    workspace.rebuild_partition(1).unwrap();
    heard.agrees_with(&workspace);
    for workspace in [&workspace, &reference] {
        let aged = |number: usize| {
            built(Event::contact_saved(noon(), &format!("c{number}")).set("age", 30).set("plan", 1))
        };
        assert_eq!(workspace.apply((0..40).map(aged).collect::<Vec<_>>()).unwrap().refused, []);
    }
    heard.agrees_with(&workspace);
    assert_eq!(workspace.count("aged").unwrap(), 40);
    assert_eq!(all_of(&workspace), all_of(&reference));
}

#[test]
fn a_batch_that_stops_at_a_refusal_stops_at_a_definition_that_no_partition_has() {
    let (workspace, mut heard) = furnished(2);
    let event = Event::segment_saved(an_instant(), "new", "New", rule(NAMED_B)).build().unwrap();
    plant(&event, &[0, 1], When::BeforeTheEngine);
    let rest = named("c1", "a");
    let batch = Batch::from(vec![event.clone(), rest.clone()]).on_refusal(OnRefusal::Stop);
    let receipt = workspace.apply(batch).unwrap();
    assert_eq!((receipt.applied, receipt.refused.len(), receipt.rest), (0, 1, vec![rest]));
    for partition in [0, 1] {
        workspace.rebuild_partition(partition).unwrap();
    }
    heard.agrees_with(&workspace);
    assert!(workspace.count("new").is_err());
}
