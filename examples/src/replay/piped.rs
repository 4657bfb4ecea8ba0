//! What is piped into a replay that names no log: `zcat my-log.gz | replay`, `replay < my-log.jsonl`.
//!
//! Standard input may also be a pipe on which nobody ever writes, as some programs leave it to those they start. So it is
//! asked for half a second; a log that takes longer to come is named by `-`.

use std::io::{self, Cursor, IsTerminal, Read};
use std::sync::mpsc;
use std::time::Duration;

/// How long the first bytes may take.
const PATIENCE: Duration = Duration::from_millis(500);
const FIRST_BYTES: usize = 4_096;

/// Standard input, if something is piped in; `None` if it is a terminal, empty, or silent.
pub fn piped_input() -> Option<impl Read> {
    if io::stdin().is_terminal() {
        return None;
    }
    let (sender, receiver) = mpsc::channel();
    // If nothing ever comes, the thread waits until the program ends.
    #[expect(clippy::disallowed_methods, reason = "a program may wait on a thread")]
    std::thread::spawn(move || {
        let mut bytes = vec![0; FIRST_BYTES];
        if let Ok(count @ 1..) = io::stdin().read(&mut bytes) {
            bytes.truncate(count);
            // The program may have lost its patience by now.
            let _ = sender.send(bytes);
        }
    });
    let first = receiver.recv_timeout(PATIENCE).ok()?;
    Some(Cursor::new(first).chain(io::stdin()))
}
