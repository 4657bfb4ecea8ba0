//! Input at its limits: each limit can be reached, and exceeding it gives an error that names it.

use enlist_engine::{Engine, Error};
use enlist_model::{Event, Instant};

use crate::script::{SEED, Script};

fn save(contact: &str, members: &str) -> String {
    format!(r#"{{"type":"contact_saved","contact":"{contact}"{members}}}"#)
}

fn labels(from: usize, to: usize) -> String {
    let labels: Vec<String> = (from..to).map(|n| format!("\"l{n}\"")).collect();
    format!("[{}]", labels.join(","))
}

#[test]
fn a_contact_has_at_most_a_thousand_labels_after_all_removals() {
    let mut script = Script::new();
    script.apply(&save("c", &format!(r#","add_labels":{}"#, labels(0, 1_000))));
    let error = script.try_apply(&save("c", r#","add_labels":["one more"]"#)).unwrap_err();
    assert!(error.to_string().contains("contact_labels"), "{error}");
    script.apply(&save("c", r#","add_labels":["one more"],"remove_labels":["l0"]"#));
    script.apply(&save("c", r#","add_labels":["L5","l6"]"#));
    script.apply(&save("d", r#","add_labels":["another"]"#));
    let error = script.try_apply(r#"{"type":"contact_merged","contact":"d","into":"c"}"#).unwrap_err();
    assert!(error.to_string().contains("1001 labels"), "{error}");
}

#[test]
fn a_contact_has_at_most_ten_thousand_conversations() {
    let mut script = Script::of(&[&save("a", ""), &save("b", "")]);
    let conversation = |n: usize, contact: &str| {
        format!(r#"{{"type":"conversation_saved","conversation":"v{n}","contact":"{contact}"}}"#)
    };
    for n in 0..10_000 {
        script.apply(&conversation(n, "a"));
    }
    script.apply(&conversation(10_000, "b"));
    for line in [
        conversation(10_001, "a"),
        conversation(10_000, "a"),
        r#"{"type":"contact_merged","contact":"b","into":"a"}"#.into(),
    ] {
        let error = script.try_apply(&line).unwrap_err();
        assert!(error.to_string().contains("contact_conversations"), "{line}: {error}");
    }
    script.apply(&conversation(10_000, "b"));
}

#[test]
fn a_partition_without_free_contact_numbers_refuses_new_contacts_and_accepts_other_events() {
    let mut engine = Engine::with_contact_limit(2, SEED);
    let mut apply = |line: &str| engine.apply(&Event::parse(line).unwrap(), &mut Vec::new());
    let contact =
        |id: &str| format!(r#"{{"type":"contact_saved","at":"2026-11-23T10:00:00Z","contact":"{id}"}}"#);
    apply(&contact("a")).unwrap();
    apply(&contact("b")).unwrap();
    let error = apply(&contact("c")).unwrap_err();
    assert_eq!(error, Error::PartitionFull { created: 2 });
    assert!(error.to_string().contains("partition_contacts"), "{error}");
    apply(&contact("a")).unwrap();
    // Numbers of deleted contacts are not reused, but a restored partition begins again at 0.
    apply(r#"{"type":"contact_deleted","at":"2026-11-23T10:00:00Z","contact":"a"}"#).unwrap();
    assert!(apply(&contact("c")).is_err());
    let mut restored = Engine::restore(engine.dump(), SEED).unwrap();
    restored.apply(&Event::parse(&contact("c")).unwrap(), &mut Vec::new()).unwrap();
    assert_eq!(restored.contact_count(), 2);
}

#[test]
fn ids_may_hold_any_unicode() {
    let mut script = Script::of(&[&save("\\u0000\\n\\u202e 👩‍👩‍👧 ß", ""), &save("İ", ""), &save("i̇", "")]);
    assert_eq!(script.engine.contact_count(), 3);
    script.apply(r#"{"type":"contact_merged","contact":"İ","into":"i̇"}"#);
    assert!(script.try_apply(&save(&"x".repeat(257), "")).is_err());
    assert!(script.try_apply(&save("", "")).is_err());
}

#[test]
fn values_are_bounded_and_very_long_names_are_shortened_in_messages() {
    let mut script = Script::new();
    script.apply(&save("c", &format!(r#","set":{{"name":"{}"}}"#, "x".repeat(16_384))));
    let error =
        script.try_apply(&save("c", &format!(r#","set":{{"name":"{}"}}"#, "x".repeat(16_385)))).unwrap_err();
    assert!(error.to_string().contains("value_bytes"), "{error}");
    let long = "y".repeat(900_000);
    for line in [
        save("c", &format!(r#","set":{{"{long}":1}}"#)),
        format!(r#"{{"type":"workspace_configured","time_zone":"{long}"}}"#),
        format!(r#"{{"type":"field_deleted","field":"{long}"}}"#),
        format!(r#"{{"type":"{long}"}}"#),
    ] {
        let error = script.try_apply(&line).unwrap_err();
        assert!(error.to_string().len() < 1_000, "{} bytes", error.to_string().len());
    }
}

#[test]
fn a_refused_event_does_not_move_time() {
    let mut script = Script::of(&[&save("c", "")]);
    let now = script.engine.now();
    script.at = "2030-01-01T00:00:00Z".into();
    assert!(script.try_apply(&save("c", r#","set":{"created_at":"soon"}"#)).is_err());
    assert_eq!(script.engine.now(), now);
    assert_eq!(script.engine.event_count(), 1);
    script.engine.check(&script.event(r#"{"type":"tick"}"#).unwrap()).unwrap();
    assert_eq!(script.engine.now(), now);
    script.apply(r#"{"type":"tick"}"#);
    assert_eq!(script.engine.now(), Instant::parse("2030-01-01T00:00:00Z"));
}
