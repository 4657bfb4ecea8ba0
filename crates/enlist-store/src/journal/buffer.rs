//! What is answered before it is synced: in the tail that is written now, and in memory until the table has it.
//!
//! Invariant: the tail has every frame that is answered and not taken for a commit; the memory has every frame that is answered and
//! not in the table.

use std::sync::Arc;

use super::table;
use crate::error::Error;
use crate::log::LogPosition;
use crate::tail::Tail;

/// A tail of this length is moved at once, whenever the next sync is due.
const LONG_BYTES: u64 = 8 << 20;
/// A tail of this length takes no more: what is appended waits for a commit, until the disk has caught up. It bounds the memory.
const MOST_BYTES: u64 = 32 << 20;

/// Frames of one append.
#[derive(Debug)]
pub(super) struct Buffered {
    pub(super) first: LogPosition,
    /// The stored values.
    pub(super) values: Vec<Vec<u8>>,
}

/// The frames that are not in the table.
#[derive(Debug)]
pub(super) struct Buffer {
    tail: Tail,
    frames: Vec<Arc<Buffered>>,
}

impl Buffer {
    pub(super) fn new(tail: Tail) -> Self {
        Buffer { tail, frames: Vec::new() }
    }

    pub(super) fn append(&mut self, first: LogPosition, values: Vec<Vec<u8>>) -> Result<(), Error> {
        self.tail.append(first, &values)?;
        self.frames.push(Arc::new(Buffered { first, values }));
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether frames should be moved at once.
    pub(super) fn is_long(&self) -> bool {
        self.tail.bytes() >= LONG_BYTES
    }

    /// Whether it takes no more.
    pub(super) fn is_full(&self) -> bool {
        self.tail.bytes() >= MOST_BYTES
    }

    /// All frames, for a commit. What comes next goes into the other tail; `other` is then the tail that has these.
    pub(super) fn take(&mut self, other: &mut Tail) -> Vec<Arc<Buffered>> {
        std::mem::swap(&mut self.tail, other);
        self.frames.clone()
    }

    /// Forgets frames that the table has.
    pub(super) fn forget(&mut self, moved: usize) {
        self.frames.drain(..moved);
    }

    /// The frames from a position on.
    pub(super) fn read(&self, from: LogPosition) -> Vec<(LogPosition, Vec<u8>)> {
        let each = self
            .frames
            .iter()
            .flat_map(|each| each.values.iter().enumerate().map(|(at, value)| (each.first.plus(at), value)));
        each.filter(|(at, _)| *at >= from).map(|(at, value)| (at, table::frame(value).to_vec())).collect()
    }
}
