//! Crashes of a simulated disk: what was answered is there afterwards, and nothing else comes before it.

use std::path::Path;

use enlist_store::{Error, Journal, Log, LogPosition, Mark};

use crate::logs::kept;
use crate::samples::small;
use crate::simulated_disk::{Disk, seeds};

fn create(disk: &Disk) -> Result<Journal, Error> {
    Journal::open_on(disk.clone(), Path::new("journal"), Mark::create(disk.mark(), Path::new("mark"))?)
}

fn open(disk: &Disk) -> Result<Journal, Error> {
    Journal::open_on(disk.clone(), Path::new("journal"), Mark::open(disk.mark(), Path::new("mark"))?)
}

/// Appends until the disk fails; returns how many frames were answered for. Frames are numbered on.
fn append_until_failure(journal: &Journal, random: &mut fastrand::Rng) -> u64 {
    let mut next = journal.end().0;
    let mut answered = next;
    while next < 400 {
        let tickets: Vec<_> = (0..random.usize(1..4))
            .map_while(|_| {
                let count = random.u64(1..6);
                let ticket = journal.append((next..next + count).map(small).collect()).ok()?;
                next += count;
                Some((ticket, next))
            })
            .collect();
        let is_refused = tickets.is_empty();
        for (ticket, end) in tickets {
            if ticket.wait().is_ok() {
                answered = end;
            }
        }
        if is_refused {
            break;
        }
        if random.u8(0..12) == 0 {
            let _ = journal.cut(LogPosition(journal.end().0.saturating_sub(5)));
        }
    }
    answered
}

/// What is wrong after a crash.
fn problem(disk: &Disk, answered: u64) -> Option<String> {
    let journal = match open(disk) {
        Ok(journal) => journal,
        Err(error) => return Some(error.to_string()),
    };
    if journal.end().0 < answered {
        return Some(format!("{answered} frames were answered for, {} are there", journal.end().0));
    }
    match kept(&journal) {
        Ok(frames) => frames
            .into_iter()
            .find(|(at, frame)| *frame != small(*at))
            .map(|(at, _)| format!("another frame at {at}")),
        Err(error) => Some(error.to_string()),
    }
}

fn crashed(seed: u64, is_faulty: bool) -> Option<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut disk = Disk::default();
    let mut journal = create(&disk).unwrap();
    if is_faulty {
        disk.sync_late();
    }
    for _ in 0..3 {
        disk.fail_after(random.u64(0..120));
        let answered = append_until_failure(&journal, &mut random);
        drop(journal);
        disk = disk.after_crash(&mut random);
        if let Some(problem) = problem(&disk, answered) {
            return Some(problem);
        }
        journal = open(&disk).unwrap();
    }
    None
}

#[test]
fn what_was_answered_is_there_after_a_crash() {
    for seed in seeds(150) {
        assert_eq!(crashed(seed, false), None, "seed {seed}");
    }
}

#[test]
fn what_was_answered_is_there_although_the_disk_failed_once() {
    for seed in seeds(150) {
        let mut random = fastrand::Rng::with_seed(seed);
        let disk = Disk::default();
        let journal = create(&disk).unwrap();
        disk.forget_what_fails();
        disk.fail_once_after(random.u64(0..120));
        let answered = append_until_failure(&journal, &mut random);
        assert!(answered < 400, "seed {seed}: nothing is appended after a failure");
        drop(journal);
        assert_eq!(problem(&disk.after_crash(&mut random), answered), None, "seed {seed}");
    }
}

#[test]
fn an_answer_before_the_sync_is_found() {
    let found = (0..20).filter(|seed| crashed(*seed, true).is_some()).count();
    assert!(found >= 10, "found in {found} of 20");
}

#[test]
fn a_disk_that_fails_ends_appending_and_not_reading() {
    let disk = Disk::default();
    let journal = create(&disk).unwrap();
    // More than the library keeps in memory, so that reading needs the disk.
    let frame = |number: u64| [small(number), vec![7; 1 << 20]].concat();
    for number in 0..50 {
        journal.append(vec![frame(number)]).unwrap().wait().unwrap();
    }
    disk.fail_after(0);
    let failure = journal.append(vec![small(50)]).unwrap().wait().unwrap_err();
    assert_eq!(failure.code(), "store_failed");
    let calls = disk.syncs();
    assert_eq!(journal.append(vec![small(51)]).unwrap_err(), failure, "every later append is refused");
    assert_eq!(journal.cut(LogPosition(3)), Err(failure));
    assert_eq!(disk.syncs(), calls, "nothing is tried again");
    let all: Vec<_> = (0..50).map(|number| (number, frame(number))).collect();
    assert_eq!(journal.end(), LogPosition(50));
    assert!(kept(&journal) == Ok(all), "reads go on");
    drop(journal);
    let journal = open(&disk.after_crash(&mut fastrand::Rng::with_seed(1))).unwrap();
    assert!(journal.end() >= LogPosition(50));
    assert!(journal.append(vec![small(journal.end().0)]).unwrap().wait().is_ok());
}

#[test]
fn frames_that_wait_behind_each_other_share_a_commit() {
    let disk = Disk::default();
    let journal = create(&disk).unwrap();
    let before = disk.syncs();
    let tickets: Vec<_> = (0..2_000).map(|number| journal.append(vec![small(number)]).unwrap()).collect();
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    let syncs = disk.syncs() - before;
    println!("2,000 frames that wait behind each other: {syncs} syncs");
    assert!(syncs < 1_000, "{syncs}");
}
