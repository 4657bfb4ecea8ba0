//! Workspaces over HTTP.

use enlist::{Event, WorkspaceSettings};
use serde_json::json;

use crate::scene::{Scene, request};

#[tokio::test]
async fn a_workspace_is_created_configured_and_dropped() {
    let scene = Scene::empty();
    let settings = json!({"time_zone": "Europe/Lisbon", "week_start": "sunday", "partitions": 3});
    let created = scene.put("PUT", "", settings.clone()).await;
    let shown = created.with(201);
    assert_eq!(
        (&shown["workspace"], &shown["time_zone"], &shown["week_start"], &shown["partitions"]),
        (&json!("acme"), &json!("Europe/Lisbon"), &json!("sunday"), &json!(3))
    );
    assert!(!created.header("enlist-revision").is_empty());
    // Sent again it changes nothing.
    let again = scene.put("PUT", "", settings).await.with(200);
    assert_eq!(again["incarnation"], shown["incarnation"]);
    assert_eq!(scene.put("PUT", "", json!({"partitions": 2})).await.refused(409), "workspace_exists");
    assert_eq!(scene.put("PATCH", "", json!({"time_zone": "UTC"})).await.with(200)["time_zone"], "UTC");
    assert_eq!(scene.get("/v1/workspaces").await.with(200), json!({"workspaces": [{"workspace": "acme"}]}));
    assert_eq!(scene.get("stats").await.with(200)["contacts"], 0);
    scene.ask("DELETE", "").await.with(204);
    assert_eq!(scene.ask("DELETE", "").await.refused(404), "unknown_workspace");
}

#[tokio::test]
async fn settings_that_do_not_fit_create_nothing() {
    let scene = Scene::empty();
    let problem = scene.put("PUT", "", json!({"time_zone": "Mars/Olympus"})).await;
    assert_eq!(
        (problem.refused(422).as_str(), &problem.json()["errors"][0]["pointer"]),
        ("unknown_time_zone", &json!("#/time_zone"))
    );
    assert_eq!(scene.put("PUT", "", json!({"partitions": 65})).await.refused(422), "wrong_document");
    assert_eq!(scene.put("PUT", "", json!({"week_start": "someday"})).await.refused(422), "wrong_member");
    assert!(scene.enlist.workspaces().is_empty());
}

#[tokio::test]
async fn an_export_makes_the_workspace_again_and_verification_finds_nothing() {
    let scene = Scene::with_contacts().await;
    let export = scene.get("export").await;
    assert_eq!((export.status.as_u16(), export.header("content-type")), (200, "application/x-ndjson"));
    let events = export.text.lines().map(Event::parse);
    let copy = scene.enlist.import_workspace("copy", WorkspaceSettings::default(), events).unwrap();
    assert_eq!(copy.workspace.count("pro").unwrap(), 2);
    assert_eq!(scene.ask("POST", "verify").await.with(200)["differences"], json!([]));
}

#[tokio::test]
async fn a_request_that_names_a_revision_is_answered_from_it_or_a_later_one() {
    let scene = Scene::with_contacts().await;
    let at = |revision: &str| {
        let request = request("GET", "segments/pro/count").header("enlist-revision", revision);
        scene.send(request.body(axum::body::Body::empty()).unwrap())
    };
    let current = scene.get("segments/pro/count").await.header("enlist-revision").to_owned();
    assert_eq!(at(&current).await.with(200), json!({"count": 2}));
    assert_eq!(at("0000000000000000-1").await.refused(412), "unknown_revision");
    assert_eq!(at("nonsense").await.refused(400), "invalid_header");
    let (incarnation, number) = current.split_once('-').unwrap();
    let next = format!("{incarnation}-{}", number.parse::<u64>().unwrap() + 1);
    // The write comes while the read waits.
    let (read, ()) = tokio::join!(at(&next), async {
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        scene.put("PATCH", "contacts/bob", json!({"set": {"plan": "pro"}})).await.with(200);
    });
    assert_eq!(read.with(200), json!({"count": 3}));
    let far = format!("{incarnation}-99999");
    let reply = at(&far).await;
    assert_eq!((reply.refused(503).as_str(), reply.header("retry-after")), ("not_reached", "1"));
    // A workspace that does not exist has no revision, and none is created for one that had another life.
    let other = [("enlist-revision", current.as_str())];
    let put = scene.put_with("PUT", "/v1/workspaces/other", json!({}), &other).await;
    assert_eq!(put.refused(412), "not_now");
    scene.put_with("PUT", "", json!({}), &other).await.with(200);
}

#[tokio::test]
async fn health_and_readiness_need_no_workspace() {
    let scene = Scene::empty();
    assert_eq!(scene.get("/healthz").await.with(200), json!({"status": "ok"}));
    assert_eq!(scene.get("/readyz").await.with(200), json!({"status": "ok"}));
}

#[tokio::test]
async fn after_the_end_writes_are_refused_and_reads_answered() {
    let scene = Scene::with_contacts().await;
    let enlist = scene.enlist.clone();
    tokio::task::spawn_blocking(move || enlist.shutdown()).await.unwrap();
    let reply = scene.put("PATCH", "contacts/ada", json!({})).await;
    assert_eq!((reply.refused(503).as_str(), reply.header("retry-after")), ("closed", "1"));
    scene.get("segments/pro/count").await.with(200);
}
