//! A journal in a directory: opened again, locked, with files that were changed, cut or taken away.

use std::fs;
use std::path::{Path, PathBuf};

use enlist_store::{Error, Journal, Log, LogPosition};

use redb::{Database, ReadableTable, TableDefinition};

use crate::logs::{behaves_as_a_log, kept};
use crate::samples::{events, one_field_events, small};

fn file(directory: &Path, name: &str) -> PathBuf {
    directory.join(name)
}

/// A journal with some commits, closed.
pub(crate) fn written(directory: &Path) -> Vec<(u64, Vec<u8>)> {
    let journal = Journal::open(directory).unwrap();
    for number in 0..12 {
        let large = events(number, one_field_events(40 * number as usize)).encode().unwrap();
        journal.append(vec![small(number), large]).unwrap().wait().unwrap();
    }
    journal.cut(LogPosition(3)).unwrap();
    kept(&journal).unwrap()
}

fn read(directory: &Path) -> Result<Vec<(u64, Vec<u8>)>, Error> {
    kept(&Journal::open(directory)?)
}

#[test]
fn a_journal_behaves_as_a_log() {
    let directory = tempfile::tempdir().unwrap();
    behaves_as_a_log(&Journal::open(directory.path()).unwrap());
}

#[test]
fn a_journal_that_is_opened_again_is_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crm.enlist");
    let all = written(&path);
    assert_eq!(read(&path).as_ref(), Ok(&all));
    let journal = Journal::open(&path).unwrap();
    journal.cut(journal.end()).unwrap();
    drop(journal);
    let journal = Journal::open(&path).unwrap();
    assert_eq!((journal.end(), kept(&journal)), (LogPosition(24), Ok(vec![])));
    assert_eq!(journal.append(vec![small(0)]).unwrap().wait(), Ok(LogPosition(24)));
}

#[test]
fn appends_that_nobody_waits_for_are_kept_when_the_journal_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    for number in 0..100 {
        drop(journal.append(vec![small(number)]).unwrap());
    }
    drop(journal);
    assert_eq!(read(directory.path()).unwrap().len(), 100);
}

#[test]
fn a_journal_that_is_open_elsewhere_is_locked() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let error = Journal::open(directory.path()).unwrap_err();
    assert_eq!(error, Error::Locked { path: directory.path().to_owned() });
    drop(journal);
    assert!(Journal::open(directory.path()).is_ok());
}

#[test]
fn a_journal_that_went_back_a_commit_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let all = written(directory.path());
    let earlier = fs::read(file(directory.path(), "journal.redb")).unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    journal.append(vec![small(99)]).unwrap().wait().unwrap();
    drop(journal);
    fs::write(file(directory.path(), "journal.redb"), earlier).unwrap();
    let error = read(directory.path()).unwrap_err();
    assert_eq!(error.code(), "damaged");
    assert!(error.to_string().contains("journal.redb is damaged: it ends before position 24"), "{error}");
    assert_eq!(all.len(), 21);
}

#[test]
fn a_file_that_is_taken_away_is_damage_and_no_new_beginning() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["journal.redb", "mark"] {
        let path = directory.path().join(name.replace('.', "_"));
        written(&path);
        fs::remove_file(file(&path, name)).unwrap();
        for _ in 0..2 {
            let error = read(&path).unwrap_err();
            assert_eq!(error.code(), "damaged", "{name}: {error}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

#[test]
fn a_directory_whose_creation_was_cut_short_opens_as_new() {
    let directory = tempfile::tempdir().unwrap();
    for mark in [&[][..], &[0; 5_000]] {
        let path = directory.path().join(mark.len().to_string());
        fs::create_dir(&path).unwrap();
        fs::write(file(&path, "mark"), mark).unwrap();
        fs::write(file(&path, "journal.redb.new"), b"half of a file").unwrap();
        assert_eq!(read(&path), Ok(vec![]));
    }
}

#[test]
fn a_frame_at_the_position_of_another_is_damage() {
    const JOURNAL: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("journal");
    let directory = tempfile::tempdir().unwrap();
    written(directory.path());
    // The file is whole for the library; only the frame's own checksum tells.
    let database = Database::open(file(directory.path(), "journal.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut table = transaction.open_table(JOURNAL).unwrap();
    let value = table.get(4).unwrap().unwrap().value().to_vec();
    table.insert(5, value.as_slice()).unwrap();
    drop(table);
    transaction.commit().unwrap();
    drop(database);
    let error = read(directory.path()).unwrap_err();
    assert!(error.to_string().contains("the frame at 5 has another checksum"), "{error}");
}

/// A journal with changed bytes is whole or a typed error.
fn is_whole_or_damaged(directory: &Path, all: &[(u64, Vec<u8>)], change: &str) -> bool {
    match read(directory) {
        Ok(found) => {
            assert!(found == all, "{change}: {} frames of {}", found.len(), all.len());
            true
        }
        Err(error) => {
            assert_eq!(error.code(), "damaged", "{change}: {error}");
            false
        }
    }
}

#[test]
fn changed_and_cut_bytes_give_the_whole_journal_or_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let all = written(directory.path());
    let mut random = fastrand::Rng::with_seed(11);
    let names = ["journal.redb", "mark"];
    let whole = names.map(|name| fs::read(file(directory.path(), name)).unwrap());
    let mut counts = [0, 0];
    for trial in 0..500 {
        for (name, bytes) in names.iter().zip(&whole) {
            fs::write(file(directory.path(), name), bytes).unwrap();
        }
        let harmed = usize::from(trial % 8 == 7);
        let mut bytes = whole[harmed].clone();
        // Half of the changes are where the library keeps what leads to everything else.
        let range = if random.bool() { bytes.len().min(4_096) } else { bytes.len() };
        let at = random.usize(0..range);
        let change = if trial % 10 == 9 {
            bytes.truncate(at);
            format!("{} cut at {at}", names[harmed])
        } else {
            bytes[at] ^= 1 << random.u8(0..8);
            format!("{} with a bit changed at {at}", names[harmed])
        };
        fs::write(file(directory.path(), names[harmed]), bytes).unwrap();
        counts[usize::from(is_whole_or_damaged(directory.path(), &all, &change))] += 1;
    }
    println!("500 changes: {} times whole, {} times an error", counts[1], counts[0]);
    assert!(counts.iter().all(|count| *count > 20), "{counts:?}");
}
