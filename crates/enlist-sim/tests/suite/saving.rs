//! Savings: whatever happens between their steps, the rows that they give are the contacts as they were when the last
//! of them began.

use std::collections::BTreeMap;

use enlist_engine::{ContactDump, Dump, Engine, Saving, Unsaved, apply_across};
use enlist_model::{Event, EventBody, FieldKey};
use enlist_sim::HASH_SEED;
use proptest::prelude::*;

use crate::properties::{fixed, logs, with_dense_segments};

/// Bytes that choose what happens to the saving after each event, over and over.
fn choices() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 30..300)
}

/// What a store does with an engine: it lays the rows of every saving over those that it has.
struct Store {
    rows: BTreeMap<u64, ContactDump>,
    /// The saving under way, and everything as it was when that began.
    saving: Option<(Saving, Dump)>,
}

impl Store {
    fn of(engine: &mut Engine) -> Self {
        engine.note_changes(Unsaved::Everything);
        Store { rows: BTreeMap::new(), saving: None }
    }

    /// Does the next thing that a byte chooses, and checks the rows when a saving is complete.
    fn act(&mut self, engine: &mut Engine, choice: u8) {
        let Some((mut saving, expected)) = self.saving.take() else {
            if choice.is_multiple_of(4) {
                self.begin(engine);
            }
            return;
        };
        match choice % 32 {
            // Given up, and begun again with or without saying so.
            0 => engine.cancel_saving(saving),
            1 => drop(saving),
            // Ended too early.
            2 => assert_eq!(saving.remaining() == 0, engine.end_saving(saving)),
            3 => {
                engine.recover(None);
                self.saving = Some((saving, expected));
            }
            4..24 => self.saving = Some((saving, expected)),
            more => {
                if self.step(engine, &mut saving, usize::from(more - 22) / 2) {
                    self.saving = Some((saving, expected));
                } else {
                    self.finish(engine, saving, expected);
                }
            }
        }
    }

    fn begin(&mut self, engine: &mut Engine) {
        let expected = engine.dump();
        let saving = engine.begin_saving();
        for creation in saving.deleted() {
            self.rows.remove(creation);
        }
        self.saving = Some((saving, expected));
    }

    /// Takes some rows; whether there were any.
    fn step(&mut self, engine: &Engine, saving: &mut Saving, most: usize) -> bool {
        let rows = engine.step_saving(saving, most);
        assert!(rows.len() <= most);
        assert!(rows.is_sorted_by_key(|row| row.creation));
        let is_any = !rows.is_empty();
        self.rows.extend(rows.into_iter().map(|row| (row.creation, row)));
        is_any
    }

    fn finish(&mut self, engine: &mut Engine, saving: Saving, expected: Dump) {
        assert_eq!(saving.remaining(), 0);
        assert!(engine.end_saving(saving));
        let rows: Vec<ContactDump> = self.rows.values().cloned().collect();
        assert_eq!(rows, expected.contacts);
        assert_restorable(expected);
    }

    /// Completes a saving without anything in between.
    fn complete(&mut self, engine: &mut Engine) {
        self.begin(engine);
        let (mut saving, expected) = self.saving.take().unwrap();
        while self.step(engine, &mut saving, 3) {}
        self.finish(engine, saving, expected);
    }
}

fn assert_restorable(mut dump: Dump) {
    let expected = with_dense_segments(dump.clone());
    let contacts = std::mem::take(&mut dump.contacts);
    let mut restore = Engine::begin_restore(dump, HASH_SEED).unwrap();
    for contact in contacts {
        restore.add(contact).unwrap();
    }
    let restored = restore.finish();
    restored.verify().unwrap();
    assert_eq!(with_dense_segments(restored.dump()), expected);
}

/// Two partitions of one workspace.
struct Pair([Engine; 2]);

impl Pair {
    fn apply(&mut self, event: &Event) {
        let Some((from, to)) = self.route(event) else {
            for engine in &mut self.0 {
                let _ = engine.apply(event, &mut Vec::new());
            }
            return;
        };
        let next = self.0[0].next_creation().max(self.0[1].next_creation());
        self.0[to].arrive_as(next);
        let [one, two] = &mut self.0;
        let (mut from_out, mut to_out) = (Vec::new(), Vec::new());
        let outs: (&mut dyn enlist_engine::Sink, &mut dyn enlist_engine::Sink) = (&mut from_out, &mut to_out);
        let _ = match (from, to) {
            (0, 1) => apply_across(event, one, two, outs),
            (1, 0) => apply_across(event, two, one, outs),
            _ => self.0[to].apply(event, &mut to_out),
        };
    }

    /// The partition that an event takes something out of, and the one that it changes; `None`: it concerns both.
    fn route(&self, event: &Event) -> Option<(usize, usize)> {
        let home = |id: &str| id.bytes().map(usize::from).sum::<usize>() % 2;
        let owner = |id: &str| (0..2).find(|no| self.0[*no].conversation_owner(id).is_some());
        match &event.body {
            EventBody::ContactSaved { contact, .. }
            | EventBody::ContactDeleted { contact }
            | EventBody::Activity { contact, conversation: None } => {
                Some((home(contact.as_str()), home(contact.as_str())))
            }
            EventBody::ContactMerged { contact, into } => Some((home(contact.as_str()), home(into.as_str()))),
            EventBody::ConversationSaved { conversation, contact, .. }
            | EventBody::Activity { contact, conversation: Some(conversation) } => {
                let to = home(contact.as_str());
                Some((owner(conversation.as_str()).unwrap_or(to), to))
            }
            EventBody::ConversationDeleted { conversation } => {
                let owner = owner(conversation.as_str()).unwrap_or(0);
                Some((owner, owner))
            }
            EventBody::WorkspaceConfigured { .. }
            | EventBody::FieldDefined { .. }
            | EventBody::FieldDeleted { .. }
            | EventBody::SegmentSaved { .. }
            | EventBody::SegmentDeleted { .. }
            | EventBody::Tick => None,
        }
    }
}

/// A custom field with a value somewhere, now and then: logs seldom delete such a field by themselves.
fn filled_field(engine: &Engine, choice: u8) -> Option<String> {
    let fields = engine.fields().filter(|field| !field.built_in);
    let held = engine.dump().contacts;
    let is_held = |key: &FieldKey| {
        held.iter().any(|contact| {
            let of_conversations = contact.conversations.iter().flat_map(|each| &each.values);
            contact.values.iter().chain(of_conversations).any(|(each, _)| each == key)
        })
    };
    let filled: Vec<_> = fields.filter(|field| is_held(&field.key)).collect();
    (choice % 16 == 5 && !filled.is_empty())
        .then(|| filled[usize::from(choice / 16) % filled.len()].key.to_string())
}

/// The event that deletes a field, at the engine's instant.
fn deletion(engine: &Engine, field: String) -> Event {
    Event { at: engine.now().unwrap(), body: EventBody::FieldDeleted { field } }
}

proptest! {
    #![proptest_config(fixed())]

    #[test]
    fn the_rows_of_savings_are_the_contacts_as_they_were_when_the_last_began(events in logs(), choices in choices()) {
        let mut engine = Engine::new(HASH_SEED);
        let mut store = Store::of(&mut engine);
        for (event, choice) in events.iter().zip(choices.iter().cycle()) {
            let _ = engine.apply(event, &mut Vec::new());
            if let Some(field) = filled_field(&engine, *choice) {
                let _ = engine.apply(&deletion(&engine, field), &mut Vec::new());
            }
            store.act(&mut engine, *choice);
        }
        store.complete(&mut engine);
    }

    #[test]
    fn the_rows_of_two_engines_are_their_contacts_although_facts_move_across(events in logs(), choices in choices()) {
        let mut pair = Pair([Engine::new(HASH_SEED), Engine::new(HASH_SEED)]);
        let mut stores = pair.0.each_mut().map(Store::of);
        for (index, event) in events.iter().enumerate() {
            pair.apply(event);
            for (no, (engine, store)) in pair.0.iter_mut().zip(&mut stores).enumerate() {
                store.act(engine, choices[(index + no * 7) % choices.len()]);
            }
        }
        for (engine, store) in pair.0.iter_mut().zip(&mut stores) {
            store.complete(engine);
        }
    }
}
