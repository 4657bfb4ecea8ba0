//! Storage whose first failed write or sync is its last: what comes later goes into memory and never to the disk.
//!
//! The library refuses to read anything more once a write failed. A file must still be read then, so the failure is not shown to
//! the library but asked for after each commit ([`Failure::check`]). It knows nothing of what is stored. Invariant: after a failure
//! nothing is written, synced or tried again, and reads see what the library has written.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use parking_lot::RwLock;
use redb::{BackendError, StorageBackend};

use crate::error::Error;

const BLOCK_BYTES: u64 = 4_096;

/// Storage that stops at its first failure.
#[derive(Debug)]
pub(crate) struct StoppingStorage<S> {
    inner: S,
    failure: Failure,
}

/// The first failure of a storage, if there was one. Clones are of the same storage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failure(Arc<RwLock<Option<Failed>>>);

#[derive(Debug)]
struct Failed {
    what: String,
    /// What was written since.
    diverted: Diverted,
}

/// What is written over a storage, and not to it.
#[derive(Debug)]
pub(super) struct Diverted {
    length: u64,
    /// How many bytes of the storage are still part of it.
    visible: u64,
    /// Blocks by number that differ from the storage.
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Failure {
    /// Fails if the storage has failed.
    pub(crate) fn check(&self, path: &Path) -> Result<(), Error> {
        self.0.read().as_ref().map_or(Ok(()), |failed| Err(Error::store(path, &failed.what)))
    }
}

impl<S: StorageBackend> StoppingStorage<S> {
    pub(crate) fn new(inner: S, failure: Failure) -> Self {
        StoppingStorage { inner, failure }
    }

    /// Changes the storage, or once it has failed, what is in memory.
    fn change(
        &self,
        stored: impl FnOnce(&S) -> io::Result<()>,
        diverted: impl FnOnce(&S, &mut Diverted) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut failure = self.failure.0.write();
        if let Some(failed) = &mut *failure {
            return diverted(&self.inner, &mut failed.diverted);
        }
        let length = self.inner.len()?;
        let Err(error) = stored(&self.inner) else { return Ok(()) };
        let failed = Failed { what: error.to_string(), diverted: Diverted::new(length) };
        // The library must find what it has written, so the failed change itself is in memory too.
        diverted(&self.inner, &mut failure.insert(failed).diverted)
    }
}

impl Diverted {
    /// Over a storage of this length.
    pub(super) fn new(length: u64) -> Self {
        Diverted { length, visible: length, blocks: BTreeMap::new() }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// A block as it is now.
    fn block(&self, inner: &impl StorageBackend, number: u64) -> io::Result<Vec<u8>> {
        if let Some(block) = self.blocks.get(&number) {
            return Ok(block.clone());
        }
        let mut block = vec![0; BLOCK_BYTES as usize];
        let offset = number * BLOCK_BYTES;
        let there = self.visible.min(inner.len()?).saturating_sub(offset).min(BLOCK_BYTES);
        if there > 0 {
            inner.read(offset, &mut block[..there as usize])?;
        }
        Ok(block)
    }

    pub(super) fn read(&self, inner: &impl StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if offset + out.len() as u64 > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, within, part) in parts(offset, out.len()) {
            let block = self.block(inner, number)?;
            let length = part.len();
            out[part].copy_from_slice(&block[within..within + length]);
        }
        Ok(())
    }

    pub(super) fn write(&mut self, inner: &impl StorageBackend, offset: u64, bytes: &[u8]) -> io::Result<()> {
        for (number, within, part) in parts(offset, bytes.len()) {
            let mut block = self.block(inner, number)?;
            let length = part.len();
            block[within..within + length].copy_from_slice(&bytes[part]);
            self.blocks.insert(number, block);
        }
        self.length = self.length.max(offset + bytes.len() as u64);
        Ok(())
    }

    pub(super) fn set_length(&mut self, inner: &impl StorageBackend, length: u64) -> io::Result<()> {
        if length < self.length && !length.is_multiple_of(BLOCK_BYTES) {
            // What lies behind a new end reads as zero if the storage grows again.
            let zeros = vec![0; (BLOCK_BYTES - length % BLOCK_BYTES) as usize];
            self.write(inner, length, &zeros)?;
        }
        self.blocks.split_off(&length.div_ceil(BLOCK_BYTES));
        self.visible = self.visible.min(length);
        self.length = length;
        Ok(())
    }
}

/// The blocks of a range: the number of each, where the range begins in it, and which part of the range it holds.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let end = offset + length as u64;
    (offset / BLOCK_BYTES..end.div_ceil(BLOCK_BYTES)).map(move |number| {
        let (first, last) = ((number * BLOCK_BYTES).max(offset), ((number + 1) * BLOCK_BYTES).min(end));
        (number, (first % BLOCK_BYTES) as usize, (first - offset) as usize..(last - offset) as usize)
    })
}

impl<S: StorageBackend> StorageBackend for StoppingStorage<S> {
    fn len(&self) -> io::Result<u64> {
        match &*self.failure.0.read() {
            Some(failed) => Ok(failed.diverted.length),
            None => self.inner.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match &*self.failure.0.read() {
            Some(failed) => failed.diverted.read(&self.inner, offset, out),
            None => self.inner.read(offset, out),
        }
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.change(|inner| inner.set_len(length), |inner, diverted| diverted.set_length(inner, length))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.change(StorageBackend::sync_data, |_, _| Ok(()))
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.change(|inner| inner.write(offset, data), |inner, diverted| diverted.write(inner, offset, data))
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.query_lock_range(start, end)
    }
}
