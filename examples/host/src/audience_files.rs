//! Frozen audiences as files, one each, beside a store.
//!
//! A file's path is the workspace and the audience in hexadecimal digits, which every file system takes, in folders of 200 digits.
//! Invariant: a file is whole, because it gets its name when it is.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use enlist_http::{Audiences, Kept};
use serde::{Deserialize, Serialize};

use crate::hexadecimal::digits;

/// The longest name of a folder.
const DIGITS: usize = 200;
const FILE: &str = "audience.json";

/// Audiences below a directory.
#[derive(Debug)]
pub(crate) struct AudienceFiles {
    directory: PathBuf,
    /// The next unfinished file.
    next: AtomicU64,
}

/// An audience as a file has it.
#[derive(Serialize, Deserialize)]
struct Stored {
    revision: String,
    at: String,
    contacts: Vec<String>,
}

impl AudienceFiles {
    pub(crate) fn new(directory: PathBuf) -> Self {
        AudienceFiles { directory, next: AtomicU64::new(0) }
    }

    fn workspace(&self, workspace: &str) -> PathBuf {
        self.directory.join("by-workspace").join(folders(workspace)).join("audiences")
    }

    fn file(&self, workspace: &str, audience: &str) -> PathBuf {
        self.workspace(workspace).join(folders(audience)).join(FILE)
    }
}

/// A text as folders.
fn folders(text: &str) -> PathBuf {
    let digits = digits(text.as_bytes());
    let mut path = PathBuf::new();
    for at in (0..digits.len()).step_by(DIGITS) {
        path.push(&digits[at..digits.len().min(at + DIGITS)]);
    }
    path
}

/// The text of digits.
fn text(digits: &str) -> Option<String> {
    let bytes = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
}

/// Collects the names of the audiences below a folder.
fn collect(folder: &Path, digits: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name == FILE {
            names.extend(text(digits));
        } else if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{digits}{name}"), names)?;
        }
    }
    Ok(())
}

/// `None` where there is no such file.
fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Audiences for AudienceFiles {
    fn names(&self, workspace: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        if_there(collect(&self.workspace(workspace), "", &mut names))?;
        names.sort();
        Ok(names)
    }

    fn find(&self, workspace: &str, audience: &str) -> io::Result<Option<Arc<Kept>>> {
        let Some(file) = if_there(File::open(self.file(workspace, audience)))? else { return Ok(None) };
        let Stored { revision, at, contacts } = serde_json::from_reader(BufReader::new(file))?;
        Ok(Some(Arc::new(Kept::new(revision, at, contacts))))
    }

    fn keep(&self, workspace: &str, audience: &str, kept: Kept) -> io::Result<()> {
        let path = self.file(workspace, audience);
        fs::create_dir_all(path.parent().unwrap_or(&self.directory))?;
        let unfinished =
            self.directory.join(format!("unfinished-{}", self.next.fetch_add(1, Ordering::Relaxed)));
        let mut out = BufWriter::new(File::create(&unfinished)?);
        let Kept { revision, at, contacts, .. } = kept;
        serde_json::to_writer(&mut out, &Stored { revision, at, contacts })?;
        out.flush()?;
        out.get_ref().sync_all()?;
        fs::rename(unfinished, path)
    }

    fn forget(&self, workspace: &str, audience: &str) -> io::Result<bool> {
        Ok(if_there(fs::remove_file(self.file(workspace, audience)))?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_of_any_name_are_kept_and_forgotten() {
        let directory = tempfile::tempdir().expect("a directory");
        let files = AudienceFiles::new(directory.path().to_owned());
        let kept = || Kept::new("r".to_owned(), "a".to_owned(), vec!["ada".to_owned()]);
        let names = ["..".to_owned(), "a/b".to_owned(), "é".repeat(128)];
        for name in &names {
            files.keep("w", name, kept()).expect("kept");
            assert_eq!(files.find("w", name).expect("read"), Some(Arc::new(kept())), "{name}");
        }
        // Another instance finds them.
        let files = AudienceFiles::new(directory.path().to_owned());
        assert_eq!(files.names("w").expect("listed"), names);
        assert!(files.names("other").expect("listed").is_empty());
        assert!(files.forget("w", "..").expect("forgotten"));
        assert!(!files.forget("w", "..").expect("not there"));
        assert_eq!(files.find("w", "..").expect("read"), None);
    }
}
