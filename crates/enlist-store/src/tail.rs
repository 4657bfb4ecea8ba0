//! A tail: frames that were answered and are not in the journal's file yet, in a plain file beside it.
//!
//! Frames are appended with one write and never synced here: they survive the end of the process, and of a loss of power any part of
//! them. A file is used again and again. Each use has a number that no other use has; the header names it and the checksum of each
//! record covers it, so that nothing of an earlier use is taken for a record of this one. It does not know the journal. Invariant:
//! what is read of a use is the beginning of what was appended in it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::log::LogPosition;

const MAGIC: [u8; 8] = *b"enlisttl";
const FORMAT: u32 = 1;
/// Magic, format, number of the use, checksum.
const HEADER_BYTES: usize = 8 + 4 + 8 + 4;
/// Checksum, position, length of the value; the value follows.
const RECORD_BYTES: usize = 4 + 8 + 4;

/// Where a tail is kept.
pub trait TailStorage: Send + 'static {
    /// All bytes that are there.
    ///
    /// # Errors
    /// That of the file.
    fn read(&mut self) -> io::Result<Vec<u8>>;
    /// Writes bytes behind those that are there.
    ///
    /// # Errors
    /// That of the file.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Deletes all bytes.
    ///
    /// # Errors
    /// That of the file.
    fn truncate(&mut self) -> io::Result<()>;
}

impl TailStorage for File {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.seek(SeekFrom::Start(0))?;
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Where the last read or write ended.
        self.write_all(bytes)
    }

    fn truncate(&mut self) -> io::Result<()> {
        self.set_len(0)?;
        self.seek(SeekFrom::Start(0)).map(|_| ())
    }
}

/// A tail's file, and its use.
pub(crate) struct Tail {
    storage: Box<dyn TailStorage>,
    file: PathBuf,
    number: u64,
    /// The bytes of this use.
    bytes: u64,
}

/// What one use left in a file.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// 0 if no use can be told from what is there.
    pub(crate) number: u64,
    /// Positions and values, in the order of the appends.
    pub(crate) values: Vec<(LogPosition, Vec<u8>)>,
}

impl Tail {
    pub(crate) fn new(storage: impl TailStorage, file: &Path) -> Self {
        Tail { storage: Box::new(storage), file: file.to_owned(), number: 0, bytes: 0 }
    }

    /// Its file, as errors name it.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The number of its use.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The bytes that this use has written.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What the last use left, up to the first record that is not whole; `None` if the file is empty.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Format`].
    pub(crate) fn left(&mut self) -> Result<Option<Left>, Error> {
        let bytes = self.storage.read().map_err(|error| Error::store(&self.file, &error))?;
        // What a loss of power left is no error, however it looks.
        if bytes.is_empty() { Ok(None) } else { Ok(Some(read(&bytes)?.unwrap_or_default())) }
    }

    /// Begins a use, in an empty file.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) fn begin(&mut self, number: u64) -> Result<(), Error> {
        self.storage.truncate().map_err(|error| Error::store(&self.file, &error))?;
        (self.number, self.bytes) = (number, 0);
        Ok(())
    }

    /// Appends the values of consecutive frames with one write.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) fn append(&mut self, first: LogPosition, values: &[Vec<u8>]) -> Result<(), Error> {
        let length = values.iter().map(|value| RECORD_BYTES + value.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(HEADER_BYTES + length);
        if self.bytes == 0 {
            bytes.extend(header(self.number));
        }
        for (at, value) in values.iter().enumerate() {
            put_record(&mut bytes, self.number, first.plus(at), value);
        }
        self.storage.append(&bytes).map_err(|error| Error::store(&self.file, &error))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

fn header(number: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend(MAGIC);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend(number.to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

fn put_record(bytes: &mut Vec<u8>, number: u64, at: LogPosition, value: &[u8]) {
    let start = bytes.len();
    bytes.extend([0; 4]);
    bytes.extend(at.0.to_le_bytes());
    // A value is a frame with its checksum, and a frame is far below the maximum of the type.
    bytes.extend((value.len() as u32).to_le_bytes());
    bytes.extend_from_slice(value);
    let checksum = checksum(number, &bytes[start + 4..]);
    bytes[start..start + 4].copy_from_slice(&checksum.to_le_bytes());
}

fn checksum(number: u64, record: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&number.to_le_bytes()), record)
}

/// What a use left; `None` if its header is not whole.
fn read(bytes: &[u8]) -> Result<Option<Left>, Error> {
    let Some((header, mut rest)) = bytes.split_at_checked(HEADER_BYTES) else { return Ok(None) };
    let (content, checked) = header.split_at(HEADER_BYTES - 4);
    if !content.starts_with(&MAGIC) || crc32c::crc32c(content).to_le_bytes() != checked {
        return Ok(None);
    }
    let format = little_endian(&content[8..12]) as u32;
    if format != FORMAT {
        return Err(Error::Format { found: format, known: FORMAT });
    }
    let mut left = Left { number: little_endian(&content[12..20]), values: Vec::new() };
    while let Some((at, value, after)) = read_record(left.number, rest) {
        left.values.push((at, value.to_vec()));
        rest = after;
    }
    Ok(Some(left))
}

/// The position and the value of the first record, and what follows it; `None` if it is not whole.
fn read_record(number: u64, bytes: &[u8]) -> Option<(LogPosition, &[u8], &[u8])> {
    let (header, rest) = bytes.split_at_checked(RECORD_BYTES)?;
    let length = little_endian(&header[12..16]) as usize;
    let (value, after) = rest.split_at_checked(length)?;
    let record = &bytes[4..RECORD_BYTES + length];
    let is_whole = checksum(number, record).to_le_bytes() == header[..4];
    is_whole.then(|| (LogPosition(little_endian(&header[4..12])), value, after))
}

/// The number of at most eight bytes.
fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tail { storage: _, file, number, bytes } = self;
        out.debug_struct("Tail")
            .field("file", file)
            .field("number", number)
            .field("bytes", bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(count: u64) -> Vec<Vec<u8>> {
        (0..count).map(|number| vec![number as u8; 40 * number as usize]).collect()
    }

    /// A use of a file, and how long it was after each append.
    fn written(file: &mut File, number: u64, frames: u64) -> Vec<u64> {
        let mut tail = Tail::new(file.try_clone().unwrap(), Path::new("tail"));
        tail.begin(number).unwrap();
        let append = |(at, value)| {
            tail.append(LogPosition(at), &[value]).unwrap();
            tail.bytes()
        };
        (100..).zip(values(frames)).map(append).collect()
    }

    fn positions(bytes: &[u8]) -> Option<(u64, Vec<u64>)> {
        let left = read(bytes).unwrap()?;
        Some((left.number, left.values.iter().map(|(at, _)| at.0).collect()))
    }

    #[test]
    fn a_tail_that_is_cut_or_changed_anywhere_gives_its_beginning() {
        let mut file = tempfile::tempfile().unwrap();
        let ends = written(&mut file, 7, 5);
        let whole = TailStorage::read(&mut file).unwrap();
        assert_eq!(positions(&whole), Some((7, vec![100, 101, 102, 103, 104])));
        for at in 0..whole.len() {
            let before = ends.iter().filter(|end| **end <= at as u64).count() as u64;
            let expected = (at >= HEADER_BYTES).then(|| (7, (100..100 + before).collect::<Vec<_>>()));
            assert_eq!(positions(&whole[..at]), expected, "cut at {at}");
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            assert_eq!(positions(&changed), expected, "changed at {at}");
        }
    }

    #[test]
    fn records_of_an_earlier_use_that_lie_behind_those_of_this_one_are_not_read() {
        let mut file = tempfile::tempfile().unwrap();
        written(&mut file, 7, 5);
        let earlier = TailStorage::read(&mut file).unwrap();
        let ends = written(&mut file, 9, 3);
        let mut bytes = TailStorage::read(&mut file).unwrap();
        assert_eq!(bytes.len() as u64, ends[2]);
        // The records are as long as those before, so that the next of them is where this use would continue.
        bytes.extend_from_slice(&earlier[bytes.len()..]);
        assert_eq!(positions(&bytes), Some((9, vec![100, 101, 102])));
    }

    #[test]
    fn a_tail_of_a_newer_format_is_named() {
        let mut bytes = [&MAGIC[..], &2_u32.to_le_bytes(), &[0; 8]].concat();
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        assert_eq!(read(&bytes).unwrap_err(), Error::Format { found: 2, known: 1 });
    }
}
