//! What a store's directory remembers of the log that was replayed into it: hashes of its first lines.
//!
//! A store knows how far its log was replayed, and not which log that was. So the first lines, up to 4 KiB of them, are hashed, and a
//! log whose lines differ is another one. It knows nothing of events. Invariant: a line is remembered before it is kept in the store.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// The name of the file in the store's directory.
const FILE: &str = "replay.json";
/// Bytes of lines that are remembered.
const MOST_BYTES: usize = 4 * 1_024;

/// The first lines of a log.
#[derive(Debug)]
pub(super) struct KeptLog {
    directory: PathBuf,
    /// The hash of each line, by number.
    hashes: BTreeMap<u64, u64>,
    /// The bytes of these lines, as far as this process has seen them.
    bytes: usize,
    is_saved: bool,
}

impl KeptLog {
    /// What a directory remembers of a log that was replayed up to a line, 0 if none was.
    ///
    /// # Errors
    /// [`Failure::Store`].
    pub(super) fn load(directory: &Path, kept: u64) -> Result<Self, Failure> {
        let path = directory.join(FILE);
        let hashes = match fs::read(&path) {
            // What a replay that kept nothing remembered is of no interest.
            Ok(_) if kept == 0 => BTreeMap::new(),
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| Failure::Store {
                store: path.display().to_string(),
                what: format!("this is not what a replay writes there: {error}"),
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound && kept == 0 => BTreeMap::new(),
            Err(error) => return Err(unusable(&path, &error)),
        };
        Ok(KeptLog { directory: directory.to_owned(), hashes, bytes: 0, is_saved: true })
    }

    /// Whether a line is not the one that was kept under its number.
    pub(super) fn differs(&self, line: u64, text: &str) -> bool {
        self.hashes.get(&line).is_some_and(|kept| *kept != hash(text.as_bytes()))
    }

    /// Remembers a line before it is kept, if it is one of the first.
    pub(super) fn remember(&mut self, line: u64, text: &str) {
        if self.bytes < MOST_BYTES {
            self.bytes += text.len();
            self.hashes.insert(line, hash(text.as_bytes()));
            self.is_saved = false;
        }
    }

    /// Writes what is remembered, before the lines are kept.
    ///
    /// # Errors
    /// [`Failure::Store`].
    pub(super) fn save(&mut self) -> Result<(), Failure> {
        if self.is_saved {
            return Ok(());
        }
        self.write().map_err(|error| unusable(&self.directory.join(FILE), &error))?;
        self.is_saved = true;
        Ok(())
    }

    fn write(&self) -> io::Result<()> {
        // Renamed into its place, so that it is always whole.
        let partial = self.directory.join(format!("{FILE}.partial"));
        let file = File::create(&partial)?;
        serde_json::to_writer(&file, &self.hashes)?;
        file.sync_all()?;
        fs::rename(&partial, self.directory.join(FILE))?;
        // The rename must survive a loss of power too. Elsewhere a directory cannot be opened, and need not be.
        if cfg!(unix) { File::open(&self.directory)?.sync_all() } else { Ok(()) }
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::Store { store: path.display().to_string(), what: error.to_string() }
}

/// FNV-1a of 64 bits, <https://datatracker.ietf.org/doc/draft-eastlake-fnv/>: it tells logs apart that somebody mixed up.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_draft() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
