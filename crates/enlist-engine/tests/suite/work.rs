//! Which work was done: an event costs what it flips, not what there is.

use enlist_engine::Work;

use crate::script::Script;

/// A workspace of thirty segments on the plan, thirty on a number, and a hundred contacts.
fn workspace() -> Script {
    let mut script = Script::new();
    script.apply(r#"{"type":"field_defined","field":"plan","kind":"select"}"#);
    script.apply(r#"{"type":"field_defined","field":"orders","kind":"number"}"#);
    script.apply(r#"{"type":"field_defined","field":"on","kind":"date"}"#);
    for n in 0..30 {
        script.apply(&format!(
            r#"{{"type":"segment_saved","segment":"plan-{n}","name":"P","rule":{{"match":"all","conditions":[{{"field":"plan","operator":"equals","value":"p{n}"}}]}}}}"#
        ));
        script.apply(&format!(
            r#"{{"type":"segment_saved","segment":"orders-{n}","name":"O","rule":{{"match":"all","conditions":[{{"field":"orders","operator":"greater_than","value":{}}}]}}}}"#,
            n * 10
        ));
    }
    for n in 0..100 {
        script.apply(&format!(
            r#"{{"type":"contact_saved","contact":"c{n}","set":{{"plan":"p0","orders":5,"on":"2026-11-{:02}"}}}}"#,
            n % 28 + 1
        ));
    }
    script
}

fn cost(script: &mut Script, line: &str) -> Work {
    let before = script.engine.work();
    script.apply(line);
    script.engine.work() - before
}

#[test]
fn a_changed_select_flips_two_conditions_of_thirty() {
    let mut script = workspace();
    let work = cost(&mut script, r#"{"type":"contact_saved","contact":"c1","set":{"plan":"p1"}}"#);
    assert_eq!((work.events, work.contacts_settled, work.contacts_rechecked), (1, 1, 0));
    assert_eq!((work.conditions_flipped, work.segments_evaluated, work.transitions), (2, 2, 2));
}

#[test]
fn a_changed_number_flips_only_the_thresholds_it_passes() {
    let mut script = workspace();
    let stays = cost(&mut script, r#"{"type":"contact_saved","contact":"c1","set":{"orders":6}}"#);
    assert_eq!((stays.conditions_flipped, stays.segments_evaluated), (0, 0));
    let passes = cost(&mut script, r#"{"type":"contact_saved","contact":"c1","set":{"orders":25}}"#);
    assert_eq!((passes.conditions_flipped, passes.segments_evaluated), (2, 2));
}

#[test]
fn a_repeated_event_and_an_unused_field_cost_nothing() {
    let mut script = workspace();
    for line in [
        r#"{"type":"contact_saved","contact":"c1","set":{"plan":"p0","orders":"5.0"}}"#,
        r#"{"type":"contact_saved","contact":"c1","set":{"name":"Somebody"}}"#,
    ] {
        let work = cost(&mut script, line);
        assert_eq!((work.conditions_flipped, work.segments_evaluated), (0, 0), "{line}");
    }
}

#[test]
fn conditions_shared_by_rules_exist_once() {
    let mut script = workspace();
    for n in 0..10 {
        script.apply(&format!(
            r#"{{"type":"segment_saved","segment":"same-{n}","name":"S","rule":{{"match":"none","conditions":[{{"field":"plan","operator":"not_equals","value":"p1"}}]}}}}"#
        ));
    }
    let work = cost(&mut script, r#"{"type":"contact_saved","contact":"c1","set":{"plan":"p1"}}"#);
    assert_eq!((work.conditions_flipped, work.segments_evaluated, work.transitions), (2, 12, 12));
}

#[test]
fn a_date_change_visits_only_contacts_whose_day_enters_or_leaves_a_window() {
    let mut script = workspace();
    script.apply(
        r#"{"type":"segment_saved","segment":"week","name":"W","rule":{"match":"all","conditions":[{"field":"on","operator":"is_in_last_7_days"}]}}"#,
    );
    let before = script.engine.work();
    script.advance("2026-11-24T00:00:00Z");
    let work = script.engine.work() - before;
    // The 24th enters and the 17th leaves: of a hundred contacts over 28 days, three each.
    assert_eq!((work.contacts_rechecked, work.transitions), (6, 6));
}

#[test]
fn a_jump_over_eight_thousand_years_stops_only_where_a_contact_is_affected() {
    let mut script = workspace();
    script.apply(r#"{"type":"workspace_configured","time_zone":"Europe/Berlin"}"#);
    script.apply(
        r#"{"type":"segment_saved","segment":"today","name":"T","rule":{"match":"all","conditions":[{"field":"on","operator":"is_today"}]}}"#,
    );
    script.apply(r#"{"type":"contact_saved","contact":"far","set":{"on":"9998-07-01"}}"#);
    let before = script.engine.work();
    let out = script.advance("9998-12-31T23:59:59Z");
    let work = script.engine.work() - before;
    let instants: Vec<String> = out
        .iter()
        .filter_map(|output| match output {
            enlist_engine::Output::Transition(transition) if transition.contact == "far" => {
                Some(transition.at.to_string())
            }
            _ => None,
        })
        .collect();
    assert_eq!(instants, ["9998-06-30T22:00:00Z", "9998-07-01T22:00:00Z"]);
    assert!(work.contacts_rechecked < 100, "{work:?}");
}

#[test]
fn a_new_contact_enters_only_segments_of_negated_conditions() {
    let mut script = workspace();
    script.apply(
        r#"{"type":"segment_saved","segment":"no-plan","name":"N","rule":{"match":"all","conditions":[{"field":"plan","operator":"is_empty"}]}}"#,
    );
    let work = cost(&mut script, r#"{"type":"contact_saved","contact":"fresh"}"#);
    assert_eq!((work.segments_evaluated, work.transitions), (1, 1));
}
