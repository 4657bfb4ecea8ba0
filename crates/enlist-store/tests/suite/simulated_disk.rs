//! A disk in memory that counts syncs, fails when it is told to, and loses at a crash what was not synced.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use enlist_store::{MarkStorage, StorageBackend, TailStorage};

const SECTOR_BYTES: usize = 512;

/// The seeds of simulated crashes: as many as a variable says, or a few.
#[expect(clippy::disallowed_methods, reason = "a longer run is asked for by the environment")]
pub(crate) fn seeds(few: u64) -> Range<u64> {
    let crashes = std::env::var("ENLIST_TEST_CRASHES").ok().and_then(|crashes| crashes.parse().ok());
    0..crashes.unwrap_or(few)
}

const JOURNAL: usize = 0;
const MARK: usize = 1;
const TAILS: [usize; 2] = [2, 3];

/// A disk with the files of a journal: its own, its mark's, and its tails'. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Mutex<Held>>, Gate);

/// Held, it stops every sync of the journal's file before it happens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Mutex<()>>);

impl Gate {
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap()
    }
}

/// Which writes and syncs fail, by the number of the call before.
#[derive(Clone, Copy, Debug)]
enum Failing {
    From(u64),
    Once(u64),
}

#[derive(Debug, Default)]
struct Held {
    files: [File; 4],
    calls: u64,
    syncs: u64,
    failing: Option<Failing>,
    /// Reports success of a sync that has not happened.
    syncs_late: bool,
    /// A sync that fails loses what it was to write: reads find it, and no later sync writes it.
    forgets: bool,
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
        let fails = match self.failing {
            Some(Failing::From(before)) => self.calls > before,
            Some(Failing::Once(before)) => self.calls == before + 1,
            None => false,
        };
        if fails { Err(io::Error::other("the disk is gone")) } else { Ok(()) }
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
            if self.forgets {
                self.files[file].unsynced.clear();
            }
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
        let file = File { synced: bytes.clone(), current: bytes, ..File::default() };
        Disk::with([file, File::default(), File::default(), File::default()])
    }

    /// The content of its first file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().files[JOURNAL].current.clone()
    }

    /// All writes and syncs after `calls` more of them fail.
    pub(crate) fn fail_after(&self, calls: u64) {
        let mut held = self.0.lock().unwrap();
        held.failing = Some(Failing::From(held.calls + calls));
    }

    /// Of the writes and syncs after `calls` more of them, only the first fails.
    pub(crate) fn fail_once_after(&self, calls: u64) {
        let mut held = self.0.lock().unwrap();
        held.failing = Some(Failing::Once(held.calls + calls));
    }

    /// From now on a sync that fails has lost what it was to write, as on systems that take such pages for written.
    pub(crate) fn forget_what_fails(&self) {
        self.0.lock().unwrap().forgets = true;
    }

    /// How many writes and syncs there were.
    pub(crate) fn calls(&self) -> u64 {
        self.0.lock().unwrap().calls
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
        Disk::with(files)
    }

    /// What is there after the process has ended: everything, and what was not synced can still be lost.
    pub(crate) fn after_kill(&self) -> Disk {
        Disk::with(self.0.lock().unwrap().files.clone())
    }

    fn with(files: [File; 4]) -> Disk {
        Disk(Arc::new(Mutex::new(Held { files, ..Held::default() })), Gate::default())
    }

    pub(crate) fn gate(&self) -> Gate {
        self.1.clone()
    }

    /// The same with other bytes in its tails, all of it synced.
    pub(crate) fn with_tails_changed(&self, change: impl Fn(&mut Vec<u8>)) -> Disk {
        let mut files = self.0.lock().unwrap().files.clone();
        for file in &mut files {
            file.unsynced.clear();
            file.synced.clone_from(&file.current);
        }
        for tail in TAILS {
            change(&mut files[tail].current);
            files[tail].synced.clone_from(&files[tail].current);
        }
        Disk::with(files)
    }

    /// The same with the tails of another disk.
    pub(crate) fn with_tails_of(&self, other: &Disk) -> Disk {
        let mut files = self.0.lock().unwrap().files.clone();
        for tail in TAILS {
            files[tail] = other.0.lock().unwrap().files[tail].clone();
        }
        Disk::with(files)
    }

    /// How many bytes each tail has.
    pub(crate) fn tail_lengths(&self) -> [usize; 2] {
        let held = self.0.lock().unwrap();
        TAILS.map(|tail| held.files[tail].current.len())
    }

    pub(crate) fn tails(&self) -> [TailOn; 2] {
        TAILS.map(|file| TailOn(self.clone(), file))
    }

    pub(crate) fn mark(&self) -> MarkOn {
        MarkOn(self.clone())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().files[JOURNAL].current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let held = self.0.lock().unwrap();
        let offset = offset as usize;
        let bytes = held.files[JOURNAL].current.get(offset..offset + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.lock().unwrap().change(JOURNAL, Change::Length(len as usize))
    }

    fn sync_data(&self) -> io::Result<()> {
        drop(self.1.hold());
        self.0.lock().unwrap().sync(JOURNAL)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0
            .lock()
            .unwrap()
            .change(JOURNAL, Change::Write { offset: offset as usize, bytes: data.to_vec() })
    }
}

/// The file of a mark on a disk.
pub(crate) struct MarkOn(Disk);

impl MarkStorage for MarkOn {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.0.0.lock().unwrap().files[MARK].current.clone())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0
            .0
            .lock()
            .unwrap()
            .change(MARK, Change::Write { offset: offset as usize, bytes: bytes.to_vec() })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.0.lock().unwrap().sync(MARK)
    }
}

/// The file of a tail on a disk.
pub(crate) struct TailOn(Disk, usize);

impl TailStorage for TailOn {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.0.0.lock().unwrap().files[self.1].current.clone())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut held = self.0.0.lock().unwrap();
        let offset = held.files[self.1].current.len();
        let appended = held.change(self.1, Change::Write { offset, bytes: bytes.to_vec() });
        if appended.is_err() {
            // As on a disk that is full: a part of it is there.
            let part = Change::Write { offset, bytes: bytes[..bytes.len() / 2].to_vec() };
            let file = &mut held.files[self.1];
            part.apply(&mut file.current);
            file.unsynced.push(part);
        }
        appended
    }

    fn truncate(&mut self) -> io::Result<()> {
        self.0.0.lock().unwrap().change(self.1, Change::Length(0))
    }
}
