//! Scans: a rule evaluated in steps while contacts, days and definitions change between them.

use enlist_engine::{Engine, RuleScan};
use enlist_model::{Event, Instant, Json};

use crate::script::Script;

/// Enough contacts that a scan takes several steps.
const CONTACTS: u32 = 40_000;

const DEFINITIONS: [&str; 4] = [
    r#"{"type":"field_defined","field":"score","kind":"number"}"#,
    r#"{"type":"field_defined","field":"on","kind":"date"}"#,
    r#"{"type":"segment_saved","segment":"low","name":"L","rule":{"match":"all","conditions":[{"field":"score","operator":"less_than","value":3}]}}"#,
    r#"{"type":"segment_saved","segment":"odd","name":"O","rule":{"match":"all","conditions":[{"field":"score","operator":"equals","value":1}]}}"#,
];

const RULE: &str = r#"{"match":"any","conditions":[
    {"field":"name","operator":"contains","value":"7"},
    {"match":"all","conditions":[
        {"field":"score","operator":"greater_than","value":4},
        {"field":"on","operator":"is_today"},
        {"segment":"low","operator":"is_not_member"}]},
    {"same_conversation":{"match":"all","conditions":[
        {"field":"conversation.status","operator":"equals","value":"open"}]}}]}"#;

fn contact(no: u32, score: u32) -> String {
    format!(
        r#"{{"type":"contact_saved","contact":"c{no}","set":{{"name":"n{no}","score":{score},"on":"2026-11-{:02}"}}}}"#,
        22 + no % 3
    )
}

fn script() -> Script {
    Script::loaded(&DEFINITIONS, (0..CONTACTS).map(|no| contact(no, no % 7)))
}

fn begun(script: &Script, against: Option<&str>) -> RuleScan {
    let mut scan = script.engine.start_scan(&Json::parse(RULE).unwrap(), against).unwrap();
    assert!(!script.engine.step_scan(&mut scan).unwrap(), "one step is not all");
    scan
}

/// Changes to contacts before and after the position of a scan: values, new contacts, deleted ones, conversations.
fn change(script: &mut Script, round: u32) {
    for no in [0, 1, 35_000, 39_999, CONTACTS + round, CONTACTS + 9 + round] {
        script.apply(&contact(no, 6));
    }
    for no in [7 + round, 39_997 - round] {
        script.apply(&format!(r#"{{"type":"contact_deleted","contact":"c{no}"}}"#));
    }
    script.apply(
        r#"{"type":"conversation_saved","conversation":"v","contact":"c2","set":{"conversation.status":"open"}}"#,
    );
}

fn saved(engine: &Engine) -> Event {
    Event::segment_saved(engine.now().unwrap(), "scanned", "S", Json::parse(RULE).unwrap()).build().unwrap()
}

#[test]
fn a_preview_in_steps_equals_one_at_the_end() {
    let mut script = script();
    let scan = begun(&script, Some("odd"));
    change(&mut script, 0);
    let at_once = script.engine.preview(&Json::parse(RULE).unwrap(), Some("odd")).unwrap();
    assert_eq!(script.engine.preview_scan(scan).unwrap(), at_once);
    assert!(at_once.count > 0 && !at_once.enters.is_empty() && !at_once.leaves.is_empty());
}

#[test]
fn a_segment_saved_from_a_scan_equals_one_saved_without() {
    let (mut one, mut two) = (script(), script());
    for round in 0..2 {
        // The second time it edits an existing segment.
        let mut scan = begun(&one, None);
        change(&mut one, round);
        change(&mut two, round);
        while !one.engine.step_scan(&mut scan).unwrap() {}
        one.apply(&contact(20_000, 6));
        two.apply(&contact(20_000, 6));
        let (mut with, mut without) = (Vec::new(), Vec::new());
        one.engine.apply_with_scan(&saved(&one.engine), scan, &mut with).unwrap();
        two.engine.apply(&saved(&two.engine), &mut without).unwrap();
        assert_eq!(with, without);
    }
    one.engine.verify().unwrap();
    // From then on its conditions follow the events.
    one.apply(r#"{"type":"contact_saved","contact":"c3","set":{"name":"77"}}"#);
    assert!(one.engine.contains("scanned", "c3").unwrap());
    one.engine.verify().unwrap();
}

#[test]
fn a_scan_restarts_when_a_date_or_definition_changes_and_fails_when_its_rule_becomes_invalid() {
    let mut script = script();
    let scan = begun(&script, None);
    script.advance("2026-11-24T08:00:00Z");
    let expected = script.engine.preview(&Json::parse(RULE).unwrap(), None).unwrap();
    assert_eq!(script.engine.preview_scan(scan).unwrap(), expected);

    let stale = begun(&script, None);
    script.apply(r#"{"type":"workspace_configured","time_zone":"Asia/Tokyo"}"#);
    let mut out = Vec::new();
    script.engine.apply_with_scan(&saved(&script.engine), stale, &mut out).unwrap();
    script.engine.verify().unwrap();

    let of_another_rule = begun(&script, None);
    let rule = r#"{"match":"all","conditions":[{"field":"name","operator":"is_empty"}]}"#;
    let at = Instant::parse("2026-11-24T09:00:00Z").unwrap();
    let event = Event::segment_saved(at, "unnamed", "U", Json::parse(rule).unwrap()).build().unwrap();
    script.engine.apply_with_scan(&event, of_another_rule, &mut out).unwrap();
    assert_eq!(script.engine.count("unnamed").unwrap(), 0);

    let mut scan = begun(&script, None);
    script.apply(r#"{"type":"segment_deleted","segment":"scanned"}"#);
    script.apply(r#"{"type":"segment_deleted","segment":"low"}"#);
    let error = script.engine.step_scan(&mut scan).unwrap_err();
    assert!(error.to_string().contains("conditions[1].conditions[2]"), "{error}");
}
