//! A realistic workspace from a seed: contacts of 22 fields, conversations, segments, and events that change one
//! field each.
//!
//! It knows the model and no engine. Invariant: the same seed gives the same facts, rules and changes; every event is
//! accepted; time stands still, at [`Workload::now`].

pub mod columns;
pub mod field;
pub mod pools;
pub mod profile;
pub mod rules;
pub mod values;
pub mod zipf;

use std::sync::Arc;

use enlist_model::{
    ContactId, ConversationId, Day, Event, EventBody, Instant, Json, Label, SegmentId, Today, WeekStart,
};
use fastrand::Rng;

use crate::workload::columns::{Cell, Change, Columns, EMPTY, EMPTY_DAY};
use crate::workload::field::{Column, FIELDS, Field, LABELS};
use crate::workload::pools::Pools;
use crate::workload::profile::Profile;
use crate::workload::rules::{Rules, options};
use crate::workload::values::Values;
use crate::workload::zipf::Zipf;

/// A zone that is neither UTC nor a whole number of hours from it, without daylight saving time.
const TIME_ZONE: &str = "Asia/Kolkata";
const AHEAD_OF_UTC: i64 = 19_800_000;
const DAY: i64 = 86_400_000;
/// Noon of 2026-11-23, local time.
const NOW: i64 = 20_780 * DAY + DAY / 2 - AHEAD_OF_UTC;
/// One contact in this many is active.
const ACTIVE: u32 = 10;

/// A seeded workspace.
pub struct Workload {
    seed: u64,
    profile: Profile,
    random: Rng,
    pools: Arc<Pools>,
    values: Values,
    fields: Zipf,
    /// The facts, with all changes that were drawn.
    facts: Columns,
    /// The contact of each conversation.
    contact_of: Vec<u32>,
}

impl Workload {
    /// A workspace of this many contacts, at least one.
    pub fn new(seed: u64, profile: Profile, contacts: u32) -> Self {
        let pools = Arc::new(Pools::new(contacts));
        let values = Values::new(&pools, today().day.number());
        let mut random = Rng::with_seed(seed);
        let facts = draw_facts(&values, contacts.max(1), &mut random);
        let owners = (0..facts.contacts()).flat_map(|no| facts.conversations_of(no).map(move |_| no as u32));
        let contact_of = owners.collect();
        Workload {
            seed,
            profile,
            random,
            pools,
            values,
            fields: Zipf::new(FIELDS.len(), 0.8),
            facts,
            contact_of,
        }
    }

    /// The instant at which everything happens.
    pub fn now() -> Instant {
        Instant::from_milliseconds(NOW).unwrap_or(Instant::MIN)
    }

    /// The midnight this many days after today, in the workspace's zone.
    pub fn midnight(days: i64) -> Instant {
        Instant::from_milliseconds(NOW - DAY / 2 + DAY * days).unwrap_or(Instant::MAX)
    }

    /// The values.
    pub fn pools(&self) -> &Arc<Pools> {
        &self.pools
    }

    /// The facts, with all changes that were drawn.
    pub fn facts(&self) -> &Columns {
        &self.facts
    }

    /// The number of conversations.
    pub fn conversations(&self) -> u32 {
        self.contact_of.len() as u32
    }

    /// The events that set the workspace up and define its fields.
    ///
    /// # Panics
    /// Never: the table of fields is well formed.
    pub fn fields(&self) -> Vec<Event> {
        let zone =
            event(EventBody::WorkspaceConfigured { time_zone: Some(TIME_ZONE.to_owned()), week_start: None });
        let custom = FIELDS.into_iter().filter(|field| !field.is_built_in).map(|field| {
            let definition = Event::field_defined(Self::now(), field.key, field.kind());
            let count = Pools::option_count(field.column);
            let definition =
                if count == 0 { definition } else { definition.options((0..count).map(Pools::option)) };
            definition.build().expect("the table of fields is well formed")
        });
        std::iter::once(zone).chain(custom).collect()
    }

    /// An endless sequence of rules for segments. Another `turn` gives other rules.
    pub fn rules(&self, turn: u64) -> Rules {
        let seed = self.seed ^ 0x5e97_3e47 ^ turn << 32;
        Rules::new(seed, self.profile, Arc::clone(&self.pools), self.values.clone())
    }

    /// The events that save this many segments.
    pub fn segments(&self, count: u32) -> impl Iterator<Item = Event> + use<> {
        let mut rules = self.rules(0);
        (0..count).map(move |no| segment_saved(&segment_id(no), rules.draw()))
    }

    /// The event that creates a contact as it is now.
    pub fn contact(&self, no: u32) -> Event {
        let row = no as usize;
        let mut set = Vec::new();
        for field in FIELDS {
            if matches!(field.column, Column::Labels | Column::Conversation(_)) {
                continue;
            }
            let value = self.json(field.column, self.facts.read(field.column, row), no);
            if value != Json::Null {
                set.push((field.key.to_owned(), value));
            }
        }
        let held = (0..LABELS).filter(|label| self.facts.has_label(row, *label));
        event(EventBody::ContactSaved {
            contact: contact_id(no),
            set,
            add_labels: held.map(|label| self.label(label)).collect(),
            remove_labels: Vec::new(),
        })
    }

    /// The event that creates a conversation as it is now.
    pub fn conversation(&self, no: u32) -> Event {
        let contact = self.contact_of[no as usize];
        let set = (0..2).map(|field| {
            let column = Column::Conversation(field);
            let value = self.json(column, self.facts.read(column, no as usize), contact);
            (Field::of(column).key.to_owned(), value)
        });
        event(EventBody::ConversationSaved {
            conversation: conversation_id(no),
            contact: contact_id(contact),
            set: set.collect(),
        })
    }

    /// The next change. Most change the value; a few repeat it, as hosts do.
    pub fn change(&mut self) -> Change {
        let contact = self.draw_contact();
        let conversations = self.facts.conversations_of(contact as usize);
        let shared = self.profile.shared().filter(|_| self.random.u32(0..5) > 0);
        let mut column = shared.unwrap_or_else(|| FIELDS[self.fields.draw(&mut self.random)].column);
        if conversations.is_empty() && matches!(column, Column::Conversation(_)) {
            column = FIELDS[0].column;
        }
        let is_of_conversation = matches!(column, Column::Conversation(_));
        let conversation = if is_of_conversation { self.random.usize(conversations) as u32 } else { 0 };
        let row = if is_of_conversation { conversation } else { contact };
        let cell = if column == Column::Labels {
            self.draw_label_change(contact as usize, shared.is_some())
        } else {
            self.draw_value(column, row as usize, shared.is_some())
        };
        let change = Change { contact, conversation, column, cell };
        self.facts.write(&change);
        change
    }

    /// A change as the event that a host sends.
    pub fn event(&self, change: &Change) -> Event {
        let Change { contact, conversation, column, cell } = *change;
        let value = || vec![(Field::of(column).key.to_owned(), self.json(column, cell, contact))];
        let contact = contact_id(contact);
        event(match (column, cell) {
            (Column::Conversation(_), _) => EventBody::ConversationSaved {
                conversation: conversation_id(conversation),
                contact,
                set: value(),
            },
            (_, Cell::Add(label)) => EventBody::ContactSaved {
                contact,
                set: Vec::new(),
                add_labels: vec![self.label(label)],
                remove_labels: Vec::new(),
            },
            (_, Cell::Remove(label)) => EventBody::ContactSaved {
                contact,
                set: Vec::new(),
                add_labels: Vec::new(),
                remove_labels: vec![self.label(label)],
            },
            _ => EventBody::ContactSaved {
                contact,
                set: value(),
                add_labels: Vec::new(),
                remove_labels: Vec::new(),
            },
        })
    }

    /// Seven in ten events are about the active tenth.
    fn draw_contact(&mut self) -> u32 {
        let contacts = self.facts.contacts() as u32;
        if contacts > ACTIVE && self.random.u32(0..10) < 7 {
            self.random.u32(0..contacts / ACTIVE) * ACTIVE
        } else {
            self.random.u32(0..contacts)
        }
    }

    fn draw_label_change(&mut self, contact: usize, is_shared: bool) -> Cell {
        if is_shared {
            return if self.facts.has_label(contact, 0) { Cell::Remove(0) } else { Cell::Add(0) };
        }
        let held: Vec<u16> = (0..LABELS).filter(|label| self.facts.has_label(contact, *label)).collect();
        match self.random.choice(&held) {
            Some(label) if self.random.bool() => Cell::Remove(*label),
            _ => Cell::Add(self.values.label(&mut self.random)),
        }
    }

    fn draw_value(&mut self, column: Column, row: usize, is_shared: bool) -> Cell {
        let held = self.facts.read(column, row);
        if Field::of(column).empty > 0 && self.random.u32(0..20) == 0 {
            return Values::empty(column);
        }
        if let (Column::Number(no), Cell::Number(number), false) = (column, held, is_shared) {
            return Cell::Number(Values::moved(no, number, &mut self.random));
        }
        let drawn = |random: &mut Rng| match column {
            // A contact that does something is active today.
            Column::Date(1) if random.u32(0..10) < 7 => Cell::Day(today().day.number()),
            _ => self.values.draw(column, random),
        };
        let first = drawn(&mut self.random);
        if first == held { drawn(&mut self.random) } else { first }
    }

    fn label(&self, label: u16) -> Label {
        Label::new(self.pools.label(label)).expect("labels of the pool are not blank")
    }

    fn json(&self, column: Column, cell: Cell, contact: u32) -> Json {
        match (column, cell) {
            (_, Cell::Code(EMPTY) | Cell::Day(EMPTY_DAY) | Cell::Add(_) | Cell::Remove(_)) => Json::Null,
            (Column::Text(no), Cell::Code(code)) => Json::from(self.pools.texts[no].shown(code)),
            (Column::Boolean(_), Cell::Code(code)) => Json::from(code == 1),
            (_, Cell::Code(code)) => Json::from(Pools::option(code)),
            (_, Cell::Number(number)) => Json::from(number),
            (Column::Date(2), Cell::Day(day)) => Json::from(Day::from_number(day).to_string()),
            (_, Cell::Day(day)) => Json::from(instant_of(day, contact).to_string()),
            (_, Cell::Options(bits)) => options(bits),
        }
    }
}

/// The date that relative dates refer to.
pub fn today() -> Today {
    let day = Day::from_number(((NOW + AHEAD_OF_UTC) / DAY) as i32);
    Today { day, week_start: WeekStart::Monday }
}

/// The event that saves a segment.
///
/// # Panics
/// If the id is empty or longer than 256 bytes.
pub fn segment_saved(id: &str, rule: Json) -> Event {
    let segment = SegmentId::new(id).expect("the id is short");
    event(EventBody::SegmentSaved { segment, name: id.to_owned(), rule })
}

/// The id of a segment.
pub fn segment_id(no: u32) -> String {
    format!("segment-{no}")
}

/// The id of a contact.
///
/// # Panics
/// Never: the id is short.
pub fn contact_id(no: u32) -> ContactId {
    ContactId::new(&format!("contact-{no}")).expect("the id is short")
}

/// The number of a contact or segment, from its id.
pub fn number_of(id: &str) -> Option<u32> {
    id.split_once('-')?.1.parse().ok()
}

/// The id of a conversation.
///
/// # Panics
/// Never: the id is short.
pub fn conversation_id(no: u32) -> ConversationId {
    ConversationId::new(&format!("conversation-{no}")).expect("the id is short")
}

fn event(body: EventBody) -> Event {
    Event { at: Workload::now(), body }
}

/// An instant of a day: each contact has its own time of day.
fn instant_of(day: i32, contact: u32) -> Instant {
    let time = i64::from(contact.wrapping_mul(2_654_435_761)) % DAY;
    Instant::from_milliseconds(i64::from(day) * DAY - AHEAD_OF_UTC + time).unwrap_or(Instant::MIN)
}

fn draw_facts(values: &Values, contacts: u32, random: &mut Rng) -> Columns {
    let mut facts = Columns::of(contacts as usize);
    let mut conversations = 0;
    for contact in 0..contacts {
        facts.first_conversation.push(conversations);
        for field in FIELDS {
            if matches!(field.column, Column::Conversation(_)) || random.u8(0..100) < field.empty {
                continue;
            }
            let count = if field.column == Column::Labels { random.u32(1..=5) } else { 1 };
            for _ in 0..count {
                let cell = match field.column {
                    Column::Text(1) => Cell::Code(contact),
                    column => values.draw(column, random),
                };
                facts.write(&Change { contact, conversation: 0, column: field.column, cell });
            }
        }
        let has = if random.u32(0..10) < 3 { random.u32(1..=3) } else { 0 };
        for (no, column) in facts.conversations.iter_mut().enumerate() {
            column.extend((0..has).map(|_| match values.draw(Column::Conversation(no), random) {
                Cell::Code(code) => code,
                _ => EMPTY,
            }));
        }
        conversations += has;
    }
    facts.first_conversation.push(conversations);
    facts
}
