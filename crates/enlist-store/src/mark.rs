//! The high-water mark: a position up to which the journal was synced, in a small file beside it.
//!
//! A journal that lost its last commit, for example because a flipped byte made its file go back to the commit before, looks like a
//! journal that never had it. The mark tells them apart. It is written after a commit is synced and before the commit is answered,
//! without a sync of its own, so it is a lower bound. It knows no frames. Invariant: the newer of two slots is never written over,
//! so that at any time one whole slot is there.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::log::LogPosition;

const MAGIC: [u8; 8] = *b"enlistmk";
const FORMAT: u32 = 1;
/// The slots lie in different pages, so that no torn write harms both.
const SLOT_OFFSETS: [u64; 2] = [0, 4_096];
/// Magic, format, number of the write, position, checksum.
const SLOT_BYTES: usize = 8 + 4 + 8 + 8 + 4;
const FILE_BYTES: usize = SLOT_OFFSETS[1] as usize + SLOT_BYTES;

/// Where a mark is kept.
pub trait MarkStorage: Send + 'static {
    /// All bytes that are there.
    ///
    /// # Errors
    /// That of the file.
    fn read(&mut self) -> io::Result<Vec<u8>>;
    /// Writes bytes at an offset.
    ///
    /// # Errors
    /// That of the file.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Syncs what was written.
    ///
    /// # Errors
    /// That of the file.
    fn sync(&mut self) -> io::Result<()>;
}

impl MarkStorage for File {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.seek(SeekFrom::Start(0))?;
        // No more than there can be: the file may be anything.
        Read::by_ref(self).take(2 * FILE_BYTES as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(offset))?;
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// The mark of a journal.
pub struct Mark {
    storage: Box<dyn MarkStorage>,
    file: PathBuf,
    /// How often it was written.
    writes: u64,
    position: LogPosition,
}

impl Mark {
    /// Begins a mark, synced, at position 0.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn create(storage: impl MarkStorage, file: &Path) -> Result<Self, Error> {
        Self::create_at(storage, file, LogPosition(0))
    }

    /// Begins a mark, synced, at a position.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn create_at(storage: impl MarkStorage, file: &Path, position: LogPosition) -> Result<Self, Error> {
        let mut mark = Mark { storage: Box::new(storage), file: file.to_owned(), writes: 0, position };
        mark.write(position)?;
        mark.write(position)?;
        mark.storage.sync().map_err(|error| Error::store(file, &error))?;
        Ok(mark)
    }

    /// Reads a mark.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Damaged`] if no slot is whole; [`Error::Format`].
    pub fn open(mut storage: impl MarkStorage, file: &Path) -> Result<Self, Error> {
        let bytes = storage.read().map_err(|error| Error::store(file, &error))?;
        let slots = SLOT_OFFSETS.map(|offset| bytes.get(offset as usize..offset as usize + SLOT_BYTES));
        let slots: Vec<(u64, LogPosition)> = slots
            .into_iter()
            .flatten()
            .filter_map(|slot| read_slot(slot).transpose())
            .collect::<Result<_, _>>()?;
        let newest = slots.into_iter().max();
        let (writes, position) = newest.ok_or_else(|| Error::damaged(file, &"no mark in it is whole"))?;
        Ok(Mark { storage: Box::new(storage), file: file.to_owned(), writes, position })
    }

    /// The position.
    pub fn position(&self) -> LogPosition {
        self.position
    }

    /// Its file, as errors name it.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Sets the position, in the slot that is not the newest.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn write(&mut self, position: LogPosition) -> Result<(), Error> {
        self.writes += 1;
        let slot = slot(self.writes, position);
        let offset = SLOT_OFFSETS[(self.writes % 2) as usize];
        self.storage.write(offset, &slot).map_err(|error| Error::store(&self.file, &error))?;
        self.position = position;
        Ok(())
    }
}

fn slot(writes: u64, position: LogPosition) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SLOT_BYTES);
    bytes.extend(MAGIC);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend(writes.to_le_bytes());
    bytes.extend(position.0.to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

/// How often the mark was written and its position; `None` if the slot is not whole.
fn read_slot(bytes: &[u8]) -> Result<Option<(u64, LogPosition)>, Error> {
    let (content, checksum) = bytes.split_at(SLOT_BYTES - 4);
    if !content.starts_with(&MAGIC) || crc32c::crc32c(content).to_le_bytes() != checksum {
        return Ok(None);
    }
    let number =
        |from: usize| content[from..from + 8].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let format = content[8..12].iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    if format != FORMAT {
        return Err(Error::Format { found: format, known: FORMAT });
    }
    Ok(Some((number(12), LogPosition(number(20)))))
}

impl std::fmt::Debug for Mark {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Mark")
            .field("file", &self.file)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
