//! Events built in Rust and their JSON.

use std::fmt::Write as _;

use enlist_model::{Error, Event, EventType, Instant, Json, Kind, WeekStart};

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
        (
            Event::workspace_configured(at())
                .time_zone("Europe/Berlin")
                .week_start(WeekStart::Sunday)
                .build(),
            r#""type":"workspace_configured","time_zone":"Europe/Berlin","week_start":"sunday""#,
        ),
        (
            Event::field_defined(at(), "plan", Kind::Select).options(["free", "pro", "free"]).build(),
            r#""type":"field_defined","field":"plan","kind":"select","options":["free","pro","free"]"#,
        ),
        (
            Event::field_defined(at(), "vip", Kind::Boolean).any_option().no_default().build(),
            r#""type":"field_defined","field":"vip","kind":"boolean","options":null,"default":null"#,
        ),
        (
            Event::field_defined(at(), "vip", Kind::Boolean).default_value(true).build(),
            r#""type":"field_defined","field":"vip","kind":"boolean","default":true"#,
        ),
        (Event::field_deleted(at(), "plan").build(), r#""type":"field_deleted","field":"plan""#),
        (
            Event::segment_saved(at(), "s", "S", rule).build(),
            r#""type":"segment_saved","segment":"s","name":"S","rule":{"match":"all","conditions":[]}"#,
        ),
        (Event::segment_deleted(at(), "s").build(), r#""type":"segment_deleted","segment":"s""#),
        (
            Event::contact_saved(at(), "c")
                .set("plan", Json::Null)
                .add_label("vip")
                .remove_label("new")
                .build(),
            r#""type":"contact_saved","contact":"c","set":{"plan":null},"add_labels":["vip"],"remove_labels":["new"]"#,
        ),
        (Event::contact_deleted(at(), "c").build(), r#""type":"contact_deleted","contact":"c""#),
        (
            Event::contact_merged(at(), "c", "d").build(),
            r#""type":"contact_merged","contact":"c","into":"d""#,
        ),
        (
            Event::conversation_saved(at(), "v", "c").set("conversation.status", "open").build(),
            r#""type":"conversation_saved","conversation":"v","contact":"c","set":{"conversation.status":"open"}"#,
        ),
        (
            Event::conversation_deleted(at(), "v").build(),
            r#""type":"conversation_deleted","conversation":"v""#,
        ),
        (Event::activity(at(), "c").build(), r#""type":"activity","contact":"c""#),
        (
            Event::activity(at(), "c").conversation("v").build(),
            r#""type":"activity","contact":"c","conversation":"v""#,
        ),
        (Ok(Event::tick(at())), r#""type":"tick""#),
    ] {
        let read = Event::parse(&format!("{{\"at\":\"2026-11-23T10:00:00Z\",{json}}}")).unwrap();
        assert_eq!(built.unwrap(), read, "{json}");
        assert_eq!(Event::from_json(read.to_json()).unwrap(), read, "{json}");
    }
}

#[test]
fn building_an_event_checks_it() {
    assert!(matches!(Event::contact_saved(at(), "").build(), Err(Error::Id { .. })));
    assert!(Event::contact_saved(at(), "c").add_label(" ").build().is_err());
}

#[test]
fn every_event_type_is_read_as_itself() {
    // All required members of all types. Each error names the next member that its type requires.
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
            let Error::MissingMember { member, .. } = error else { panic!("{event_type}: {error}") };
            let (_, value) = members.iter().find(|(name, _)| *name == member).unwrap();
            write!(json, r#","{member}":{value}"#).unwrap();
        }
        let event = Event::parse(&format!("{json}}}")).unwrap();
        assert_eq!(event.body.event_type(), *event_type);
        assert_eq!(EventType::named(event.body.type_name()), Some(*event_type));
    }
}
