//! Permission is the host's, and asked before anything else.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use enlist::Enlist;
use enlist_http::{Action, Api, Asked, Decision, openapi};
use serde_json::json;

use crate::scene::{Scene, request};

#[tokio::test]
async fn without_a_hook_every_operation_on_workspaces_is_refused() {
    let enlist = Enlist::builder().workers(1).build().unwrap();
    let scene = Scene::of(enlist.clone(), Api::new(enlist));
    let document = openapi();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, _) in item.as_object().unwrap().iter().filter(|_| path.starts_with("/v1/workspaces")) {
            let path = path.replace(['{', '}'], "");
            assert_eq!(
                scene.ask(&method.to_uppercase(), &path).await.refused(403),
                "forbidden",
                "{method} {path}"
            );
        }
    }
    scene.get("/healthz").await.with(200);
}

#[tokio::test]
async fn the_hook_gets_the_workspace_the_action_and_the_headers() {
    let enlist = Enlist::builder().workers(1).build().unwrap();
    enlist.create_workspace("acme").unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let api = Api::new(enlist.clone()).authorise(move |asked: Asked| {
        let key = asked.headers.get("authorization").map(|key| key.to_str().unwrap().to_owned());
        noted.lock().unwrap().push((asked.workspace, asked.action, key.clone()));
        async move { if key.is_some() { Decision::Allow } else { Decision::AskWho } }
    });
    let scene = Scene::of(enlist, api);
    let reply = scene.get("segments").await;
    assert_eq!(
        (reply.refused(401).as_str(), reply.header("www-authenticate")),
        ("unauthenticated", "Bearer")
    );
    for (method, path) in
        [("GET", "segments"), ("PATCH", "contacts/a"), ("PUT", "fields/a"), ("GET", "export")]
    {
        let request = request(method, path).header("authorization", "Bearer k").body(Body::empty()).unwrap();
        scene.send(request).await;
    }
    let acme = || Some("acme".to_owned());
    let key = || Some("Bearer k".to_owned());
    assert_eq!(
        *seen.lock().unwrap(),
        [
            (acme(), Action::Read, None),
            (acme(), Action::Read, key()),
            (acme(), Action::Write, key()),
            (acme(), Action::Define, key()),
            (acme(), Action::Administer, key()),
        ]
    );
}

#[tokio::test]
async fn a_page_of_another_origin_does_not_write() {
    let scene = Scene::new();
    let from = |method: &str, origin: &str| {
        let request = request(method, "contacts/ada").header("host", "here.example").header("origin", origin);
        request.header("content-type", "application/json").body(Body::from("{}")).unwrap()
    };
    assert_eq!(scene.send(from("PATCH", "https://there.example")).await.refused(403), "other_origin");
    scene.send(from("PATCH", "https://here.example")).await.with(200);
    scene.send(from("GET", "https://there.example")).await.with(200);
}

#[tokio::test]
async fn what_axum_refuses_by_itself_is_a_problem_too() {
    let scene = Scene::new();
    assert_eq!(scene.get("nothing").await.refused(404), "unknown_path");
    let reply = scene.ask("DELETE", "segments").await;
    assert_eq!(reply.refused(405), "method_not_allowed");
    assert_eq!(reply.header("allow"), "GET,HEAD");
    assert_eq!(scene.get("/v1/workspaces/other/segments").await.refused(404), "unknown_workspace");
    assert_eq!(scene.get("contacts/%ff").await.refused(400), "invalid_address");
    assert_eq!(scene.get("contacts?size=x").await.refused(400), "invalid_query");
    assert_eq!(scene.get("contacts?sized=1").await.refused(400), "invalid_query");
    let plain = request("PATCH", "contacts/ada").header("content-type", "text/plain").body(Body::from("{}"));
    assert_eq!(scene.send(plain.unwrap()).await.refused(415), "unsupported_media_type");
    let long = json!({"set": {"name": "a".repeat(1_100_000)}});
    assert_eq!(scene.put("PATCH", "contacts/ada", long).await.refused(413), "body_too_large");
}
