//! Events as Rust writes them, and as they are written as JSON.

use std::fmt::Write as _;

use enlist_model::{Error, Event, EventType, Instant, Json, Kind};

fn at() -> Instant {
    Instant::parse("2026-11-23T10:00:00Z").unwrap()
}

#[test]
fn an_event_reads_well_in_rust() {
    let event = Event::contact_saved(at(), "c1")
        .set("plan", "free")
        .set("plan", "pro")
        .set("revenue", 12.5)
        .set("website", Json::Null)
        .set("interests", vec!["golf"])
        .remove_label("trial")
        .add_label("vip")
        .add_label("beta");
    let expected = r#"{"type":"contact_saved","at":"2026-11-23T10:00:00Z","contact":"c1","set":{"plan":"pro","revenue":12.5,"website":null,"interests":["golf"]},"add_labels":["vip","beta"],"remove_labels":["trial"]}"#;
    assert_eq!(event.build().unwrap().to_json().to_string(), expected);
}

#[test]
fn every_event_written_in_rust_is_the_one_read_from_json() {
    let rule = Json::parse(r#"{"match":"all","conditions":[]}"#).unwrap();
    for (built, json) in [
        (Event::contact_deleted(at(), "c"), r#""type":"contact_deleted","contact":"c""#),
        (Event::contact_merged(at(), "c", "d"), r#""type":"contact_merged","contact":"c","into":"d""#),
        (
            Event::conversation_saved(at(), "v", "c").set("conversation.status", "open"),
            r#""type":"conversation_saved","conversation":"v","contact":"c","set":{"conversation.status":"open"}"#,
        ),
        (
            Event::activity(at(), "c").member("conversation", "v"),
            r#""type":"activity","contact":"c","conversation":"v""#,
        ),
        (
            Event::field_defined(at(), "plan", Kind::Select).member("options", vec!["free", "pro"]),
            r#""type":"field_defined","field":"plan","kind":"select","options":["free","pro"]"#,
        ),
        (
            Event::segment_saved(at(), "s", "S", rule),
            r#""type":"segment_saved","segment":"s","name":"S","rule":{"match":"all","conditions":[]}"#,
        ),
        (
            Event::builder("workspace_configured", at()).member("week_start", "sunday"),
            r#""type":"workspace_configured","week_start":"sunday""#,
        ),
        (Event::builder("tick", at()), r#""type":"tick""#),
    ] {
        let read = Event::parse(&format!("{{\"at\":\"2026-11-23T10:00:00Z\",{json}}}")).unwrap();
        assert_eq!(built.build().unwrap(), read, "{json}");
        assert_eq!(Event::from_json(read.to_json()).unwrap(), read, "{json}");
    }
    assert_eq!(Event::tick(at()), Event::builder("tick", at()).build().unwrap());
}

#[test]
fn what_is_built_is_checked_as_what_is_read() {
    assert!(matches!(Event::contact_saved(at(), "").build(), Err(Error::Id { .. })));
    assert!(Event::contact_saved(at(), "c").add_label(" ").build().is_err());
    assert!(Event::contact_deleted(at(), "c").set("plan", "pro").build().is_err());
}

#[test]
fn every_event_type_is_read_as_itself() {
    // All members that any event has. Each type takes those that its refusal names.
    let members = [
        ("field", r#""plan""#),
        ("kind", r#""select""#),
        ("segment", r#""s""#),
        ("name", r#""S""#),
        ("rule", "{}"),
        ("contact", r#""c""#),
        ("into", r#""d""#),
        ("conversation", r#""v""#),
    ];
    for event_type in EventType::ALL {
        let mut json = format!(r#"{{"at":"2026-11-23T10:00:00Z","type":"{event_type}""#);
        while let Err(error) = Event::parse(&format!("{json}}}")) {
            let Error::Member { member, .. } = error else { panic!("{event_type}: {error}") };
            let (_, value) = members.iter().find(|(name, _)| *name == member).unwrap();
            write!(json, r#","{member}":{value}"#).unwrap();
        }
        let event = Event::parse(&format!("{json}}}")).unwrap();
        assert_eq!(event.body.event_type(), *event_type);
        assert_eq!(EventType::named(event.body.type_name()), Some(*event_type));
    }
}
