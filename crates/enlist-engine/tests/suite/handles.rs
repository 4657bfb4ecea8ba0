//! Handles: what they name, until when, and what is refused.

use enlist_engine::{ContactChange, ConversationChange, Engine, Error, HashSeed, TypedEvent, TypedValue};
use enlist_model::{Instant, Number, Value};

use crate::script::Script;

fn script() -> Script {
    Script::of(&[
        r#"{"type":"field_defined","field":"plan","kind":"select","options":["free","pro"]}"#,
        r#"{"type":"field_defined","field":"score","kind":"number"}"#,
        r#"{"type":"segment_saved","segment":"paying","name":"P","rule":{"match":"all","conditions":[{"field":"plan","operator":"equals","value":"pro"}]}}"#,
        r#"{"type":"contact_saved","contact":"ada","set":{"plan":"free"}}"#,
        r#"{"type":"contact_saved","contact":"bob"}"#,
        r#"{"type":"conversation_saved","conversation":"c1","contact":"ada"}"#,
    ])
}

fn at(script: &Script) -> Instant {
    Instant::parse(&script.at).unwrap()
}

fn refused(script: &mut Script, event: &TypedEvent) -> Error {
    let before = format!("{:?}", script.engine.dump());
    let mut out = Vec::new();
    let error = script.engine.apply_typed(event, &mut out).unwrap_err();
    assert!(out.is_empty(), "{out:?}");
    assert_eq!(format!("{:?}", script.engine.dump()), before, "a refused event changes nothing");
    error
}

#[test]
fn an_event_of_handles_changes_values_and_labels() {
    let mut script = script();
    let at = at(&script);
    let engine = &mut script.engine;
    let (ada, plan) = (engine.contact_handle("ada").unwrap(), engine.field_handle("plan").unwrap());
    let (pro, vip) = (engine.option_handle(plan, "pro").unwrap(), engine.label_handle("VIP").unwrap());
    let events = [
        ContactChange::of(ada).set(plan, pro).add_label(vip).at(at),
        TypedEvent::activity(at, ada, Some(engine.conversation_handle("c1").unwrap())),
    ];
    engine.apply_typed_batch(&events, &mut Vec::new()).unwrap();
    assert_eq!(script.members("paying"), ["ada"]);
    assert_eq!(script.engine.labels().map(|label| label.shown).collect::<Vec<_>>(), ["VIP"]);
    let events = [ContactChange::of(ada).set(plan, TypedValue::Empty).remove_label(vip).at(at)];
    script.engine.apply_typed_batch(&events, &mut Vec::new()).unwrap();
    assert!(script.members("paying").is_empty());
    assert_eq!(script.engine.labels().count(), 0);
    script.engine.verify().unwrap();
}

#[test]
fn values_are_checked_as_those_of_other_events() {
    let mut script = script();
    let at = at(&script);
    let engine = &mut script.engine;
    let handle = |key: &str| engine.field_handle(key).unwrap();
    let (plan, score, labels, created) =
        (handle("plan"), handle("score"), handle("labels"), handle("created_at"));
    let status = handle("conversation.status");
    let ada = engine.contact_handle("ada").unwrap();
    let pro = engine.option_handle(plan, "pro").unwrap();
    let long = Value::text(&"x".repeat(100_000));
    let name = engine.field_handle("name").unwrap();
    for (change, expected) in [
        (ContactChange::of(ada).set(score, Value::text("ten")), "wrong_value"),
        (ContactChange::of(ada).set(score, pro), "wrong_value"),
        (ContactChange::of(ada).set(name, long), "value_over_limit"),
        (ContactChange::of(ada).set(plan, Value::Select("gold".into())), "unknown_option"),
        (ContactChange::of(ada).set(plan, Value::Select(" ".into())), "wrong_value"),
        (ContactChange::of(ada).set(labels, TypedValue::Empty), "labels_in_set"),
        (ContactChange::of(ada).set(status, TypedValue::Empty), "wrong_scope"),
    ] {
        let Error::Values { problems } = refused(&mut script, &change.at(at)) else { panic!("{expected}") };
        assert_eq!(problems[0].code.as_str(), expected, "{problems:?}");
    }
    let kept = ContactChange::of(ada)
        .set(created, TypedValue::Empty)
        .set(score, Number::new(3.0).map(Value::Number));
    script.engine.apply_typed(&kept.at(at), &mut Vec::new()).unwrap();
    script.engine.verify().unwrap();
}

#[test]
fn an_option_that_the_field_no_longer_accepts_is_refused_unless_it_is_held() {
    let mut script = script();
    let at = at(&script);
    let engine = &mut script.engine;
    let plan = engine.field_handle("plan").unwrap();
    let (ada, bob) = (engine.contact_handle("ada").unwrap(), engine.contact_handle("bob").unwrap());
    let free = engine.option_handle(plan, "free").unwrap();
    script.apply(r#"{"type":"field_defined","field":"plan","kind":"select","options":["pro"]}"#);
    assert_eq!(refused(&mut script, &ContactChange::of(bob).set(plan, free).at(at)).code(), "wrong_values");
    script.engine.apply_typed(&ContactChange::of(ada).set(plan, free).at(at), &mut Vec::new()).unwrap();
    script.apply(r#"{"type":"field_defined","field":"plan","kind":"select","options":["pro","free"]}"#);
    script.engine.apply_typed(&ContactChange::of(bob).set(plan, free).at(at), &mut Vec::new()).unwrap();
    assert_eq!(script.engine.option_handle(plan, "gold").unwrap_err().code(), "wrong_values");
}

#[test]
fn a_handle_of_another_engine_or_of_something_deleted_is_refused() {
    let mut script = script();
    let at = at(&script);
    let mut other = Engine::new(HashSeed::new(2));
    let foreign = (other.field_handle("name").unwrap(), other.label_handle("x").unwrap());
    let engine = &mut script.engine;
    let (ada, bob) = (engine.contact_handle("ada").unwrap(), engine.contact_handle("bob").unwrap());
    let (score, c1) = (engine.field_handle("score").unwrap(), engine.conversation_handle("c1").unwrap());
    let event = ContactChange::of(ada).set(foreign.0, TypedValue::Empty).at(at);
    assert_eq!(refused(&mut script, &event), Error::ForeignHandle { of: "a field" });
    let event = ContactChange::of(ada).add_label(foreign.1).at(at);
    assert_eq!(refused(&mut script, &event), Error::ForeignHandle { of: "a label" });

    script.apply(r#"{"type":"contact_deleted","contact":"bob"}"#);
    script.apply(r#"{"type":"contact_saved","contact":"bob"}"#);
    assert_eq!(
        refused(&mut script, &ContactChange::of(bob).at(at)),
        Error::DeletedHandle { of: "a contact" }
    );
    script.apply(r#"{"type":"field_deleted","field":"score"}"#);
    script.apply(r#"{"type":"field_defined","field":"score","kind":"number"}"#);
    let event = ContactChange::of(ada).set(score, TypedValue::Empty).at(at);
    assert_eq!(refused(&mut script, &event), Error::DeletedHandle { of: "a field" });
    // The number of the conversation is used again.
    script.apply(r#"{"type":"conversation_deleted","conversation":"c1"}"#);
    script.apply(r#"{"type":"conversation_saved","conversation":"c2","contact":"ada"}"#);
    assert_eq!(
        refused(&mut script, &ConversationChange::of(c1).at(at)),
        Error::DeletedHandle { of: "a conversation" }
    );
}

#[test]
fn a_conversation_of_another_contact_is_refused() {
    let mut script = script();
    let at = at(&script);
    let (bob, c1) =
        (script.engine.contact_handle("bob").unwrap(), script.engine.conversation_handle("c1").unwrap());
    let error = refused(&mut script, &TypedEvent::activity(at, bob, Some(c1)));
    assert_eq!(error.code(), "foreign_conversation");
}
