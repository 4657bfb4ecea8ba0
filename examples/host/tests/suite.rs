//! The host as a client meets it: over a socket, and as a program.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]
#![expect(clippy::disallowed_methods, reason = "a test measures how long a connection lasts")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use enlist_host::{Failure, Options, Server, Timeouts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn options(more: &[&str]) -> Options {
    let listen: &[&str] = if more.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
    Options::parse_from(["enlist-host"].iter().chain(listen).chain(more))
}

async fn start(more: &[&str]) -> Server {
    let timeouts = Timeouts { head: Duration::from_millis(300), end: Duration::from_secs(2) };
    Server::start(options(more), timeouts).await.unwrap()
}

/// Sends a head, and reads until the connection ends.
async fn send(address: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has said all that it says.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request with a token, whose connection ends with the answer.
fn head(method: &str, path: &str, host: &str, token: &str, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n{more}\r\n"
    )
}

#[tokio::test]
async fn it_serves_with_the_token_and_no_other_host() {
    let server = start(&["--no-demo"]).await;
    let (address, host) = (server.address(), server.address().to_string());
    assert_eq!(server.url(), format!("http://{address}/?token={}", server.token()));
    let answer = send(address, &head("GET", "/v1/workspaces", &host, server.token(), "")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(r#"{"workspaces":[]}"#), "{answer}");
    let answer = send(address, &head("GET", "/v1/workspaces", &host, "other", "")).await;
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("www-authenticate: Bearer"), "{answer}");
    let answer = send(address, &head("GET", "/v1/workspaces", "evil.example", server.token(), "")).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("foreign_host"), "{answer}");
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

/// Ends the program if a test fails before it does.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[cfg(unix)]
#[test]
fn the_program_prints_where_it_is_and_an_interrupt_ends_it_well() {
    let began = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_enlist-host"));
    let child = command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut program = Program(child);
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("http://127.0.0.1:") && line.contains("/?token="), "{line}");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let interrupted = Instant::now();
    assert!(Command::new("kill").args(["-INT", &program.0.id().to_string()]).status().unwrap().success());
    assert_eq!(program.0.wait().unwrap().code(), Some(0));
    assert!(interrupted.elapsed() < Duration::from_secs(5), "{:?}", interrupted.elapsed());
}
