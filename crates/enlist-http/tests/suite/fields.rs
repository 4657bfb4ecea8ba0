//! Fields and labels over HTTP.

use serde_json::json;

use crate::scene::{Scene, plan_is};

#[tokio::test]
async fn a_field_shows_its_operators_and_who_uses_it() {
    let scene = Scene::with_contacts().await;
    let field = scene.get("fields/plan").await.with(200);
    assert_eq!(
        (&field["kind"], &field["options"], &field["used_by"]),
        (&json!("select"), &json!(["free", "pro"]), &json!(["pro"]))
    );
    let operators = field["operators"].as_array().unwrap();
    let not = operators.iter().find(|each| each["operator"] == "not_equals").unwrap();
    assert_eq!(
        *not,
        json!({"operator": "not_equals", "value": "an option: a string that is not blank", "has_value": true, "negates": "equals"})
    );
    let fields = scene.get("fields").await.with(200);
    assert_eq!(fields["fields"].as_array().unwrap().len(), 11);
    assert_eq!(scene.get("fields/none").await.refused(404), "unknown_field");
}

#[tokio::test]
async fn a_field_that_a_rule_names_is_not_deleted() {
    let scene = Scene::with_contacts().await;
    let problem = scene.ask("DELETE", "fields/plan").await;
    assert_eq!(
        (problem.refused(409).as_str(), &problem.json()["used_by"]),
        ("field_in_use", &json!(["pro"]))
    );
    let fewer = json!({"kind": "select", "options": ["free"]});
    let problem = scene.put("PUT", "fields/plan", fewer).await;
    assert_eq!(
        (problem.refused(409).as_str(), &problem.json()["used_by"]),
        ("options_in_use", &json!(["pro"]))
    );
    scene.ask("DELETE", "segments/pro").await.with(200);
    scene.ask("DELETE", "fields/plan").await.with(204);
    assert_eq!(scene.ask("DELETE", "fields/plan").await.refused(404), "unknown_field");
}

#[tokio::test]
async fn a_definition_that_does_not_fit_is_pointed_to() {
    let scene = Scene::with_contacts().await;
    let problem = scene.put("PUT", "fields/plan", json!({"kind": "text"})).await;
    assert_eq!(
        (problem.refused(422).as_str(), &problem.json()["errors"][0]["pointer"]),
        ("field_kind", &json!("#/kind"))
    );
    assert_eq!(scene.put("PUT", "fields/name", json!({"kind": "text"})).await.refused(422), "built_in_field");
    assert_eq!(
        scene.put("PUT", "fields/Plan", json!({"kind": "text"})).await.refused(422),
        "invalid_field_key"
    );
    let problem = scene.put("PUT", "fields/age", json!({"kind": "nubmer"})).await;
    assert_eq!(
        (problem.refused(422).as_str(), &problem.json()["errors"][0]["suggestion"]),
        ("wrong_member", &json!("number"))
    );
    // Defined twice it is defined once.
    scene.put("PUT", "fields/age", json!({"kind": "number"})).await.with(201);
    scene.put("PUT", "fields/age", json!({"kind": "number"})).await.with(200);
}

#[tokio::test]
async fn options_are_those_accepted_and_those_held() {
    let scene = Scene::with_contacts().await;
    let options = scene.get("fields/plan/options").await.with(200);
    assert_eq!(
        options,
        json!({"options": [
            {"option": "free", "count": 1, "is_accepted": true}, {"option": "pro", "count": 2, "is_accepted": true}
        ]})
    );
    scene.put("PUT", "segments/pro", json!({"name": "Pro", "rule": plan_is("free")})).await.with(200);
    scene.put("PUT", "fields/plan", json!({"kind": "select", "options": ["free", "team"]})).await.with(200);
    let options = scene.get("fields/plan/options").await.with(200);
    assert_eq!(options["options"][2], json!({"option": "pro", "count": 2, "is_accepted": false}));
}

#[tokio::test]
async fn labels_are_those_that_contacts_hold() {
    let scene = Scene::with_contacts().await;
    scene.put("PATCH", "contacts/ada", json!({"add_labels": ["VIP", "new"]})).await.with(200);
    scene.put("PATCH", "contacts/bob", json!({"add_labels": ["vip"]})).await.with(200);
    let labels = scene.get("labels").await.with(200);
    assert_eq!(labels, json!({"labels": [{"label": "new", "count": 1}, {"label": "VIP", "count": 2}]}));
}
