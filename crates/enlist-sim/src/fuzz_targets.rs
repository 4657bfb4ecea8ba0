//! The bodies of the fuzz targets: arbitrary bytes in, properties asserted.
//!
//! They are here so that tests can run them on fixed seeds too. Invariant: bytes that are no text, no JSON or no
//! event are ignored without a panic.

use enlist_model::{Event, EventBody, Json, Rule, SegmentId};

use crate::comparison::run;
use crate::oracle::Oracle;
use crate::subject::EngineSubject;
use crate::workload::{Profile, Workload};

/// The maximum number of events in a fuzzed script.
const EVENTS: usize = 300;

/// A rule. If it is valid, its JSON is checked as the same rule, and saving it does the same to the engine and the
/// oracle.
///
/// # Panics
/// If that is not so.
pub fn rule_json(data: &[u8]) {
    let Some(json) = std::str::from_utf8(data).ok().and_then(|text| Json::parse(text).ok()) else { return };
    if !has_dropped_parts(&json) {
        assert_eq!(Json::parse(&json.to_string()).as_ref(), Ok(&json), "JSON that does not read back");
    }
    let workspace = workspace();
    let mut oracle = Oracle::new();
    for event in &workspace {
        // Whether the oracle accepts the rule does not matter here.
        let _ = oracle.record(event);
    }
    let own = SegmentId::new("fuzzed").expect("an id of six bytes");
    if let Ok(rule) = Rule::check(&json, Some(&own), oracle.definitions()) {
        let again = Rule::check(&rule.to_json(), Some(&own), oracle.definitions());
        assert_eq!(again.as_ref(), Ok(&rule), "a rule that does not read back");
    }
    let at = workspace.last().map_or(enlist_model::Instant::MIN, |event| event.at);
    let body = EventBody::SegmentSaved { segment: own, name: "Fuzzed".to_owned(), rule: json };
    same_as_oracle(&workspace.into_iter().chain([Event { at, body }]).collect::<Vec<_>>());
}

/// A line of a log. If it is an event, its JSON parses as the same event, and does the same to the engine and the
/// oracle.
///
/// # Panics
/// If that is not so.
pub fn log_line(data: &[u8]) {
    let Some(event) = std::str::from_utf8(data).ok().and_then(|text| Event::parse(text).ok()) else { return };
    let json = event.to_json();
    if !has_dropped_parts(&json) {
        let again = Json::parse(&json.to_string()).and_then(Event::from_json);
        assert_eq!(again.as_ref(), Ok(&event), "an event that does not read back");
    }
    same_as_oracle(&workspace().into_iter().chain([event]).collect::<Vec<_>>());
}

/// A whole script whose choices are made by the bytes, on the engine and the oracle.
///
/// # Panics
/// If the two differ.
pub fn script(data: &[u8]) {
    let profile = Profile { contacts: 8, conversations: 8, segments: 8, wrong: 60 };
    same_as_oracle(&Workload::from_bytes(data, profile).take(EVENTS).collect::<Vec<_>>());
}

/// A small workspace with every field, some contacts and segments.
fn workspace() -> Vec<Event> {
    Workload::script(7, Profile { contacts: 6, conversations: 6, segments: 4, wrong: 0 }, 60)
}

fn same_as_oracle(events: &[Event]) {
    if let Err(failure) = run(EngineSubject::default, events) {
        panic!("{failure}");
    }
}

/// Whether some part was too deep and was dropped, so that the JSON cannot be written back.
fn has_dropped_parts(json: &Json) -> bool {
    match json {
        Json::TooDeep => true,
        Json::List(members) => members.iter().any(has_dropped_parts),
        Json::Object(members) => members.iter().any(|(_, value)| has_dropped_parts(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => false,
    }
}
