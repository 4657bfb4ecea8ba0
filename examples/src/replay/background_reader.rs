//! Reads a source that may stay silent (a pipe, a terminal) on a thread of its own, so that an interrupt ends the wait.
//!
//! It knows nothing of lines. Invariant: bytes come out in the order in which the source gave them, and none is lost
//! unless an interrupt ends the reading.

use std::io::{self, Cursor, ErrorKind, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use super::interrupt::Interrupt;

/// Bytes of one read of the source.
const CHUNK_BYTES: usize = 64 * 1_024;
/// Chunks that wait to be taken. The thread stops reading at this bound, so a fast source cannot fill the memory.
const WAITING_CHUNKS: usize = 2;
/// How often a reader that waits for the source looks for an interrupt.
const INTERRUPT_CHECK: Duration = Duration::from_millis(50);

type Chunk = io::Result<Vec<u8>>;

/// A source that a thread reads.
pub(super) struct BackgroundReader {
    chunks: Receiver<Chunk>,
    chunk: Cursor<Vec<u8>>,
    interrupt: Interrupt,
}

impl BackgroundReader {
    /// Starts to read the source.
    ///
    /// # Errors
    /// What the system says if it gives no thread.
    pub(super) fn start(source: impl Read + Send + 'static, interrupt: &Interrupt) -> io::Result<Self> {
        let (sender, chunks) = mpsc::sync_channel(WAITING_CHUNKS);
        // Nobody joins the thread: where the source stays silent, it waits until the program ends.
        thread::Builder::new().name("log reader".to_owned()).spawn(move || send_chunks(source, &sender))?;
        Ok(BackgroundReader { chunks, chunk: Cursor::default(), interrupt: interrupt.clone() })
    }
}

/// Sends all chunks of the source, until its end, its first error, or the end of the receiver.
fn send_chunks(mut source: impl Read, chunks: &SyncSender<Chunk>) {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let chunk = match source.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = chunk.is_err();
        if chunks.send(chunk).is_err() || is_last {
            return;
        }
    }
}

impl Read for BackgroundReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // Before any bytes are returned: a source that never ends would otherwise keep the replay from stopping.
            if self.interrupt.is_raised() {
                // Not `ErrorKind::Interrupted`, on which every caller in the standard library reads again.
                return Err(io::Error::other("interrupted"));
            }
            let count = self.chunk.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.chunks.recv_timeout(INTERRUPT_CHECK) {
                Ok(chunk) => self.chunk = Cursor::new(chunk?),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that gives nothing and does not end.
    struct Silent;

    impl Read for Silent {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            loop {
                thread::park();
            }
        }
    }

    #[test]
    fn all_bytes_come_out_in_order() {
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|number| (number % 251) as u8).collect();
        let mut reader = BackgroundReader::start(Cursor::new(bytes.clone()), &Interrupt::default()).unwrap();
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
    }

    #[test]
    fn an_interrupt_ends_the_wait_for_a_silent_source() {
        let interrupt = Interrupt::default();
        let mut reader = BackgroundReader::start(Silent, &interrupt).unwrap();
        interrupt.raise();
        assert_eq!(reader.read(&mut [0; 8]).unwrap_err().to_string(), "interrupted");
    }
}
