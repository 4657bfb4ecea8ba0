//! A workspace for a bench: only the fields, segments and contacts that the bench needs.
//!
//! Invariant: everything is accepted. It panics otherwise, because a bench cannot handle an error.

use enlist_engine::{Engine, Output};
use enlist_model::draft::{ContactSaved, Draft};
use enlist_model::{Event, EventBuilder, Instant, Json, Kind};

use crate::lanes::engine::HASH_SEED;
use crate::workload::Workload;

/// A workspace in UTC, at [`Workload::now`].
pub struct Workspace {
    /// The engine.
    pub engine: Engine,
    outputs: Vec<Output>,
}

impl Workspace {
    /// A workspace with these fields.
    pub fn new(fields: &[(&str, Kind)]) -> Self {
        let mut workspace = Workspace { engine: Engine::new(HASH_SEED), outputs: Vec::new() };
        for (field, kind) in fields {
            workspace.apply(&built(Event::field_defined(Workload::now(), field, *kind)));
        }
        workspace
    }

    /// Saves a segment that requires all of these [conditions](rule).
    pub fn segment(&mut self, id: &str, conditions: &str) {
        self.apply(&built(Event::segment_saved(Workload::now(), id, id, rule(conditions))));
    }

    /// Sets the time zone.
    pub fn zone(&mut self, zone: &str) {
        self.apply(&zone_set(zone));
    }

    /// Loads contacts in bulk, with all segments built once.
    ///
    /// # Panics
    /// If a contact is refused.
    pub fn load(&mut self, contacts: impl Iterator<Item = EventBuilder<ContactSaved>>) {
        let mut load = self.engine.load().expect("there are no contacts yet");
        contacts.for_each(|contact| load.apply(&built(contact)).expect("a bench's events are accepted"));
        load.finish(&mut self.outputs);
    }

    /// Applies an event; returns the number of outputs.
    ///
    /// # Panics
    /// If it is refused.
    pub fn apply(&mut self, event: &Event) -> usize {
        self.outputs.clear();
        self.engine.apply(event, &mut self.outputs).expect("a bench's events are accepted");
        self.outputs.len()
    }

    /// Advances time; returns the number of outputs.
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
/// If the event is not valid.
pub fn built(event: EventBuilder<impl Draft>) -> Event {
    event.build().expect("a bench's events are well formed")
}

/// A rule that requires all of these conditions, which are JSON objects joined by commas.
///
/// # Panics
/// If the conditions are not valid JSON.
pub fn rule(conditions: &str) -> Json {
    let text = format!(r#"{{"match": "all", "conditions": [{conditions}]}}"#);
    Json::parse(&text).expect("a bench's conditions are JSON")
}
