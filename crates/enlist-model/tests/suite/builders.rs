//! Events built in Rust compared with the same events read from JSON: equal events, equal errors.

use enlist_model::{Error, Event, EventBody, Instant, Json, Kind, Setting, WeekStart};
use proptest::prelude::*;

/// Valid ids, empty ids and ids that are too long.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![6 => "[a-zé ]{1,3}", 1 => Just(String::new()), 1 => Just("x".repeat(257))]
}

/// Labels and options: valid, blank and too long.
fn words() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![8 => "[a-zA-Z ]{0,3}x", 1 => " {0,2}", 1 => Just("x".repeat(1_025))];
    prop::collection::vec(word, 0..4)
}

fn values() -> impl Strategy<Value = Vec<(String, Json)>> {
    let value =
        prop_oneof![Just(Json::Null), "[a-z]{0,3}".prop_map(Json::Text), any::<i32>().prop_map(Json::from)];
    prop::collection::btree_map("[a-z]{1,2}|conversation\\.[a-z]", value, 0..4)
        .prop_map(|values| values.into_iter().collect())
}

fn at() -> Instant {
    Instant::parse("2026-11-23T10:00:00Z").unwrap()
}

/// The result of reading an event with some members.
fn read(event_type: &str, members: Vec<(&str, Json)>) -> Result<Event, Error> {
    let common = [("type", Json::from(event_type)), ("at", Json::from(at().to_string()))];
    let members = common.into_iter().chain(members).map(|(name, value)| (name.to_owned(), value));
    Event::from_json(Json::Object(members.collect()))
}

fn list(words: &[String]) -> Json {
    Json::List(words.iter().map(|word| Json::from(word.as_str())).collect())
}

fn text(word: &str) -> Json {
    Json::from(word)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_contact_that_is_built_is_the_contact_that_is_read(
        contact in id(), set in values(), add in words(), remove in words()
    ) {
        let event = set.iter().fold(Event::contact_saved(at(), &contact), |event, (field, value)| {
            event.set(field, "replaced").set(field, value.clone())
        });
        let event = remove.iter().fold(event, |event, label| event.remove_label(label));
        let event = add.iter().fold(event, |event, label| event.add_label(label));
        let members = vec![
            ("contact", text(&contact)),
            ("set", Json::Object(set)),
            ("add_labels", list(&add)),
            ("remove_labels", list(&remove)),
        ];
        prop_assert_eq!(event.build(), read("contact_saved", members));
    }

    #[test]
    fn a_conversation_that_is_built_is_the_conversation_that_is_read(
        conversation in id(), contact in id(), set in values()
    ) {
        let event = Event::conversation_saved(at(), &conversation, &contact);
        let event = set.iter().fold(event, |event, (field, value)| event.set(field, value.clone()));
        let members = vec![
            ("conversation", text(&conversation)),
            ("contact", text(&contact)),
            ("set", Json::Object(set)),
        ];
        prop_assert_eq!(event.build(), read("conversation_saved", members));
        let activity = Event::activity(at(), &contact).conversation(&conversation).build();
        let members = vec![("contact", text(&contact)), ("conversation", text(&conversation))];
        prop_assert_eq!(activity, read("activity", members));
    }

    #[test]
    fn a_definition_that_is_built_is_the_definition_that_is_read(
        field in "[a-zA-Z]{0,2}", options in words(), kind in prop::sample::select(&Kind::DEFINABLE[..]), segment in id(), name in " {0,1}[a-z]{0,1}"
    ) {
        for kind in [kind, Kind::Label] {
            let event = Event::field_defined(at(), &field, kind).options(&options).default_value(true);
            let members = vec![
                ("field", text(&field)),
                ("kind", text(kind.name())),
                ("options", list(&options)),
                ("default", Json::Bool(true)),
            ];
            prop_assert_eq!(event.build(), read("field_defined", members));
        }
        prop_assert_eq!(Event::field_deleted(at(), &field).build(), read("field_deleted", vec![("field", text(&field))]));
        let saved = Event::segment_saved(at(), &segment, &name, Json::Null);
        let members = vec![("segment", text(&segment)), ("name", text(&name)), ("rule", Json::Null)];
        prop_assert_eq!(saved.build(), read("segment_saved", members));
        let configured = Event::workspace_configured(at()).time_zone(&name).week_start(WeekStart::Saturday);
        let members = vec![("time_zone", text(&name)), ("week_start", text("saturday"))];
        prop_assert_eq!(configured.build(), read("workspace_configured", members));
    }

    #[test]
    fn an_event_that_names_ids_alone_is_built_as_it_is_read(one in id(), two in id()) {
        for (built, event_type, members) in [
            (Event::segment_deleted(at(), &one), "segment_deleted", vec![("segment", text(&one))]),
            (Event::contact_deleted(at(), &one), "contact_deleted", vec![("contact", text(&one))]),
            (Event::conversation_deleted(at(), &one), "conversation_deleted", vec![("conversation", text(&one))]),
            (Event::contact_merged(at(), &one, &two), "contact_merged", vec![("contact", text(&one)), ("into", text(&two))]),
        ] {
            prop_assert_eq!(built.build(), read(event_type, members));
        }
    }
}

#[test]
fn a_list_of_many_options_is_built_as_it_is_read_with_duplicates_only_beyond_the_limit_of_the_contract() {
    for (count, kept) in [(1_000, 1), (1_001, 1_001), (100_000, 100_000)] {
        let options = vec!["a"; count];
        let built = Event::field_defined(at(), "plan", Kind::Select).options(&options).build();
        let members =
            vec![("field", text("plan")), ("kind", text("select")), ("options", Json::from(options))];
        assert_eq!(built, read("field_defined", members));
        let EventBody::FieldDefined { options: Setting::Set(options), .. } = built.unwrap().body else {
            panic!("it has options")
        };
        assert_eq!(options.len(), kept);
    }
}
