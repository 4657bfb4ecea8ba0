//! The stream of changes, and what is retained of them.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::scene::{Scene, plan_is, request};

/// An event of a stream.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// A client that reads a stream.
pub(crate) struct Client {
    body: BodyDataStream,
    text: String,
    /// The id of the last event, as a browser keeps it.
    last: String,
}

impl Client {
    pub(crate) async fn open(scene: &Scene, query: &str, last: Option<&str>) -> Self {
        let mut request = request("GET", &format!("stream{query}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = scene.respond(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &"text/event-stream".parse().unwrap())
        );
        Client { body: response.into_body().into_data_stream(), text: String::new(), last: String::new() }
    }

    /// The next event with data; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    line.map(str::to_owned)
                };
                self.last = field("id").unwrap_or_else(|| self.last.clone());
                let event = field("data").map(|data| Event {
                    id: field("id").unwrap_or_default(),
                    name: field("event").unwrap_or_default(),
                    data: serde_json::from_str(&data).unwrap(),
                });
                self.text = String::from(rest);
                if event.is_some() {
                    return event;
                }
            }
            let piece = tokio::time::timeout(Duration::from_secs(20), self.body.next())
                .await
                .expect("an event in time")?;
            self.text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        }
    }

    /// Reads what is sent at once: the place to continue from.
    pub(crate) async fn begin(&mut self) -> String {
        let piece = self.body.next().await.unwrap().unwrap();
        let text = std::str::from_utf8(&piece).unwrap();
        self.last = String::from(text.trim().strip_prefix("id: ").unwrap_or_default());
        self.last.clone()
    }
}

async fn set_plan(scene: &Scene, contact: &str, plan: &str) {
    scene.put("PATCH", &format!("contacts/{contact}"), json!({"set": {"plan": plan}})).await.with(200);
}

#[tokio::test]
async fn a_stream_tells_transitions_with_what_flipped_and_notices_with_ids() {
    let scene = Scene::with_contacts().await;
    let mut client = Client::open(&scene, "", None).await;
    client.begin().await;
    set_plan(&scene, "bob", "pro").await;
    let entered = client.next().await.unwrap();
    assert_eq!(
        (entered.name.as_str(), &entered.data["contact"], &entered.data["change"], &entered.data["segment"]),
        ("transition", &json!("bob"), &json!("entered"), &json!("pro"))
    );
    let flipped = &entered.data["flipped"][0];
    assert_eq!((&flipped["pointer"], &flipped["holds"]), (&json!("#/rule/conditions/0"), &json!(true)));
    assert_eq!(entered.id, entered.data["id"]);
    let count = scene.get("segments/pro/count").await;
    assert_eq!(entered.data["revision"], count.header("enlist-revision"));
    scene.put("PUT", "segments/pro", json!({"name": "Pro", "rule": plan_is("free")})).await.with(200);
    let notice = client.next().await.unwrap();
    assert_eq!(
        (notice.name.as_str(), &notice.data["change"], &notice.data["left"], &notice.data["left_contacts"]),
        ("notice", &json!("rebuilt"), &json!(3), &json!(["ada", "bob", "cem"]))
    );
    assert_eq!(notice.data["read_again"], false);
}

#[tokio::test]
async fn a_client_that_comes_back_misses_nothing() {
    let scene = Scene::with_contacts().await;
    let mut client = Client::open(&scene, "", None).await;
    let begun = client.begin().await;
    set_plan(&scene, "bob", "pro").await;
    let first = client.next().await.unwrap();
    drop(client);
    set_plan(&scene, "ada", "free").await;
    let mut again = Client::open(&scene, "", Some(&first.id)).await;
    let second = again.next().await.unwrap();
    assert_eq!((&second.data["contact"], &second.data["change"]), (&json!("ada"), &json!("left")));
    set_plan(&scene, "cem", "free").await;
    let third = again.next().await.unwrap();
    assert_eq!(third.data["contact"], "cem");
    // From the place that was told before the first event.
    let mut whole = Client::open(&scene, "", Some(&begun)).await;
    for expected in [first, second, third] {
        assert_eq!(whole.next().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_place_that_is_not_known_begins_with_a_gap() {
    let scene = Scene::with_contacts().await;
    let begun = Client::open(&scene, "", None).await.begin().await;
    let far = format!("{}-99999", begun.split_once('-').unwrap().0);
    for last in ["nonsense", "0000000000000001-5", &far] {
        let mut client = Client::open(&scene, "", Some(last)).await;
        let gap = client.next().await.unwrap();
        assert_eq!(gap.name, "gap", "{last}");
        // The gap is the place to continue from.
        set_plan(&scene, "bob", "pro").await;
        let mut again = Client::open(&scene, "", Some(&gap.id)).await;
        assert_eq!(again.next().await.unwrap().data["contact"], "bob", "{last}");
        assert_eq!(client.next().await.unwrap().data["contact"], "bob", "{last}");
        set_plan(&scene, "bob", "free").await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_gets_a_gap_and_the_others_everything() {
    let scene = Scene::with_contacts().await;
    let (mut slow, mut quick) = (Client::open(&scene, "", None).await, Client::open(&scene, "", None).await);
    slow.begin().await;
    let reading = tokio::spawn(async move {
        let mut seen = Vec::new();
        while seen.len() < 3_000 {
            let event = quick.next().await.unwrap();
            assert_eq!(event.name, "transition");
            seen.push(event.id);
        }
        seen
    });
    for at in 0..30 {
        let line = |contact| {
            format!(
                r#"{{"type":"contact_saved","at":"2026-01-05T09:00:00Z","contact":"c{}","set":{{"plan":"pro"}}}}"#,
                at * 100 + contact
            )
        };
        let lines: Vec<String> = (0..100).map(line).collect();
        let request = request("POST", "events").header("content-type", "application/x-ndjson");
        scene.send(request.body(Body::from(lines.join("\n"))).unwrap()).await.with(200);
        // Time for the one that reads.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seen = reading.await.unwrap();
    let gap = slow.next().await.unwrap();
    assert_eq!(gap.name, "gap");
    let next = slow.next().await.unwrap();
    assert_eq!((next.name.as_str(), &json!(next.id)), ("transition", &gap.data["until"]));
    assert!(seen.contains(&next.id));
}

#[tokio::test]
async fn segments_are_chosen_and_the_end_is_told() {
    let scene = Scene::with_contacts().await;
    scene.put("PUT", "segments/free", json!({"name": "Free", "rule": plan_is("free")})).await.with(201);
    let mut client = Client::open(&scene, "?segments=free&segments=later", None).await;
    client.begin().await;
    set_plan(&scene, "bob", "pro").await;
    let left = client.next().await.unwrap();
    assert_eq!((&left.data["segment"], &left.data["change"]), (&json!("free"), &json!("left")));
    scene.ask("DELETE", "").await.with(204);
    // Dropping a workspace tells of its segments no more, and then the end.
    let end = client.next().await.unwrap();
    assert_eq!((end.name.as_str(), &end.data["reason"]), ("end", &json!("closed")));
    assert_eq!(client.next().await, None);
    assert_eq!(scene.get("stream?segment=free").await.refused(404), "unknown_workspace");
}

#[tokio::test]
async fn there_are_a_thousand_streams_of_a_workspace_at_most() {
    let scene = Scene::with_contacts().await;
    let mut clients = Vec::new();
    for _ in 0..1_000 {
        clients.push(Client::open(&scene, "", None).await);
    }
    let reply = scene.get("stream").await;
    assert_eq!((reply.refused(503).as_str(), reply.header("retry-after")), ("too_many_streams", "1"));
    clients.pop();
    Client::open(&scene, "", None).await.begin().await;
}

#[tokio::test]
async fn what_is_retained_comes_in_pages() {
    let scene = Scene::with_contacts().await;
    set_plan(&scene, "bob", "pro").await;
    set_plan(&scene, "ada", "free").await;
    let page = scene.get("transitions?size=2").await.with(200);
    let kinds: Vec<_> =
        page["transitions"].as_array().unwrap().iter().map(|each| each["type"].clone()).collect();
    assert_eq!(kinds, ["notice", "transition"]);
    let next = page["next"].as_str().unwrap();
    let rest = scene.get(&format!("transitions?after={next}")).await.with(200);
    assert_eq!(
        (&rest["transitions"][0]["contact"], rest["transitions"].as_array().unwrap().len()),
        (&json!("ada"), 1)
    );
    let after = rest["next"].as_str().unwrap();
    assert_eq!(
        scene.get(&format!("transitions?after={after}")).await.with(200),
        json!({"transitions": [], "next": null})
    );
    assert_eq!(
        scene.get("transitions?after=0000000000000001-1").await.with(200)["transitions"][0]["type"],
        "gap"
    );
    assert_eq!(scene.get("transitions?after=x").await.refused(400), "invalid_query");
    let of_ada = scene.get("contacts/ada/transitions").await.with(200);
    assert_eq!(
        (&of_ada["transitions"][0]["change"], of_ada["transitions"].as_array().unwrap().len()),
        (&json!("left"), 1)
    );
    assert_eq!(scene.get("contacts/eve/transitions").await.refused(404), "unknown_contact");
    assert_eq!(scene.get("contacts/ada/transitions?size=0").await.refused(400), "invalid_query");
}
