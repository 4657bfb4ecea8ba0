//! The high-water mark: what is read after writes, flips and cuts.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use enlist_store::{Error, LogPosition, Mark, MarkStorage};

/// A mark's file in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl MarkStorage for Memory {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut held = self.0.lock().unwrap();
        let end = offset as usize + bytes.len();
        let length = held.len().max(end);
        held.resize(length, 0);
        held[offset as usize..end].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read(bytes: &[u8]) -> Result<u64, Error> {
    let memory = Memory(Arc::new(Mutex::new(bytes.to_vec())));
    Mark::open(memory, Path::new("mark")).map(|mark| mark.position().0)
}

#[test]
fn the_last_position_is_read_and_a_harmed_one_gives_the_one_before_or_an_error() {
    let memory = Memory::default();
    let bytes = || memory.0.lock().unwrap().clone();
    let mut mark = Mark::create(memory.clone(), Path::new("mark")).unwrap();
    assert_eq!(read(&bytes()), Ok(0));
    for position in [5, 9] {
        mark.write(LogPosition(position)).unwrap();
        assert_eq!(read(&bytes()), Ok(position));
    }
    let whole = bytes();
    for (at, _) in whole.iter().enumerate() {
        let mut harmed = whole.clone();
        harmed[at] ^= 1 << (at % 8);
        assert!(matches!(read(&harmed), Ok(5 | 9)), "byte {at}: {:?}", read(&harmed));
        match read(&whole[..at]) {
            Ok(position) => assert!(position == 5 || position == 9, "cut at {at}: {position}"),
            Err(error) => assert!(error.code() == "damaged" && error.to_string().contains("mark"), "{error}"),
        }
    }
    assert_eq!(read(&vec![0; whole.len()]).unwrap_err().code(), "damaged");
}

#[test]
fn a_mark_of_a_newer_format_is_named() {
    let mut slot = [&b"enlistmk"[..], &2_u32.to_le_bytes(), &[0; 16]].concat();
    slot.extend(crc32c::crc32c(&slot).to_le_bytes());
    assert_eq!(read(&slot), Err(Error::Format { found: 2, known: 1 }));
}
