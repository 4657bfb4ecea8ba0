//! Events without the values that do not fit, and the list of what was left out.

use enlist_model::{Event, EventBody, Instant, Json, Kind, Label, LeftOut, TextKey};

use crate::workspace::Workspace;

fn at() -> Instant {
    Instant::parse("2026-11-23T10:00:00Z").unwrap()
}

fn fields(left_out: &[LeftOut]) -> Vec<(&str, Option<Kind>, String)> {
    left_out
        .iter()
        .map(|each| (each.problem.field.as_str(), each.problem.kind, each.value.to_string()))
        .collect()
}

#[test]
fn values_that_do_not_fit_are_left_out_with_field_kind_and_value() {
    let long = "x".repeat(20_000);
    let event = Event::contact_saved(at(), "c")
        .set("website", "example.org")
        .set("revenue", "much")
        .set("plan", "gold")
        .set("interests", vec!["golf", "polo"])
        .set("labels", vec!["vip"])
        .set("unknown", true)
        .set("conversation.priority", "low")
        .set("name", long.as_str())
        .set("renewal_date", Json::Null)
        .add_label("vip");
    let (fitting, left_out) = event.build().unwrap().fitting(&Workspace::sample());
    let expected = Event::contact_saved(at(), "c")
        .set("website", "example.org")
        .set("renewal_date", Json::Null)
        .add_label("vip");
    assert_eq!(fitting, expected.build().unwrap());
    let long = Json::from(long);
    assert_eq!(
        fields(&left_out),
        [
            ("revenue", Some(Kind::Number), r#""much""#.to_owned()),
            ("plan", Some(Kind::Select), r#""gold""#.to_owned()),
            ("interests", Some(Kind::MultiSelect), r#"["golf","polo"]"#.to_owned()),
            ("labels", Some(Kind::Label), r#"["vip"]"#.to_owned()),
            ("unknown", None, "true".to_owned()),
            ("conversation.priority", None, r#""low""#.to_owned()),
            ("name", Some(Kind::Text), long.to_string()),
        ]
    );
}

#[test]
fn a_conversation_keeps_the_values_of_its_own_fields() {
    let event =
        Event::conversation_saved(at(), "v", "c").set("conversation.priority", "low").set("plan", "pro");
    let (fitting, left_out) = event.build().unwrap().fitting(&Workspace::sample());
    let expected = Event::conversation_saved(at(), "v", "c").set("conversation.priority", "low");
    assert_eq!(fitting, expected.build().unwrap());
    assert_eq!(fields(&left_out), [("plan", None, r#""pro""#.to_owned())]);
}

#[test]
fn invalid_labels_that_bypassed_the_checks_are_left_out() {
    let vip = || TextKey::of("vip").unwrap();
    let label = |shown: &str| Label { key: vip(), shown: shown.into() };
    let mut event = Event::contact_saved(at(), "c").build().unwrap();
    let EventBody::ContactSaved { add_labels, remove_labels, .. } = &mut event.body else { panic!() };
    *add_labels = vec![label("VIP"), label(" "), label("other")];
    *remove_labels = vec![label("")];
    let (fitting, left_out) = event.fitting(&Workspace::sample());
    assert_eq!(fitting, Event::contact_saved(at(), "c").add_label("VIP").build().unwrap());
    let left_out: Vec<String> = left_out.iter().map(|each| each.value.to_string()).collect();
    assert_eq!(left_out, [r#"" ""#, r#""other""#, r#""""#]);
}

#[test]
fn labels_over_the_limit_of_a_contact_are_left_out() {
    let all: Vec<String> = (0..1_002).map(|number| format!("label {number}")).collect();
    let labelled = |labels: &[String]| {
        let event = Event::contact_saved(at(), "c").add_label("LABEL 0");
        labels.iter().fold(event, |event, label| event.add_label(label)).build().unwrap()
    };
    let (fitting, left_out) = labelled(&all).fitting(&Workspace::sample());
    assert_eq!(fitting, labelled(&all[..1_000]));
    assert_eq!(left_out.len(), 2);
    assert!(left_out[0].to_string().contains("the limit `contact_labels` of 1000"), "{}", left_out[0]);
}

#[test]
fn faults_other_than_values_stay() {
    let rule = Json::parse(r#"{"match":"some","conditions":[]}"#).unwrap();
    for event in [
        Event::segment_saved(at(), "s", "S", rule).build().unwrap(),
        Event::contact_merged(at(), "nobody", "nobody").build().unwrap(),
        Event::workspace_configured(at()).time_zone("Mars/Olympus").build().unwrap(),
        Event::field_deleted(at(), "unknown").build().unwrap(),
    ] {
        assert_eq!(event.fitting(&Workspace::sample()), (event, Vec::new()));
    }
}

#[test]
fn an_unknown_option_of_a_value_has_a_code_and_a_suggestion() {
    let workspace = Workspace::sample();
    let event = Event::contact_saved(at(), "ada").set("plan", "enterprize").build().unwrap();
    let (_, left_out) = event.fitting(&workspace);
    let problem = &left_out[0].problem;
    assert_eq!(
        (problem.code.as_str(), problem.suggestion.as_deref()),
        ("unknown_option", Some("enterprise"))
    );
    assert!(problem.to_string().contains("(did you mean `enterprise`?)"), "{problem}");
    assert!(!problem.reason().contains("enterprize"), "{}", problem.reason());
}
