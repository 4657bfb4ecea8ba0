//! The host is killed while it is written to and followed. Its clients come back and fold what they get to the members.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use crate::client::{Event, Events, read, write};
use crate::program::{Program, TOKEN};

const API: &str = "/v1/workspaces/acme";
const CLIENTS: usize = 5;
/// How many times the host is killed.
const KILLS: &str = "ENLIST_TEST_KILLS";
/// When nothing more comes.
const QUIET: Duration = Duration::from_secs(1);

fn kills() -> usize {
    std::env::var(KILLS).ok().and_then(|kills| kills.parse().ok()).unwrap_or(2)
}

async fn set_up(address: SocketAddr) {
    let rule = r#"{"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}"#;
    for (path, body) in [
        (API.to_owned(), "{}".to_owned()),
        (format!("{API}/fields/plan"), r#"{"kind": "select"}"#.to_owned()),
        (format!("{API}/segments/pro"), format!(r#"{{"name": "Pro", "rule": {rule}}}"#)),
    ] {
        assert_eq!(write(address, TOKEN, "PUT", &path, &body).await, Some(201), "{path}");
    }
}

/// A client that keeps the members of a segment.
#[derive(Default)]
struct Fold {
    members: BTreeSet<String>,
    /// The id of the last event that it has got.
    last: String,
    /// The revision that it has read the members at, of this life of the workspace.
    read_at: (String, u64),
    gaps: usize,
}

fn parts(tag: &str) -> (String, u64) {
    let (incarnation, number) = tag.rsplit_once('-').unwrap();
    (incarnation.to_owned(), number.parse().unwrap())
}

async fn members(address: SocketAddr) -> (BTreeSet<String>, String) {
    let page = read(address, TOKEN, &format!("{API}/segments/pro/members?size=1000")).await;
    let ids = page["contacts"].as_array().unwrap().iter();
    let ids = ids.map(|each| each["contact"].as_str().unwrap().to_owned()).collect();
    (ids, page["revision"].as_str().unwrap().to_owned())
}

impl Fold {
    async fn read(&mut self, address: SocketAddr) {
        let (members, revision) = members(address).await;
        (self.members, self.read_at) = (members, parts(&revision));
    }

    async fn take(&mut self, address: SocketAddr, event: &Event) {
        if event.name == "gap" {
            self.gaps += 1;
            return self.read(address).await;
        }
        let (incarnation, number) = parts(event.data["revision"].as_str().unwrap());
        if incarnation == self.read_at.0 && number <= self.read_at.1 {
            return;
        }
        let ids = |value: &Value| -> Vec<String> {
            let list = value.as_array().map_or(&[][..], Vec::as_slice);
            list.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
        };
        if event.name == "notice" {
            self.members.extend(ids(&event.data["entered_contacts"]));
            for left in ids(&event.data["left_contacts"]) {
                self.members.remove(&left);
            }
            return;
        }
        let contact = event.data["contact"].as_str().unwrap().to_owned();
        if event.data["change"] == "entered" {
            assert!(self.members.insert(contact), "entered twice: {event:?}");
        } else {
            assert!(self.members.remove(&contact), "left twice: {event:?}");
        }
    }

    /// Follows until the host is gone, or nothing more comes.
    async fn follow(&mut self, address: SocketAddr) {
        let Some(mut events) =
            Events::open(address, TOKEN, &format!("{API}/stream?segments=pro"), &self.last).await
        else {
            return;
        };
        if self.last.is_empty() {
            self.read(address).await;
        }
        while let Some(event) = events.next(&mut self.last, QUIET).await {
            self.take(address, &event).await;
        }
    }
}

/// Writes until the host is gone; every contact enters and leaves.
async fn write_until_gone(address: SocketAddr, seed: usize) {
    for no in seed.. {
        let plan = if no.is_multiple_of(3) { "free" } else { "pro" };
        let path = format!("{API}/contacts/c{}", no * 7 % 50);
        if write(address, TOKEN, "PATCH", &path, &format!(r#"{{"set": {{"plan": "{plan}"}}}}"#))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// Runs one life of the host: clients follow, contacts are written, and after a while it is killed.
async fn live(program: Program, address: SocketAddr, folds: Vec<Fold>, seed: usize) -> Vec<Fold> {
    let following: Vec<_> = folds
        .into_iter()
        .map(|mut fold| {
            tokio::spawn(async move {
                fold.follow(address).await;
                fold
            })
        })
        .collect();
    let writing = tokio::spawn(write_until_gone(address, seed));
    tokio::time::sleep(Duration::from_millis(700)).await;
    program.kill();
    writing.await.unwrap();
    let mut folds = Vec::new();
    for each in following {
        folds.push(each.await.unwrap());
    }
    folds
}

/// Every client catches up with the members that there are now.
async fn agree(address: SocketAddr, folds: &mut [Fold]) {
    let (expected, _) = members(address).await;
    assert!(!expected.is_empty());
    for fold in folds {
        fold.follow(address).await;
        assert_eq!(fold.members, expected);
    }
}

fn clients() -> Vec<Fold> {
    (0..CLIENTS).map(|_| Fold::default()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_clients_of_a_store_continue_without_a_gap() {
    let directory = tempfile::tempdir().unwrap();
    let store = ["--store", directory.path().to_str().unwrap()];
    let (mut program, mut address) = Program::ready(&store).await;
    set_up(address).await;
    let mut folds = clients();
    for kill in 0..kills() {
        folds = live(program, address, folds, kill * 1_000).await;
        (program, address) = Program::ready(&store).await;
    }
    agree(address, &mut folds).await;
    assert!(
        folds.iter().all(|fold| fold.gaps == 0),
        "{:?}",
        folds.iter().map(|fold| fold.gaps).collect::<Vec<_>>()
    );
    drop(program);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_clients_of_a_workspace_in_memory_get_a_gap_and_read_again() {
    let (mut program, mut address) = Program::ready(&[]).await;
    set_up(address).await;
    let mut folds = clients();
    let kills = kills();
    for kill in 0..kills {
        folds = live(program, address, folds, kill * 1_000).await;
        (program, address) = Program::ready(&[]).await;
        // What the workspace held is gone; its host makes it again, with others in it.
        set_up(address).await;
        let path = format!("{API}/contacts/of-life-{kill}");
        assert_eq!(write(address, TOKEN, "PATCH", &path, r#"{"set": {"plan": "pro"}}"#).await, Some(200));
    }
    agree(address, &mut folds).await;
    assert!(
        folds.iter().all(|fold| fold.gaps == kills),
        "{:?}",
        folds.iter().map(|fold| fold.gaps).collect::<Vec<_>>()
    );
    drop(program);
}
