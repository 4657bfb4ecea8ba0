//! Many pages of the console stand open while the feed goes on: each shows the last state soon, and the feed keeps its rate.
//!
//! The suite runs it small. The figures are of `ENLIST_TEST_PAGES=200 ENLIST_TEST_FEED=2000 ENLIST_TEST_SOON_MS=500`, in release.

use std::env;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::client::{read, write};
use crate::start;

const PAGES: [&str; 4] =
    ["segments?", "leads?column=marked", "contacts?segment=marked", "activity?segment=marked"];
/// How many times the mark changes.
const ROUNDS: u32 = 5;
/// How long a rate is measured.
const MEASURED: Duration = Duration::from_secs(3);

fn given<T: FromStr>(name: &str, otherwise: T) -> T {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// How many events a second the feed applies.
async fn rate(address: SocketAddr) -> f64 {
    let events = async || read(address, "t", "/v1/workspaces/crm").await["events"].as_f64().unwrap();
    let (began, first) = (Instant::now(), events().await);
    tokio::time::sleep(MEASURED).await;
    (events().await - first) / began.elapsed().as_secs_f64()
}

/// Names a segment that every page shows.
async fn mark(address: SocketAddr, round: u32) {
    let body = format!(
        r#"{{"name": "Mark {round}.", "rule": {{"match": "all", "conditions": [{{"field": "labels", "operator": "has_label", "value": "VIP"}}]}}}}"#
    );
    let status = write(address, "t", "PUT", "/v1/workspaces/crm/segments/marked", &body).await;
    assert!(matches!(status, Some(200 | 201)), "{status:?}");
}

/// Reads a page's stream, and tells of each mark when it has it.
async fn look(address: SocketAddr, page: &str, seen: mpsc::UnboundedSender<(u32, Instant)>) {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /console/crm/-live/{page} HTTP/1.0\r\nhost: localhost\r\ncookie: enlist_token=t\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let (mut text, mut round) = (Vec::new(), 0);
    while connection.read_buf(&mut text).await.is_ok_and(|length| length > 0) {
        // A mark may come in two pieces: what is kept is longer than one.
        let has = |text: &[u8], mark: String| text.windows(mark.len()).any(|piece| piece == mark.as_bytes());
        while has(&text, format!("Mark {round}.")) {
            let _ = seen.send((round, Instant::now()));
            round += 1;
        }
        text.drain(..text.len().saturating_sub(16));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_open_page_shows_the_last_state_soon_and_the_feed_keeps_its_rate() {
    let (pages, feed) = (given("ENLIST_TEST_PAGES", 40_usize), given("ENLIST_TEST_FEED", 200_u32));
    let soon = Duration::from_millis(given("ENLIST_TEST_SOON_MS", 2_000));
    let contacts = given("ENLIST_TEST_CONTACTS", 500_u32).to_string();
    let server = start(&["--token", "t", "--feed", &feed.to_string(), "--contacts", &contacts]).await;
    let address = server.address();
    let began = Instant::now();
    while server.demo_clock().unwrap().advance_hour().is_err() {
        assert!(began.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    mark(address, 0).await;
    let alone = rate(address).await;
    let (seen, mut laps) = mpsc::unbounded_channel();
    for page in PAGES.iter().cycle().take(pages) {
        tokio::spawn(look(address, page, seen.clone()));
    }
    drop(seen);
    let mut longest = Duration::ZERO;
    for round in 0..=ROUNDS {
        mark(address, round).await;
        let marked = Instant::now();
        for _ in 0..pages {
            let (_, at) = tokio::time::timeout(Duration::from_secs(20), laps.recv()).await.unwrap().unwrap();
            if round > 0 {
                longest = longest.max(at - marked);
            }
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let beside = rate(address).await;
    println!(
        "{pages} pages show the last state within {longest:?}; the feed: {alone:.0} a second alone, {beside:.0} beside them"
    );
    assert!(longest <= soon, "{longest:?}");
    assert!(beside >= 0.8 * alone, "{beside} of {alone}");
    server.stop().await;
}
