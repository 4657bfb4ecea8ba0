//! Checking an event: the answer is that of applying it right after, and nothing changes.

use std::collections::BTreeMap;
use std::time::Duration;

use enlist::{
    Enlist, Error, Event, Instant, Published, SubscribeOptions, Subscription, TestClock, Workspace,
    WorkspaceLimits, WorkspaceSettings,
};
use enlist_sim::{Profile, Workload};

use crate::scene::{built, drain, ends, named, noon, only, save_segment};
use crate::subject::{partitioned, workspace};

/// Checks an event and applies it: both answer the same, and the check changes nothing.
fn checked_and_applied(
    workspace: &Workspace,
    subscription: &mut Subscription,
    event: &Event,
) -> Result<(), Error> {
    let state =
        || (workspace.stats(), workspace.read(|view| (view.revision(), view.now(), view.event_count())));
    let before = state();
    let checked = workspace.check(event);
    assert_eq!(state(), before, "the check of {event:?} changes something");
    let applied = workspace.apply_event(event.clone()).map(drop);
    assert_eq!(checked, applied, "{event:?}");
    let said =
        |outcome: &Result<(), Error>| outcome.as_ref().err().map(|error| (error.code(), error.to_string()));
    assert_eq!(said(&checked), said(&applied));
    let revision = workspace.read(|view| view.revision());
    for published in drain(subscription) {
        let published = match published {
            Published::Transition(transition) => transition.revision(),
            Published::Notice(notice) => notice.revision(),
            Published::Gap(gap) => panic!("{gap:?}"),
        };
        assert_eq!(published, revision, "only applying publishes");
    }
    checked
}

#[test]
fn a_check_answers_as_applying_does_and_changes_nothing() {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let limits = [
        WorkspaceLimits::default(),
        WorkspaceLimits::default().with_contacts(12).with_segments(6).with_conditions(24),
        WorkspaceLimits::default().with_bytes(1),
    ];
    for seed in 0..24 {
        let partitions = [1, 3][seed as usize % 2];
        let limits = limits[seed as usize % limits.len()];
        let workspace =
            workspace(WorkspaceSettings::default().with_partitions(partitions).with_limits(limits));
        let mut subscription = workspace.subscribe(SubscribeOptions::all());
        for event in Workload::script(seed, Profile { wrong: 200, ..Profile::default() }, 400) {
            if let Err(error) = checked_and_applied(&workspace, &mut subscription, &event) {
                *codes.entry(error.code()).or_default() += 1;
            }
        }
    }
    for code in [
        "unknown_contact",
        "unknown_conversation",
        "unknown_field",
        "wrong_values",
        "invalid_rule",
        "foreign_conversation",
        "segment_in_use",
        "over_limit",
    ] {
        assert!(codes.contains_key(code), "no event is refused as {code}: {codes:?}");
    }
}

#[test]
fn a_check_decides_by_the_clock_of_its_own_moment() {
    let clock = TestClock::new(noon());
    let enlist = Enlist::builder().workers(1).clock(clock.clone()).build().unwrap();
    let workspace = enlist.create_workspace("w").unwrap();
    let after = |hours: i64| Instant::from_milliseconds(noon().milliseconds() + hours * 3_600_000).unwrap();
    let event = built(Event::activity(after(30), "c"));
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    workspace.apply_event(named("c", "a")).unwrap();
    let error = checked_and_applied(&workspace, &mut subscription, &event).unwrap_err();
    assert_eq!(error.code(), "ahead_of_clock");
    clock.advance(Duration::from_secs(6 * 3_600));
    checked_and_applied(&workspace, &mut subscription, &event).unwrap();
}

#[test]
fn a_check_of_a_label_in_another_spelling_learns_nothing() {
    for partitions in [1, 3] {
        let workspace = partitioned(partitions);
        let adding =
            |contact: &str, label: &str| built(Event::contact_saved(noon(), contact).add_label(label));
        workspace.check(&adding("a", "Vip")).unwrap();
        workspace.apply_event(adding("b", "VIP")).unwrap();
        workspace.check(&adding("c", "vip")).unwrap();
        workspace.apply_event(adding("d", "vip")).unwrap();
        let dump = workspace.read(|view| view.dump()).unwrap();
        let labels: Vec<_> = dump.contacts.iter().flat_map(|contact| contact.labels.clone()).collect();
        assert_eq!(labels, ["VIP", "VIP"]);
    }
}

#[test]
fn a_check_within_a_read_answers_for_that_state() {
    let workspace = partitioned(3);
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    let deleted = built(Event::contact_deleted(noon(), "c"));
    let merged = built(Event::contact_merged(noon(), "c", "d"));
    workspace.apply(vec![named("c", "a"), named("d", "b")]).unwrap();
    let answers = workspace.read(|view| {
        assert!(matches!(workspace.apply_event(deleted.clone()), Err(Error::InsideRead { .. })));
        [view.check(&deleted), view.check(&merged), workspace.check(&deleted)]
    });
    assert_eq!(answers, [Ok(()), Ok(()), Ok(())]);
    workspace.apply_event(deleted.clone()).unwrap();
    assert_eq!(workspace.check(&deleted).unwrap_err().code(), "unknown_contact");
    assert_eq!(workspace.check(&merged).unwrap_err().code(), "unknown_contact");
}

#[test]
fn a_closed_workspace_refuses_a_check_as_it_refuses_the_event() {
    let enlist = Enlist::builder().workers(1).clock(TestClock::new(noon())).manual_time().build().unwrap();
    let workspace = enlist.create_workspace("w").unwrap();
    let event = named("c", "a");
    workspace.check(&event).unwrap();
    let closing = enlist.clone();
    ends("dropping", move || closing.drop_workspace("w").unwrap());
    let checked = workspace.check(&event);
    assert_eq!(checked, workspace.apply_event(event).map(drop));
    assert_eq!(checked.unwrap_err().code(), "closed");
}

#[test]
fn a_check_knows_the_memory_that_the_next_frame_would_find() {
    let settings = WorkspaceSettings::default().with_limits(WorkspaceLimits::default().with_bytes(300_000));
    let workspace = workspace(settings);
    let long = "x".repeat(1_000);
    let contacts: Vec<_> = (0..1_500).map(|contact| named(&format!("c{contact}"), &long)).collect();
    assert_eq!(workspace.apply(contacts).unwrap().applied, 1_500);
    let event = named("one more", "x");
    let checked = workspace.check(&event).unwrap_err();
    assert_eq!(checked.code(), "over_limit");
    assert_eq!(checked.to_string(), workspace.apply_event(event).unwrap_err().to_string());
}
