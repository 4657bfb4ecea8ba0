//! Clients of the stream that are killed and come back fold what they get to the members.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::scene::{Scene, plan_is};
use crate::stream::Client;

/// For how many seconds the clients come and go; two by default.
const SECONDS: &str = "ENLIST_TEST_STREAM_SECONDS";

/// What a client knows.
struct Fold {
    members: BTreeSet<String>,
    /// The number of the revision that its members were read at.
    read_at: u64,
    last: String,
    gaps: usize,
}

fn number(tag: &str) -> u64 {
    tag.rsplit('-').next().unwrap().parse().unwrap()
}

impl Fold {
    /// Reads the members, as a client does at the beginning and after a gap.
    async fn read(&mut self, scene: &Scene) {
        let page = scene.get("segments/pro/members?size=1000").await.with(200);
        let contacts = page["contacts"].as_array().unwrap().iter();
        self.members = contacts.map(|each| each["contact"].as_str().unwrap().to_owned()).collect();
        self.read_at = number(page["revision"].as_str().unwrap());
    }

    async fn take(&mut self, scene: &Scene, client: &mut Client) {
        let event = client.next().await.unwrap();
        self.last.clone_from(&event.id);
        if event.name == "gap" {
            self.gaps += 1;
            return self.read(scene).await;
        }
        if number(event.data["revision"].as_str().unwrap()) <= self.read_at {
            return;
        }
        if event.name == "transition" {
            let contact = event.data["contact"].as_str().unwrap().to_owned();
            if event.data["change"] == "entered" {
                self.members.insert(contact)
            } else {
                self.members.remove(&contact)
            };
        } else {
            for (list, is_member) in [("entered_contacts", true), ("left_contacts", false)] {
                for contact in event.data[list].as_array().unwrap() {
                    let contact = contact.as_str().unwrap().to_owned();
                    if is_member {
                        self.members.insert(contact)
                    } else {
                        self.members.remove(&contact)
                    };
                }
            }
        }
    }
}

/// A number between 0 and `most`, one after the other for each client.
fn draw(state: &mut u64, most: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_are_killed_and_come_back_fold_to_the_members() {
    #[expect(clippy::disallowed_methods, reason = "the environment says how long a test runs")]
    let seconds = std::env::var(SECONDS).ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(2);
    let scene = Arc::new(Scene::with_contacts().await);
    let ended = Arc::new(AtomicBool::new(false));
    let follow = |seed: u64| {
        let (scene, ended) = (Arc::clone(&scene), Arc::clone(&ended));
        tokio::spawn(async move {
            let mut state = seed;
            let mut client = Client::open(&scene, "?segments=pro", None).await;
            let mut fold = Fold { members: BTreeSet::new(), read_at: 0, last: client.begin().await, gaps: 0 };
            fold.read(&scene).await;
            loop {
                for _ in 0..draw(&mut state, 40) {
                    if tokio::time::timeout(Duration::from_millis(500), fold.take(&scene, &mut client))
                        .await
                        .is_err()
                    {
                        break;
                    }
                }
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                drop(client);
                tokio::time::sleep(Duration::from_millis(draw(&mut state, 50))).await;
                client = Client::open(&scene, "?segments=pro", Some(&fold.last)).await;
            }
            // What is left, until nothing comes.
            while tokio::time::timeout(Duration::from_millis(500), fold.take(&scene, &mut client))
                .await
                .is_ok()
            {}
            (fold.members, fold.gaps)
        })
    };
    let clients: Vec<_> = (1..=20).map(follow).collect();
    let (acme, stop) = (scene.acme(), Arc::clone(&ended));
    let writing = tokio::task::spawn_blocking(move || {
        let (mut state, mut count) = (99, 0_u64);
        while !stop.load(Ordering::Relaxed) {
            let contact = format!("c{}", draw(&mut state, 50));
            let plan = if draw(&mut state, 2) == 0 { "free" } else { "pro" };
            acme.contact(&contact).set("plan", plan).save().unwrap();
            count += 1;
            if count % 200 == 0 {
                let rule = plan_is(if count % 400 == 0 { "free" } else { "pro" });
                acme.segment("pro").unwrap().save("Pro", rule).unwrap();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        count
    });
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    ended.store(true, Ordering::Relaxed);
    let written: u64 = writing.await.unwrap();
    assert!(written > 50 * seconds, "{written}");
    let page = scene.get("segments/pro/members?size=1000").await.with(200);
    let contacts = page["contacts"].as_array().unwrap().iter();
    let expected: BTreeSet<String> =
        contacts.map(|each| each["contact"].as_str().unwrap().to_owned()).collect();
    for client in clients {
        let (members, gaps) = client.await.unwrap();
        assert_eq!((json!(members), gaps), (json!(expected), 0));
    }
}
