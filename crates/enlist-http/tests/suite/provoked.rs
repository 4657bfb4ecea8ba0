//! Every status that the document lists is provoked, for each of its operations, and no other one.
//!
//! Each way to be refused is tried on a right request of every operation; then come requests that only some operations refuse.
//! Every answer is held against its schema.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use enlist::{
    Enlist, Event, Opening, Overflow, SubscribeOptions, Subscription, WorkspaceLimits, WorkspaceSettings,
};
use enlist_http::{Api, Asked, Decision};
use futures_util::stream;

use crate::right_requests::{Ids, RIGHT, Right, answered};
use crate::scene::Scene;

/// The statuses that were provoked, by operation.
type Provoked = BTreeMap<String, BTreeSet<String>>;

/// A way to send a right request so that it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    AsItIs,
    WithAWrongAddress,
    ByNobodyKnown,
    NotAllowed,
    ToAnotherWorkspace,
    OfAnotherIncarnation,
    WithABodyThatDoesNotCome,
    WithALongBody,
    AsPlainText,
    WithAnUnknownMember,
    WhileTheStoreOpens,
}

#[rustfmt::skip]
const WAYS: [(u16, Way); 11] = [
    (200, Way::AsItIs),
    (400, Way::WithAWrongAddress),
    (401, Way::ByNobodyKnown),
    (403, Way::NotAllowed),
    (404, Way::ToAnotherWorkspace),
    (408, Way::WithABodyThatDoesNotCome),
    (412, Way::OfAnotherIncarnation),
    (413, Way::WithALongBody),
    (415, Way::AsPlainText),
    (422, Way::WithAnUnknownMember),
    (503, Way::WhileTheStoreOpens),
];

/// What only some operations refuse: the status, the method, the path of the document, the address below `acme`, the body.
#[rustfmt::skip]
const SOME: &[(u16, &str, &str, &str, &str)] = &[
    (409, "PUT", "", "", r#"{"partitions": 2}"#),
    (201, "PUT", "segments/{segment}", "segments/rest", r#"{"name": "Rest", "rule": {"match": "all", "conditions": [{"segment": "pro", "operator": "is_not_member"}]}}"#),
    (409, "PUT", "fields/{field}", "fields/plan", r#"{"kind": "select", "options": ["free"]}"#),
    (409, "DELETE", "fields/{field}", "fields/plan", ""),
    (409, "DELETE", "segments/{segment}", "segments/pro", ""),
    (409, "POST", "events", "events", r#"{"type": "field_deleted", "at": "2026-01-05T09:00:00Z", "field": "plan"}"#),
    (422, "GET", "contacts", "contacts?sort=labels", ""),
    (422, "GET", "segments/{segment}/members", "segments/pro/members?sort=labels", ""),
    (422, "GET", "stream", "stream?segments=", ""),
    (422, "DELETE", "fields/{field}", "fields/name", ""),
    (422, "DELETE", "contacts/{contact}", "contacts/{long}", ""),
    (422, "DELETE", "conversations/{conversation}", "conversations/{long}", ""),
    (422, "DELETE", "segments/{segment}", "segments/{long}", ""),
];

/// When no event more may wait. It is tried on the operations that list it: other writes wait for room.
const FULL: u16 = 429;

impl Way {
    /// A request, sent this way.
    fn change(self, row: Right) -> Request<Body> {
        // What creates a workspace would create the other one.
        let creates = row.method == "PUT" && row.path.is_empty();
        let is_other = self == Way::ToAnotherWorkspace && !creates;
        let ids = if is_other { Ids { workspace: "none", ..Ids::PLAIN } } else { Ids::PLAIN };
        let mut request = row.request(ids);
        let has_body = !row.body.is_empty();
        match self {
            Way::WithAWrongAddress => {
                let uri = request.uri().to_string().replacen("/acme", "/~acme", 1);
                *request.uri_mut() = uri.parse().unwrap();
            }
            Way::OfAnotherIncarnation => {
                let revision = HeaderValue::from_static("0000000000000001-1");
                request.headers_mut().insert("enlist-revision", revision);
            }
            Way::WithABodyThatDoesNotCome if has_body => {
                *request.body_mut() = Body::from_stream(stream::pending::<Result<&str, std::io::Error>>());
            }
            Way::WithALongBody if has_body => {
                *request.body_mut() = Body::from(row.document(ids) + &" ".repeat(1_100_000));
            }
            Way::AsPlainText if has_body => {
                request.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
            }
            Way::WithAnUnknownMember if has_body => *request.body_mut() = Body::from(r#"{"none": 1}"#),
            Way::AsItIs
            | Way::ByNobodyKnown
            | Way::NotAllowed
            | Way::ToAnotherWorkspace
            | Way::WithABodyThatDoesNotCome
            | Way::WithALongBody
            | Way::AsPlainText
            | Way::WithAnUnknownMember
            | Way::WhileTheStoreOpens => {}
        }
        request
    }

    /// What it is sent to.
    fn scene(self, opening: &Opening) -> Scene {
        let enlist = match self {
            Way::WhileTheStoreOpens => opening.enlist(),
            _ => Enlist::builder().workers(1).build().unwrap(),
        };
        let decision = match self {
            Way::ByNobodyKnown => Decision::AskWho,
            Way::NotAllowed => Decision::Refuse,
            _ => Decision::Allow,
        };
        let api = Api::new(enlist.clone()).authorise(move |_: Asked| async move { decision });
        Scene::of(enlist, api.body_timeout(Duration::from_millis(20)))
    }
}

/// A store with the workspace `acme`, which opens when the sender is dropped.
fn held_opening(directory: &std::path::Path) -> (Opening, mpsc::Sender<()>) {
    let store = Enlist::builder().workers(1).open(directory).unwrap().wait().unwrap();
    store.create_workspace("acme").unwrap();
    store.shutdown();
    drop(store);
    let (release, released) = mpsc::channel();
    let released = Mutex::new(released);
    let partitions = move |_: &enlist::WorkspaceId, _: &WorkspaceSettings| {
        let _ = released.lock().unwrap().recv();
        1
    };
    (Enlist::builder().workers(1).partitions_of(partitions).open(directory).unwrap(), release)
}

/// A scene whose queue is full: a subscriber that blocks does not read, and no event more may wait.
fn full() -> (Scene, Subscription) {
    let enlist = Enlist::builder().workers(1).build().unwrap();
    let limits = WorkspaceLimits::default().with_queued_events(1);
    let settings = WorkspaceSettings::default().with_limits(limits);
    let acme = enlist.create_workspace_with("acme", settings).unwrap();
    let at = acme.clock_now();
    acme.apply_event(Event::field_defined(at, Ids::FIELD, enlist::Kind::Select).build().unwrap()).unwrap();
    acme.contact(Ids::PLAIN.id).save().unwrap();
    let everyone = r#"{"match": "all", "conditions": [{"field": "created_at", "operator": "is_not_empty"}]}"#;
    acme.segment("all").unwrap().save("All", enlist::Json::parse(everyone).unwrap()).unwrap();
    let blocking = acme.subscribe(SubscribeOptions::all().overflow(Overflow::Block).capacity(1));
    acme.contact("first").save().unwrap();
    let contact = |id: &str| Event::contact_saved(at, id).build().unwrap();
    // The second one is published when the subscriber has read the first, and the queue holds one more.
    for id in ["second", "third"] {
        if acme.try_submit(contact(id)).is_err() {
            break;
        }
    }
    let api = Api::new(enlist.clone()).authorise(|_: Asked| async { Decision::Allow });
    (Scene::of(enlist, api), blocking)
}

fn name(method: &str, template: &str) -> String {
    format!("{method} {template}")
}

fn note(provoked: &mut Provoked, row: Right, status: u16) {
    provoked.entry(name(row.method, &row.template())).or_default().insert(status.to_string());
}

async fn every_way(provoked: &mut Provoked) {
    let directory = tempfile::tempdir().unwrap();
    let (opening, release) = held_opening(directory.path());
    for (status, way) in WAYS {
        let (scene, mut has_come) = (way.scene(&opening), false);
        if !matches!(way, Way::AsItIs | Way::WhileTheStoreOpens) {
            // The request that would create it is refused.
            scene.enlist.create_workspace(Ids::PLAIN.workspace).unwrap();
        }
        for row in RIGHT {
            let reply = answered(&scene, *row, way.change(*row)).await;
            has_come |= reply.status.as_u16() == status;
            note(provoked, *row, reply.status.as_u16());
        }
        assert!(has_come, "{way:?} does not provoke {status}");
    }
    drop(release);
    tokio::task::spawn_blocking(move || opening.wait().unwrap()).await.unwrap();
}

async fn what_only_some_refuse(provoked: &mut Provoked) {
    let scene = Scene::with_contacts().await;
    for (status, method, path, at, body) in SOME {
        let row = Right { status: *status, method, path, body };
        let at = at.replace("{long}", &"a".repeat(257));
        let request = crate::scene::request(method, &at).header("content-type", "application/json");
        let reply = scene.send(request.body(Body::from(*body)).unwrap()).await;
        assert_eq!(reply.status.as_u16(), *status, "{row:?}: {reply:?}");
        note(provoked, row, *status);
    }
}

async fn a_full_queue(provoked: &mut Provoked, listed: &Provoked) {
    let (scene, blocking) = full();
    for row in RIGHT {
        let lists = &listed[&name(row.method, &row.template())];
        if lists.contains(&FULL.to_string()) {
            let reply = scene.send(row.request(Ids::PLAIN)).await;
            assert_eq!(reply.refused(FULL), "queue_full", "{row:?}");
            assert_eq!(reply.header("retry-after"), "1");
            note(provoked, *row, FULL);
        }
    }
    drop(blocking);
}

/// The statuses of the document, by operation.
fn listed() -> Provoked {
    let document = enlist_http::openapi();
    let mut listed = Provoked::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let statuses = operation["responses"].as_object().unwrap().keys();
            let statuses = statuses.filter(|status| *status != "default").cloned().collect();
            listed.insert(name(&method.to_uppercase(), path), statuses);
        }
    }
    listed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_listed_status_is_provoked_and_no_other_one() {
    let (listed, mut provoked) = (listed(), Provoked::new());
    every_way(&mut provoked).await;
    what_only_some_refuse(&mut provoked).await;
    a_full_queue(&mut provoked, &listed).await;
    let mut different = Vec::new();
    for (operation, statuses) in &listed {
        let came = &provoked[operation];
        let (never, unlisted): (Vec<_>, Vec<_>) =
            (statuses.difference(came).collect(), came.difference(statuses).collect());
        if statuses != came {
            different.push(format!("{operation}: never {never:?}, not listed {unlisted:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
