//! A label keeps its first spelling for the life of the workspace, in all partitions.
//!
//! The reference is one engine that receives every event with its labels spelled by a plain model.

use std::collections::BTreeMap;

use enlist::{Dump, Event, EventBody, EventBuilder, Workspace, WorkspaceSettings};
use enlist_engine::{Engine, HashSeed};
use enlist_model::draft::ContactSaved;
use enlist_model::{Kind, Label, TextKey};
use fastrand::Rng;

use crate::scene::{at, built, noon, rule};
use crate::subject::{ENLIST, partitioned};

/// Spellings; several of them are the same label.
const SPELLINGS: [&str; 16] = [
    "vip", "VIP", " Vip ", "vIP", "new", "New", "NEW", "straße", "STRASSE", "Strasse", "é", "e\u{301}", "É",
    "E\u{301}", "churned", "CHURNED",
];
const CONTACTS: usize = 14;
const SEGMENT: &str = "labelled";

fn with_labels() -> Event {
    let rule = rule(r#"{"match": "all", "conditions": [{"field": "labels", "operator": "has_any_label"}]}"#);
    built(Event::segment_saved(noon(), SEGMENT, "With labels", rule))
}

/// Adds and removes some labels, sometimes the same one.
fn relabelled(random: &mut Rng, mut event: EventBuilder<ContactSaved>) -> EventBuilder<ContactSaved> {
    for _ in 0..[0, 1, 1, 2, 4][random.usize(0..5)] {
        event = event.remove_label(SPELLINGS[random.usize(0..SPELLINGS.len())]);
    }
    for _ in 0..[0, 1, 1, 2][random.usize(0..4)] {
        event = event.add_label(SPELLINGS[random.usize(0..SPELLINGS.len())]);
    }
    event
}

/// A random script: contacts are created, labelled, merged and deleted, with some definitions, days and refusals between. With
/// fewer contacts, a label more often loses its last holder.
fn script(random: &mut Rng, contacts: usize, count: usize) -> Vec<Event> {
    let mut day = 1;
    let mut event = |number: usize| {
        let now = at(&format!("2026-11-{day:02}T12:00:00Z"));
        let contact = format!("c{}", random.usize(0..contacts));
        match random.usize(0..100) {
            0..60 => relabelled(random, Event::contact_saved(now, &contact)).build(),
            60..76 => Event::contact_deleted(now, &contact).build(),
            76..90 => {
                Event::contact_merged(now, &contact, &format!("c{}", random.usize(0..contacts))).build()
            }
            90..96 => Event::conversation_saved(now, &format!("v{}", random.usize(0..4)), &contact).build(),
            96..98 => Event::field_defined(now, &format!("field_{number}"), Kind::Number).build(),
            _ => {
                day = (day + 1).min(28);
                Event::activity(now, &contact).build()
            }
        }
    };
    // A merge of a contact into itself cannot be built and is skipped.
    (0..count).filter_map(|number| event(number).ok()).collect()
}

/// A dump with comparable creation numbers: in a workspace, a refused event uses up a number.
fn facts(mut dump: Dump) -> Dump {
    for (position, contact) in (0..).zip(&mut dump.contacts) {
        contact.creation = position;
    }
    dump.next_creation = 0;
    dump
}

fn restored(id: &str, dump: Dump, partitions: usize) -> Workspace {
    ENLIST.drop_workspace(id).unwrap();
    let settings = WorkspaceSettings::default().with_partitions(partitions);
    ENLIST.restore_workspace(id, settings, dump).unwrap()
}

/// One engine, and the first spelling of each label in the events that it accepted.
struct Reference {
    engine: Engine,
    spelling: BTreeMap<TextKey, Label>,
}

impl Reference {
    /// Starts with the spellings that an engine's contacts hold.
    fn of(engine: Engine) -> Self {
        let spelling = engine.labels().map(|label| (label.key.clone(), label)).collect();
        Reference { engine, spelling }
    }

    /// Applies an event; returns whether it was accepted.
    fn apply(&mut self, event: &Event) -> bool {
        let mut event = event.clone();
        let mut spelling = self.spelling.clone();
        if let EventBody::ContactSaved { add_labels, .. } = &mut event.body {
            for label in add_labels {
                *label = spelling.entry(label.key.clone()).or_insert(label.clone()).clone();
            }
        }
        let is_accepted = self.engine.apply(&event, &mut Vec::new()).is_ok();
        if is_accepted {
            self.spelling = spelling;
        }
        is_accepted
    }
}

/// Asserts that a workspace and an engine show the same labels, in dumps and in explanations.
fn assert_alike(workspace: &Workspace, engine: &Engine, context: &str) {
    let dump = facts(engine.dump());
    assert_eq!(facts(workspace.read(|view| view.dump()).unwrap()), dump, "{context}");
    for contact in dump.contacts {
        let id = contact.id.as_str();
        assert_eq!(
            workspace.explain(SEGMENT, id).unwrap(),
            engine.explain(SEGMENT, id).unwrap(),
            "{context}, {id}"
        );
    }
}

/// Applies events to both: to the workspace in batches, sometimes several queued behind each other.
fn apply(workspace: &Workspace, reference: &mut Reference, events: &[Event], size: usize, context: &str) {
    let mut random = Rng::with_seed(size as u64);
    let mut batches = events.chunks(size).peekable();
    while batches.peek().is_some() {
        let batches: Vec<_> = batches.by_ref().take([1, 4][random.usize(0..2)]).collect();
        let tickets: Vec<_> = batches.iter().map(|batch| workspace.submit(batch.to_vec()).unwrap()).collect();
        for (batch, ticket) in batches.into_iter().zip(tickets) {
            let accepted = batch.iter().filter(|event| reference.apply(event)).count();
            assert_eq!(ticket.wait().unwrap().applied, accepted, "{context}");
        }
        let engine = &reference.engine;
        assert_alike(workspace, engine, &format!("{context}, {} events", engine.event_count()));
    }
}

#[test]
fn labels_do_not_depend_on_partitions_batches_or_a_restore() {
    let mut shown = std::collections::BTreeSet::new();
    for (seed, partitions) in (0..96).zip([1, 2, 3, 5].into_iter().cycle()) {
        let mut random = Rng::with_seed(seed);
        let size = [1, 3, 17, 60, 200][random.usize(0..5)];
        let contacts = [3, 6, CONTACTS][random.usize(0..3)];
        let context = format!("seed {seed}, {partitions} partitions, batches of {size}, {contacts} contacts");
        let (workspace, mut reference) =
            (partitioned(partitions), Reference::of(Engine::new(HashSeed::new(1))));
        apply(&workspace, &mut reference, &[with_labels()], 1, &context);
        apply(&workspace, &mut reference, &script(&mut random, contacts, 240), size, &context);
        let dump = workspace.read(|view| view.dump()).unwrap();
        ENLIST.drop_workspace(workspace.id().as_str()).unwrap();
        shown.extend(dump.contacts.iter().flat_map(|contact| contact.labels.clone()));
        let workspace = restored("labels restored", dump, [5, 3, 2, 1][random.usize(0..4)]);
        let engine = Engine::restore(reference.engine.dump(), HashSeed::new(1)).unwrap();
        let mut reference = Reference::of(engine);
        assert_alike(&workspace, &reference.engine, &format!("{context}, restored"));
        apply(
            &workspace,
            &mut reference,
            &script(&mut random, contacts, 120),
            size,
            &format!("{context}, restored"),
        );
    }
    assert_eq!(shown.len(), SPELLINGS.len(), "every spelling must come first in some run: {shown:?}");
}

#[test]
fn the_first_spelling_in_a_dump_is_used_for_all_contacts() {
    let events = [with_labels()].into_iter().chain((0..CONTACTS).map(|number| {
        let contact = Event::contact_saved(noon(), &format!("c{number}"));
        built(contact.add_label("vip").add_label(&format!("of {number}")))
    }));
    let mut engine = Engine::new(HashSeed::new(1));
    for event in events {
        engine.apply(&event, &mut Vec::new()).unwrap();
    }
    for seed in 0..20 {
        let mut random = Rng::with_seed(seed);
        let mut dump = engine.dump();
        for contact in &mut dump.contacts {
            for label in contact.labels.iter_mut().filter(|label| *label == "vip") {
                *label = SPELLINGS[random.usize(0..4)].into();
            }
            random.shuffle(&mut contact.labels);
        }
        let first = dump.contacts[0].labels.iter().find(|label| SPELLINGS[..4].contains(&label.as_str()));
        let first = first.unwrap().clone();
        let alone = Engine::restore(dump.clone(), HashSeed::new(1)).unwrap();
        for partitions in [1, 2, 3, 5] {
            let workspace = restored("labels in many ways", dump.clone(), partitions);
            assert_alike(&workspace, &alone, &format!("seed {seed}, {partitions} partitions"));
            let found = workspace.read(|view| view.dump()).unwrap().contacts;
            assert!(found.iter().all(|contact| contact.labels.contains(&first)), "{first}: {found:?}");
        }
    }
}

#[test]
fn imported_labels_are_shown_as_if_they_had_been_applied() {
    for (seed, partitions) in (0..12).zip([1, 2, 3, 5].into_iter().cycle()) {
        let mut random = Rng::with_seed(seed);
        let context = format!("seed {seed}, {partitions} partitions, loaded");
        let mut events = script(&mut random, 6, 200);
        events.retain(|event| !event.body.is_definition());
        events.insert(0, with_labels());
        let mut engine = Engine::new(HashSeed::new(1));
        let refused = events.iter().filter(|event| engine.apply(event, &mut Vec::new()).is_err()).count();
        let settings = WorkspaceSettings::default().with_partitions(partitions);
        ENLIST.drop_workspace("labels loaded").unwrap();
        let loaded = ENLIST
            .import_workspace(
                "labels loaded",
                settings,
                events.into_iter().map(Ok::<_, std::convert::Infallible>),
            )
            .unwrap();
        assert_eq!(loaded.refused.len(), refused, "{context}");
        assert_alike(&loaded.workspace, &engine, &context);
        let mut reference = Reference::of(engine);
        apply(&loaded.workspace, &mut reference, &script(&mut random, 6, 100), 17, &context);
    }
}
