//! Combinations of segments over HTTP.

use serde_json::json;

use crate::scene::{Scene, plan_is};

#[tokio::test]
async fn a_combination_is_counted() {
    let scene = Scene::with_contacts().await;
    scene.put("PUT", "segments/free", json!({"name": "Free", "rule": plan_is("free")})).await.with(201);
    let count = async |set| scene.put("POST", "sets/count", set).await.with(200);
    assert_eq!(count(json!({"any": ["pro", "free"]})).await, json!({"count": 3}));
    assert_eq!(count(json!({"minus": [{"any": ["pro", "free"]}, "pro"]})).await, json!({"count": 1}));
    assert_eq!(count(json!({"all": ["pro", "free"]})).await, json!({"count": 0}));
    assert_eq!(
        scene.put("POST", "sets/count", json!({"all": ["none"]})).await.refused(422),
        "unknown_segment"
    );
    assert_eq!(scene.put("POST", "sets/count", json!({"all": []})).await.refused(422), "wrong_document");
}

#[tokio::test]
async fn a_matrix_shows_what_segments_share() {
    let scene = Scene::with_contacts().await;
    scene.put("PUT", "segments/free", json!({"name": "Free", "rule": plan_is("free")})).await.with(201);
    let all = json!({"segments": ["pro", "free"], "overlap": [[2, 0], [0, 1]]});
    assert_eq!(scene.get("overlap").await.with(200), all);
    let one = scene.get("overlap?segments=free").await.with(200);
    assert_eq!(one, json!({"segments": ["free"], "overlap": [[1]]}));
    assert_eq!(scene.get("overlap?segments=none").await.refused(404), "unknown_segment");
    assert_eq!(scene.get("overlap?segment=free").await.refused(400), "invalid_query");
}
