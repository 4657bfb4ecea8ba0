//! Arrangements as files, one JSON document for each workspace.
//!
//! A file's path is the workspace's id in hexadecimal digits, which every file system takes, in folders of 200 digits. Invariant: a file
//! is whole, because it gets its name when it is.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use crate::arrangement::{Arrangement, Arrangements};

/// The longest name of a folder.
const DIGITS: usize = 200;
const FILE: &str = "arrangement.json";

/// Arrangements below a directory, which is made when the first one is kept.
#[derive(Debug)]
pub struct JsonFiles {
    directory: PathBuf,
}

impl JsonFiles {
    /// Those below `directory`, which no other program writes to.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        JsonFiles { directory: directory.into() }
    }

    fn folder(&self, workspace: &str) -> PathBuf {
        let digits: Vec<u8> = workspace.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect();
        let folders = digits.chunks(DIGITS).map(|folder| String::from_utf8_lossy(folder).into_owned());
        folders.fold(self.directory.clone(), |path, folder| path.join(folder))
    }
}

impl Arrangements for JsonFiles {
    fn find(&self, workspace: &str) -> io::Result<Option<Arrangement>> {
        let path = self.folder(workspace).join(FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let parsed = serde_json::from_slice(&text);
        parsed.map(Some).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
    }

    fn keep(&self, workspace: &str, arrangement: &Arrangement) -> io::Result<()> {
        let folder = self.folder(workspace);
        fs::create_dir_all(&folder)?;
        let unfinished = folder.join("unfinished");
        let mut out = File::create(&unfinished)?;
        out.write_all(&serde_json::to_vec_pretty(arrangement)?)?;
        out.sync_all()?;
        fs::rename(unfinished, folder.join(FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrangement_of_a_workspace_of_any_id_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let files = JsonFiles::new(directory.path());
        let long = "\u{1F600}".repeat(64);
        for id in ["crm", "CRM", "..", "a/b", &long] {
            assert_eq!(files.find(id).unwrap(), None);
            let arrangement = Arrangement::default().with_columns([id]);
            files.keep(id, &arrangement).unwrap();
            files.keep(id, &arrangement).unwrap();
            assert_eq!(JsonFiles::new(directory.path()).find(id).unwrap(), Some(arrangement));
        }
    }

    #[test]
    fn a_file_that_is_damaged_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let files = JsonFiles::new(directory.path());
        files.keep("a", &Arrangement::default()).unwrap();
        fs::write(files.folder("a").join(FILE), "{").unwrap();
        assert!(files.find("a").unwrap_err().to_string().contains("arrangement.json"));
    }
}
