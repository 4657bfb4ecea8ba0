//! Bodies are read by Enlist's own reader, and every member that does not fit is named at once.

use axum::body::Body;
use serde_json::json;

use crate::right_requests::{Ids, RIGHT, Right};
use crate::scene::{Scene, request};

async fn refused(scene: &Scene, text: &'static [u8]) -> String {
    let request = request("PATCH", "contacts/ada").header("content-type", "application/json; charset=utf-8");
    scene.send(request.body(Body::from(text)).unwrap()).await.refused(400)
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_as_everywhere() {
    let scene = Scene::new();
    assert_eq!(refused(&scene, b"").await, "invalid_json");
    assert_eq!(refused(&scene, b"{").await, "invalid_json");
    assert_eq!(refused(&scene, br#"{"set": {"name": "a", "name": "b"}}"#).await, "duplicate_key");
    assert_eq!(refused(&scene, br#"{"set": {"n\u0061me": "a", "name": "b"}}"#).await, "duplicate_key");
    assert_eq!(refused(&scene, b"{} {}").await, "invalid_json");
    assert_eq!(refused(&scene, b"\xff").await, "not_utf8");
}

#[tokio::test]
async fn all_members_that_do_not_fit_are_named_at_once() {
    let scene = Scene::new();
    let problem = scene.put("PUT", "segments/a", json!({"name": 1, "ruel": {}})).await;
    assert_eq!(problem.refused(422), "wrong_document");
    let errors = problem.json()["errors"].clone();
    let places: Vec<_> =
        errors.as_array().unwrap().iter().map(|e| (e["pointer"].clone(), e["code"].clone())).collect();
    assert_eq!(
        json!(places),
        json!([["#/name", "wrong_member"], ["#/rule", "missing_member"], ["#/ruel", "unknown_member"]])
    );
    let problem = scene.put("PATCH", "contacts/a", json!([])).await;
    assert_eq!(
        (problem.refused(422).as_str(), &problem.json()["errors"][0]["pointer"]),
        ("wrong_document", &json!("#"))
    );
}

#[tokio::test]
async fn values_that_do_not_fit_are_pointed_to() {
    let scene = Scene::with_contacts().await;
    let set = json!({"set": {"plan": "prop", "nmae": "x"}, "add_labels": [1]});
    let problem = scene.put("PATCH", "contacts/ada", set).await;
    assert_eq!(
        (problem.refused(422).as_str(), &problem.json()["errors"][0]["pointer"]),
        ("wrong_member", &json!("#/add_labels/0"))
    );
    let problem = scene.put("PATCH", "contacts/ada", json!({"set": {"plan": "prop", "zmae": "x"}})).await;
    assert_eq!(problem.refused(422), "wrong_values");
    let errors = problem.json()["errors"].clone();
    assert_eq!(
        (&errors[0]["pointer"], &errors[0]["code"], &errors[0]["suggestion"]),
        (&json!("#/set/plan"), &json!("unknown_option"), &json!("pro"))
    );
    assert_eq!((&errors[1]["pointer"], &errors[1]["code"]), (&json!("#/set/zmae"), &json!("unknown_field")));
}

/// Sends another body in place of that of a right request.
async fn refused_body(scene: &Scene, row: &Right, body: String, status: u16) -> String {
    let mut request = row.request(Ids::PLAIN);
    *request.body_mut() = Body::from(body);
    scene.send(request).await.refused(status)
}

#[tokio::test]
async fn no_operation_takes_a_key_twice_or_a_document_that_is_too_deep() {
    let scene = Scene::with_contacts().await;
    let deep = |pair: [&str; 2]| pair[0].repeat(100_000) + "1" + &pair[1].repeat(100_000);
    for row in RIGHT.iter().filter(|row| !row.body.is_empty()) {
        let twice = r#"{"kind": 1, "kind": 1}"#.to_owned();
        assert_eq!(refused_body(&scene, row, twice, 400).await, "duplicate_key", "{row:?}");
        for pair in [["[", "]"], [r#"{"all":["#, "]}"], [r#"{"set":"#, "}"]] {
            refused_body(&scene, row, deep(pair), 422).await;
        }
    }
    // As lines, each is refused, and the next is read.
    let line = r#"{"type":"contact_saved","at":"2026-01-05T09:00:00Z","contact":"dan"}"#;
    let lines = format!("{}\n{{\"a\":1,\"a\":1}}\n{line}", deep(["[", "]"]));
    let sent = request("POST", "events").header("content-type", "application/x-ndjson");
    let received = scene.send(sent.body(Body::from(lines)).unwrap()).await.with(200);
    assert_eq!((&received["applied"], &received["refused"]), (&json!(1), &json!(2)));
    assert_eq!(received["lines"][1]["problem"]["code"], "duplicate_key");
}
