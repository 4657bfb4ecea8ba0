//! A partition that panics: its errors are typed, the other partitions serve, and a rebuild recovers it and publishes a gap.
//!
//! These are unit tests because a panic can only be planted inside the crate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Once;

use enlist_model::draft::Draft;
use enlist_model::{Change, ContactId, Event, EventBody, EventBuilder, Instant, Json, SegmentId};

use crate::batch::Batch;
use crate::error::Error;
use crate::handles::enlist::Enlist;
use crate::handles::published::Published;
use crate::handles::subscription::{SubscribeOptions, Subscription};
use crate::handles::workspace::Workspace;
use crate::partition::fault;
use crate::settings::WorkspaceSettings;
use crate::threads::clock::TestClock;

const PARTITIONS: usize = 3;
const CONTACTS: usize = 60;
const SAVED: &str = fault::SAVED;
const MERGED: &str = fault::MERGED;

/// Planted panics are silent; all others are printed.
pub(crate) fn silence_planted_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_planted =
                crate::partition::execute::panic_message(panic.payload()).contains(fault::MESSAGE);
            if !is_planted {
                usual(panic);
            }
        }));
    });
}

pub(crate) fn noon() -> Instant {
    Instant::parse("2026-11-23T12:00:00Z").unwrap()
}

pub(crate) fn built(event: EventBuilder<impl Draft>) -> Event {
    event.build().unwrap()
}

pub(crate) fn named(contact: &str, name: &str) -> Event {
    built(Event::contact_saved(noon(), contact).set("name", name))
}

/// A workspace with contacts in all partitions and four segments: by name, by date, and by membership. The fold has received
/// everything since the workspace was created.
fn populated() -> (Workspace, Fold) {
    silence_planted_panics();
    let clock = TestClock::new(noon());
    let enlist = Enlist::builder().workers(2).clock(clock).manual_time().build().unwrap();
    let settings = WorkspaceSettings::default().with_partitions(PARTITIONS);
    let workspace = enlist.create_workspace_with("w", settings).unwrap();
    let fold = Fold::of(&workspace);
    let save = |segment: &str, condition: &str| {
        let rule = Json::parse(&format!(r#"{{"match": "all", "conditions": [{condition}]}}"#)).unwrap();
        workspace.segment(segment).unwrap().save(segment, rule).unwrap();
    };
    save("a", r#"{"field": "name", "operator": "equals", "value": "a"}"#);
    save("b", r#"{"field": "name", "operator": "equals", "value": "b"}"#);
    save("today", r#"{"field": "created_at", "operator": "is_today"}"#);
    save("not a", r#"{"segment": "a", "operator": "is_not_member"}"#);
    let events = (0..CONTACTS).map(|number| named(&format!("c{number}"), ["a", "b"][number % 2]));
    assert!(workspace.apply(events.collect::<Batch>()).unwrap().refused.is_empty());
    (workspace, fold)
}

/// The partition of a contact, whether or not the contact exists.
pub(crate) fn partition_of(workspace: &Workspace, contact: &str) -> usize {
    workspace.sequencer.read().placement.of(contact).position()
}

/// The first contact in a wanted partition.
fn contact_in(workspace: &Workspace, is_wanted: impl Fn(usize) -> bool) -> String {
    let mut contacts = (0..CONTACTS).map(|number| format!("c{number}"));
    contacts.find(|contact| is_wanted(partition_of(workspace, contact))).unwrap()
}

/// The memberships as a subscriber folds them from what it receives.
pub(crate) struct Fold {
    subscription: Subscription,
    members: BTreeMap<SegmentId, BTreeSet<ContactId>>,
    pub(crate) gaps: usize,
}

impl Fold {
    pub(crate) fn of(workspace: &Workspace) -> Self {
        let subscription = workspace.subscribe(SubscribeOptions::all());
        Fold { subscription, members: BTreeMap::new(), gaps: 0 }
    }

    /// Folds what was published and compares it with the workspace.
    pub(crate) fn assert_agrees_with(&mut self, workspace: &Workspace) {
        while let Some(published) = self.subscription.try_next() {
            self.add(workspace, &published);
        }
        workspace.read(|view| {
            assert_eq!(view.verify().unwrap(), []);
            for segment in view.segments() {
                let audience = view.freeze(segment.id().as_str()).unwrap();
                let members: BTreeSet<ContactId> = audience.batches(7).flatten().collect();
                assert_eq!(self.members[segment.id()], members, "{:?}", segment.id());
                assert_eq!(view.count(segment.id().as_str()).unwrap(), members.len() as u64);
                assert_eq!(workspace.count(segment.id().as_str()).unwrap(), members.len() as u64);
            }
        });
    }

    /// Reads all segments, as a subscriber does after a gap. In these tests nothing is published at the same time.
    fn read_again(&mut self, workspace: &Workspace) {
        self.members = workspace.read(|view| {
            let members =
                |segment: &SegmentId| view.freeze(segment.as_str()).unwrap().batches(7).flatten().collect();
            view.segments().map(|segment| (segment.id().clone(), members(segment.id()))).collect()
        });
    }

    fn add(&mut self, workspace: &Workspace, published: &Published) {
        match published {
            Published::Transition(transition) => {
                let members = self.members.get_mut(transition.segment()).unwrap();
                let contact = transition.contact();
                let changes = match transition.change() {
                    Change::Entered => members.insert(contact.clone()),
                    Change::Left => members.remove(contact),
                };
                assert!(changes, "{transition:?}");
            }
            Published::Notice(notice) => {
                let names = |set| workspace.read(|view| view.contact_ids(&set)).unwrap();
                let segment = notice.notice().segment.clone();
                let members = self.members.entry(segment).or_default();
                for contact in names(notice.entered()) {
                    assert!(members.insert(contact), "{notice:?}");
                }
                for contact in names(notice.left()) {
                    assert!(members.remove(&contact), "{notice:?}");
                }
            }
            Published::Gap(gap) => {
                assert_eq!(gap.from.next(), gap.until, "the gap has a sequence of its own");
                self.gaps += 1;
                self.read_again(workspace);
            }
        }
    }
}

/// Asserts that an event was refused because of a partition's failure, and that it was returned whole.
fn assert_refused(outcome: Result<crate::Revision, Error>, event: &Event, failed: usize) {
    let Err(Error::Refused(refused)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((&refused.event, refused.index), (event, 0));
    assert_failed(Err::<(), _>(refused.reason), failed);
}

fn assert_failed<T: std::fmt::Debug>(outcome: Result<T, Error>, failed: usize) {
    match outcome {
        Err(Error::PartitionFailed { partition, reason }) => {
            assert_eq!(partition, failed);
            assert!(reason.contains(fault::MESSAGE), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_check_beside_failed_partitions_answers_as_applying_does() {
    let (workspace, _fold) = populated();
    let contacts: Vec<String> =
        (0..PARTITIONS).map(|partition| contact_in(&workspace, |of| of == partition)).collect();
    let talk =
        |conversation: &str, contact: &str| built(Event::conversation_saved(noon(), conversation, contact));
    for contact in &contacts {
        workspace.apply_event(talk(&format!("of {contact}"), contact)).unwrap();
    }
    workspace.apply_event(named(SAVED, "a")).unwrap_err();
    let failed = partition_of(&workspace, SAVED);
    let rule = Json::parse(r#"{"match": "all", "conditions": [{"segment": "a", "operator": "is_member"}]}"#);
    let mut events = vec![
        built(Event::field_defined(noon(), "age", enlist_model::Kind::Number)),
        built(Event::segment_saved(noon(), "new", "New", rule.unwrap())),
        built(Event::conversation_deleted(noon(), "of nobody")),
        Event::tick(noon()),
    ];
    for contact in &contacts {
        events.push(named(contact, "b"));
        events.push(built(Event::activity(noon(), contact)));
        events.push(talk("new", contact));
        for other in &contacts {
            events.push(talk(&format!("of {other}"), contact));
            events.push(built(Event::contact_merged(noon(), contact, other)));
        }
    }
    let mut refused = 0;
    for event in events {
        let checked = workspace.check(&event);
        assert_eq!(workspace.failed_partitions(), [failed]);
        assert_eq!(checked, workspace.apply_event(event).map(drop));
        refused += usize::from(checked.is_err_and(|error| error.code() == "partition_failed"));
    }
    assert!(refused >= 10, "{refused}");
}

#[test]
fn a_panic_fails_one_partition_and_a_rebuild_recovers_it() {
    let (workspace, mut fold) = populated();
    let failed = partition_of(&workspace, SAVED);
    let event = named(SAVED, "a");
    assert_refused(workspace.apply_event(event.clone()), &event, failed);
    assert_eq!(workspace.failed_partitions(), [failed]);
    assert_eq!(workspace.stats().failed_partitions, 1);
    // Calls about its contacts fail.
    let (lost, served) = (
        contact_in(&workspace, |partition| partition == failed),
        contact_in(&workspace, |partition| partition != failed),
    );
    let to_lost = named(&lost, "b");
    assert_refused(workspace.apply_event(to_lost.clone()), &to_lost, failed);
    assert_failed(workspace.contains("a", &lost), failed);
    assert_failed(workspace.segments_of(&lost), failed);
    assert_failed(workspace.explain("a", &lost), failed);
    assert_failed(workspace.read(|view| view.has_contact(&lost)), failed);
    let merge = built(Event::contact_merged(noon(), &served, &lost));
    assert_refused(workspace.apply_event(merge.clone()), &merge, failed);
    // Calls that need all partitions fail too.
    assert_failed(workspace.read(|view| view.count("a")), failed);
    assert_failed(workspace.page("a", &enlist_engine::PageRequest::default()), failed);
    assert_failed(workspace.read(|view| view.freeze("a")), failed);
    assert_failed(workspace.read(|view| view.dump()), failed);
    assert_failed(workspace.next_deadline(), failed);
    let rule =
        || Json::parse(r#"{"match": "all", "conditions": [{"segment": "a", "operator": "is_member"}]}"#);
    assert_failed(workspace.segment("new").unwrap().preview(rule().unwrap()), failed);
    // The other partitions serve, and definitions are in force there.
    workspace.define_field("age", enlist_model::Kind::Number).unwrap();
    workspace.segment("new").unwrap().save("new", rule().unwrap()).unwrap();
    workspace.segment("today").unwrap().delete().unwrap();
    for name in ["x", "a", "b"] {
        workspace.apply_event(named(&served, name)).unwrap();
        assert_eq!(workspace.contains("b", &served).unwrap(), name == "b");
    }
    workspace.rebuild_partition(failed).unwrap();
    assert!(workspace.failed_partitions().is_empty());
    fold.assert_agrees_with(&workspace);
    assert_eq!(fold.gaps, 1);
    workspace.apply_event(to_lost).unwrap();
    // It has the definitions that were accepted while it was failed.
    workspace.contact(&lost).set("age", 7).set("name", "a").save().unwrap();
    assert!(workspace.contains("new", &lost).unwrap());
    fold.assert_agrees_with(&workspace);
}

#[test]
fn a_panic_in_a_batch_refuses_only_that_partitions_events_from_the_panic_on() {
    let (workspace, mut fold) = populated();
    let failed = partition_of(&workspace, SAVED);
    let mut events: Vec<Event> = (0..CONTACTS).map(|number| named(&format!("c{number}"), "x")).collect();
    events.insert(8, named(SAVED, "a"));
    let receipt = workspace.apply(events.clone()).unwrap();
    let is_of_failed = |event: &Event| {
        let EventBody::ContactSaved { contact, .. } = &event.body else { panic!("{event:?}") };
        partition_of(&workspace, contact.as_str()) == failed
    };
    let expected: Vec<usize> = (8..events.len()).filter(|index| is_of_failed(&events[*index])).collect();
    assert!(expected.len() > 2 && expected[0] == 8);
    assert_eq!(receipt.refused.iter().map(|refused| refused.index).collect::<Vec<_>>(), expected);
    for refused in receipt.refused {
        assert_eq!(refused.event, events[refused.index]);
        assert_failed(Err::<(), _>(refused.reason), failed);
    }
    assert_eq!(receipt.applied, events.len() - expected.len());
    workspace.rebuild_partition(failed).unwrap();
    fold.assert_agrees_with(&workspace);
    assert_eq!(workspace.count("a").unwrap() + workspace.count("b").unwrap(), expected.len() as u64 - 1);
}

#[test]
fn a_partition_that_was_failed_at_midnight_catches_up_when_it_is_rebuilt() {
    let (workspace, mut fold) = populated();
    let failed = partition_of(&workspace, SAVED);
    let event = named(SAVED, "a");
    assert_refused(workspace.apply_event(event.clone()), &event, failed);
    let of_failed =
        (0..CONTACTS).filter(|number| partition_of(&workspace, &format!("c{number}")) == failed).count();
    workspace.advance(Instant::parse("2026-11-25T12:00:00Z").unwrap()).unwrap();
    assert_eq!(
        workspace.count("today").unwrap(),
        of_failed as u64,
        "contacts of the serving partitions left at midnight"
    );
    workspace.rebuild_partition(failed).unwrap();
    fold.assert_agrees_with(&workspace);
    assert_eq!((workspace.count("today").unwrap(), fold.gaps), (0, 1));
}

#[test]
fn a_panic_in_a_merge_across_partitions_fails_both_and_both_can_be_rebuilt() {
    let (workspace, mut fold) = populated();
    let (from, into) = (
        partition_of(&workspace, MERGED),
        contact_in(&workspace, |partition| partition != partition_of(&workspace, MERGED)),
    );
    workspace.apply_event(named(MERGED, "a")).unwrap();
    let merge = built(Event::contact_merged(noon(), MERGED, &into));
    let outcome = workspace.apply_event(merge.clone());
    let Err(Error::Refused(refused)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(refused.event, merge);
    let mut failed = vec![from, partition_of(&workspace, &into)];
    failed.sort_unstable();
    assert_eq!(workspace.failed_partitions(), failed);
    for partition in failed {
        workspace.rebuild_partition(partition).unwrap();
    }
    fold.assert_agrees_with(&workspace);
}

#[test]
fn a_healthy_partition_can_be_rebuilt() {
    let (workspace, mut fold) = populated();
    for partition in 0..PARTITIONS {
        workspace.rebuild_partition(partition).unwrap();
    }
    fold.assert_agrees_with(&workspace);
    assert_eq!(fold.gaps, PARTITIONS);
    let outcome = workspace.rebuild_partition(PARTITIONS);
    assert!(matches!(outcome, Err(Error::UnknownPartition { found: PARTITIONS, .. })), "{outcome:?}");
}

/// The labels of all contacts of a workspace, as they are shown.
fn labels(workspace: &Workspace) -> Vec<String> {
    let contacts = workspace.read(|view| view.dump()).unwrap().contacts;
    contacts.iter().flat_map(|contact| &contact.labels).map(ToString::to_string).collect()
}

#[test]
fn a_rebuilt_partition_shows_its_labels_as_before() {
    let (workspace, mut fold) = populated();
    let failed = partition_of(&workspace, SAVED);
    let (lost, served) = (
        contact_in(&workspace, |partition| partition == failed),
        contact_in(&workspace, |partition| partition != failed),
    );
    let labelled = |contact: &str, label| built(Event::contact_saved(noon(), contact).add_label(label));
    let batch = vec![
        labelled(&served, "VIP"),
        labelled(&lost, "vip"),
        labelled(&lost, "New"),
        named(SAVED, "a"),
        labelled(&lost, "Lost"),
        labelled(&served, "new"),
        labelled(&served, "lost"),
    ];
    let refused = workspace.apply(batch).unwrap().refused;
    assert_eq!(refused.iter().map(|refused| refused.index).collect::<Vec<_>>(), [3, 4]);
    // From here on only the failed partition holds the label.
    workspace.apply_event(built(Event::contact_saved(noon(), &served).remove_label("vip"))).unwrap();
    workspace.apply_event(labelled(&served, "Vip")).unwrap();
    workspace.rebuild_partition(failed).unwrap();
    fold.assert_agrees_with(&workspace);
    let mut shown = labels(&workspace);
    shown.sort_unstable();
    // A refused event decides no spelling, so the second writer of `lost` decided it.
    assert_eq!(shown, ["New", "New", "VIP", "VIP", "lost"]);
}

#[test]
fn labels_have_one_spelling_after_a_merge_that_panicked() {
    let (workspace, mut fold) = populated();
    let into = contact_in(&workspace, |partition| partition != partition_of(&workspace, MERGED));
    let labelled = |contact: &str, label| built(Event::contact_saved(noon(), contact).add_label(label));
    workspace.apply(vec![labelled(MERGED, "VIP"), labelled(&into, "vip")]).unwrap();
    workspace.apply_event(built(Event::contact_merged(noon(), MERGED, &into))).unwrap_err();
    for partition in workspace.failed_partitions() {
        workspace.rebuild_partition(partition).unwrap();
    }
    fold.assert_agrees_with(&workspace);
    assert_eq!(labels(&workspace), ["VIP", "VIP"]);
    workspace.apply_event(built(Event::contact_deleted(noon(), MERGED))).unwrap();
    assert_eq!(labels(&workspace), ["VIP"]);
    workspace.apply_event(built(Event::contact_saved(noon(), &into).remove_label("vip"))).unwrap();
    workspace.apply_event(labelled(&into, "vip")).unwrap();
    assert_eq!(labels(&workspace), ["VIP"]);
}
