//! serde both ways: the same words as the JSON reader, and refusals as strict.

use enlist_model::chrono::{NaiveDate, TimeZone, Utc};
use enlist_model::{
    ContactId, Date, Day, Event, FieldDefinition, FieldKey, Instant, Json, Kind, Operator, Rule,
    UncheckedRule, Value, WeekStart,
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Serde, json};

use crate::workspace::Workspace;

fn written_and_read<T: serde::Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
) -> Serde {
    let written = serde_json::to_value(value).unwrap();
    assert_eq!(&serde_json::from_value::<T>(written.clone()).unwrap(), value);
    written
}

#[test]
fn words_are_strings_both_ways() {
    let at = Instant::parse("2026-11-23T10:00:00.250Z").unwrap();
    assert_eq!(written_and_read(&at), json!("2026-11-23T10:00:00.250Z"));
    assert_eq!(written_and_read(&Day::parse("2026-11-23").unwrap()), json!("2026-11-23"));
    assert_eq!(written_and_read(&Date::parse("2026-11-23").unwrap()), json!("2026-11-23"));
    assert_eq!(written_and_read(&ContactId::new("c1").unwrap()), json!("c1"));
    assert_eq!(
        written_and_read(&FieldKey::new("conversation.status").unwrap()),
        json!("conversation.status")
    );
    assert_eq!(written_and_read(&WeekStart::Sunday), json!("sunday"));
    for kind in Kind::DEFINABLE.into_iter().chain([Kind::Label]) {
        assert_eq!(written_and_read(&kind), json!(kind.name()));
    }
    for operator in Operator::ALL {
        assert_eq!(written_and_read(operator), json!(operator.name()));
    }
}

#[test]
fn values_of_every_kind_are_written_as_their_json() {
    let given = [
        (Kind::Text, json!(" Ada \u{1F600} \"")),
        (Kind::Phone, json!("+49 (30) 123")),
        (Kind::Number, json!(-12)),
        (Kind::Number, json!(0.1)),
        (Kind::Number, json!(1e300)),
        (Kind::Date, json!("2026-11-23")),
        (Kind::Date, json!("2026-11-23T10:00:00.250+01:00")),
        (Kind::Boolean, json!(true)),
        (Kind::Select, json!("pro")),
        (Kind::MultiSelect, json!(["b", "a"])),
    ];
    for (kind, json) in given {
        let json = serde_json::from_value::<Json>(json).unwrap();
        let value = Value::read(kind, &json).unwrap().unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), value.to_json().to_string(), "{kind}");
    }
}

#[test]
fn a_wrong_word_says_what_was_found_and_what_is_accepted() {
    let message = |error: serde_json::Error| error.to_string();
    let instant = serde_json::from_value::<Instant>(json!("2026-11-23T10:00:00")).map_err(message);
    assert_eq!(
        instant.unwrap_err(),
        "found \"2026-11-23T10:00:00\" (no offset); accepted: an RFC 3339 instant of the years 0001 to 9998, as \
         `2026-11-23T10:00:00Z`"
    );
    let kind = serde_json::from_value::<Kind>(json!("string")).map_err(message).unwrap_err();
    assert!(kind.starts_with("found \"string\"; accepted: text, phone, number"), "{kind}");
    let id = serde_json::from_value::<ContactId>(json!("")).map_err(message).unwrap_err();
    assert!(id.contains("an id is not empty"), "{id}");
    let number = serde_json::from_value::<Day>(json!(5)).map_err(message).unwrap_err();
    assert!(number.contains("expected a date of the years 0001 to 9999"), "{number}");
}

#[test]
fn every_event_of_the_log_is_deserialized_as_it_is_read() {
    let lines = [
        r#"{"type":"workspace_configured","at":"2026-01-01T00:00:00Z","time_zone":"Europe/Lisbon"}"#,
        r#"{"type":"field_defined","at":"2026-01-01T00:00:00Z","field":"plan","kind":"select","options":["a","b"]}"#,
        r#"{"type":"contact_saved","at":"2026-01-01T00:00:00Z","contact":"c1","set":{"name":"Ada"},"add_labels":["VIP"]}"#,
        r#"{"type":"segment_saved","at":"2026-01-01T00:00:00Z","segment":"s","name":"S","rule":{"match":"all","conditions":[]}}"#,
        r#"{"type":"activity","at":"2026-01-01T00:00:00Z","contact":"c1","conversation":"v1"}"#,
        r#"{"type":"tick","at":"2026-01-01T00:00:00Z"}"#,
    ];
    for line in lines {
        let event = Event::parse(line).unwrap();
        assert_eq!(serde_json::from_str::<Event>(line).unwrap(), event);
        let written = serde_json::to_string(&event).unwrap();
        assert_eq!(written, event.to_json().to_string());
        assert_eq!(serde_json::from_str::<Event>(&written).unwrap(), event);
    }
}

#[test]
fn a_wrong_event_is_refused_with_the_message_of_the_reader() {
    for line in [
        r#"{"type":"contact_created","at":"2026-01-01T00:00:00Z","contact":"c1"}"#,
        r#"{"type":"contact_saved","at":"2026-01-01T00:00:00Z"}"#,
        r#"{"type":"contact_saved","at":"yesterday","contact":"c1"}"#,
        r#"{"type":"tick","at":"2026-01-01T00:00:00Z","extra":1}"#,
        r#"["tick"]"#,
    ] {
        let read = Event::parse(line).unwrap_err().to_string();
        let value: Serde = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::from_value::<Event>(value).unwrap_err().to_string(), read);
    }
    let twice = r#"{"type":"tick","type":"tick","at":"2026-01-01T00:00:00Z"}"#;
    let refused = serde_json::from_str::<Event>(twice).unwrap_err().to_string();
    assert!(refused.starts_with("the key \"type\" occurs twice in one object"), "{refused}");
}

#[test]
fn a_rule_is_written_as_it_was_given_and_read_unchecked() {
    let text = r#"{"match":"any","conditions":[{"field":"email","operator":"is_not_empty"}]}"#;
    let workspace = Workspace::sample();
    let unchecked: UncheckedRule = serde_json::from_str(text).unwrap();
    let rule = unchecked.check(None, &workspace).unwrap();
    assert_eq!(serde_json::to_string(&rule).unwrap(), text);
    let forms: [UncheckedRule; 5] = [
        text.parse().unwrap(),
        UncheckedRule::try_from(text.to_owned()).unwrap(),
        Json::parse(text).unwrap().into(),
        serde_json::from_str::<Serde>(text).unwrap().into(),
        (&rule).into(),
    ];
    for form in &forms {
        assert_eq!(form.check(None, &workspace).unwrap(), rule);
    }
    assert!(UncheckedRule::try_from("email is not empty").is_err());
}

#[test]
fn a_problem_of_a_rule_is_an_object_of_its_facts() {
    let text = r#"{"match":"all","conditions":[{"field":"name","operator":"contains"}]}"#;
    let error = Rule::check(&Json::parse(text).unwrap(), None, &Workspace::sample()).unwrap_err();
    let problem = &error.rule_problems()[0];
    let written = serde_json::to_value(problem).unwrap();
    assert_eq!(written["code"], "missing_value");
    assert_eq!(written["pointer"], "/conditions/0/value");
    assert_eq!(
        (&written["field"], &written["kind"], &written["operator"]),
        (&json!("name"), &json!("text"), &json!("contains"))
    );
    assert_eq!(written["suggestion"], Serde::Null);
    assert_eq!(written["message"], problem.to_string());
}

#[test]
fn definitions_of_fields_are_objects_both_ways() {
    for definition in FieldDefinition::built_in() {
        written_and_read(&definition);
    }
    let custom = json!({"field": "plan", "kind": "select", "options": ["pro", "free"], "default": null, "built_in": false});
    let definition: FieldDefinition = serde_json::from_value(custom.clone()).unwrap();
    assert_eq!(written_and_read(&definition), custom);
    let doubled = json!({"field": "plan", "kind": "select", "options": vec!["a"; 1_001]});
    let doubled: FieldDefinition = serde_json::from_value(doubled).unwrap();
    assert_eq!(doubled.options.unwrap().len(), 1);
    let refused = |value: Serde| serde_json::from_value::<FieldDefinition>(value).unwrap_err().to_string();
    for (wrong, part) in [
        (json!({"field": "plan"}), "`kind`: found no such member"),
        (json!({"field": "Plan", "kind": "text"}), "is not the key of a field"),
        (json!({"field": "plan", "kind": "text", "options": ["a"]}), "a text field has none"),
        (json!({"field": "plan", "kind": "select", "options": []}), "options"),
        (json!({"field": "plan", "kind": "text", "default": true}), "of a boolean field"),
        (json!({"field": "plan", "kind": "label"}), "found \"label\""),
        (json!({"field": "plan", "kind": "text", "built_in": true}), "a built-in field as it is"),
        (json!({"field": "plan", "kind": "text", "extra": 1}), "\"extra\""),
        (json!({"field": "email", "kind": "select", "options": ["a"]}), "a field that is not built in"),
        (
            json!({"field": "plan", "kind": "select", "options": vec!["a"; 10_001]}),
            "over the limit `list_values`",
        ),
        (json!([]), "accepted: an object"),
    ] {
        let message = refused(wrong);
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn json_and_serde_json_are_converted_without_a_difference() {
    for text in [r#"{"a":[1,2.5,null,true,"x"],"b":{"c":-0.0}}"#, "9007199254740993", "1e300"] {
        let json = Json::parse(text).unwrap();
        let value: Serde = serde_json::from_str(text).unwrap();
        assert_eq!(Json::from(value.clone()), json);
        assert_eq!(Json::from(Serde::from(json.clone())), json);
        assert_eq!(serde_json::from_value::<Json>(value).unwrap(), json);
    }
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(Json::from(deep.clone()), Json::parse(&deep.to_string()).unwrap());
}

#[test]
fn values_of_rust_become_json() {
    assert_eq!(Json::from(5_u8), Json::Number(5.0));
    assert_eq!(Json::from(-7_i64), Json::Number(-7.0));
    assert_eq!(Json::from(None::<&str>), Json::Null);
    assert_eq!(Json::from(Some("x")), Json::from("x"));
    assert_eq!(Json::from(["a", "b"]), Json::parse(r#"["a","b"]"#).unwrap());
    assert_eq!(Json::from(vec!["a".to_owned()]), Json::parse(r#"["a"]"#).unwrap());
    let at = Utc.with_ymd_and_hms(2026, 11, 23, 10, 0, 0).unwrap();
    assert_eq!(Json::from(at), Json::from("2026-11-23T10:00:00Z"));
    assert_eq!(Json::from(Instant::try_from(at).unwrap()), Json::from("2026-11-23T10:00:00Z"));
    assert_eq!(Json::from(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()), Json::from("2026-11-23"));
    let value = Value::read(Kind::Date, &Json::from(at)).unwrap().unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), json!("2026-11-23T10:00:00Z"));
}

#[test]
fn an_object_of_the_host_sets_all_its_members_and_anything_else_is_refused() {
    let at = Instant::parse("2026-11-23T10:00:00Z").unwrap();
    let row = json!({"name": "Ada", "plan": null});
    let built = Event::contact_saved(at, "c1").set("plan", "pro").set_all(&row).build().unwrap();
    let one_by_one =
        Event::contact_saved(at, "c1").set("plan", Json::Null).set("name", "Ada").build().unwrap();
    assert_eq!(built, one_by_one);
    let short = Event::contact_saved(at, "c1")
        .set_all(&json!({}))
        .set_all(&std::collections::BTreeMap::from([("score", 0.1_f32)]));
    assert_eq!(short.build().unwrap(), Event::contact_saved(at, "c1").set("score", 0.1).build().unwrap());
    let error = Event::contact_saved(at, "c1").set_all(&[1, 2]).set("name", "Ada").build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`set` of `contact_saved`: found [1,2]; accepted: a value that serializes as an object"
    );
    // JSON has only strings as keys.
    let keyed = std::collections::BTreeMap::from([((1, 2), 3)]);
    let error = Event::conversation_saved(at, "v1", "c1").set_all(&keyed).build().unwrap_err();
    assert!(error.to_string().contains("a value that does not serialize"), "{error}");
}

#[test]
fn numbers_of_arbitrary_precision_are_read_as_numbers() {
    // The form in which serde_json passes a number on if some crate of the host turns on that feature.
    let read = |number: &str| {
        let object = [("$serde_json::private::Number", number)].into_iter();
        let source = serde::de::value::MapDeserializer::<_, serde_json::Error>::new(object);
        <Json as serde::Deserialize>::deserialize(source)
    };
    assert_eq!(read("1.5").unwrap(), Json::Number(1.5));
    assert!(read("1e400").unwrap_err().to_string().contains("not finite"));
}
