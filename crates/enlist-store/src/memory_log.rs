//! A log in memory: the plain reading of what a [`Log`] is.
//!
//! It keeps nothing beyond the process. Invariant: every append is answered before it returns.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::codec::MOST_BYTES;
use crate::error::Error;
use crate::log::{Frames, Log, LogPosition, Ticket, ticket};

/// A log in memory.
#[derive(Debug, Default)]
pub struct MemoryLog(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    start: LogPosition,
    frames: VecDeque<Vec<u8>>,
}

impl Held {
    fn end(&self) -> LogPosition {
        self.start.plus(self.frames.len())
    }
}

impl Log for MemoryLog {
    fn append(&self, frames: Vec<Vec<u8>>) -> Result<Ticket, Error> {
        check_sizes(&frames)?;
        let mut held = self.0.lock();
        let first = held.end();
        held.frames.extend(frames);
        let (ticket, reply) = ticket();
        reply.answer(Ok(first));
        Ok(ticket)
    }

    fn read(&self, from: LogPosition) -> Result<Frames<'_>, Error> {
        let held = self.0.lock();
        let skipped = from.0.saturating_sub(held.start.0) as usize;
        let start = held.start;
        let frames: Vec<_> = held
            .frames
            .iter()
            .enumerate()
            .skip(skipped)
            .map(|(at, frame)| Ok((start.plus(at), frame.clone())))
            .collect();
        Ok(Box::new(frames.into_iter()))
    }

    fn end(&self) -> LogPosition {
        self.0.lock().end()
    }

    fn cut(&self, before: LogPosition) -> Result<(), Error> {
        let mut held = self.0.lock();
        let before = before.min(held.end());
        while held.start < before {
            held.frames.pop_front();
            held.start = held.start.plus(1);
        }
        Ok(())
    }
}

/// Refuses frames that could not be read again.
pub(crate) fn check_sizes(frames: &[Vec<u8>]) -> Result<(), Error> {
    let over = frames.iter().map(Vec::len).find(|bytes| *bytes > MOST_BYTES);
    over.map_or(Ok(()), |bytes| Err(Error::TooLarge { bytes, most: MOST_BYTES }))
}
