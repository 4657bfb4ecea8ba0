//! A write that is sent twice does what it does if it is sent once.
//!
//! The writes are those of the table of right requests; a test holds that no write of the document is missing.

use std::collections::BTreeSet;

use enlist::{Enlist, Instant, TestClock};
use enlist_http::{Api, Asked, Decision};
use serde_json::{Value, json};

use crate::right_requests::{Ids, RIGHT, Right};
use crate::scene::Scene;

/// Operations that have the method of a write and write nothing.
const READING: [&str; 4] = ["rules/check", "rules/preview", "sets/count", "verify"];

fn is_write(row: &Right) -> bool {
    row.method != "GET" && !READING.contains(&row.path)
}

/// What the second one is answered, if not the same as the first: there is nothing left to delete or to merge.
fn second(row: &Right) -> u16 {
    if row.method == "DELETE" || row.path.ends_with("/merge") {
        return 404;
    }
    // What was created is there.
    if row.status == 201 { 200 } else { row.status }
}

/// A server whose clock stands.
fn standing() -> Scene {
    let clock = TestClock::new(Instant::parse("2026-11-23T10:00:00Z").unwrap());
    let enlist = Enlist::builder().workers(1).clock(clock).manual_time().build().unwrap();
    let api = Api::new(enlist.clone()).authorise(|_: Asked| async { Decision::Allow });
    Scene::of(enlist, api)
}

/// All that a workspace holds, its transitions, and its audiences.
async fn state(scene: &Scene) -> Value {
    let export = scene.get("export").await;
    if export.status == 404 {
        return Value::Null;
    }
    let page = scene.get("transitions?size=1000").await.with(200);
    let transitions = page["transitions"].as_array().unwrap().iter();
    let transitions: Vec<Value> = transitions
        .filter(|each| each["type"] == "transition")
        .map(|each| json!([each["at"], each["segment"], each["contact"], each["change"]]))
        .collect();
    // Notices tell of every save, also of one that changes nothing.
    let changing = page["transitions"].as_array().unwrap().iter().filter(|each| each["type"] == "notice");
    let members: Vec<Value> =
        changing.map(|each| json!([each["entered_contacts"], each["left_contacts"]])).collect();
    let members: Vec<Value> = members.into_iter().filter(|each| *each != json!([[], []])).collect();
    let audiences = scene.get("audiences").await.with(200)["audiences"].clone();
    let audiences: Vec<Value> =
        audiences.as_array().unwrap().iter().map(|each| json!([each["audience"], each["count"]])).collect();
    let lines: Vec<&str> = export.text.lines().collect();
    json!({"export": lines, "transitions": transitions, "members": members, "audiences": audiences})
}

#[tokio::test]
async fn a_write_sent_twice_does_what_it_does_sent_once() {
    let (once, twice) = (standing(), standing());
    let mut transitions = 0;
    for row in RIGHT.iter().filter(|row| is_write(row)) {
        for scene in [&once, &twice] {
            let reply = scene.send(row.request(Ids::PLAIN)).await;
            assert_eq!(reply.status.as_u16(), row.status, "{row:?}: {reply:?}");
        }
        let repeated = twice.send(row.request(Ids::PLAIN)).await;
        assert_eq!(repeated.status.as_u16(), second(row), "{row:?}: {repeated:?}");
        let expected = state(&once).await;
        assert_eq!(state(&twice).await, expected, "{row:?}");
        transitions = transitions.max(expected["transitions"].as_array().map_or(0, Vec::len));
    }
    assert!(transitions >= 4, "{transitions}");
}

#[test]
fn no_write_of_the_document_is_missing() {
    let document = enlist_http::openapi();
    let mut writes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|method| *method != "get") {
            if !READING.iter().any(|reading| path.ends_with(&format!("/{reading}"))) {
                writes.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    let sent: BTreeSet<String> = RIGHT
        .iter()
        .filter(|row| is_write(row))
        .map(|row| format!("{} {}", row.method, row.template()))
        .collect();
    assert_eq!(sent, writes);
}
