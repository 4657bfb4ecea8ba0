//! Rules that are not saved: checked and previewed.

use enlist::{Event, Instant};
use serde_json::json;

use crate::scene::{Scene, plan_is};

#[tokio::test]
async fn a_check_answers_the_sentence_or_the_problems() {
    let scene = Scene::with_contacts().await;
    let rule = json!({"match": "any", "conditions": [
        {"field": "plan", "operator": "equals", "value": "pro"},
        {"match": "all", "conditions": [{"field": "name", "operator": "does_not_contain", "value": "x"}]}
    ]});
    let checked = scene.put("POST", "rules/check", json!({"rule": rule})).await.with(200);
    assert_eq!(
        (&checked["problems"], &checked["including_empty"]),
        (&json!([]), &json!(["#/rule/conditions/1/conditions/0"]))
    );
    assert!(checked["sentence"].as_str().unwrap().contains("pro"));
    let checked = scene.put("POST", "rules/check", json!({"rule": plan_is("prop")})).await.with(200);
    assert_eq!(
        (&checked["sentence"], &checked["problems"][0]["pointer"]),
        (&json!(null), &json!("#/rule/conditions/0/value"))
    );
    // A rule that leads back to the segment itself.
    let rule = json!({"match": "all", "conditions": [{"segment": "pro", "operator": "is_member"}]});
    let checked = scene.put("POST", "rules/check", json!({"rule": rule, "segment": "pro"})).await.with(200);
    assert_eq!(checked["problems"][0]["code"], "segment_cycle");
}

#[tokio::test]
async fn a_check_answers_the_days_that_are_meant_today() {
    let scene = Scene::manual();
    scene.acme().apply_event(Event::tick(Instant::parse("2026-01-07T12:00:00Z").unwrap())).unwrap();
    let rule = json!({"match": "all", "conditions": [
        {"field": "created_at", "operator": "is_in_last_7_days"},
        {"field": "created_at", "operator": "is_this_week"},
        {"field": "created_at", "operator": "is_more_than_n_days_ago", "value": 1},
    ]});
    let checked = scene.put("POST", "rules/check", json!({"rule": rule})).await.with(200);
    assert_eq!(
        checked["days"],
        json!([
            {"pointer": "#/rule/conditions/0", "from": "2026-01-01", "to": "2026-01-07"},
            {"pointer": "#/rule/conditions/1", "from": "2026-01-05", "to": "2026-01-11"},
            {"pointer": "#/rule/conditions/2", "from": null, "to": "2026-01-05"},
        ]),
        "{checked}"
    );
}

#[tokio::test]
async fn a_preview_answers_what_would_change() {
    let scene = Scene::with_contacts().await;
    let document = json!({"rule": plan_is("free"), "segment": "pro", "contact": "bob", "sample": 1});
    let preview = scene.put("POST", "rules/preview", document).await.with(200);
    assert_eq!((&preview["count"], &preview["total"]), (&json!(1), &json!(3)));
    assert_eq!((&preview["enters"]["count"], &preview["leaves"]["count"]), (&json!(1), &json!(2)));
    assert_eq!(
        (&preview["enters"]["contacts"][0]["contact"], &preview["leaves"]["contacts"][0]["contact"]),
        (&json!("bob"), &json!("ada"))
    );
    assert_eq!(preview["why"]["holds"], true);
    let preview =
        scene.put("POST", "rules/preview", json!({"rule": plan_is("pro"), "sample": 0})).await.with(200);
    assert_eq!(
        (&preview["enters"], &preview["leaves"]["count"]),
        (&json!({"count": 2, "contacts": []}), &json!(0))
    );
}

#[tokio::test]
async fn a_preview_of_a_wrong_rule_is_refused() {
    let scene = Scene::with_contacts().await;
    assert_eq!(
        scene.put("POST", "rules/preview", json!({"rule": plan_is("prop")})).await.refused(422),
        "invalid_rule"
    );
    let document = json!({"rule": plan_is("pro"), "contact": "eve"});
    assert_eq!(scene.put("POST", "rules/preview", document).await.refused(422), "unknown_contact");
    let document = json!({"rule": plan_is("pro"), "sample": 101});
    assert_eq!(scene.put("POST", "rules/preview", document).await.refused(422), "wrong_document");
}
