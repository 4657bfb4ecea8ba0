//! A workspace that a bench makes for itself: just the fields, segments and contacts that it is about.
//!
//! What always holds: what a bench gives it is accepted; it panics otherwise, as a bench has nobody to tell.

use enlist_engine::{Engine, Output};
use enlist_model::draft::{ContactSaved, Draft};
use enlist_model::{Event, EventBuilder, Instant, Json, Kind};

use crate::engine::HASH_SEED;
use crate::workload::Workload;

/// A workspace in UTC, at [`Workload::now`].
pub struct Workspace {
    /// The engine.
    pub engine: Engine,
    outputs: Vec<Output>,
}

impl Workspace {
    /// One with these fields.
    pub fn new(fields: &[(&str, Kind)]) -> Self {
        let mut workspace = Workspace { engine: Engine::new(HASH_SEED), outputs: Vec::new() };
        for (field, kind) in fields {
            workspace.apply(&built(Event::field_defined(Workload::now(), field, *kind)));
        }
        workspace
    }

    /// Saves a segment that asks for all of these [conditions](rule).
    pub fn segment(&mut self, id: &str, conditions: &str) {
        self.apply(&built(Event::segment_saved(Workload::now(), id, id, rule(conditions))));
    }

    /// Sets the time zone.
    pub fn zone(&mut self, zone: &str) {
        self.apply(&zone_set(zone));
    }

    /// Takes in contacts, quietly and with all segments built once.
    ///
    /// # Panics
    /// If one is refused.
    pub fn load(&mut self, contacts: impl Iterator<Item = EventBuilder<ContactSaved>>) {
        let mut load = self.engine.load().expect("there are no contacts yet");
        contacts.for_each(|contact| load.apply(&built(contact)).expect("a bench's events are accepted"));
        load.finish(&mut self.outputs);
    }

    /// Applies an event; says how many outputs came of it.
    ///
    /// # Panics
    /// If it is refused.
    pub fn apply(&mut self, event: &Event) -> usize {
        self.outputs.clear();
        self.engine.apply(event, &mut self.outputs).expect("a bench's events are accepted");
        self.outputs.len()
    }

    /// Lets time pass; says how many outputs came of it.
    pub fn advance(&mut self, to: Instant) -> usize {
        self.outputs.clear();
        self.engine.advance(to, &mut self.outputs);
        self.outputs.len()
    }
}

/// The event that sets the time zone.
pub fn zone_set(zone: &str) -> Event {
    built(Event::workspace_configured(Workload::now()).time_zone(zone))
}

/// The event.
///
/// # Panics
/// If it is none.
pub fn built(event: EventBuilder<impl Draft>) -> Event {
    event.build().expect("a bench's events are well formed")
}

/// A rule that asks for all of these conditions, JSON objects joined by commas.
///
/// # Panics
/// If they are none.
pub fn rule(conditions: &str) -> Json {
    let text = format!(r#"{{"match": "all", "conditions": [{conditions}]}}"#);
    Json::parse(&text).expect("a bench's conditions are JSON")
}
