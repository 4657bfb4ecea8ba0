//! The host as a client meets it: over a socket, and as a program.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]
#![expect(clippy::disallowed_methods, reason = "a test measures how long a connection lasts")]

mod client;
mod demo;
mod killed;
mod open_pages;
mod program;
mod unread;

use std::time::{Duration, Instant};

use clap::Parser;
use enlist_host::{Failure, Options, Server, Timeouts};

use crate::client::{head, send};

fn options(more: &[&str]) -> Options {
    let listen: &[&str] = if more.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
    Options::parse_from(["enlist-host"].iter().chain(listen).chain(more))
}

async fn start(more: &[&str]) -> Server {
    let short = Duration::from_millis(300);
    let timeouts = Timeouts { head: short, body: short, end: Duration::from_secs(2) };
    Server::start(options(more), timeouts).await.unwrap()
}

#[tokio::test]
async fn it_serves_with_the_token_and_no_other_host() {
    let server = start(&["--no-demo"]).await;
    let (address, host) = (server.address(), server.address().to_string());
    assert_eq!(server.url(), format!("http://{address}/console?token={}", server.token()));
    let answer = send(address, &head("GET", "/v1/workspaces", &host, server.token(), "")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(r#"{"workspaces":[]}"#), "{answer}");
    let answer = send(address, &head("GET", "/v1/workspaces", &host, "other", "")).await;
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("www-authenticate: Bearer"), "{answer}");
    let answer = send(address, &head("GET", "/v1/workspaces", "evil.example", server.token(), "")).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("foreign_host"), "{answer}");
    assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    for other in
        ["evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:127.0.0.1", ""]
    {
        let answer = send(address, &head("GET", "/healthz", other, server.token(), "")).await;
        assert!(
            answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400"),
            "{other}: {answer}"
        );
    }
    let crossing = "origin: http://evil.example\r\ncontent-length: 0\r\n";
    let answer = send(address, &head("PUT", "/v1/workspaces/a", &host, server.token(), crossing)).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("other_origin"), "{answer}");
    let long = format!("x-long: {}\r\n", "a".repeat(9_000));
    let answer = send(address, &head("GET", "/v1/workspaces", &host, server.token(), &long)).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_is_half_sent_is_cut() {
    let server = start(&["--no-demo"]).await;
    let began = Instant::now();
    send(server.address(), "GET /healthz HTTP/1.1\r\nhost: loc").await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_half_sent_is_cut() {
    let server = start(&["--no-demo"]).await;
    let (address, host) = (server.address(), server.address().to_string());
    let json = "content-type: application/json\r\ncontent-length: 2\r\n";
    let answer =
        send(address, &(head("PUT", "/v1/workspaces/acme", &host, server.token(), json) + "{}")).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    for media_type in ["application/json", "application/x-ndjson"] {
        let began = Instant::now();
        let more = format!("content-type: {media_type}\r\ncontent-length: 100\r\n");
        let half = head("POST", "/v1/workspaces/acme/events", &host, server.token(), &more) + "{\"type\":";
        // Kept alive, so that only the cut ends the connection.
        let answer = send(address, &half.replace("connection: close\r\n", "")).await;
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("body_too_slow"), "{answer}");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    server.stop().await;
}

#[tokio::test]
async fn the_next_port_is_taken_if_one_is_not_free_and_others_are_kept_out_by_a_token() {
    let first = start(&["--no-demo"]).await;
    let taken = first.address().to_string();
    let second = start(&["--no-demo", "--listen", &taken]).await;
    assert!(second.address().port() > first.address().port());
    let open = options(&["--listen", "0.0.0.0:0"]);
    let refused = Server::start(open, Timeouts::default()).await;
    assert!(matches!(refused, Err(Failure::NeedsToken(_))), "{refused:?}");
    let blank = Server::start(options(&["--token", ""]), Timeouts::default()).await;
    assert!(matches!(blank, Err(Failure::Token)), "{blank:?}");
    first.stop().await;
    second.stop().await;
}

#[test]
fn a_wrong_option_is_refused_with_what_is_accepted() {
    let refused = |more: &[&str]| {
        let refused = Options::try_parse_from(["enlist-host"].iter().chain(more)).unwrap_err();
        refused.to_string()
    };
    for wrong in ["-1", "fast", "NaN", "inf", "100001"] {
        let error = refused(&["--feed", wrong]);
        assert!(error.contains(&format!("invalid value '{wrong}' for '--feed <RATE>'")), "{error}");
        assert!(error.contains("events a second, from 0 to 100000"), "{error}");
    }
    for wrong in
        ["yesterday", "2026-11-26", "2026-11-26T09:00:00", "1969-12-31T23:59:59Z", "9000-01-01T00:00:00Z"]
    {
        let error = refused(&["--now", wrong]);
        assert!(error.contains(&format!("invalid value '{wrong}' for '--now <INSTANT>'")), "{error}");
        assert!(error.contains("such as 2026-11-26T09:00:00Z"), "{error}");
    }
    for wrong in ["-1", "many", "1000001"] {
        let error = refused(&["--contacts", wrong]);
        assert!(error.contains(&format!("invalid value '{wrong}' for '--contacts <N>'")), "{error}");
    }
    for wrong in ["-1", "1.5", "a"] {
        let error = refused(&["--seed", wrong]);
        assert!(error.contains(&format!("invalid value '{wrong}' for '--seed <N>'")), "{error}");
    }
    let both = refused(&["--store", "kept", "--now", "2026-11-26T09:00:00Z"]);
    assert!(both.contains("'--store <DIR>' cannot be used with '--now <INSTANT>'"), "{both}");
    let usual = options(&[]);
    assert_eq!((usual.feed, usual.now, usual.contacts), (2.0, None, 5_000));
    assert_eq!(options(&["--feed", "0.5", "--now", "2026-11-26T10:00:00+01:00"]).now, usual_now());
}

fn usual_now() -> Option<enlist::Instant> {
    enlist::Instant::parse("2026-11-26T09:00:00Z")
}

#[tokio::test]
async fn a_stop_ends_streams_and_a_store_keeps_what_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().to_str().unwrap();
    let server = start(&["--no-demo", "--store", store, "--token", "secret"]).await;
    let (address, host) = (server.address(), server.address().to_string());
    let body = "content-type: application/json\r\ncontent-length: 2\r\n";
    // It opens in the background.
    while !send(address, &head("GET", "/readyz", &host, "", "")).await.starts_with("HTTP/1.1 200") {}
    let answer = send(address, &(head("PUT", "/v1/workspaces/acme", &host, "secret", body) + "{}")).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let stream = head("GET", "/v1/workspaces/acme/stream", &host, "secret", "");
    let streaming = tokio::spawn(async move { send(address, &stream).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let began = Instant::now();
    server.stop().await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let told = streaming.await.unwrap();
    assert!(told.contains("event: end"), "{told}");
    let again = start(&["--no-demo", "--store", store, "--token", "secret"]).await;
    let host = again.address().to_string();
    let mut answer = String::new();
    while !answer.starts_with("HTTP/1.1 200") {
        answer = send(again.address(), &head("GET", "/v1/workspaces/acme", &host, "secret", "")).await;
    }
    again.stop().await;
}
