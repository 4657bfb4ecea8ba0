//! What a client does not read holds nothing and delays nobody.
//!
//! Medians are compared, and bounds are wide, because the machine does other things too: a read that is held, or a writer that waits
//! for a client, would delay every event.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use enlist::Enlist;
use enlist_http::{Api, Asked, Decision};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::Instant;

use crate::scene::{Scene, request};
use crate::stream::Client;

/// How many contacts there are: a download of them is many pieces.
const CONTACTS: usize = 5_000;
/// How much later an event may be applied, or told.
const DELAY: Duration = Duration::from_millis(10);
/// And the slowest of all.
const LONGEST: Duration = Duration::from_millis(100);

/// A scene with many contacts.
async fn filled(scene: Scene) -> Scene {
    let save = |no: usize| {
        format!(
            r#"{{"type":"contact_saved","at":"2026-01-05T09:00:00Z","contact":"c{no}","set":{{"plan":"pro"}}}}"#
        )
    };
    let lines: Vec<String> = (0..CONTACTS).map(save).collect();
    let sent = request("POST", "events").header("content-type", "application/x-ndjson");
    scene.send(sent.body(Body::from(lines.join("\n"))).unwrap()).await.with(200);
    scene.put("PUT", "audiences/all", json!({"include": ["pro"]})).await.with(200);
    scene
}

/// A body that is begun and then left alone.
async fn left_alone(scene: &Scene, path: &str) -> BodyDataStream {
    let response = scene.respond(request("GET", path).body(Body::empty()).unwrap()).await;
    assert_eq!(response.status().as_u16(), 200, "{path}");
    let mut body = response.into_body().into_data_stream();
    body.next().await.unwrap().unwrap();
    body
}

/// How long events take until they are applied, and until a client of the stream has them; the shortest first.
async fn times(scene: &Scene, client: &mut Client) -> (Vec<Duration>, Vec<Duration>) {
    let (mut applied, mut told) = (Vec::new(), Vec::new());
    for no in 0..200 {
        let plan = if no % 2 == 0 { "free" } else { "pro" };
        let (acme, began) = (scene.acme(), Instant::now());
        let save = move || acme.contact("c0").set("plan", plan).save().unwrap();
        tokio::task::spawn_blocking(save).await.unwrap();
        applied.push(began.elapsed());
        assert_eq!(client.next().await.unwrap().data["contact"], "c0");
        told.push(began.elapsed());
    }
    applied.sort();
    told.sort();
    (applied, told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_nobody_reads_delays_no_event_and_no_other_stream() {
    let scene = filled(Scene::with_contacts().await).await;
    let mut client = Client::open(&scene, "?segments=pro", None).await;
    client.begin().await;
    let alone = times(&scene, &mut client).await;
    let mut bodies = Vec::new();
    for path in ["export", "audiences/all/members", "stream", "stream?segments=pro"] {
        for _ in 0..4 {
            bodies.push((path, left_alone(&scene, path).await));
        }
    }
    let beside = times(&scene, &mut client).await;
    for (what, alone, beside) in [("applied", alone.0, beside.0), ("told", alone.1, beside.1)] {
        let (median, later) = (beside[100], beside[100].saturating_sub(alone[100]));
        assert!(later < DELAY, "{what}: {:?} alone, {median:?} beside", alone[100]);
        // The slowest twentieth is the machine's.
        assert!(beside[190] < LONGEST, "{what}: {:?}", beside[190]);
    }
    // Read at last, each is whole: nothing was cut short to spare the others.
    for (path, body) in bodies.into_iter().filter(|(path, _)| !path.starts_with("stream")) {
        let rest: Vec<_> = body.collect().await;
        let bytes: usize = rest.into_iter().map(|piece| piece.unwrap().len()).sum();
        assert!(bytes > CONTACTS * 40, "{path}: {bytes}");
    }
}

#[tokio::test]
async fn an_export_that_nobody_reads_is_cut_and_does_not_look_whole() {
    let enlist = Enlist::builder().workers(1).build().unwrap();
    enlist.create_workspace("acme").unwrap();
    let api = Api::new(enlist.clone()).authorise(|_: Asked| async { Decision::Allow });
    let scene = Scene::of(enlist, api.body_timeout(Duration::from_millis(100)));
    scene.put("PUT", "fields/plan", json!({"kind": "select"})).await.with(201);
    let everyone = json!({"match": "all", "conditions": [{"field": "plan", "operator": "is_not_empty"}]});
    scene.put("PUT", "segments/pro", json!({"name": "All", "rule": everyone})).await.with(201);
    let scene = filled(scene).await;
    let body = left_alone(&scene, "export").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let rest: Vec<_> = body.collect().await;
    assert!(rest.last().is_some_and(Result::is_err));
    // One that is read slowly is whole.
    let mut body = left_alone(&scene, "export").await;
    while let Some(piece) = body.next().await {
        piece.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
