//! The demo as a client meets it: it is there soon, its clock is stepped, and its feed goes on.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use enlist::Clock;
use enlist_host::{BOARD, Server};
use serde_json::{Value, json};

use crate::client::{Events, read, write};
use crate::start;

const NOW: &str = "2026-11-26T09:00:00Z";
const SMALL: [&str; 6] = ["--contacts", "300", "--now", NOW, "--token", "secret"];
const PATIENCE: Duration = Duration::from_secs(20);

async fn small(feed: &str) -> Server {
    let server = start(&[&SMALL[..], &["--feed", feed]].concat()).await;
    let began = Instant::now();
    // It stands while the demo is loaded.
    while server.demo_clock().unwrap().now().to_string().as_str() < NOW {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server
}

async fn count(address: SocketAddr, segment: &str) -> Value {
    read(address, "secret", &format!("/v1/workspaces/crm/segments/{segment}/count")).await["count"].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_three_workspaces_are_there_and_the_clock_goes_on_from_its_now() {
    let server = small("0").await;
    let address = server.address();
    let list = read(address, "secret", "/v1/workspaces").await;
    let expected = json!([{"workspace": "cdnow"}, {"workspace": "crm"}, {"workspace": "empty"}]);
    assert_eq!(list["workspaces"], expected);
    for segment in BOARD {
        assert!(count(address, segment).await.as_u64().unwrap() > 0, "{segment}");
    }
    let clock = server.demo_clock().unwrap();
    let first = clock.now();
    assert!(first.to_string().starts_with("2026-11-26T09:00"), "{first}");
    while clock.now() == first {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_midnight_moves_contacts_and_a_client_hears_of_it_at_once() {
    let server = small("0").await;
    let address = server.address();
    let path = "/v1/workspaces/crm/stream?segments=new-this-week";
    let mut events = Events::open(address, "secret", path, "").await.unwrap();
    let clock = server.demo_clock().unwrap();
    let midnight = clock.advance_to_midnight("Europe/Berlin").unwrap();
    let left = events.next(&mut String::new(), PATIENCE).await.unwrap();
    assert_eq!((left.data["change"].as_str(), left.data["cause"].as_str()), (Some("left"), Some("clock")));
    assert_eq!(left.data["at"], midnight.to_string());
    // After eight days nobody is new.
    clock.advance_week().unwrap();
    clock.advance_day().unwrap();
    let began = Instant::now();
    while count(address, "new-this-week").await != 0 {
        assert!(began.elapsed() < PATIENCE);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_goes_on_and_survives_what_a_client_deletes() {
    let server = small("200").await;
    let address = server.address();
    let path = format!("/v1/workspaces/crm/stream?segments={}", BOARD.join("&segments="));
    let mut events = Events::open(address, "secret", &path, "").await.unwrap();
    for number in 3..200 {
        let contact = format!("/v1/workspaces/crm/contacts/c-{number:05}");
        write(address, "secret", "DELETE", &contact, "").await.unwrap();
    }
    for _ in 0..50 {
        let event = events.next(&mut String::new(), PATIENCE).await.unwrap();
        assert!(event.name == "transition" || event.name == "end", "{event:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_store_the_demo_is_loaded_once_and_time_is_the_wall_clocks() {
    let directory = tempfile::tempdir().unwrap();
    let store = ["--store", directory.path().to_str().unwrap(), "--contacts", "50", "--token", "secret"];
    let mut contacts = Vec::new();
    for feed in ["0", "0"] {
        let server = start(&[&store[..], &["--feed", feed]].concat()).await;
        assert!(server.demo_clock().is_none());
        let began = Instant::now();
        let (mut found, mut reads_alike) = (Value::Null, 0);
        // The last contact is there before the last event is: the demo is loaded when nothing changes any longer.
        while found["total"] != 50 || reads_alike < 5 {
            assert!(began.elapsed() < PATIENCE, "{found}");
            tokio::time::sleep(Duration::from_millis(250)).await;
            let path = "/v1/workspaces/crm/contacts?size=50";
            let before = std::mem::replace(&mut found, read(server.address(), "secret", path).await);
            reads_alike = if found["contacts"] == before["contacts"] { reads_alike + 1 } else { 0 };
        }
        contacts.push(found["contacts"].to_string());
        server.stop().await;
    }
    assert_eq!(contacts[0], contacts[1]);
}
