//! Frozen audiences over HTTP.

use axum::body::Body;
use serde_json::json;

use crate::scene::{Scene, plan_is, request};

#[tokio::test]
async fn an_audience_stays_as_it_was_frozen() {
    let scene = Scene::with_contacts().await;
    scene.put("PUT", "segments/free", json!({"name": "Free", "rule": plan_is("free")})).await.with(201);
    let document = json!({"include": ["pro", "free"], "exclude": ["free"], "suppress": ["cem"]});
    let frozen = scene.put("PUT", "audiences/spring", document).await.with(200);
    assert_eq!((&frozen["audience"], &frozen["count"]), (&json!("spring"), &json!(1)));
    scene.put("PATCH", "contacts/ada", json!({"set": {"plan": "free"}})).await.with(200);
    assert_eq!(scene.get("audiences/spring").await.with(200), frozen);
    assert_eq!(scene.get("audiences").await.with(200), json!({"audiences": [frozen]}));
    let members = scene.get("audiences/spring/members?fields=name&fields=plan").await;
    assert_eq!((members.status.as_u16(), members.header("content-type")), (200, "application/x-ndjson"));
    assert_eq!(members.text, "{\"contact\":\"ada\",\"values\":{\"name\":\"Ada\",\"plan\":\"free\"}}\n");
    scene.ask("DELETE", "audiences/spring").await.with(204);
    assert_eq!(scene.ask("DELETE", "audiences/spring").await.refused(404), "unknown_audience");
    assert_eq!(scene.get("audiences/spring").await.refused(404), "unknown_audience");
    assert_eq!(scene.get("audiences/spring/members").await.refused(404), "unknown_audience");
}

#[tokio::test]
async fn cells_that_a_spreadsheet_would_run_are_guarded() {
    let scene = Scene::with_contacts().await;
    for contact in ["ada", "cem"] {
        let name = if contact == "ada" { "=cmd()" } else { "Cem, \"C\"" };
        scene.put("PATCH", &format!("contacts/{contact}"), json!({"set": {"name": name}})).await.with(200);
    }
    scene.put("PUT", "audiences/all", json!({"include": ["pro"]})).await.with(200);
    let request =
        request("GET", "audiences/all/members?fields=name&fields=phone").header("accept", "text/csv");
    let csv = scene.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text, "contact,name,phone\r\nada,'=cmd(),+1 3\r\ncem,\"Cem, \"\"C\"\"\",+1 3\r\n");
    // A contact that is deleted stays, without values.
    scene.ask("DELETE", "contacts/ada").await.with(204);
    let lines = scene.get("audiences/all/members?fields=name").await.text;
    assert!(lines.starts_with("{\"contact\":\"ada\",\"values\":{}}\n"), "{lines}");
}

#[tokio::test]
async fn what_is_frozen_must_exist() {
    let scene = Scene::with_contacts().await;
    assert_eq!(
        scene.put("PUT", "audiences/a", json!({"include": ["none"]})).await.refused(422),
        "unknown_segment"
    );
    assert_eq!(scene.put("PUT", "audiences/a", json!({"include": []})).await.refused(422), "wrong_document");
    let problem = scene.put("PUT", "audiences/a", json!({"include": ["pro", 1]})).await;
    assert_eq!(
        (problem.refused(422).as_str(), &problem.json()["errors"][0]["pointer"]),
        ("wrong_document", &json!("#/include/1"))
    );
    scene.put("PUT", "audiences/a", json!({"include": ["pro"]})).await.with(200);
    assert_eq!(scene.get("audiences/a/members?fields=none").await.refused(404), "unknown_field");
}
