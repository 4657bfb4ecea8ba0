//! The memory of streams on which nothing happens.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::memory::resident_kib;
use super::scene::Scene;
use super::{Length, Outcome};

/// A workspace may have 1,000.
const STREAMS_OF_WORKSPACE: usize = 900;

pub(crate) fn run(length: Length) -> Outcome<()> {
    let scene = Scene::new(100, 10)?;
    let count = length.choose(9_000, 100);
    let mut streams = Vec::with_capacity(count);
    // The first one brings what all share.
    for no in 0..count.div_ceil(STREAMS_OF_WORKSPACE) {
        scene.enlist.create_workspace(&format!("w{no}"))?;
        streams.push(begin(&scene, no)?);
    }
    let Some(before) = resident_kib() else {
        println!("idle streams: SKIPPED, the system does not tell the memory");
        return Ok(());
    };
    let some = streams.len();
    for no in some..count {
        match begin(&scene, no / STREAMS_OF_WORKSPACE) {
            Ok(stream) => streams.push(stream),
            Err(error) => {
                println!("idle streams: SKIPPED after {no}, {error}; see `ulimit -n`");
                return Ok(());
            }
        }
    }
    let after = resident_kib().unwrap_or_default();
    let each = (after - before) as f64 / (count - some) as f64;
    println!("{count} idle streams: {each:.1} KiB each, of {after} KiB in all");
    Ok(())
}

/// Begins a stream, and waits for its head.
fn begin(scene: &Scene, workspace: usize) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect(scene.address)?;
    write!(stream, "GET /v1/workspaces/w{workspace}/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut head = [0; 64];
    let read = stream.read(&mut head)?;
    if !head[..read].starts_with(b"HTTP/1.1 200") {
        return Err(String::from_utf8_lossy(&head[..read]).into());
    }
    Ok(stream)
}
