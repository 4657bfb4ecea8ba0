//! Segments over HTTP: editing with tags, counts, members, why.

use serde_json::json;

use crate::scene::{Scene, plan_is};

#[tokio::test]
async fn a_segment_shows_its_sentence_its_count_and_what_it_is_connected_with() {
    let scene = Scene::with_contacts().await;
    let rule = json!({"match": "all", "conditions": [{"segment": "pro", "operator": "is_not_member"}]});
    scene.put("PUT", "segments/rest", json!({"name": "The rest", "rule": rule})).await.with(201);
    let pro = scene.get("segments/pro").await.with(200);
    assert_eq!(
        (&pro["name"], &pro["rule"], &pro["count"], &pro["used_by"]),
        (&json!("Pro"), &plan_is("pro"), &json!(2), &json!(["rest"]))
    );
    let rest = scene.get("segments/rest").await.with(200);
    assert_eq!((&rest["uses"], &rest["count"]), (&json!(["pro"]), &json!(1)));
    assert!(rest["sentence"].as_str().unwrap().contains("Pro"), "{rest}");
    let all = scene.get("segments").await.with(200);
    assert_eq!(all["segments"], json!([pro, rest]));
    let problem = scene.ask("DELETE", "segments/pro").await;
    assert_eq!(
        (problem.refused(409).as_str(), &problem.json()["used_by"]),
        ("segment_in_use", &json!(["rest"]))
    );
    assert_eq!(scene.get("segments/none").await.refused(404), "unknown_segment");
}

#[tokio::test]
async fn a_save_answers_what_it_changed() {
    let scene = Scene::with_contacts().await;
    let saved =
        scene.put("PUT", "segments/free", json!({"name": "Free", "rule": plan_is("free")})).await.with(201);
    assert_eq!((&saved["notice"]["change"], &saved["notice"]["members"]), (&json!("built"), &json!(1)));
    let saved =
        scene.put("PUT", "segments/free", json!({"name": "Free", "rule": plan_is("pro")})).await.with(200);
    assert_eq!((&saved["notice"]["entered"], &saved["notice"]["left"]), (&json!(2), &json!(1)));
    let deleted = scene.ask("DELETE", "segments/free").await.with(200);
    assert_eq!(deleted["notice"]["change"], "dropped");
    assert_eq!(scene.ask("DELETE", "segments/free").await.refused(404), "unknown_segment");
}

#[tokio::test]
async fn an_edit_of_what_another_has_saved_is_refused_with_what_is_there_now() {
    let scene = Scene::with_contacts().await;
    let document = |name: &str| json!({"name": name, "rule": plan_is("pro")});
    let tag = scene.get("segments/pro").await.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.contains('-'), "{tag}");
    let saved = scene.put_with("PUT", "segments/pro", document("Mine"), &[("if-match", &tag)]).await;
    saved.with(200);
    let problem = scene.put_with("PUT", "segments/pro", document("Theirs"), &[("if-match", &tag)]).await;
    assert_eq!(
        (problem.refused(412).as_str(), &problem.json()["current"]["name"]),
        ("segment_changed", &json!("Mine"))
    );
    let never = scene.put_with("PUT", "segments/pro", document("Theirs"), &[("if-match", "\"other\"")]).await;
    assert_eq!(never.refused(412), "not_now");
    let new = scene.put_with("PUT", "segments/pro", document("New"), &[("if-none-match", "*")]).await;
    assert_eq!(
        (new.refused(412).as_str(), &new.json()["current"]["name"]),
        ("segment_changed", &json!("Mine"))
    );
    let absent = scene.put_with("PUT", "segments/none", document("New"), &[("if-match", "*")]).await;
    assert_eq!((absent.refused(412).as_str(), &absent.json()["current"]), ("not_now", &json!(null)));
    scene.put_with("PUT", "segments/new", document("New"), &[("if-none-match", "*")]).await.with(201);
    let stale = scene.put_with("DELETE", "segments/pro", json!({}), &[("if-match", &tag)]).await;
    assert_eq!(stale.refused(412), "segment_changed");
    let tag = saved.header("etag");
    scene.put_with("DELETE", "segments/pro", json!({}), &[("if-match", tag)]).await.with(200);
}

#[tokio::test]
async fn all_problems_of_a_rule_are_pointed_to() {
    let scene = Scene::with_contacts().await;
    let rule = json!({"match": "all", "conditions": [
        {"field": "plan", "operator": "equals", "value": "prop"}, {"field": "nmae", "operator": "contains", "value": "a"}
    ]});
    let problem = scene.put("PUT", "segments/a", json!({"name": "A", "rule": rule})).await;
    assert_eq!(problem.refused(422), "invalid_rule");
    let errors = problem.json()["errors"].clone();
    assert_eq!(
        (&errors[0]["pointer"], &errors[0]["code"]),
        (&json!("#/rule/conditions/0/value"), &json!("unknown_option"))
    );
    assert_eq!(
        (&errors[1]["pointer"], &errors[1]["suggestion"]),
        (&json!("#/rule/conditions/1/field"), &json!("name"))
    );
    let blank = scene.put("PUT", "segments/a", json!({"name": " ", "rule": plan_is("pro")})).await;
    assert_eq!(
        (blank.refused(422).as_str(), &blank.json()["errors"][0]["pointer"]),
        ("wrong_member", &json!("#/name"))
    );
}

#[tokio::test]
async fn members_come_in_pages_with_a_reason_for_each() {
    let scene = Scene::with_contacts().await;
    let page = scene.get("segments/pro/members?size=1").await.with(200);
    assert_eq!((&page["contacts"][0]["contact"], &page["total"]), (&json!("ada"), &json!(2)));
    let next = page["next"].as_str().unwrap();
    let last = scene.get(&format!("segments/pro/members?size=1&cursor={next}")).await.with(200);
    assert_eq!((&last["contacts"][0]["contact"], last.get("next")), (&json!("cem"), None));
    let why = scene.get("segments/pro/members/bob").await.with(200);
    assert_eq!(
        (&why["is_member"], &why["rule"]["conditions"][0]["saw"][0]["value"]),
        (&json!(false), &json!("free"))
    );
    assert_eq!(scene.get("segments/pro/members/eve").await.refused(404), "unknown_contact");
    assert_eq!(scene.get("segments/pro/members?segment=pro").await.refused(400), "invalid_query");
}

#[tokio::test]
async fn counts_over_time_are_by_hour_or_day() {
    let scene = Scene::with_contacts().await;
    scene.put("PATCH", "contacts/bob", json!({"set": {"plan": "pro"}})).await.with(200);
    let days = scene.get("segments/pro/counts?by=day").await.with(200);
    assert_eq!(days["counts"][0]["entered"], 1);
    scene.get("segments/pro/counts?by=hour").await.with(200);
    assert_eq!(scene.get("segments/pro/counts?by=year").await.refused(400), "invalid_query");
    assert_eq!(scene.get("segments/pro/counts").await.refused(400), "invalid_query");
}
