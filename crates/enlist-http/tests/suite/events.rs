//! Events: one as a document, any number as lines.

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde_json::json;

use crate::scene::{Reply, Scene, request};

fn line(contact: usize) -> String {
    format!(
        r#"{{"type":"contact_saved","at":"2026-01-05T09:00:00Z","contact":"c{contact}","set":{{"plan":"pro"}}}}"#
    )
}

async fn send(scene: &Scene, query: &str, body: impl Into<Body>) -> Reply {
    let request = request("POST", &format!("events{query}")).header("content-type", "application/x-ndjson");
    scene.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn one_event_is_applied_or_refused() {
    let scene = Scene::with_contacts().await;
    let event = json!({"type": "contact_saved", "at": "2026-01-05T09:00:00Z", "contact": "dan", "set": {"plan": "pro"}});
    let applied = scene.put("POST", "events", event.clone()).await;
    assert_eq!(applied.with(200)["applied"], 1);
    scene.put("POST", "events", event).await.with(200);
    assert_eq!(scene.acme().recent_transitions("dan", 10).len(), 1);
    let unknown = json!({"type": "contact_deleted", "at": "2026-01-05T09:00:00Z", "contact": "eve"});
    assert_eq!(scene.put("POST", "events", unknown).await.refused(422), "unknown_contact");
    let wrong =
        scene.put("POST", "events", json!({"type": "contact_svaed", "at": "2026-01-05T09:00:00Z"})).await;
    assert_eq!(
        (wrong.refused(422).as_str(), &wrong.json()["errors"][0]["pointer"]),
        ("unknown_event_type", &json!("#/type"))
    );
    let ahead = json!({"type": "contact_saved", "at": "9000-01-05T09:00:00Z", "contact": "dan"});
    assert_eq!(scene.put("POST", "events", ahead).await.refused(422), "ahead_of_clock");
}

#[tokio::test]
async fn lines_are_applied_and_those_refused_are_named() {
    let scene = Scene::with_contacts().await;
    let mut lines: Vec<String> = (0..2_500).map(line).collect();
    lines[3] = "{".to_owned();
    lines[1_500] = line(1_500).replace("pro", "prop");
    lines[2_000] = String::new();
    let received = send(&scene, "", lines.join("\n")).await.with(200);
    assert_eq!((&received["applied"], &received["refused"]), (&json!(2_497), &json!(2)));
    let refused = received["lines"].as_array().unwrap();
    assert_eq!((&refused[0]["line"], &refused[0]["problem"]["code"]), (&json!(4), &json!("invalid_json")));
    assert_eq!(
        (&refused[1]["line"], &refused[1]["problem"]["errors"][0]["pointer"]),
        (&json!(1_501), &json!("#/set/plan"))
    );
    assert_eq!(scene.acme().count("pro").unwrap(), 2_499);
}

#[tokio::test]
async fn nothing_is_applied_after_the_first_refusal_if_so_asked() {
    for refused in ["{", r#"{"type":"contact_deleted","at":"2026-01-05T09:00:00Z","contact":"none"}"#] {
        let scene = Scene::with_contacts().await;
        let mut lines: Vec<String> = (0..5_000).map(line).collect();
        lines[1_200] = refused.to_owned();
        let received = send(&scene, "?stop_at_first=true", lines.join("\n")).await.with(200);
        assert_eq!((&received["applied"], &received["refused"]), (&json!(1_200), &json!(1)), "{refused}");
        assert_eq!(received["lines"][0]["line"], 1_201);
        assert_eq!(scene.acme().count("pro").unwrap(), 1_202);
    }
}

#[tokio::test]
async fn a_body_that_is_cut_off_leaves_whole_batches() {
    let scene = Scene::with_contacts().await;
    let text: String = (0..1_500).map(|contact| line(contact) + "\n").collect();
    let (first, second) = text.split_at(text.len() / 3);
    let pieces = [
        Ok(Bytes::from(first.to_owned())),
        Ok(Bytes::from(second.to_owned())),
        Err(std::io::Error::other("cut")),
    ];
    let reply = send(&scene, "", Body::from_stream(stream::iter(pieces))).await;
    assert_eq!(reply.refused(400), "body_cut_off");
    assert_eq!(scene.acme().count("pro").unwrap(), 1_002);
}

#[tokio::test]
async fn a_line_that_is_too_long_is_refused_and_the_next_is_read() {
    let scene = Scene::with_contacts().await;
    let long = "x".repeat(3 * 1024 * 1024);
    let pieces = [format!("{}\n{long}", line(1)), format!("{long}\n{}", line(2))];
    let pieces = pieces.map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
    let received = send(&scene, "", Body::from_stream(stream::iter(pieces))).await.with(200);
    assert_eq!(
        (&received["applied"], &received["lines"][0]["line"], &received["lines"][0]["problem"]["code"]),
        (&json!(2), &json!(2), &json!("body_too_large"))
    );
}

#[tokio::test]
async fn a_stream_without_events_is_answered() {
    let scene = Scene::with_contacts().await;
    let received = send(&scene, "", "\n\n").await.with(200);
    assert_eq!(
        received,
        json!({"applied": 0, "refused": 0, "first_event": null, "revision": null, "lines": []})
    );
    assert_eq!(scene.put("POST", "events?stop=1", json!({})).await.refused(400), "invalid_query");
}
