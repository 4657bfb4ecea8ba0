//! Clients over sockets that never read delay nobody: what waits for them fills the buffers of both systems, and then waits here.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Events, read, write};
use crate::program::{Program, TOKEN};

const API: &str = "/v1/workspaces/acme";
/// Wide, because the machine does other things too; a writer that waits for a client would wait for ever.
const LATER: Duration = Duration::from_millis(100);

/// Within this every request is answered; what is not read is cut much later.
const SOON: Duration = Duration::from_secs(10);

/// Sends a request, reads the first bytes of the answer, and no more.
async fn left_alone(address: SocketAddr, path: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET {API}/{path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    // Soon, also beside exports that nobody reads: they hold no thread that others need.
    tokio::time::timeout(SOON, connection.read_exact(&mut first)).await.expect(path).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    connection
}

/// Saves many contacts with long names: a download of them is larger than what sockets buffer.
async fn fill(address: SocketAddr) {
    let rule = r#"{"match": "all", "conditions": [{"field": "name", "operator": "is_not_empty"}]}"#;
    for (path, body) in [
        (API.to_owned(), "{}".to_owned()),
        (format!("{API}/segments/all"), format!(r#"{{"name": "All", "rule": {rule}}}"#)),
    ] {
        assert_eq!(write(address, TOKEN, "PUT", &path, &body).await, Some(201));
    }
    let name = "x".repeat(1_000);
    let line = |no| {
        format!(
            "{{\"type\":\"contact_saved\",\"at\":\"2026-01-05T09:00:00Z\",\"contact\":\"c{no}\",\"set\":{{\"name\":\"{name}\"}}}}\n"
        )
    };
    let body: String = (0..20_000).map(line).collect();
    let more = format!("content-type: application/x-ndjson\r\ncontent-length: {}\r\n", body.len());
    let request = crate::client::head("POST", &format!("{API}/events"), "localhost", TOKEN, &more) + &body;
    let answer = crate::client::send(address, &request).await;
    assert!(answer.contains("\"applied\":20000"), "{answer}");
    let path = format!("{API}/audiences/all");
    assert_eq!(write(address, TOKEN, "PUT", &path, r#"{"include": ["all"]}"#).await, Some(200));
}

/// How long a write takes until a client of the stream has it, in the median of 50.
async fn told(address: SocketAddr, events: &mut Events) -> Duration {
    let mut times = Vec::new();
    for no in 0..50 {
        let began = Instant::now();
        let body = if no % 2 == 0 { r#"{"set": {"name": null}}"# } else { r#"{"set": {"name": "a"}}"# };
        let written = write(address, TOKEN, "PATCH", &format!("{API}/contacts/c0"), body).await;
        assert_eq!(written, Some(200));
        let event = events.next(&mut String::new(), Duration::from_secs(20)).await.unwrap();
        assert_eq!((event.name.as_str(), event.data["contact"].as_str()), ("transition", Some("c0")));
        times.push(began.elapsed());
    }
    times.sort();
    times[25]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_nobody_reads_delay_no_write_and_no_stream() {
    let (program, address) = Program::ready(&[]).await;
    fill(address).await;
    let mut events = Events::open(address, TOKEN, &format!("{API}/stream"), "").await.unwrap();
    let alone = told(address, &mut events).await;
    let mut connections = Vec::new();
    for path in ["export", "audiences/all/members", "stream", "contacts?size=1000"] {
        for _ in 0..6 {
            connections.push(left_alone(address, path).await);
        }
    }
    let beside = told(address, &mut events).await;
    assert!(beside < alone + LATER, "{alone:?} alone, {beside:?} beside");
    // Long work goes on too: a thread for it is free, or becomes free.
    let path = format!("{API}/overlap");
    let overlap = tokio::time::timeout(SOON, read(address, TOKEN, &path)).await;
    assert_eq!(overlap.unwrap()["segments"][0], "all");
    drop((connections, program));
}
