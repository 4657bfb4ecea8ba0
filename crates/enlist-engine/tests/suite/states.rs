//! Whole states: a dump taken in again, a quiet first import, the next deadline, batches.

use enlist_engine::{Engine, Error, Output};
use enlist_model::{Event, Instant};

use crate::script::{SEED, Script, shown};

const DEFINITIONS: [&str; 4] = [
    r#"{"type":"workspace_configured","time_zone":"Asia/Kathmandu","week_start":"saturday"}"#,
    r#"{"type":"field_defined","field":"on","kind":"date"}"#,
    r#"{"type":"segment_saved","segment":"today","name":"T","rule":{"match":"all","conditions":[{"field":"on","operator":"is_today"}]}}"#,
    r#"{"type":"segment_saved","segment":"other","name":"O","rule":{"match":"all","conditions":[{"segment":"today","operator":"is_not_member"},{"field":"conversation.status","operator":"not_equals","value":"open"}]}}"#,
];

const FACTS: [&str; 6] = [
    r#"{"type":"contact_saved","contact":"c1","set":{"on":"2026-11-23"},"add_labels":["A b"]}"#,
    r#"{"type":"contact_saved","contact":"gone"}"#,
    r#"{"type":"contact_saved","contact":"c2","set":{"name":"Ä"}}"#,
    r#"{"type":"contact_deleted","contact":"gone"}"#,
    r#"{"type":"conversation_saved","conversation":"v1","contact":"c2","set":{"conversation.status":"open"}}"#,
    r#"{"type":"activity","contact":"c2","conversation":"v1"}"#,
];

#[test]
fn a_restored_dump_is_the_same_workspace_and_continues_identically() {
    let mut script = Script::of(&[&DEFINITIONS[..], &FACTS[..]].concat());
    // `today` comes to refer to a segment that was created after it.
    script.apply(
        r#"{"type":"segment_saved","segment":"later","name":"L","rule":{"match":"all","conditions":[{"field":"labels","operator":"has_label","value":"a B"}]}}"#,
    );
    script.apply(
        r#"{"type":"segment_saved","segment":"today","name":"T","rule":{"match":"all","conditions":[{"field":"on","operator":"is_today"},{"segment":"later","operator":"is_member"}]}}"#,
    );
    let dump = script.engine.dump();
    let mut restored = Engine::restore(dump.clone(), SEED).unwrap();
    restored.verify().unwrap();
    assert_eq!(restored.dump(), dump);
    for id in ["today", "other", "later"] {
        assert_eq!(restored.count(id), script.engine.count(id), "{id}");
    }
    let at = Instant::parse("2026-11-30T00:00:00Z").unwrap();
    let mut out = Vec::new();
    restored.advance(at, &mut out);
    assert_eq!(out, script.advance("2026-11-30T00:00:00Z"));
    assert!(!out.is_empty());
    assert_eq!(
        restored.segments().map(|segment| segment.id().as_str()).collect::<Vec<_>>(),
        ["today", "other", "later"]
    );
}

#[test]
fn a_bulk_load_reports_one_notice_per_segment_and_gives_the_state_of_applying_the_events() {
    let applied = Script::of(&[&DEFINITIONS[..], &FACTS[..]].concat());
    let mut script = Script::of(&DEFINITIONS);
    let events: Vec<Event> = FACTS.iter().map(|line| script.event(line).unwrap()).collect();
    let refused = script.event(r#"{"type":"contact_deleted","contact":"nobody"}"#).unwrap();
    let definition = script.event(r#"{"type":"field_defined","field":"x","kind":"text"}"#).unwrap();
    let mut load = script.engine.load().unwrap();
    for event in &events {
        load.apply(event).unwrap();
    }
    assert!(load.apply(&refused).is_err());
    assert!(matches!(load.apply(&definition), Err(Error::NotLoadable { .. })));
    let mut out = Vec::new();
    load.finish(&mut out);
    let at = Instant::parse(&script.at).unwrap();
    let notices: Vec<String> = out.iter().map(|output| shown(output, at)).collect();
    assert_eq!(notices, ["today built, 1 members", "other built, 0 members"]);
    script.engine.verify().unwrap();
    assert_eq!(script.engine.dump(), applied.engine.dump());
    assert!(matches!(script.engine.load().map(|_| ()), Err(Error::NotEmpty { contacts: 2 })));
}

#[test]
fn a_bulk_load_takes_other_options_of_a_field_and_holds_later_events_to_them() {
    let mut script = Script::of(&[r#"{"type":"field_defined","field":"plan","kind":"select"}"#]);
    let contact = |id: &str, plan: &str| {
        format!(r#"{{"type":"contact_saved","contact":"{id}","set":{{"plan":"{plan}"}}}}"#)
    };
    let held = script.event(&contact("c1", "old")).unwrap();
    let options =
        script.event(r#"{"type":"field_defined","field":"plan","kind":"select","options":["new"]}"#);
    let refused = script.event(&contact("c2", "old")).unwrap();
    let mut load = script.engine.load().unwrap();
    load.apply(&held).unwrap();
    load.apply(&options.unwrap()).unwrap();
    assert!(matches!(load.apply(&refused), Err(Error::Values { .. })));
    load.finish(&mut Vec::new());
    assert_eq!(script.engine.dump().fields[0].options, Some(vec!["new".into()]));
    assert_eq!(script.engine.contact_count(), 1);
}

#[test]
fn an_abandoned_load_leaves_correct_memberships() {
    let mut script = Script::of(&DEFINITIONS);
    let event = script.event(FACTS[0]).unwrap();
    let mut load = script.engine.load().unwrap();
    load.apply(&event).unwrap();
    drop(load);
    script.engine.verify().unwrap();
    assert_eq!(script.engine.count("today"), Ok(1));
}

#[test]
fn the_deadline_is_the_next_instant_at_which_a_contact_is_affected() {
    let mut script = Script::of(&DEFINITIONS);
    assert_eq!(script.engine.next_deadline(), None);
    script.apply(r#"{"type":"contact_saved","contact":"c1","set":{"on":"2026-12-25"}}"#);
    let deadline = script.engine.next_deadline().unwrap();
    // Kathmandu is 5:45 ahead.
    assert_eq!(deadline.to_string(), "2026-12-24T18:15:00Z");
    assert!(script.advance("2026-12-24T18:14:59.999Z").is_empty());
    assert_eq!(script.advance(&deadline.to_string()).len(), 2);
    assert_eq!(script.engine.next_deadline().unwrap().to_string(), "2026-12-25T18:15:00Z");
    script.advance("2027-01-01T00:00:00Z");
    assert_eq!(script.engine.next_deadline(), None);
    // A step back in time is none.
    assert!(script.advance("2026-12-25T00:00:00Z").is_empty());
    assert_eq!(script.engine.now().unwrap().to_string(), "2027-01-01T00:00:00Z");
}

#[test]
fn a_batch_stops_at_the_first_refused_event_and_names_it() {
    let mut script = Script::of(&DEFINITIONS);
    let events: Vec<Event> =
        [FACTS[0], FACTS[3], FACTS[2]].iter().map(|line| script.event(line).unwrap()).collect();
    let mut out: Vec<Output> = Vec::new();
    let refused = script.engine.apply_batch(&events, &mut out).unwrap_err();
    assert_eq!((refused.index, script.engine.contact_count()), (1, 1));
    assert!(
        refused.to_string().starts_with("event 1 of the batch: there is no contact \"gone\""),
        "{refused}"
    );
    assert_eq!(out.len(), 1);
}

#[test]
fn an_engine_can_be_handed_to_another_thread_and_read_by_several() {
    fn sent_and_shared<T: Send + Sync>() {}
    sent_and_shared::<Engine>();
    assert!(format!("{:?}", Engine::new(SEED)).starts_with("Engine { contacts: 0"));
}
