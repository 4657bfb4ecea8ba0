//! A client over a socket: requests whose connection ends with the answer, and a stream of events.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends a head, and reads until the connection ends.
pub(crate) async fn send(address: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has said all that it says.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request with a token, whose connection ends with the answer.
pub(crate) fn head(method: &str, path: &str, host: &str, token: &str, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n{more}\r\n"
    )
}

/// Sends a document; returns the status, or `None` if there was no answer.
pub(crate) async fn write(
    address: SocketAddr,
    token: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Option<u16> {
    let more = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    let request = head(method, path, "localhost", token, &more) + body;
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}

/// Reads a document.
pub(crate) async fn read(address: SocketAddr, token: &str, path: &str) -> Value {
    let answer = send(address, &head("GET", path, "localhost", token, "")).await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// A stream of Server-Sent Events.
pub(crate) struct Events {
    connection: TcpStream,
    text: String,
}

/// An event with data.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: Value,
}

impl Events {
    /// Opens a stream after an event, or, with an empty id, from now on. `None` if nobody answers.
    pub(crate) async fn open(address: SocketAddr, token: &str, path: &str, last: &str) -> Option<Self> {
        let mut connection = TcpStream::connect(address).await.ok()?;
        // An answer of HTTP/1.0 has no chunks: what comes are the events.
        let request = format!(
            "GET {path} HTTP/1.0\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nlast-event-id: {last}\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).await.ok()?;
        let mut events = Events { connection, text: String::new() };
        let head = events.block("\r\n\r\n").await?;
        assert!(head.contains(" 200 "), "{head}");
        Some(events)
    }

    /// What comes before a separator; `None` at the end of the connection.
    async fn block(&mut self, separator: &str) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once(separator) {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let mut piece = Vec::with_capacity(16 * 1024);
            let length = self.connection.read_buf(&mut piece).await.ok()?;
            if length == 0 {
                return None;
            }
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// The next event, and its id in `last`, as a browser keeps it; `None` at the end, or if nothing comes within `patience`.
    pub(crate) async fn next(&mut self, last: &mut String, patience: Duration) -> Option<Event> {
        loop {
            let block = tokio::time::timeout(patience, self.block("\n\n")).await.ok()??;
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            if let Some(id) = field("id") {
                id.clone_into(last);
            }
            if let (Some(name), Some(data)) = (field("event"), field("data")) {
                return Some(Event { name: name.to_owned(), data: serde_json::from_str(data).unwrap() });
            }
        }
    }
}
