//! The outbox in the journal, its cut, and what a journal says of itself.

use std::path::Path;

use enlist_model::{Change, ContactId, Instant, Json, Notice, NoticeOutcome, SegmentId};
use enlist_store::{
    Error, Journal, Log, LogPosition, Mark, OutboxCause, OutboxCondition, OutboxItem, OutboxRecord,
    SourcePosition, WorkspaceNumber,
};
use proptest::prelude::*;

use crate::golden::{bytes, hex};
use crate::samples::{instant, small};
use crate::simulated_disk::Disk;

fn contact(random: &mut fastrand::Rng) -> ContactId {
    ContactId::new(&format!("c{}", random.u16(..))).unwrap()
}

fn cause(random: &mut fastrand::Rng) -> OutboxCause {
    match random.u8(0..3) {
        0 => OutboxCause::Event(random.u64(..)),
        1 => OutboxCause::Settings(random.u64(..)),
        _ => OutboxCause::Clock,
    }
}

fn item(random: &mut fastrand::Rng, conditions: u32) -> OutboxItem {
    let segment = SegmentId::new(&format!("s{}", random.u8(..))).unwrap();
    match random.u8(0..8) {
        0 => OutboxItem::Gap,
        1..=3 => OutboxItem::Notice {
            notice: Notice {
                at: Instant::MAX,
                segment,
                outcome: match random.u8(0..3) {
                    0 => NoticeOutcome::Built { members: random.u64(..) },
                    1 => NoticeOutcome::Rebuilt { entered: random.u64(..), left: random.u64(..) },
                    _ => NoticeOutcome::Dropped,
                },
            },
            entered: (0..random.usize(0..5)).map(|_| contact(random)).collect(),
            left: (0..random.usize(0..5)).map(|_| contact(random)).collect(),
            cause: cause(random),
        },
        _ => OutboxItem::Transition {
            at: instant(),
            cause: cause(random),
            origin: random.bool().then(|| ("pg".to_owned(), SourcePosition(random.u64(..), random.u64(..)))),
            contact: contact(random),
            segment,
            change: if random.bool() { Change::Entered } else { Change::Left },
            flipped: (0..conditions).map(|condition| (condition, random.bool())).collect(),
        },
    }
}

pub(crate) fn record(seed: u64, first: u64, items: usize) -> OutboxRecord {
    let mut random = fastrand::Rng::with_seed(seed);
    let conditions: Vec<OutboxCondition> = (0..random.usize(0..4))
        .map(|at| OutboxCondition {
            field: format!("f{at}"),
            json: Json::parse(r#"{"operator":"equals","value":[1.5,"x"]}"#).unwrap(),
        })
        .collect();
    let items = (0..items).map(|_| item(&mut random, conditions.len() as u32)).collect();
    OutboxRecord { revision: random.u64(..), first, items, conditions }
}

fn on(disk: &Disk, mark: Mark) -> Result<Journal, Error> {
    Journal::open_on(disk.clone(), Path::new("journal"), mark)
}

fn open(disk: &Disk) -> Result<Journal, Error> {
    on(disk, Mark::open(disk.mark(), Path::new("mark"))?)
}

fn create(disk: &Disk) -> Journal {
    on(disk, Mark::create(disk.mark(), Path::new("mark")).unwrap()).unwrap()
}

#[test]
fn what_is_not_acknowledged_survives_the_cut() {
    let directory = tempfile::tempdir().unwrap();
    let [one, two, three] = [1, 2, 3].map(WorkspaceNumber);
    let journal = Journal::open(directory.path()).unwrap();
    for number in 0..6 {
        journal.append(vec![small(number)]).unwrap().wait().unwrap();
    }
    assert_eq!(journal.outbox(one), Ok(vec![]));
    // Sequences 10 to 12, 13 to 14, 15.
    let records = [record(1, 10, 3), record(2, 13, 2), record(3, 15, 1)];
    let all = |number| records.clone().map(|record| (number, record)).to_vec();
    journal.keep_outbox(&[all(one), all(two), all(three)].concat()).unwrap();
    // The same rows again, as after a crash.
    journal.keep_outbox(&all(two)).unwrap();
    journal.cut_through(LogPosition(4), &[(one, 13), (two, 9)], &[three]).unwrap();
    drop(journal);
    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!(
        journal.outbox(one),
        Ok(records[1..].to_vec()),
        "a record of which an item is not acknowledged stays"
    );
    assert_eq!(journal.outbox(two), Ok(records.to_vec()));
    assert_eq!(journal.outbox(three), Ok(vec![]));
    assert_eq!((journal.start(), journal.end()), (LogPosition(4), LogPosition(6)));
    // No frame to cut.
    journal.cut_through(LogPosition(4), &[(one, 14), (two, u64::MAX)], &[]).unwrap();
    assert_eq!(journal.outbox(one), Ok(records[2..].to_vec()));
    assert_eq!(journal.outbox(two), Ok(vec![]));
}

#[test]
fn a_journal_says_where_it_starts_and_how_many_bytes_its_frames_take() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!((journal.start(), journal.bytes()), (LogPosition(0), 0));
    let frames: Vec<Vec<u8>> = (0..5).map(small).collect();
    let bytes = |frames: &[Vec<u8>]| frames.iter().map(|frame| frame.len() as u64 + 4).sum::<u64>();
    journal.append(frames.clone()).unwrap().wait().unwrap();
    assert_eq!(journal.bytes(), bytes(&frames));
    journal.cut(LogPosition(2)).unwrap();
    assert_eq!((journal.start(), journal.bytes()), (LogPosition(2), bytes(&frames[2..])));
    journal.keep_outbox(&[(WorkspaceNumber(1), record(1, 1, 3))]).unwrap();
    drop(journal);
    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!((journal.start(), journal.bytes()), (LogPosition(2), bytes(&frames[2..])));
    journal.cut(LogPosition(99)).unwrap();
    assert_eq!((journal.start(), journal.bytes()), (LogPosition(5), 0));
}

#[test]
fn a_record_that_cannot_be_read_is_not_kept_and_the_journal_goes_on() {
    let disk = Disk::default();
    let journal = create(&disk);
    let mut wrong = record(1, 1, 1);
    wrong.items = vec![OutboxItem::Transition {
        at: instant(),
        cause: OutboxCause::Clock,
        origin: None,
        contact: ContactId::new("c").unwrap(),
        segment: SegmentId::new("s").unwrap(),
        change: Change::Left,
        flipped: vec![(wrong.conditions.len() as u32, true)],
    }];
    let error = journal.keep_outbox(&[(WorkspaceNumber(1), wrong)]).unwrap_err();
    assert_eq!(error.code(), "unwritable");
    assert!(journal.append(vec![small(0)]).unwrap().wait().is_ok());
}

/// What is wrong after a crash while the outbox is kept and frames are cut.
fn crashed(seed: u64) -> Option<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let disk = Disk::default();
    let journal = create(&disk);
    let number = WorkspaceNumber(7);
    disk.fail_after(random.u64(0..150));
    // The record of a frame has its position as its sequence.
    let (mut answered, mut kept, mut cut) = (0, 0, 0);
    for at in 0..40 {
        if journal.append(vec![small(at)]).and_then(enlist_store::Ticket::wait).is_err() {
            break;
        }
        answered = at + 1;
        if random.u8(0..4) == 0 {
            let records: Vec<_> = (kept..answered).map(|at| (number, record(at, at, 1))).collect();
            if journal.keep_outbox(&records).is_err() {
                break;
            }
            kept = answered;
            let acknowledged = random.u64(cut..=kept);
            if journal
                .cut_through(LogPosition(kept), &[(number, acknowledged.saturating_sub(1))], &[])
                .is_err()
            {
                break;
            }
            cut = acknowledged;
        }
    }
    drop(journal);
    let journal = match open(&disk.after_crash(&mut random)) {
        Ok(journal) => journal,
        Err(error) => return Some(error.to_string()),
    };
    let there = match journal.outbox(number) {
        Ok(there) => there,
        Err(error) => return Some(error.to_string()),
    };
    if let Some(other) = there.iter().find(|found| **found != record(found.first, found.first, 1)) {
        return Some(format!("another record at {}", other.first));
    }
    let start = journal.start().0;
    // Whatever was cut and not acknowledged is in the outbox; acknowledgements go at most to the end of the cut.
    let firsts: Vec<u64> = there.iter().map(|record| record.first).collect();
    if !firsts.windows(2).all(|pair| pair[0] + 1 == pair[1]) {
        return Some(format!("a gap in {firsts:?}"));
    }
    if firsts.last().is_some_and(|last| last + 1 < start) || journal.end().0 < answered {
        return Some(format!("{firsts:?} are there, and frames from {start} to {}", journal.end().0));
    }
    None
}

#[test]
fn a_crash_leaves_what_was_cut_in_the_outbox() {
    for seed in 0..100 {
        assert_eq!(crashed(seed), None, "seed {seed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_records_come_back_equal(seed in any::<u64>(), first in any::<u64>(), items in 0..20_usize) {
        let record = record(seed, first, items);
        prop_assert_eq!(OutboxRecord::decode(&record.encode().unwrap()), Ok(record));
    }

    #[test]
    fn changed_bytes_are_an_error_or_a_record_that_can_be_written_again(
        seed in any::<u64>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = record(seed, 1, 9).encode().unwrap();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = OutboxRecord::decode(&bytes) {
            prop_assert!(read.encode().is_ok());
        }
    }
}

#[test]
fn the_bytes_of_format_1_are_as_they_were_and_read_as_they_did() {
    let record = record(6, 70_000, 9);
    let golden = include_str!("../golden/outbox_1.txt").trim_end();
    let written = hex(&record.encode().unwrap());
    assert!(written == golden, "the format is now\n{written}");
    assert_eq!(OutboxRecord::decode(&bytes(golden)), Ok(record));
}
