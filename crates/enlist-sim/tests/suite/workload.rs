//! Workloads are repeatable, well formed, and cover everything that an event can say.

use std::collections::BTreeMap;

use enlist_model::{Json, Operator};
use enlist_sim::{Oracle, Profile, Workload, script};

#[test]
fn a_seed_always_gives_the_same_events_and_its_script_reads_back() {
    for seed in 0..20 {
        let events = Workload::script(seed, Profile::default(), 300);
        assert_eq!(events, Workload::script(seed, Profile::default(), 300));
        assert_eq!(script::from_lines(&script::to_lines(&events)).unwrap(), events);
    }
}

/// Counts every type of event, accepted and refused, and every operator of an accepted rule.
fn counted(seeds: std::ops::Range<u64>) -> BTreeMap<String, u32> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for seed in seeds {
        let mut oracle = Oracle::new();
        for event in Workload::script(seed, Profile::default(), 600) {
            let outcome = if oracle.record(&event).is_ok() { "accepted" } else { "refused" };
            *counts.entry(format!("{} {outcome}", event.body.type_name())).or_default() += 1;
        }
        for (_, _, rule) in oracle.segments() {
            for condition in rule.conditions() {
                *counts.entry(condition.operator.name().to_owned()).or_default() += 1;
            }
            let text = rule.to_json().to_string();
            for word in ["same_conversation", "is_member", "is_not_member", "\"none\"", "\"all\"", "\"any\""]
            {
                *counts.entry(word.to_owned()).or_default() += u32::from(text.contains(word));
            }
        }
    }
    counts
}

#[test]
fn workloads_cover_every_operator_group_and_event_type_accepted_and_refused() {
    let counts = counted(0..60);
    let types = counts.keys().filter(|key| key.ends_with("accepted")).count();
    assert_eq!(types, 12, "{counts:?}");
    let refused = counts.keys().filter(|key| key.ends_with("refused")).count();
    assert_eq!(refused, 11, "every type but a tick: {counts:?}");
    let missing: Vec<&Operator> =
        Operator::ALL.iter().filter(|operator| !counts.contains_key(operator.name())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for word in ["same_conversation", "is_member", "is_not_member", "\"none\"", "\"all\"", "\"any\""] {
        assert!(counts.get(word).is_some_and(|count| *count > 10), "{word}: {counts:?}");
    }
    let sum = |outcome: &str| -> u32 {
        counts.iter().filter(|(key, _)| key.ends_with(outcome)).map(|(_, count)| count).sum()
    };
    let (accepted, refused) = (sum("accepted"), sum("refused"));
    assert!(
        refused * 20 > accepted && refused * 2 < accepted,
        "{refused} refused, {accepted} accepted: {counts:?}"
    );
}

#[test]
fn workloads_reach_the_limits_of_rules() {
    let deep = (0..9).fold(Json::parse(r#"{"field":"name","operator":"is_empty"}"#).unwrap(), |inner, _| {
        Json::Object(vec![("match".into(), "all".into()), ("conditions".into(), Json::List(vec![inner]))])
    });
    assert!(enlist_model::Rule::check(&deep, None, Oracle::new().definitions()).is_err());
}
