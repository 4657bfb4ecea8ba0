//! Every limit: input at the limit is accepted; input above it is refused quickly, with the name of the limit.

use std::time::{Duration, Instant};

use enlist_model::limits::ContentLimits;
use enlist_model::{
    ContactId, Event, EventBody, FieldDefinition, FieldKey, Json, Kind, Rule, Scope, ShortText, Value,
    check_value,
};

use crate::workspace::{Workspace, all_of};

/// A condition that is valid anywhere outside `same_conversation`.
const LEAF: &str = r#"{"field":"plan","operator":"is_empty"}"#;

/// Asserts a refusal within two seconds, with a short message that contains the words.
fn refused_at_once(words: &str, refuse: impl FnOnce() -> Result<(), String>) {
    let began = Instant::now();
    let error = refuse().unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(error.contains(words), "{error}");
    assert!(error.len() < 20_000, "{} bytes", error.len());
}

fn rule_refused(words: &str, rule: &str) {
    refused_at_once(words, || Workspace::sample().check(rule).map(drop));
}

fn rule_accepted(rule: &str) {
    assert!(Workspace::sample().check(rule).is_ok());
}

/// Nested groups of a depth.
fn nested(depth: usize, leaf: &str) -> String {
    let open = r#"{"match":"all","conditions":["#;
    format!("{}{leaf}{}", open.repeat(depth), "]}".repeat(depth))
}

#[test]
fn a_rule_is_at_most_eight_groups_deep() {
    rule_accepted(&nested(8, LEAF));
    rule_refused("the limit `depth` of 8", &nested(9, LEAF));
}

#[test]
fn a_same_conversation_group_adds_one_to_the_depth() {
    let inner = |depth| {
        let group = nested(depth, r#"{"field":"conversation.status","operator":"is_empty"}"#);
        format!(r#"{{"same_conversation":{group}}}"#)
    };
    rule_accepted(&nested(7, &inner(1)));
    rule_accepted(&nested(1, &inner(7)));
    rule_refused("the limit `depth` of 8", &nested(8, &inner(1)));
    rule_refused("the limit `depth` of 8", &nested(1, &inner(8)));
}

#[test]
fn a_hundred_thousand_groups_in_groups_are_refused() {
    rule_refused("the limit `depth` of 8", &nested(100_000, LEAF));
}

#[test]
fn a_rule_has_at_most_a_hundred_conditions_not_counting_groups() {
    let leaves = |count: usize| vec![LEAF; count].join(",");
    rule_accepted(&all_of(&leaves(100)));
    rule_accepted(&all_of(&[all_of(&leaves(50)), all_of(&leaves(50))].join(",")));
    rule_refused(
        "found 101 conditions; accepted: conditions within the limit `conditions` of 100",
        &all_of(&leaves(101)),
    );
    rule_refused(
        "the limit `conditions` of 100",
        &all_of(&[all_of(&leaves(50)), all_of(&leaves(51))].join(",")),
    );
    rule_refused("found 350000 conditions", &all_of(&vec!["{}"; 350_000].join(",")));
}

#[test]
fn a_list_has_at_most_a_thousand_values() {
    let condition = |count: usize| {
        let options = (0..count).map(|number| format!("\"{number}\"")).collect::<Vec<_>>().join(",");
        all_of(&format!(r#"{{"field":"conversation.topics","operator":"contains_any","value":[{options}]}}"#))
    };
    rule_accepted(&condition(1_000));
    rule_refused(
        "found a list of 1001 values; accepted: a list within the limit `list_values` of 1000",
        &condition(1_001),
    );
    rule_refused("the limit `list_values` of 1000", &condition(1_000_000));
}

#[test]
fn an_operand_and_a_member_of_a_list_have_at_most_a_kibibyte() {
    let condition = |field: &str, operator: &str, bytes: usize| {
        let text = "1".repeat(bytes);
        let value = if operator == "contains_all" { format!("[\"{text}\"]") } else { format!("\"{text}\"") };
        all_of(&format!(r#"{{"field":"{field}","operator":"{operator}","value":{value}}}"#))
    };
    for (field, operator, limit) in [
        ("website", "contains", "operand_bytes"),
        ("mobile", "contains", "operand_bytes"),
        ("tier", "equals", "option_bytes"),
        ("conversation.topics", "contains_all", "option_bytes"),
        ("labels", "has_label", "operand_bytes"),
    ] {
        rule_accepted(&condition(field, operator, 1_024));
        rule_refused(&format!("the limit `{limit}` of 1024"), &condition(field, operator, 1_025));
        rule_refused(&format!("the limit `{limit}` of 1024"), &condition(field, operator, 1 << 20));
    }
    for (field, operator) in
        [("revenue", "equals"), ("renewal_date", "is"), ("renewal_date", "is_in_last_n_days")]
    {
        rule_refused("the limit `operand_bytes` of 1024", &condition(field, operator, 1 << 20));
    }
}

#[test]
fn a_rule_with_many_problems_lists_the_first_of_them_and_counts_the_others() {
    let unknown = vec![r#"{"field":"plna","operator":"equls","value":1,"x":2}"#; 100].join(",");
    rule_refused("; and 250 more problems, not listed here", &all_of(&unknown));
}

#[test]
fn hundreds_of_unknown_segments_among_ten_thousand_are_refused_at_once() {
    let mut workspace = Workspace::sample();
    for number in 0..10_000 {
        workspace.save(&format!("{number:0100}"), &all_of(LEAF));
    }
    let unknown: Vec<String> = (0..100)
        .map(|number| format!(r#"{{"segment":"{}{number}","operator":"is_member"}}"#, "1".repeat(98)))
        .collect();
    refused_at_once("found the unknown segment", || workspace.check(&all_of(&unknown.join(","))).map(drop));
}

#[test]
fn a_value_has_at_most_sixteen_kibibytes_and_an_option_one() {
    let read = |kind, json: Json| Value::read(kind, &json).map(drop).map_err(|unfit| unfit.accepted);
    assert_eq!(read(Kind::Text, Json::from("x".repeat(16_384))), Ok(()));
    refused_at_once("the limit `value_bytes` of 16384", || read(Kind::Text, Json::from("x".repeat(16_385))));
    assert_eq!(read(Kind::Select, Json::from("x".repeat(1_024))), Ok(()));
    refused_at_once("the limit `option_bytes` of 1024", || read(Kind::Select, Json::from("x".repeat(1_025))));
    refused_at_once("the limit `option_bytes` of 1024", || {
        read(Kind::MultiSelect, Json::List(vec![Json::from("x".repeat(1_025))]))
    });
    refused_at_once("the limit `list_values` of 1000", || {
        read(Kind::MultiSelect, Json::List(vec![Json::from("x"); 1_001]))
    });
}

#[test]
fn ids_labels_and_options_have_limited_bytes() {
    assert!(ContactId::new(&"x".repeat(256)).is_ok());
    assert!(ContactId::new(&"x".repeat(257)).is_err());
    let event = |members: &str| {
        let line = format!(r#"{{"at":"2026-11-23T10:00:00Z",{members}}}"#);
        Event::parse(&line).map(drop).map_err(|error| error.to_string())
    };
    let label =
        |bytes| format!(r#""type":"contact_saved","contact":"c","add_labels":["{}"]"#, "x".repeat(bytes));
    assert_eq!(event(&label(1_024)), Ok(()));
    refused_at_once("a label of 1025 bytes is over the limit `label_bytes` of 1024", || event(&label(1_025)));
    let options = |options: Vec<String>| {
        let options = options.iter().map(|option| format!("\"{option}\"")).collect::<Vec<_>>().join(",");
        format!(r#""type":"field_defined","field":"f","kind":"select","options":[{options}]"#)
    };
    let many = |count: usize| options((0..count).map(|number| number.to_string()).collect());
    assert_eq!(event(&many(1_000)), Ok(()));
    // Whether a list of options is too long is for the workspace to say.
    assert_eq!(event(&many(1_001)), Ok(()));
    refused_at_once("an option within the limit `option_bytes` of 1024", || {
        event(&options(vec!["x".repeat(1_025)]))
    });
}

#[test]
fn the_options_of_a_field_are_at_most_as_many_as_a_list_may_have() {
    let options = |count: usize| vec![ShortText::from("a"); count];
    let within = |count, limits: &ContentLimits| {
        FieldDefinition::options_within(&options(count), limits).map_err(|error| error.to_string())
    };
    let (contract, ten) = (ContentLimits::CONTRACT, ContentLimits::CONTRACT.with_list_values(10));
    assert_eq!(within(1_000, &contract), Ok(options(1)));
    refused_at_once("a list of 1001 options is over the limit `list_values` of 1000", || {
        within(1_001, &contract).map(drop)
    });
    assert_eq!(within(10, &ten), Ok(options(1)));
    refused_at_once("a list of 11 options is over the limit `list_values` of 10", || {
        within(11, &ten).map(drop)
    });
}

#[test]
fn a_rule_is_checked_within_the_limits_of_the_definitions() {
    let leaves = |count: usize| all_of(&vec![LEAF; count].join(","));
    let condition =
        |value: &str| all_of(&format!(r#"{{"field":"website","operator":"contains","value":"{value}"}}"#));
    let list = |count: usize| {
        let options = vec![r#""a""#; count].join(",");
        all_of(&format!(r#"{{"field":"conversation.topics","operator":"contains_any","value":[{options}]}}"#))
    };
    let maxima = ContentLimits::MAXIMA;
    for (limits, name, most, rule) in [
        (maxima, "depth", 24, &(|count| nested(count, LEAF)) as &dyn Fn(usize) -> String),
        (maxima.with_rule_depth(3), "depth", 3, &|count| nested(count, LEAF)),
        (maxima, "conditions", 1_000, &leaves),
        (maxima.with_rule_conditions(2), "conditions", 2, &leaves),
        (maxima, "list_values", 10_000, &list),
        (maxima.with_list_values(1), "list_values", 1, &list),
        (maxima, "operand_bytes", 4_096, &|count| condition(&"x".repeat(count))),
        (maxima.with_operand_bytes(4), "operand_bytes", 4, &|count| condition(&"x".repeat(count))),
    ] {
        let workspace = Workspace::sample().with_limits(limits);
        assert!(workspace.check(&rule(most)).is_ok(), "{name} of {most}");
        refused_at_once(&format!("the limit `{name}` of {most}"), || {
            workspace.check(&rule(most + 1)).map(drop)
        });
    }
}

#[test]
fn a_limit_of_the_definitions_above_its_maximum_counts_as_the_maximum() {
    let unlimited = ContentLimits::MAXIMA.with_rule_depth(usize::MAX).with_value_bytes(usize::MAX);
    let workspace = Workspace::sample().with_limits(unlimited);
    assert!(workspace.check(&nested(24, LEAF)).is_ok());
    refused_at_once("the limit `depth` of 24", || workspace.check(&nested(25, LEAF)).map(drop));
    // A rule that no text could hold: made in Rust, it can be deeper than JSON is read.
    let mut rule = Json::parse(&nested(1, LEAF)).unwrap();
    for _ in 0..10_000 {
        let members = [("match", Json::from("all")), ("conditions", Json::List(vec![rule]))];
        rule = Json::Object(members.map(|(key, value)| (key.to_owned(), value)).into());
    }
    let error = Rule::check(&rule, None, &workspace).unwrap_err();
    assert!(error.to_string().contains("the limit `depth` of 24"), "{error}");
    assert_eq!(Rule::leaf_count_of(&rule), 0);
    // It is taken apart from the outside, because dropping it whole would recurse.
    while let Json::Object(mut members) = rule {
        let Some((_, Json::List(mut nodes))) = members.pop() else { break };
        rule = nodes.pop().unwrap_or(Json::Null);
    }
    let at = Event::parse(r#"{"type":"tick","at":"2026-11-23T10:00:00Z"}"#).unwrap().at;
    let named = |bytes: usize| Event::contact_saved(at, "a").set("name", "x".repeat(bytes)).build().unwrap();
    assert_eq!(named(65_536).fitting(&workspace).1.len(), 0);
    assert_eq!(named(65_537).fitting(&workspace).1.len(), 1);
}

#[test]
fn values_that_fit_are_those_within_the_limits_of_the_definitions() {
    let at = Event::parse(r#"{"type":"tick","at":"2026-11-23T10:00:00Z"}"#).unwrap().at;
    for most in [10, 20_000] {
        let limits = ContentLimits::default().with_value_bytes(most);
        let workspace = Workspace::sample().with_limits(limits);
        let named =
            |bytes: usize| Event::contact_saved(at, "a").set("name", "x".repeat(bytes)).build().unwrap();
        assert_eq!(named(most).fitting(&workspace), (named(most), Vec::new()));
        let (_, left_out) = named(most + 1).fitting(&workspace);
        assert!(left_out[0].to_string().contains(&format!("the limit `value_bytes` of {most}")));
    }
}

#[test]
fn the_deepest_rule_of_an_event_is_read_whole() {
    let leaf = r#"{"field":"conversation.topics","operator":"contains_any","value":["a"]}"#;
    let rule = nested(23, &format!(r#"{{"same_conversation":{}}}"#, nested(1, leaf)));
    let line = format!(
        r#"{{"type":"segment_saved","at":"2026-11-23T10:00:00Z","segment":"s","name":"S","rule":{rule}}}"#
    );
    let EventBody::SegmentSaved { rule, .. } = Event::parse(&line).unwrap().body else { panic!("a segment") };
    let workspace = Workspace::sample().with_limits(ContentLimits::MAXIMA);
    let checked = Rule::check(&rule, None, &workspace).unwrap();
    assert_eq!((checked.leaf_count(), checked.to_json()), (1, rule));
}

#[test]
fn values_of_many_options_are_checked_at_once_against_a_field_of_many() {
    let mut field = FieldDefinition::new(FieldKey::new("tags").unwrap(), Kind::MultiSelect);
    field.options = Some((0..10_000).map(|number| ShortText::from(number.to_string())).collect());
    let list = |from: usize| {
        Json::List((from..from + 10_000).map(|number| Json::from(number.to_string())).collect())
    };
    let check = |from, held: &'static str| {
        let is_held = move |option: &str| option == held;
        check_value(Scope::Contact, "tags", Some(&field), &list(from), is_held, &ContentLimits::MAXIMA)
            .map_err(|problem| problem.to_string())
    };
    assert!(check(0, "").is_ok());
    assert!(check(1, "10000").is_ok());
    refused_at_once("the unknown option \"10000\"", || check(1, "").map(drop));
    refused_at_once("the unknown option \"10001\"", || check(2, "10000").map(drop));
}

#[test]
fn a_thousand_conditions_on_a_field_of_ten_thousand_options_are_checked_at_once() {
    let mut workspace = Workspace::sample().with_limits(ContentLimits::MAXIMA);
    let options = (0..10_000).map(|number| ShortText::from(number.to_string())).collect();
    workspace.set_options("plan", options);
    let condition = |option: usize| format!(r#"{{"field":"plan","operator":"equals","value":"{option}"}}"#);
    let rule =
        |last: usize| all_of(&(9_000..9_999).chain([last]).map(condition).collect::<Vec<_>>().join(","));
    let began = Instant::now();
    assert!(workspace.check(&rule(9_999)).is_ok());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    refused_at_once("the unknown option \"10000\"", || workspace.check(&rule(10_000)).map(drop));
}

#[test]
fn a_line_has_at_most_a_mebibyte() {
    let line = |bytes: usize| {
        let start = r#"{"type":"tick","at":"2026-11-23T10:00:00Z""#;
        format!("{start}{}}}", " ".repeat(bytes - start.len() - 1))
    };
    assert!(Event::parse(&line(1 << 20)).is_ok());
    for bytes in [(1 << 20) + 1, 100 << 20] {
        refused_at_once("is over the limit `line_bytes` of 1048576", || {
            Event::parse(&line(bytes)).map(drop).map_err(|error| error.to_string())
        });
    }
}

#[test]
fn a_deeply_nested_value_is_refused_everywhere() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for members in [
        format!(r#""type":"tick","id":{deep}"#),
        format!(r#""type":{deep}"#),
        format!(r#""type":"contact_saved","contact":{deep}"#),
        format!(r#""type":"contact_saved","contact":"c","set":{deep}"#),
        format!(r#""type":"contact_saved","contact":"c","add_labels":{deep}"#),
        format!(r#""type":"field_defined","field":"f","kind":"select","options":{deep}"#),
    ] {
        refused_at_once("accepted: ", || {
            let line = format!(r#"{{"at":"2026-11-23T10:00:00Z",{members}}}"#);
            Event::parse(&line).map(drop).map_err(|error| error.to_string())
        });
    }
    for kind in Kind::DEFINABLE {
        assert!(Value::read(kind, &Json::parse(&deep).unwrap()).is_err(), "{kind}");
    }
    rule_refused(
        "found a list",
        &all_of(&format!(r#"{{"field":"website","operator":"contains","value":{deep}}}"#)),
    );
    rule_refused(
        "found a list",
        &all_of(&format!(r#"{{"field":"website","operator":"is_empty","value":{deep}}}"#)),
    );
}
