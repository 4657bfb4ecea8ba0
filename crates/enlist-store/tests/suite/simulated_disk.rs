//! A disk in memory that counts syncs, fails when it is told to, and loses at a crash what was not synced.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use enlist_store::{MarkStorage, StorageBackend};

const SECTOR_BYTES: usize = 512;

/// The seeds of simulated crashes: as many as a variable says, or a few.
#[expect(clippy::disallowed_methods, reason = "a longer run is asked for by the environment")]
pub(crate) fn seeds(few: u64) -> Range<u64> {
    let crashes = std::env::var("ENLIST_TEST_CRASHES").ok().and_then(|crashes| crashes.parse().ok());
    0..crashes.unwrap_or(few)
}

/// A disk with two files, a journal's and a mark's. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    files: [File; 2],
    calls: u64,
    syncs: u64,
    /// From this call on, all writes and syncs fail.
    fails_from: Option<u64>,
    /// This call fails, and those after it do not.
    fails_once_at: Option<u64>,
    /// Reports success of a sync that has not happened.
    syncs_late: bool,
}

#[derive(Clone, Debug, Default)]
struct File {
    synced: Vec<u8>,
    current: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Write { offset, bytes: written } => {
                let end = offset + written.len();
                let length = bytes.len().max(end);
                bytes.resize(length, 0);
                bytes[*offset..end].copy_from_slice(written);
            }
            Change::Length(length) => bytes.resize(*length, 0),
        }
    }
}

impl Held {
    /// Counts a call that changes something.
    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        if self.fails_once_at == Some(self.calls) {
            return Err(io::Error::other("the disk failed once"));
        }
        match self.fails_from {
            Some(from) if self.calls > from => Err(io::Error::other("the disk is gone")),
            Some(_) | None => Ok(()),
        }
    }

    fn change(&mut self, file: usize, change: Change) -> io::Result<()> {
        self.call()?;
        let file = &mut self.files[file];
        change.apply(&mut file.current);
        file.unsynced.push(change);
        Ok(())
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        if let Err(error) = self.call() {
            // As a system that forgets what it could not write: reads find it, and no later sync writes it.
            self.files[file].unsynced.clear();
            return Err(error);
        }
        self.syncs += 1;
        if self.syncs_late {
            // What was written before it is still on its way; this mistake never catches up.
            return Ok(());
        }
        let File { synced, unsynced, .. } = &mut self.files[file];
        unsynced.drain(..).for_each(|change| change.apply(synced));
        Ok(())
    }
}

impl Disk {
    /// A disk whose first file has some content, all of it synced.
    pub(crate) fn of(bytes: Vec<u8>) -> Disk {
        let file = File { synced: bytes.clone(), current: bytes, unsynced: Vec::new() };
        Disk(Arc::new(Mutex::new(Held { files: [file, File::default()], ..Held::default() })))
    }

    /// The content of its first file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().files[0].current.clone()
    }

    /// All writes and syncs after `calls` more of them fail.
    pub(crate) fn fail_after(&self, calls: u64) {
        let mut held = self.0.lock().unwrap();
        held.fails_from = Some(held.calls + calls);
    }

    /// After `calls` more writes and syncs one fails; a sync that fails has lost what it was to write.
    pub(crate) fn fail_once_after(&self, calls: u64) {
        let mut held = self.0.lock().unwrap();
        held.fails_once_at = Some(held.calls + calls + 1);
    }

    /// From now on a sync is reported that has not happened.
    pub(crate) fn sync_late(&self) {
        self.0.lock().unwrap().syncs_late = true;
    }

    pub(crate) fn syncs(&self) -> u64 {
        self.0.lock().unwrap().syncs
    }

    /// What is there after a crash: what was synced, and of the rest any part, in any order, torn at any sector.
    pub(crate) fn after_crash(&self, random: &mut fastrand::Rng) -> Disk {
        let mut files = self.0.lock().unwrap().files.clone();
        for file in &mut files {
            let mut changes = std::mem::take(&mut file.unsynced);
            random.shuffle(&mut changes);
            let kept = random.u8(0..=4);
            for change in &changes {
                if random.u8(0..4) >= kept {
                    continue;
                }
                match change {
                    Change::Write { offset, bytes } if random.bool() => {
                        for (at, sector) in bytes.chunks(SECTOR_BYTES).enumerate() {
                            if random.u8(0..4) == 0 {
                                continue;
                            }
                            let offset = offset + at * SECTOR_BYTES;
                            Change::Write { offset, bytes: sector.to_vec() }.apply(&mut file.synced);
                        }
                    }
                    Change::Write { .. } | Change::Length(_) => change.apply(&mut file.synced),
                }
            }
            file.current.clone_from(&file.synced);
        }
        Disk(Arc::new(Mutex::new(Held { files, ..Held::default() })))
    }

    pub(crate) fn mark(&self) -> MarkOn {
        MarkOn(self.clone())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().files[0].current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let held = self.0.lock().unwrap();
        let offset = offset as usize;
        let bytes = held.files[0].current.get(offset..offset + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.lock().unwrap().change(0, Change::Length(len as usize))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.lock().unwrap().sync(0)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().change(0, Change::Write { offset: offset as usize, bytes: data.to_vec() })
    }
}

/// The file of a mark on a disk.
pub(crate) struct MarkOn(Disk);

impl MarkStorage for MarkOn {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.0.0.lock().unwrap().files[1].current.clone())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.0.lock().unwrap().change(1, Change::Write { offset: offset as usize, bytes: bytes.to_vec() })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.0.lock().unwrap().sync(1)
    }
}
