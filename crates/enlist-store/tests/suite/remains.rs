//! What can be read of a damaged journal, and the journal that begins in its place.

use std::fs;
use std::path::Path;

use enlist_store::{Error, Journal, Log, LogPosition, Remains};

use crate::journals::written;
use crate::logs::kept;
use crate::samples::small;

/// The frames that can be read, after a new journal was put in the place of the damaged one; `None` if it is whole.
fn salvaged(directory: &Path, known: u64) -> Option<Vec<(u64, Vec<u8>)>> {
    let remains = Remains::open(directory).unwrap();
    assert_eq!(Remains::open(directory).unwrap_err(), Error::Locked { path: directory.to_owned() });
    let damage = remains.damage()?.clone();
    assert_eq!(damage.code(), "damaged", "{damage}");
    let remains = remains.ending_behind(LogPosition(known));
    let read = kept(&remains).unwrap();
    remains.replace().unwrap();
    let end = remains.end();
    drop(remains);
    let journal = Journal::open(directory).unwrap();
    assert_eq!((journal.start(), journal.end(), kept(&journal)), (end, end, Ok(vec![])));
    assert_eq!(journal.append(vec![small(0)]).unwrap().wait(), Ok(end));
    Some(read)
}

#[test]
fn a_journal_that_is_whole_has_no_damage() {
    let directory = tempfile::tempdir().unwrap();
    let all = written(directory.path());
    assert_eq!(salvaged(directory.path(), 0), None);
    assert_eq!(salvaged(&directory.path().join("new"), 0), None);
    assert_eq!(kept(&Journal::open(directory.path()).unwrap()), Ok(all));
}

#[test]
fn a_journal_that_ends_before_its_mark_gives_its_frames_and_goes_on_behind_the_mark() {
    let directory = tempfile::tempdir().unwrap();
    let all = written(directory.path());
    let earlier = fs::read(directory.path().join(Journal::NAME)).unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    journal.append(vec![small(99), small(100)]).unwrap().wait().unwrap();
    drop(journal);
    fs::write(directory.path().join(Journal::NAME), earlier).unwrap();
    assert_eq!(salvaged(directory.path(), 0), Some(all));
    // 26 was the end, and one more is left out.
    assert_eq!(Journal::open(directory.path()).unwrap().start(), LogPosition(27));
}

#[test]
fn files_that_are_taken_away_leave_positions_that_nobody_knows() {
    for name in [Journal::NAME, "mark"] {
        let directory = tempfile::tempdir().unwrap();
        let all = written(directory.path());
        fs::remove_file(directory.path().join(name)).unwrap();
        let expected = if name == "mark" { all } else { Vec::new() };
        assert_eq!(salvaged(directory.path(), 40), Some(expected), "{name}");
        assert_eq!(Journal::open(directory.path()).unwrap().start(), LogPosition(41));
    }
}

#[test]
fn a_frame_that_is_no_frame_ends_what_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let all = written(directory.path());
    let journal = Journal::open(directory.path()).unwrap();
    journal.append(vec![b"\x01no frame".to_vec(), small(1)]).unwrap().wait().unwrap();
    drop(journal);
    assert_eq!(salvaged(directory.path(), 0), Some(all));
}

#[test]
fn changed_and_cut_bytes_leave_a_beginning_of_the_journal() {
    let directory = tempfile::tempdir().unwrap();
    let all = written(directory.path());
    let names = [Journal::NAME, "mark"];
    let whole = names.map(|name| fs::read(directory.path().join(name)).unwrap());
    let mut random = fastrand::Rng::with_seed(5);
    let mut counts = [0, 0, 0];
    for _ in 0..300 {
        for (name, bytes) in names.iter().zip(&whole) {
            fs::write(directory.path().join(name), bytes).unwrap();
        }
        let mut bytes = whole[0].clone();
        let at = random.usize(0..bytes.len());
        if random.u8(0..10) == 0 {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << random.u8(0..8);
        }
        fs::write(directory.path().join(Journal::NAME), bytes).unwrap();
        match salvaged(directory.path(), 0) {
            None => counts[0] += 1,
            Some(read) => {
                assert!(all.starts_with(&read), "{} frames of {}", read.len(), all.len());
                counts[if read.is_empty() { 1 } else { 2 }] += 1;
            }
        }
    }
    println!("{} times whole, {} times nothing, {} times a beginning", counts[0], counts[1], counts[2]);
    assert!(counts[2] > 20, "{counts:?}");
}
