//! A small CRM: seven fields and labels, contacts that have values in most of them, segments of one to three
//! conditions, and events that change one field of one contact.
//!
//! It knows the model and no engine. What always holds: the same seed gives the same events, and every one of them is
//! accepted.

use enlist_model::{Event, EventBuilder, Instant, Json, Kind};
use fastrand::Rng;

const PLANS: [&str; 4] = ["free", "starter", "pro", "enterprise"];
const CITIES: [&str; 8] = ["Lisbon", "São Paulo", "Osaka", "Nairobi", "Kraków", "Austin", "Pune", "Tromsø"];
const FIELDS: [(&str, Kind); 6] = [
    ("plan", Kind::Select),
    ("city", Kind::Text),
    ("revenue", Kind::Number),
    ("score", Kind::Number),
    ("subscribed", Kind::Boolean),
    ("renewal", Kind::Date),
];
const LABELS: u32 = 40;

/// A seeded source of events.
pub struct Crm {
    random: Rng,
    contacts: u32,
    at: Instant,
}

impl Crm {
    /// A workspace of so many contacts.
    pub fn new(seed: u64, contacts: u32) -> Self {
        let at = Instant::from_milliseconds(1_795_428_000_000).unwrap_or(Instant::MIN);
        Crm { random: Rng::with_seed(seed), contacts, at }
    }

    /// The events that define its fields, fill its contacts and save so many segments.
    pub fn setting_up(&mut self, segments: u32) -> Vec<Event> {
        let mut events: Vec<Event> = self.fields().collect();
        events.extend(self.contacts());
        events.extend(self.segments(segments));
        events
    }

    /// The events that define its fields.
    pub fn fields(&self) -> impl Iterator<Item = Event> + use<> {
        let at = self.at;
        FIELDS.into_iter().map(move |(field, kind)| built(Event::field_defined(at, field, kind)))
    }

    /// The events that fill its contacts.
    pub fn contacts(&mut self) -> impl Iterator<Item = Event> {
        (0..self.contacts).map(|contact| built(self.contact(contact)))
    }

    /// The events that save so many segments.
    pub fn segments(&mut self, count: u32) -> impl Iterator<Item = Event> {
        (0..count).map(|segment| built(self.segment(segment)))
    }

    /// The next change: one field, or one label, of one contact.
    pub fn change(&mut self) -> Event {
        let contact = self.random.u32(0..self.contacts);
        let event = Event::contact_saved(self.at, &format!("contact-{contact}"));
        let choice = self.random.usize(0..=FIELDS.len());
        built(match FIELDS.get(choice) {
            Some((field, kind)) => event.set(field, self.value(field, *kind)),
            None if self.random.bool() => event.add_label(&self.label()),
            None => event.remove_label(&self.label()),
        })
    }

    fn contact(&mut self, contact: u32) -> EventBuilder {
        let mut event = Event::contact_saved(self.at, &format!("contact-{contact}"));
        for (field, kind) in FIELDS {
            if self.random.u32(0..5) > 0 {
                event = event.set(field, self.value(field, kind));
            }
        }
        event.add_label(&self.label())
    }

    fn label(&mut self) -> String {
        format!("label-{}", self.random.u32(0..LABELS))
    }

    fn value(&mut self, field: &str, kind: Kind) -> Json {
        match (field, kind) {
            ("plan", _) => Json::from(PLANS[self.random.usize(0..PLANS.len())]),
            ("city", _) => Json::from(CITIES[self.random.usize(0..CITIES.len())]),
            (_, Kind::Number) => Json::Number(f64::from(self.random.u32(0..10_000))),
            (_, Kind::Boolean) => Json::Bool(self.random.bool()),
            _ => Json::from(format!("2026-{:02}-{:02}", self.random.u32(1..=12), self.random.u32(1..=28))),
        }
    }

    fn segment(&mut self, segment: u32) -> EventBuilder {
        let count = self.random.usize(1..=3);
        let conditions = (0..count).map(|_| self.condition()).collect();
        let rule = object([("match", Json::from("all")), ("conditions", Json::List(conditions))]);
        Event::segment_saved(self.at, &format!("segment-{segment}"), &format!("Segment {segment}"), rule)
    }

    fn condition(&mut self) -> Json {
        let choice = self.random.usize(0..=FIELDS.len());
        let Some((field, kind)) = FIELDS.get(choice).copied() else {
            let operator = if self.random.bool() { "has_label" } else { "does_not_have_label" };
            return condition("labels", operator, Json::from(self.label()));
        };
        let value = self.value(field, kind);
        match kind {
            Kind::Text if self.random.bool() => condition(field, "contains", Json::from("a")),
            Kind::Text | Kind::Select => condition(field, "equals", value),
            Kind::Number if self.random.bool() => condition(field, "greater_than", value),
            Kind::Number => condition(field, "less_than_or_equal", value),
            Kind::Boolean => condition(field, "is_true", Json::Null),
            _ if self.random.bool() => condition(field, "is_after", value),
            _ => condition(field, "is_in_next_n_days", Json::from(30)),
        }
    }
}

fn condition(field: &str, operator: &str, value: Json) -> Json {
    object([("field", Json::from(field)), ("operator", Json::from(operator)), ("value", value)])
}

fn object<const MEMBERS: usize>(members: [(&str, Json); MEMBERS]) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn built(event: EventBuilder) -> Event {
    event.build().expect("ids and members are of this file")
}
