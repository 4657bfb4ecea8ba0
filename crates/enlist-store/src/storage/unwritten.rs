//! Storage that is read and never written: what is written stays in memory.
//!
//! The library repairs a file that was not closed well before it reads it, and that must not change the file. It takes no locks:
//! the reader has locked the directory. Invariant: no byte of the storage changes.

use std::io;
use std::ops::Bound;

use parking_lot::RwLock;
use redb::{BackendError, StorageBackend};

use super::stopping::Diverted;

/// Storage that is never written.
#[derive(Debug)]
pub(super) struct UnwrittenStorage<S> {
    inner: S,
    written: RwLock<Diverted>,
}

impl<S: StorageBackend> UnwrittenStorage<S> {
    pub(super) fn new(inner: S) -> io::Result<Self> {
        let written = RwLock::new(Diverted::new(inner.len()?));
        Ok(UnwrittenStorage { inner, written })
    }
}

impl<S: StorageBackend> StorageBackend for UnwrittenStorage<S> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written.read().length())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.written.read().read(&self.inner, offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.written.write().set_length(&self.inner, length)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.written.write().write(&self.inner, offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}
