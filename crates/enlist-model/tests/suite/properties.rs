//! Properties of random input: reading never panics, keys are stable, written values are read back.

use chrono::{DateTime, NaiveDate, Utc};
use enlist_model::{Day, Event, Instant, Json, Kind, Number, Operator, Rule, TextKey, Value};
use proptest::prelude::*;

use crate::workspace::Workspace;

/// JSON as hosts and attackers write it, numbers finite.
fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<f64>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        text().prop_map(Json::Text),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
            prop::collection::btree_map(word(), inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

/// Any text, and the words of the contract.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), word()]
}

fn word() -> impl Strategy<Value = String> {
    const WORDS: [&str; 22] = [
        "type",
        "at",
        "contact",
        "set",
        "add_labels",
        "rule",
        "field",
        "kind",
        "segment",
        "operator",
        "value",
        "match",
        "conditions",
        "same_conversation",
        "all",
        "none",
        "plan",
        "revenue",
        "conversation.status",
        "contact_saved",
        "2026-11-23T10:00:00Z",
        "12.5",
    ];
    prop_oneof![
        prop::sample::select(&WORDS[..]).prop_map(str::to_owned),
        prop::sample::select(Operator::ALL).prop_map(|operator| operator.name().to_owned()),
    ]
}

/// A condition that its operator accepts.
fn condition() -> impl Strategy<Value = String> {
    const FIELDS: [(&str, Kind); 10] = [
        ("website", Kind::Text),
        ("mobile", Kind::Phone),
        ("revenue", Kind::Number),
        ("renewal_date", Kind::Date),
        ("subscribed", Kind::Boolean),
        ("tier", Kind::Select),
        ("conversation.status", Kind::Select),
        ("conversation.topics", Kind::MultiSelect),
        ("labels", Kind::Label),
        ("conversation.created_at", Kind::Date),
    ];
    (prop::sample::select(&FIELDS[..]), any::<prop::sample::Index>(), "[a-z%é ]{0,5}1[A-Z]?").prop_map(
        |((field, kind), index, text)| {
            use enlist_model::OperandShape as Shape;
            let operators: Vec<Operator> = Operator::of_kind(kind).collect();
            let operator = operators[index.index(operators.len())];
            let value = match operator.operand(kind) {
                Shape::Nothing => Json::Null,
                Shape::Text | Shape::Phone | Shape::Option | Shape::Label => Json::from(text),
                Shape::Number | Shape::DayCount => Json::from(" 12 "),
                Shape::Day => Json::from("2026-11-23"),
                Shape::Options => Json::from(vec![text.as_str(), "b"]),
            };
            format!(r#"{{"field":"{field}","operator":"{operator}","value":{value}}}"#)
        },
    )
}

fn rule() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        9 => condition(),
        1 => Just(r#"{"segment":"churned","operator":"is_not_member"}"#.to_owned()),
        1 => Just(r#"{"same_conversation":{"match":"any","conditions":[{"field":"conversation.priority","operator":"equals","value":"low"}]}}"#.to_owned()),
    ];
    let group = |nodes: BoxedStrategy<String>| {
        (prop::sample::select(&["all", "any", "none"][..]), prop::collection::vec(nodes, 1..5)).prop_map(
            |(matching, nodes)| format!(r#"{{"match":"{matching}","conditions":[{}]}}"#, nodes.join(",")),
        )
    };
    let node = leaf.prop_recursive(5, 20, 4, move |inner| group(inner).boxed());
    group(node.boxed())
}

fn labels() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-zA-Zé ]{0,4}x", 0..3)
}

fn instant() -> impl Strategy<Value = Instant> {
    (Instant::MIN.milliseconds()..=Instant::MAX.milliseconds())
        .prop_map(|milliseconds| Instant::from_milliseconds(milliseconds).unwrap())
}

/// Events of the types with the most members, with and without each optional member.
fn event() -> impl Strategy<Value = Event> {
    let id = || "[a-z\u{1f600}]{1,4}";
    let set = || prop::collection::btree_map(word(), json(), 0..4);
    let options = prop::option::of(prop::option::of(prop::collection::vec("[a-z]{1,3}", 1..4)));
    let built = prop_oneof![
        (instant(), id(), set(), labels(), labels()).prop_map(|(at, contact, set, add, remove)| {
            let event = set
                .into_iter()
                .fold(Event::contact_saved(at, &contact), |event, (field, value)| event.set(&field, value));
            let event = add.iter().fold(event, |event, label| event.add_label(label));
            remove.iter().fold(event, |event, label| event.remove_label(label)).build()
        }),
        (instant(), id(), id(), set()).prop_map(|(at, conversation, contact, set)| {
            let event = Event::conversation_saved(at, &conversation, &contact);
            set.into_iter().fold(event, |event, (field, value)| event.set(&field, value)).build()
        }),
        (instant(), id(), any::<String>(), json()).prop_map(|(at, segment, name, rule)| {
            Event::segment_saved(at, &segment, &format!("S{name}"), rule).build()
        }),
        (instant(), options).prop_map(|(at, options)| {
            let event = Event::field_defined(at, "plan", Kind::Select);
            match options {
                None => event.build(),
                Some(None) => event.any_option().build(),
                Some(Some(options)) => event.options(options).build(),
            }
        }),
    ];
    built.prop_map(Result::unwrap)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_any_text_never_panics(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for text in [text.as_str(), &String::from_utf8_lossy(&bytes)] {
            let _ = (Event::parse(text), Instant::parse(text), Day::parse(text), TextKey::of(text));
            for kind in Kind::DEFINABLE {
                let _ = Value::read(kind, &Json::from(text));
            }
        }
    }

    #[test]
    fn reading_any_json_never_panics(json in json(), text in text()) {
        let _ = Workspace::sample().check(&json.to_string());
        let _ = Event::from_json(json.clone());
        for operator in Operator::ALL {
            for kind in operator.kinds() {
                let _ = operator.predicate(*kind, &json);
                let _ = operator.predicate(*kind, &Json::from(text.as_str()));
            }
        }
        prop_assert!(json.shown().len() < 1_000);
    }

    #[test]
    fn written_json_is_read_back(json in json()) {
        prop_assert_eq!(Json::parse(&json.to_string()).unwrap(), json);
    }

    #[test]
    fn a_text_key_is_its_own_key(text in any::<String>()) {
        if let Some(key) = TextKey::of(&text) {
            prop_assert_eq!(TextKey::of(key.as_str()), Some(key.clone()));
            prop_assert_eq!(TextKey::of(&format!("\u{2003}{text}\n")), Some(key));
        }
    }

    #[test]
    fn a_text_key_of_greek_marks_is_its_own_key(text in "[αωηΑΩΗ\u{345}\u{301}\u{308}\u{323}\u{340}İǰẞßﬀ]{1,8}") {
        let key = TextKey::of(&text).unwrap();
        prop_assert_eq!(TextKey::of(key.as_str()), Some(key));
    }

    #[test]
    fn a_number_equals_the_string_that_holds_it(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
        let json = Json::Number(number);
        let read = Number::read(&json).unwrap();
        prop_assert_eq!(read.get().to_bits(), (number + 0.0).to_bits());
        prop_assert_eq!(Number::read(&Json::Text(format!(" {json}\u{a0}"))), Some(read));
    }

    #[test]
    fn days_agree_with_chrono(number in -719_162_i32..=2_932_896) {
        let day = Day::from_number(number);
        let date = NaiveDate::from(day);
        prop_assert_eq!(day.to_string(), date.format("%Y-%m-%d").to_string());
        prop_assert_eq!(Day::parse(&day.to_string()), Some(day));
        prop_assert_eq!(Day::from(date), day);
    }

    #[test]
    fn instants_agree_with_chrono(instant in instant(), offset in -1_439_i32..=1_439) {
        prop_assert_eq!(Instant::parse(&instant.to_string()), Some(instant));
        let time = DateTime::<Utc>::from(instant);
        prop_assert_eq!(Instant::try_from(time).unwrap(), instant);
        let zone = chrono::FixedOffset::east_opt(offset * 60).unwrap();
        let written = time.with_timezone(&zone).to_rfc3339();
        // The grammar has only years of four digits.
        if written.len() < 33 && !written.starts_with(['+', '-']) {
            prop_assert_eq!(Instant::parse(&written), Some(instant), "{}", written);
        }
    }

    #[test]
    fn an_instant_is_read_as_chrono_reads_it(
        year in 1..=9998_i32, rest in prop::array::uniform4(0..62_u32), month in 0..14_u32, zone in "Z|[+-][0-2][0-9]:[0-6][0-9]"
    ) {
        let [day, hour, minute, second] = rest;
        let text = format!("{year:04}-{month:02}-{:02}T{:02}:{minute:02}:{second:02}{zone}", day % 33, hour % 25);
        let chrono = DateTime::parse_from_rfc3339(&text).ok().filter(|_| second < 60);
        let expected = chrono.and_then(|time| Instant::from_milliseconds(time.timestamp_millis()));
        prop_assert_eq!(Instant::parse(&text), expected, "{}", text);
    }

    #[test]
    fn a_written_rule_is_read_back(rule in rule()) {
        let workspace = Workspace::sample();
        let checked = workspace.check(&rule).unwrap();
        prop_assert_eq!(workspace.check(&checked.to_string()).unwrap(), checked.clone());
        prop_assert!(!checked.sentence().is_empty());
        prop_assert_eq!(Rule::leaf_count_of(&Json::parse(&rule).unwrap()), checked.leaf_count());
        let leaves = checked.conditions().len() + checked.segments().len();
        prop_assert_eq!(checked.leaf_count(), leaves);
    }

    #[test]
    fn a_written_event_is_read_back(event in event()) {
        let json = event.to_json();
        prop_assert_eq!(Event::from_json(json.clone()).unwrap(), event.clone());
        prop_assert_eq!(Event::parse(&json.to_string()).unwrap(), event);
    }
}
