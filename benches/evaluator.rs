//! The evaluator: rules of every shape, evaluated for ten thousand contacts as in a preview, and for one contact as
//! in an explanation.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use enlist_bench::lanes::engine::EngineLane;
use enlist_bench::workload::profile::Profile;
use enlist_bench::workload::{Workload, contact_id, segment_saved};
use enlist_bench::workspace::rule;
use enlist_engine::Engine;

const CONTACTS: u32 = 10_000;

/// The shapes: a name, and the conditions that must all hold.
const SHAPES: [(&str, &str); 14] = [
    ("select equals", SELECT),
    ("boolean", r#"{"field": "verified", "operator": "is_true"}"#),
    ("label", r#"{"field": "labels", "operator": "has_label", "value": "Label 3"}"#),
    (
        "multi-select",
        r#"{"field": "interests", "operator": "contains_any", "value": ["option_1", "option_5"]}"#,
    ),
    ("number", NUMBER),
    ("relative date", DATE),
    ("text equals", r#"{"field": "city", "operator": "equals", "value": "Lisbon"}"#),
    ("text contains", TEXT),
    ("conversation", CONVERSATION),
    ("same conversation", SAME_CONVERSATION),
    ("member of a segment", r#"{"segment": "leads", "operator": "is_member"}"#),
    ("any of three", ANY),
    ("none of three", NONE),
    ("all of five, nested", NESTED),
];
const SELECT: &str = r#"{"field": "stage", "operator": "equals", "value": "option_1"}"#;
const NUMBER: &str = r#"{"field": "score", "operator": "greater_than", "value": 60}"#;
const DATE: &str = r#"{"field": "last_activity_at", "operator": "is_in_last_7_days"}"#;
const TEXT: &str = r#"{"field": "company", "operator": "contains", "value": "robotics"}"#;
const CONVERSATION: &str = r#"{"field": "conversation.status", "operator": "equals", "value": "option_0"}"#;
const SAME_CONVERSATION: &str = r#"{"same_conversation": {"match": "all", "conditions": [
    {"field": "conversation.status", "operator": "equals", "value": "option_0"},
    {"field": "conversation.channel", "operator": "not_equals", "value": "option_1"}]}}"#;
const ANY: &str = r#"{"match": "any", "conditions": [
    {"field": "stage", "operator": "equals", "value": "option_1"},
    {"field": "score", "operator": "greater_than", "value": 60},
    {"field": "last_activity_at", "operator": "is_in_last_7_days"}]}"#;
const NONE: &str = r#"{"match": "none", "conditions": [
    {"field": "stage", "operator": "equals", "value": "option_1"},
    {"field": "score", "operator": "greater_than", "value": 60},
    {"field": "last_activity_at", "operator": "is_in_last_7_days"}]}"#;
const NESTED: &str = r#"{"field": "stage", "operator": "is_not_empty"},
    {"field": "score", "operator": "greater_than", "value": 20},
    {"match": "any", "conditions": [
        {"field": "last_activity_at", "operator": "is_in_last_7_days"},
        {"field": "company", "operator": "contains", "value": "robotics"},
        {"field": "labels", "operator": "has_label", "value": "Label 3"}]}"#;

fn previews(criterion: &mut Criterion, engine: &Engine) {
    let mut group = criterion.benchmark_group("evaluator/preview");
    group.throughput(Throughput::Elements(u64::from(CONTACTS)));
    group.sample_size(20);
    for (name, conditions) in SHAPES {
        let rule = rule(conditions);
        let count = engine.preview(&rule, None).expect("the rule is valid").count;
        assert!((1..u64::from(CONTACTS)).contains(&count), "{name} is of {count} contacts");
        group.bench_function(name, |bencher| {
            bencher.iter(|| engine.preview(black_box(&rule), None).expect("the rule is valid").count);
        });
    }
    group.finish();
}

fn explanations(criterion: &mut Criterion, engine: &Engine) {
    let mut group = criterion.benchmark_group("evaluator/explain");
    let contacts: Vec<String> = (0..1_000).map(|no| contact_id(no * 7).as_str().to_owned()).collect();
    for (name, _) in SHAPES {
        let mut next = contacts.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let contact = next.next().expect("a cycle has no end");
                engine.explain(name, contact).expect("both are known").root.holds()
            });
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let workload = Workload::new(7, Profile::Crm, CONTACTS);
    let mut engine = EngineLane::set_up(&workload, 0, &|_| ()).expect("the workload is accepted").engine;
    for (id, conditions) in [("leads", SELECT)].into_iter().chain(SHAPES) {
        engine.apply(&segment_saved(id, rule(conditions)), &mut Vec::new()).expect("the rule is valid");
    }
    previews(&mut criterion, &engine);
    explanations(&mut criterion, &engine);
    criterion.final_summary();
}
