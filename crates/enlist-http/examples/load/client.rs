//! The client's side of HTTP/1.1, as far as it is needed: one request, an answer of known length, or a stream of events.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::Outcome;

/// A connection.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Outcome<Self> {
        Ok(Client(BufReader::with_capacity(1 << 16, TcpStream::connect(address).await?)))
    }

    /// Sends a body as NDJSON, and returns the answer's.
    pub(crate) async fn post(&mut self, path: &str, body: &[u8]) -> Outcome<String> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.0.get_mut().write_all(head.as_bytes()).await?;
        self.0.get_mut().write_all(body).await?;
        let length = self.head().await?.ok_or("an answer with a length")?;
        let mut text = vec![0; length];
        self.0.read_exact(&mut text).await?;
        Ok(String::from_utf8(text)?)
    }

    /// Begins a stream of events.
    pub(crate) async fn begin(&mut self, path: &str) -> Outcome<()> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.0.get_mut().write_all(head.as_bytes()).await?;
        self.head().await?;
        Ok(())
    }

    /// Reads the head of an answer; returns the length of its body, if it says that.
    async fn head(&mut self) -> Outcome<Option<usize>> {
        let mut length = None;
        let mut line = String::new();
        self.0.read_line(&mut line).await?;
        if !line.contains(" 200 ") {
            return Err(line.into());
        }
        loop {
            line.clear();
            self.0.read_line(&mut line).await?;
            match line.trim_end().split_once(": ") {
                None => return Ok(length),
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().ok();
                }
                Some(_) => {}
            }
        }
    }

    /// The next line of a stream, into `line`. Lines with the lengths of chunks are among them.
    pub(crate) async fn line(&mut self, line: &mut String) -> Outcome<()> {
        line.clear();
        if self.0.read_line(line).await? == 0 {
            return Err("the stream ended".into());
        }
        Ok(())
    }
}
