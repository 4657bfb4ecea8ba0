//! What is answered over HTTP agrees with the plain evaluation of the same events, and wrong rules get the right places.

use std::collections::BTreeSet;

use axum::body::Body;
use enlist::{Event, EventBody, Published};
use enlist_sim::{Oracle, Profile, Workload};
use serde_json::{Value, json};

use crate::scene::{Scene, address, request};

fn ids(contacts: &Value) -> BTreeSet<String> {
    contacts.as_array().unwrap().iter().map(|each| each["contact"].as_str().unwrap().to_owned()).collect()
}

/// A log sent as lines to a scene and applied by the oracle.
async fn beside_the_oracle(seed: u64) -> (Scene, Oracle, Vec<Event>) {
    let (scene, mut oracle) = (Scene::manual(), Oracle::new());
    let events = Workload::script(seed, Profile::default(), 400);
    let refused = events.iter().filter(|event| oracle.apply(event).is_err()).count();
    let lines: Vec<String> = events.iter().map(|event| event.to_json().to_string()).collect();
    let sent = request("POST", "events").header("content-type", "application/x-ndjson");
    let received = scene.send(sent.body(Body::from(lines.join("\n"))).unwrap()).await.with(200);
    assert_eq!(
        (&received["refused"], &received["applied"]),
        (&json!(refused), &json!(events.len() - refused))
    );
    (scene, oracle, events)
}

#[tokio::test]
async fn a_log_sent_as_lines_gives_the_members_and_transitions_of_its_replay() {
    let mut compared = 0;
    for seed in 0..4 {
        let (scene, oracle, events) = beside_the_oracle(seed).await;
        for (segment, members) in oracle.memberships() {
            let page = scene
                .get(&format!("segments/{}/members?size=1000", address(segment.as_str())))
                .await
                .with(200);
            let expected = members.iter().map(|id| id.as_str().to_owned()).collect();
            assert_eq!(ids(&page["contacts"]), expected, "{segment:?}");
            compared += members.len();
        }
        let direct = scene.enlist.create_workspace("direct").unwrap();
        let _ = direct.apply(events).unwrap();
        let published = direct.recently_published(usize::MAX).into_iter().rev();
        let expected: Vec<Value> = published
            .map(|each| match each {
                Published::Transition(each) => {
                    json!([each.at(), each.segment(), each.contact(), each.change()])
                }
                Published::Notice(each) => json!([each.notice().at, each.notice().segment]),
                Published::Gap(gap) => panic!("{gap:?}"),
            })
            .collect();
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = scene.get(&format!("transitions?size=1000{after}")).await.with(200);
            for each in page["transitions"].as_array().unwrap() {
                let names = if each["type"] == "notice" {
                    &["at", "segment"][..]
                } else {
                    &["at", "segment", "contact", "change"]
                };
                found.push(names.iter().map(|name| each[*name].clone()).collect::<Value>());
            }
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(found, expected);
        compared += found.len();
    }
    assert!(compared > 1_000, "{compared}");
}

/// What the oracle has in a segment of this rule.
fn expected(oracle: &Oracle, rule: &enlist::Json) -> Option<BTreeSet<String>> {
    let mut oracle = oracle.clone();
    let saved = Event::segment_saved(oracle.now()?, "a new one", "New", rule.clone()).build().unwrap();
    oracle.record(&saved).ok()?;
    oracle.evaluate_all();
    Some(oracle.membership("a new one").iter().map(|id| id.as_str().to_owned()).collect())
}

#[tokio::test]
async fn two_hundred_random_rules_previewed_agree_with_the_oracle() {
    let (mut previewed, mut held, mut seed) = (0, 0, 10);
    while previewed < 200 {
        let (scene, oracle, events) = beside_the_oracle(seed).await;
        for event in &events {
            let EventBody::SegmentSaved { rule, .. } = &event.body else { continue };
            let document = json!({"rule": rule, "sample": 100});
            let preview = scene.put("POST", "rules/preview", document).await;
            let Some(expected) = expected(&oracle, rule) else {
                assert_eq!(preview.refused(422), "invalid_rule", "{rule}");
                continue;
            };
            let preview = preview.with(200);
            assert_eq!(ids(&preview["members"]["contacts"]), expected, "{rule}");
            assert_eq!(
                (&preview["count"], &preview["total"]),
                (&json!(expected.len()), &json!(oracle.contact_count()))
            );
            previewed += 1;
            held += expected.len();
        }
        seed += 1;
    }
    assert!(held > 500, "{held}");
}

/// A rule of one condition.
fn one(condition: &Value) -> Value {
    json!({"match": "all", "conditions": [condition]})
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of thirty rules")]
async fn thirty_wrong_rules_get_the_right_places_and_codes() {
    let scene = Scene::with_contacts().await;
    for (field, kind) in
        [("age", "number"), ("since", "date"), ("active", "boolean"), ("tags", "multi_select")]
    {
        scene.put("PUT", &format!("fields/{field}"), json!({"kind": kind})).await.with(201);
    }
    let deep = (0..9).fold(json!({"field": "name", "operator": "is_empty"}), |inner, _| one(&inner));
    let condition = json!({"field": "name", "operator": "is_empty"});
    let same =
        json!({"same_conversation": one(&json!({"field": "conversation.status", "operator": "is_empty"}))});
    let wrong = [
        (json!([]), "#/rule", "not_a_group"),
        (json!("plan"), "#/rule", "not_a_group"),
        (json!({"conditions": [condition]}), "#/rule/match", "missing_member"),
        (json!({"match": "all"}), "#/rule/conditions", "missing_member"),
        (json!({"match": "some", "conditions": [condition]}), "#/rule/match", "wrong_match"),
        (json!({"match": "all", "conditions": {}}), "#/rule/conditions", "wrong_conditions"),
        (json!({"match": "all", "conditions": []}), "#/rule/conditions", "empty_group"),
        (json!({"match": "all", "conditions": [condition], "name": 1}), "#/rule", "unknown_member"),
        (one(&json!(1)), "#/rule/conditions/0", "not_a_condition"),
        (
            one(&json!({"field": "nmae", "operator": "is_empty"})),
            "#/rule/conditions/0/field",
            "unknown_field",
        ),
        (one(&json!({"field": "name"})), "#/rule/conditions/0/operator", "missing_member"),
        (
            one(&json!({"field": "name", "operator": "is_emtpy"})),
            "#/rule/conditions/0/operator",
            "unknown_operator",
        ),
        (
            one(&json!({"field": "name", "operator": "greater_than", "value": 1})),
            "#/rule/conditions/0/operator",
            "operator_of_other_kind",
        ),
        (
            one(&json!({"field": "name", "operator": "contains"})),
            "#/rule/conditions/0/value",
            "missing_value",
        ),
        (
            one(&json!({"field": "name", "operator": "is_empty", "value": "a"})),
            "#/rule/conditions/0/value",
            "surplus_value",
        ),
        (
            one(&json!({"field": "name", "operator": "contains", "value": ["a"]})),
            "#/rule/conditions/0/value",
            "wrong_value",
        ),
        (
            one(&json!({"field": "age", "operator": "equals", "value": "x"})),
            "#/rule/conditions/0/value",
            "wrong_value",
        ),
        (
            one(&json!({"field": "since", "operator": "is", "value": "2026-02-30"})),
            "#/rule/conditions/0/value",
            "wrong_value",
        ),
        (
            one(&json!({"field": "since", "operator": "is_in_last_n_days", "value": 0})),
            "#/rule/conditions/0/value",
            "wrong_value",
        ),
        (
            one(&json!({"field": "tags", "operator": "contains_any", "value": "a"})),
            "#/rule/conditions/0/value",
            "wrong_value",
        ),
        (
            one(&json!({"field": "name", "operator": "contains", "value": "a".repeat(1_025)})),
            "#/rule/conditions/0/value",
            "value_over_limit",
        ),
        (
            one(&json!({"field": "plan", "operator": "equals", "value": "prop"})),
            "#/rule/conditions/0/value",
            "unknown_option",
        ),
        (
            one(&json!({"segment": "none", "operator": "is_member"})),
            "#/rule/conditions/0/segment",
            "unknown_segment",
        ),
        (
            one(&json!({"segment": 1, "operator": "is_member"})),
            "#/rule/conditions/0/segment",
            "wrong_segment",
        ),
        (
            one(&json!({"segment": "pro", "operator": "is_empty"})),
            "#/rule/conditions/0/operator",
            "unknown_operator",
        ),
        (
            one(&json!({"same_conversation": one(&json!({"field": "name", "operator": "is_empty"}))})),
            "#/rule/conditions/0/same_conversation/conditions/0/field",
            "wrong_scope",
        ),
        (
            one(&json!({"same_conversation": one(&same)})),
            "#/rule/conditions/0/same_conversation/conditions/0",
            "nested_same_conversation",
        ),
        (
            one(&json!({"same_conversation": one(&json!({"segment": "pro", "operator": "is_member"}))})),
            "#/rule/conditions/0/same_conversation/conditions/0/segment",
            "segment_in_same_conversation",
        ),
        (
            deep,
            "#/rule/conditions/0/conditions/0/conditions/0/conditions/0/conditions/0/conditions/0/conditions/0/conditions/0",
            "too_deep",
        ),
        (json!({"match": "all", "conditions": vec![condition; 101]}), "#/rule", "too_many_conditions"),
    ];
    assert_eq!(wrong.len(), 30);
    let mut different = Vec::new();
    for (rule, pointer, code) in wrong {
        let checked = scene.put("POST", "rules/check", json!({"rule": rule})).await.with(200);
        let saved = scene.put("PUT", "segments/wrong", json!({"name": "Wrong", "rule": rule})).await;
        assert_eq!(saved.refused(422), "invalid_rule");
        assert_eq!(checked["problems"], saved.json()["errors"]);
        let first = &checked["problems"][0];
        if (first["pointer"].as_str(), first["code"].as_str()) != (Some(pointer), Some(code)) {
            different.push(format!("{rule}: {pointer} {code}, found {} {}", first["pointer"], first["code"]));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[tokio::test]
async fn pages_by_cursor_name_nobody_twice_while_contacts_come_and_go() {
    let scene = Scene::with_contacts().await;
    let save = |no: usize| {
        format!(
            r#"{{"type":"contact_saved","at":"2026-01-05T09:00:00Z","contact":"c{no}","set":{{"plan":"pro"}}}}"#
        )
    };
    let lines: Vec<String> = (0..500).map(save).collect();
    let sent = request("POST", "events").header("content-type", "application/x-ndjson");
    scene.send(sent.body(Body::from(lines.join("\n"))).unwrap()).await.with(200);
    let acme = scene.acme();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = std::sync::Arc::clone(&stop);
    let writing = tokio::task::spawn_blocking(move || {
        let mut no = 500;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            acme.contact(&format!("c{no}")).set("plan", "pro").save().unwrap();
            // Of those that were there at the beginning, every third goes.
            if (no - 500) * 3 < 500 {
                acme.contact(&format!("c{}", (no - 500) * 3)).delete().unwrap();
            }
            no += 1;
        }
    });
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scene.get(&format!("segments/pro/members?size=20{cursor}")).await.with(200);
        seen.extend(
            page["contacts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|each| each["contact"].as_str().unwrap().to_owned()),
        );
        if seen.len() > 2_000 {
            break;
        }
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    writing.await.unwrap();
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len());
    // Who stayed is on a page.
    for no in (0..500).filter(|no| no % 3 != 0) {
        assert!(distinct.contains(&format!("c{no}")), "c{no}");
    }
}
