//! The contract, case by case, on the oracle.

use crate::transcript::{Transcript, at};

const NOTHING: [&str; 0] = [];

#[test]
fn a_new_contact_without_values_meets_negated_conditions() {
    let mut transcript = Transcript::default();
    assert_eq!(
        transcript.segment("s", r#"{"field":"email","operator":"does_not_contain","value":"x"}"#),
        ["built s 0"]
    );
    assert_eq!(
        transcript.now(r#""type":"contact_saved","contact":"a""#),
        ["2026-11-23T10:00:00Z a entered s"]
    );
    assert_eq!(
        transcript.now(r#""type":"contact_saved","contact":"a","set":{"email":"AXE"}"#),
        ["2026-11-23T10:00:00Z a left s"]
    );
    assert_eq!(transcript.now(r#""type":"contact_saved","contact":"a","set":{"email":"axe"}"#), NOTHING);
}

#[test]
fn an_empty_boolean_without_a_default_is_neither_true_nor_false() {
    let mut transcript = Transcript::default();
    transcript.now(r#""type":"field_defined","field":"opted_in","kind":"boolean""#);
    transcript.now(r#""type":"contact_saved","contact":"a""#);
    transcript.segment("yes", r#"{"field":"opted_in","operator":"is_true"}"#);
    transcript.segment("no", r#"{"field":"opted_in","operator":"is_false"}"#);
    transcript.segment("none", r#"{"field":"opted_in","operator":"is_empty"}"#);
    assert_eq!(
        (transcript.members("yes"), transcript.members("no"), transcript.members("none")),
        (String::new(), String::new(), "a".into())
    );
    assert_eq!(
        transcript.now(r#""type":"field_defined","field":"opted_in","kind":"boolean","default":false"#),
        ["2026-11-23T10:00:00Z a entered no", "2026-11-23T10:00:00Z a left none"]
    );
}

#[test]
fn a_default_gives_no_value_where_there_is_no_conversation() {
    let mut transcript = Transcript::default();
    transcript.now(r#""type":"field_defined","field":"conversation.vip","kind":"boolean","default":true"#);
    transcript.now(r#""type":"contact_saved","contact":"a""#);
    transcript.segment("empty", r#"{"field":"conversation.vip","operator":"is_empty"}"#);
    assert_eq!(transcript.members("empty"), "a");
    assert_eq!(
        transcript.now(r#""type":"conversation_saved","conversation":"c","contact":"a""#),
        ["2026-11-23T10:00:00Z a left empty"]
    );
}

#[test]
fn changes_at_midnight_are_reported_at_midnight_before_the_event_that_passes_it() {
    let mut transcript = Transcript::default();
    transcript.line(&at(
        "2018-11-03T12:00:00Z",
        r#""type":"workspace_configured","time_zone":"America/Sao_Paulo""#,
    ));
    transcript.line(&at("2018-11-03T12:00:00Z", r#""type":"contact_saved","contact":"a""#));
    let rule = r#""rule":{"match":"all","conditions":[{"field":"created_at","operator":"is_today"}]}"#;
    transcript.line(&at(
        "2018-11-03T12:00:00Z",
        &format!(r#""type":"segment_saved","segment":"s","name":"n",{rule}"#),
    ));
    assert_eq!(
        transcript.line(&at("2018-11-04T05:00:00Z", r#""type":"contact_saved","contact":"b""#)),
        ["2018-11-04T03:00:00Z a left s", "2018-11-04T05:00:00Z b entered s"]
    );
}

#[test]
fn a_refused_event_does_not_move_time() {
    let mut transcript = Transcript::default();
    transcript.now(r#""type":"tick""#);
    let event =
        enlist_model::Event::parse(&at("2027-01-01T00:00:00Z", r#""type":"contact_deleted","contact":"x""#));
    assert!(transcript.oracle.apply(&event.unwrap()).is_err());
    assert_eq!(transcript.oracle.now().unwrap().to_string(), "2026-11-23T10:00:00Z");
    assert_eq!(transcript.oracle.event_count(), 1);
}

#[test]
fn a_late_event_is_reported_at_now_but_stores_its_own_instant() {
    let mut transcript = Transcript::default();
    transcript.segment("old", r#"{"field":"created_at","operator":"is_before","value":"2026-11-01"}"#);
    assert_eq!(
        transcript.line(&at("2026-10-01T00:00:00Z", r#""type":"contact_saved","contact":"a""#)),
        ["2026-11-23T10:00:00Z a entered old"]
    );
}

#[test]
fn conditions_may_be_met_by_different_conversations_unless_the_rule_says_same_conversation() {
    let mut transcript = Transcript::default();
    transcript.now(r#""type":"contact_saved","contact":"a""#);
    let open = r#"{"field":"conversation.status","operator":"equals","value":"open"}"#;
    let not_sms = r#"{"field":"conversation.channel","operator":"not_equals","value":"sms"}"#;
    transcript.segment("any", &format!("{open},{not_sms}"));
    transcript.segment(
        "same",
        &format!(r#"{{"same_conversation":{{"match":"all","conditions":[{open},{not_sms}]}}}}"#),
    );
    let saved = |id: &str, set: &str| {
        format!(r#""type":"conversation_saved","conversation":"{id}","contact":"a","set":{{{set}}}"#)
    };
    transcript.now(&saved("1", r#""conversation.status":"closed","conversation.channel":"mail""#));
    transcript.now(&saved("2", r#""conversation.status":"open","conversation.channel":"sms""#));
    assert_eq!((transcript.members("any"), transcript.members("same")), (String::new(), String::new()));
    assert_eq!(
        transcript.now(&saved("1", r#""conversation.status":"open""#)),
        ["2026-11-23T10:00:00Z a entered same"]
    );
    transcript.now(r#""type":"contact_saved","contact":"b""#);
    transcript.now(r#""type":"conversation_saved","conversation":"2","contact":"b""#);
    assert_eq!((transcript.members("any"), transcript.members("same")), ("a".into(), "a".into()));
}

#[test]
fn segments_follow_those_they_refer_to_and_cycles_are_refused() {
    let mut transcript = Transcript::default();
    transcript.segment("base", r#"{"field":"labels","operator":"has_label","value":"VIP"}"#);
    transcript.segment("above", r#"{"segment":"base","operator":"is_not_member"}"#);
    transcript.now(r#""type":"contact_saved","contact":"a""#);
    assert_eq!(
        transcript.now(r#""type":"contact_saved","contact":"a","add_labels":["vip"]"#),
        ["2026-11-23T10:00:00Z a entered base", "2026-11-23T10:00:00Z a left above"]
    );
    assert_eq!(
        transcript.segment("base", r#"{"field":"labels","operator":"has_no_labels"}"#),
        ["rebuilt base +0 -1", "rebuilt above +1 -0"]
    );
    assert_eq!(
        transcript.segment("above", r#"{"segment":"base","operator":"is_not_member"}"#),
        ["rebuilt above +0 -0"]
    );
    let cycle = r#""type":"segment_saved","segment":"base","name":"n","rule":{"match":"any","conditions":[{"segment":"above","operator":"is_member"}]}"#;
    assert!(transcript.refused(cycle).contains("cycle"));
    transcript.refused(r#""type":"segment_deleted","segment":"base""#);
    assert_eq!(transcript.now(r#""type":"segment_deleted","segment":"above""#), ["dropped above"]);
}

#[test]
fn a_merge_keeps_existing_values_and_fills_empty_ones() {
    let mut transcript = Transcript::default();
    transcript.now(r#""type":"contact_saved","contact":"a","set":{"name":"Ann","email":"a@x","created_at":"2020-01-01"},"add_labels":["One"]"#);
    transcript.now(r#""type":"contact_saved","contact":"b","set":{"name":"Bob"},"add_labels":["one","two"]"#);
    transcript.segment("ann", r#"{"field":"name","operator":"equals","value":"ann"}"#);
    transcript.segment("bob", r#"{"field":"name","operator":"equals","value":"bob"},{"field":"email","operator":"is_not_empty"},{"field":"created_at","operator":"is","value":"2020-01-01"},{"field":"labels","operator":"has_label","value":"ONE"}"#);
    assert_eq!(
        transcript.now(r#""type":"contact_merged","contact":"a","into":"b""#),
        ["2026-11-23T10:00:00Z a left ann", "2026-11-23T10:00:00Z b entered bob"]
    );
    assert_eq!(transcript.oracle.contact_count(), 1);
}

#[test]
fn a_removed_option_stays_on_the_contacts_that_hold_it() {
    let mut transcript = Transcript::default();
    transcript.now(r#""type":"field_defined","field":"plan","kind":"select","options":["free","pro"]"#);
    transcript.now(r#""type":"contact_saved","contact":"a","set":{"plan":"pro"}"#);
    transcript.now(r#""type":"field_defined","field":"plan","kind":"select","options":["free"]"#);
    transcript.now(r#""type":"contact_saved","contact":"a","set":{"plan":"pro","name":"x"}"#);
    transcript.refused(r#""type":"contact_saved","contact":"b","set":{"plan":"pro"}"#);
    transcript.segment("free", r#"{"field":"plan","operator":"not_equals","value":"free"}"#);
    assert_eq!(transcript.members("free"), "a");
    transcript.refused(r#""type":"field_defined","field":"plan","kind":"select","options":["pro"]"#);
    transcript.refused(r#""type":"field_deleted","field":"plan""#);
    transcript.refused(r#""type":"field_defined","field":"plan","kind":"text""#);
}

#[test]
fn activity_moves_forward_only() {
    let mut transcript = Transcript::default();
    transcript.now(r#""type":"contact_saved","contact":"a","set":{"last_activity_at":"2026-11-23"}"#);
    transcript.segment("late", r#"{"field":"last_activity_at","operator":"is_after","value":"2026-11-23"}"#);
    assert_eq!(transcript.now(r#""type":"activity","contact":"a""#), NOTHING);
    assert_eq!(
        transcript.line(&at("2026-11-24T00:00:00Z", r#""type":"activity","contact":"a""#)),
        ["2026-11-24T00:00:00Z a entered late"]
    );
    assert_eq!(transcript.now(r#""type":"activity","contact":"a""#), NOTHING);
    assert_eq!(
        transcript.now(r#""type":"contact_saved","contact":"a","set":{"last_activity_at":null}"#),
        ["2026-11-24T00:00:00Z a left late"]
    );
}

#[test]
fn long_jumps_in_time_report_every_affected_day_and_finish_quickly() {
    let mut transcript = Transcript::default();
    transcript
        .line(&at("0001-01-01T00:00:00Z", r#""type":"workspace_configured","time_zone":"Europe/London""#));
    transcript.now(r#""type":"contact_saved","contact":"a","set":{"created_at":"2027-03-01"}"#);
    transcript.segment("in_last", r#"{"field":"created_at","operator":"is_in_last_n_days","value":2}"#);
    transcript.segment("week", r#"{"field":"created_at","operator":"is_this_week"}"#);
    assert_eq!(
        transcript.line(&at("9998-12-31T23:59:59.999Z", r#""type":"tick""#)),
        [
            "2027-03-01T00:00:00Z a entered in_last",
            "2027-03-01T00:00:00Z a entered week",
            "2027-03-03T00:00:00Z a left in_last",
            "2027-03-08T00:00:00Z a left week"
        ]
    );
}
