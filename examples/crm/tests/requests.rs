//! The CRM over its requests: segments with their problems, pages with rows, explanations, previews, a file of contacts,
//! and a restart.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use enlist_crm::{Crm, router};
use serde_json::{Value, json};
use tower::ServiceExt;

const PRO: &str =
    r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;

/// Sends a request; returns the status and the body.
async fn send(crm: &Router, method: &str, path: &str, body: Value) -> (u16, String) {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let answer = crm.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// As [`send`], for an answer in JSON.
async fn ask(crm: &Router, method: &str, path: &str, body: Value) -> (u16, Value) {
    let (status, body) = send(crm, method, path, body).await;
    (status, serde_json::from_str(&body).unwrap())
}

fn rule() -> Value {
    serde_json::from_str(PRO).unwrap()
}

async fn save_contacts(crm: &Router) {
    for (id, name, plan) in [("c1", "Ada, Countess", "pro"), ("c2", "Bob", "pro"), ("c3", "Cem", "free")] {
        let contact = json!({"name": name, "email": null, "plan": plan, "labels": ["Lead"]});
        assert_eq!(ask(crm, "PUT", &format!("/contacts/{id}"), contact).await.0, 200);
    }
}

#[tokio::test]
async fn a_wrong_rule_is_answered_with_its_problems_and_a_lost_update_is_refused() {
    let crm = router(Crm::open(None).unwrap());
    let wrong = json!({"name": "Pro", "rule": {"match": "all", "conditions": [
        {"field": "plam", "operator": "equals", "value": "pro"}]}});
    let (status, problem) = ask(&crm, "PUT", "/segments/pro", wrong).await;
    assert_eq!((status, &problem["code"]), (422, &json!("invalid_rule")));
    assert_eq!(problem["rule_problems"][0]["pointer"], "/conditions/0/field");
    assert_eq!(problem["rule_problems"][0]["suggestion"], "plan");

    let form = |revision: Value| json!({"name": "Pro", "rule": rule(), "revision": revision});
    let (status, saved) = ask(&crm, "PUT", "/segments/pro", form(Value::Null)).await;
    assert_eq!(status, 200, "{saved}");
    assert_eq!(ask(&crm, "PUT", "/segments/pro", form(Value::Null)).await.0, 409);
    assert_eq!(ask(&crm, "PUT", "/segments/pro", form(saved["revision"].clone())).await.0, 200);
    assert_eq!(ask(&crm, "DELETE", "/segments/pro", Value::Null).await.0, 200);
    assert_eq!(ask(&crm, "DELETE", "/segments/pro", Value::Null).await.0, 404);
    let (status, problem) = send(&crm, "PUT", "/segments/pro", json!({"rule": rule()})).await;
    assert!(status == 422 && problem.contains("missing field `name`"), "{status} {problem}");
}

#[tokio::test]
async fn pages_have_rows_and_answers_have_reasons() {
    let crm = router(Crm::open(None).unwrap());
    save_contacts(&crm).await;
    let (_, preview) = ask(&crm, "POST", "/segments/pro/preview", rule()).await;
    assert_eq!((&preview["count"], &preview["enters"]), (&json!(2), &json!(2)));
    assert_eq!(ask(&crm, "PUT", "/segments/pro", json!({"name": "Pro", "rule": rule()})).await.0, 200);

    let (_, page) = ask(&crm, "GET", "/segments/pro/page?sort=name&descending=true", Value::Null).await;
    assert_eq!((&page["total"], &page["next"]), (&json!(2), &Value::Null));
    let bob = json!({"id": "c2", "name": "Bob", "email": null, "plan": "pro", "labels": ["Lead"]});
    assert_eq!(page["contacts"][0], bob);
    let (status, problem) = ask(&crm, "GET", "/segments/pro/page?after=x", Value::Null).await;
    assert_eq!((status, &problem["code"]), (422, &json!("wrong_cursor")));
    let (_, why) = ask(&crm, "GET", "/segments/pro/explain/c3", Value::Null).await;
    let saw = &why["rule"]["conditions"][0]["saw"][0]["value"];
    assert_eq!((&why["is_member"], saw), (&json!(false), &json!("free")));
    let (_, file) = send(&crm, "GET", "/segments/pro/contacts.csv", Value::Null).await;
    assert_eq!(file, "c1,\"Ada, Countess\",\nc2,Bob,\n");
    let (_, segments) = ask(&crm, "GET", "/segments", Value::Null).await;
    assert_eq!((&segments[0]["segment"]["name"], &segments[0]["count"]), (&json!("Pro"), &json!(2)));
}

#[tokio::test]
async fn a_refused_contact_is_in_neither_store_and_labels_are_saved_as_a_whole() {
    let crm = router(Crm::open(None).unwrap());
    let lead = json!({"name": "Lead", "rule": {"match": "all", "conditions": [
        {"field": "labels", "operator": "has_label", "value": "lead"}]}});
    assert_eq!(ask(&crm, "PUT", "/segments/lead", lead).await.0, 200);
    let gold = json!({"plan": "gold", "labels": ["Lead"]});
    let (status, problem) = ask(&crm, "PUT", "/contacts/c1", gold).await;
    assert_eq!((status, &problem["value_problems"][0]["code"]), (422, &json!("unknown_option")));
    assert_eq!(ask(&crm, "GET", "/segments/lead/page", Value::Null).await.1["contacts"], json!([]));

    save_contacts(&crm).await;
    assert_eq!(ask(&crm, "PUT", "/contacts/c1", json!({"labels": ["Customer"]})).await.0, 200);
    assert_eq!(ask(&crm, "DELETE", "/contacts/c2", Value::Null).await.0, 200);
    let (_, page) = ask(&crm, "GET", "/segments/lead/page", Value::Null).await;
    assert_eq!((&page["total"], &page["contacts"][0]["id"]), (&json!(1), &json!("c3")));
}

#[tokio::test]
async fn a_restart_loads_the_database_and_refuses_what_was_read_before() {
    let folder = std::env::temp_dir().join(format!("enlist-crm-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("crm.sqlite");
    let open = || router(Crm::open(path.to_str()).unwrap());
    let crm = open();
    save_contacts(&crm).await;
    let (_, saved) = ask(&crm, "PUT", "/segments/pro", json!({"name": "Pro", "rule": rule()})).await;
    drop(crm);

    let crm = open();
    let (_, page) = ask(&crm, "GET", "/segments/pro/page", Value::Null).await;
    assert_eq!((&page["total"], &page["contacts"][1]["name"]), (&json!(2), &json!("Bob")));
    let stale = json!({"name": "Professional", "rule": rule(), "revision": saved["revision"]});
    let (status, problem) = ask(&crm, "PUT", "/segments/pro", stale).await;
    assert_eq!((status, &problem["code"]), (409, &json!("segment_changed")));
    std::fs::remove_dir_all(&folder).unwrap();
}
