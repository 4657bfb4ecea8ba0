//! A journal that buffers: what was answered survives the end of the process, and of a loss of power a beginning is left.

use std::fs;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use enlist_store::{Durability, Error, Journal, Log, LogPosition, Mark, WorkspaceNumber};

use crate::logs::{behaves_as_a_log, kept};
use crate::outbox::record;
use crate::samples::small;
use crate::simulated_disk::Disk;

/// Nothing is synced unless it is asked for, or there is much.
pub(crate) const NEVER: Durability = Durability::Buffered { sync_every: Duration::from_secs(3_600) };
pub(crate) const ALWAYS: Durability = Durability::Buffered { sync_every: Duration::ZERO };

pub(crate) fn create(disk: &Disk, durability: Durability) -> Journal {
    let mark = Mark::create(disk.mark(), Path::new("mark")).unwrap();
    Journal::open_on_with(disk.clone(), Path::new("journal"), mark, disk.tails(), durability).unwrap()
}

pub(crate) fn open(disk: &Disk, durability: Durability) -> Result<Journal, Error> {
    let mark = Mark::open(disk.mark(), Path::new("mark"))?;
    Journal::open_on_with(disk.clone(), Path::new("journal"), mark, disk.tails(), durability)
}

/// A frame that no other life of a journal appends at its position. Most are of one length, so that what lies behind them in a tail
/// is where they would continue.
pub(crate) fn frame(life: u64, at: u64) -> Vec<u8> {
    let rest = if (life + at).is_multiple_of(11) { 900 } else { 16 };
    [&at.to_le_bytes()[..], &life.to_le_bytes(), &vec![7; rest]].concat()
}

#[test]
fn frames_that_a_loss_of_power_took_do_not_come_back_behind_those_that_took_their_positions() {
    let disk = Disk::default();
    let journal = create(&disk, NEVER);
    let append = |journal: &Journal, life, from, to| {
        for at in from..to {
            assert_eq!(journal.append(vec![frame(life, at)]).unwrap().wait(), Ok(LogPosition(at)));
        }
    };
    append(&journal, 0, 0, 10);
    let killed = disk.after_kill();
    drop(journal);
    // Frame 4 is torn, and 5 to 9 lie behind it.
    let torn = killed.with_tails_changed(|bytes| {
        let at = bytes.windows(8).position(|eight| eight == 4_u64.to_le_bytes());
        if let Some(at) = at {
            bytes[at] ^= 1;
        }
    });
    let journal = open(&torn, NEVER).unwrap();
    assert_eq!(journal.end(), LogPosition(4));
    append(&journal, 1, 4, 5);
    journal.sync().unwrap();
    // Whatever of both lives is on the disk, 5 to 9 are abandoned.
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..50 {
        let journal = open(&torn.after_crash(&mut random), Durability::Synced).unwrap();
        let expected = (0..5).map(|at| (at, frame(u64::from(at == 4), at))).collect::<Vec<_>>();
        assert_eq!(kept(&journal), Ok(expected));
    }
    // Also if the tails come back as they were.
    let back = torn.with_tails_of(&killed);
    let journal = open(&back, Durability::Synced).unwrap();
    assert_eq!(journal.end(), LogPosition(5));
}

/// Appends a frame of a mebibyte; the position follows when it is answered. If one is to follow, it is appended by the answer.
fn append_large(journal: &Arc<Journal>, answered: &mpsc::Sender<u64>, follows: bool) {
    let frame = vec![7; 1 << 20];
    let (following, answers) = (follows.then(|| Arc::clone(journal)), answered.clone());
    journal.append(vec![frame]).unwrap().then(move |answer| {
        answers.send(answer.unwrap().0).unwrap();
        if let Some(journal) = following {
            append_large(&journal, &answers, false);
        }
    });
}

#[test]
fn frames_behind_a_tail_that_was_lost_do_not_come_back() {
    let disk = Disk::default();
    let journal = Arc::new(create(&disk, NEVER));
    let gate = disk.gate();
    let closed = gate.hold();
    let (sender, answers) = mpsc::channel();
    // So much that it is moved at once, which goes on until the sync ends; meanwhile the other tail is written.
    (0..9).for_each(|_| append_large(&journal, &sender, false));
    let is_turned = || disk.tail_lengths().iter().all(|length| *length > 0);
    while !is_turned() {
        std::thread::sleep(Duration::from_millis(5));
        append_large(&journal, &sender, false);
    }
    let killed = disk.after_kill();
    drop(closed);
    // Only the second tail is left.
    let [first, second] = killed.tail_lengths();
    let left = killed.with_tails_changed(|bytes| {
        if bytes.len() == first.max(second) {
            bytes.clear();
        }
    });
    let disk = left.after_kill();
    let journal = open(&disk, Durability::Synced).unwrap();
    assert_eq!(journal.end(), LogPosition(0));
    let turned_at = answers.try_iter().count() as u64 - 1;
    for at in 0..turned_at {
        let _ = journal.append(vec![frame(1, at)]).unwrap().wait().unwrap();
    }
    let back = disk.with_tails_of(&left);
    let journal = open(&back, Durability::Synced).unwrap();
    assert_eq!(journal.end(), LogPosition(turned_at));
}

#[test]
fn a_journal_that_buffers_behaves_as_a_log() {
    for durability in [NEVER, ALWAYS, Durability::buffered()] {
        let directory = tempfile::tempdir().unwrap();
        behaves_as_a_log(&Journal::open_with(directory.path(), durability).unwrap());
    }
}

/// The files as they are now, with everything that was written.
fn killed(directory: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(directory).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

fn tail_lengths(directory: &Path) -> Vec<u64> {
    ["tail-0", "tail-1"].map(|name| fs::metadata(directory.join(name)).unwrap().len()).to_vec()
}

#[test]
fn what_a_buffered_journal_answered_is_read_with_any_durability() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open_with(directory.path(), NEVER).unwrap();
    for at in 0..20 {
        journal.append(vec![small(at)]).unwrap().wait().unwrap();
        if at == 7 || at == 12 {
            journal.sync().unwrap();
        }
    }
    let all = kept(&journal).unwrap();
    assert_eq!(all.len(), 20);
    assert!(tail_lengths(directory.path()).iter().sum::<u64>() > 0);
    for durability in [NEVER, Durability::Synced] {
        let copy = killed(directory.path());
        let journal = Journal::open_with(copy.path(), durability).unwrap();
        assert_eq!(kept(&journal), Ok(all.clone()));
        assert_eq!(tail_lengths(copy.path()), [0, 0], "what is in the journal's file is in no tail");
        assert_eq!(journal.append(vec![small(20)]).unwrap().wait(), Ok(LogPosition(20)));
        drop(journal);
        assert_eq!(kept(&Journal::open(copy.path()).unwrap()).unwrap().len(), 21);
    }
}

#[test]
fn a_sync_and_a_close_leave_nothing_in_the_tails() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open_with(directory.path(), NEVER).unwrap();
    journal.append(vec![small(0)]).unwrap().wait().unwrap();
    assert!(tail_lengths(directory.path()).iter().sum::<u64>() > 0);
    journal.sync().unwrap();
    assert_eq!(tail_lengths(directory.path()), [0, 0]);
    journal.append(vec![small(1)]).unwrap().wait().unwrap();
    drop(journal);
    assert_eq!(tail_lengths(directory.path()), [0, 0]);
}

#[test]
fn tails_that_are_newer_than_the_journal_are_damage() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open_with(directory.path(), NEVER).unwrap();
    journal.append(vec![small(0)]).unwrap().wait().unwrap();
    let earlier = killed(directory.path());
    for at in 1..3 {
        journal.sync().unwrap();
        journal.append(vec![small(at)]).unwrap().wait().unwrap();
    }
    let later = killed(directory.path());
    for name in ["journal.redb", "mark"] {
        fs::copy(earlier.path().join(name), later.path().join(name)).unwrap();
    }
    let error = Journal::open(later.path()).unwrap_err();
    assert_eq!(error.code(), "damaged");
    assert!(error.to_string().contains("journal.redb is damaged: it is older than"), "{error}");
    for name in ["tail-0", "tail-1"] {
        fs::remove_file(later.path().join(name)).unwrap();
    }
    assert_eq!(Journal::open(later.path()).unwrap().end(), LogPosition(0));
}

#[test]
fn what_a_frame_published_is_not_kept_before_the_frame() {
    let disk = Disk::default();
    let journal = create(&disk, NEVER);
    journal.append(vec![small(0)]).unwrap().wait().unwrap();
    journal.keep_outbox(&[(WorkspaceNumber(1), record(1, 1, 3))]).unwrap();
    for seed in 0..10 {
        let journal = open(&disk.after_crash(&mut fastrand::Rng::with_seed(seed)), NEVER).unwrap();
        assert_eq!(kept(&journal), Ok(vec![(0, small(0))]));
    }
}

#[test]
fn a_sync_is_due_some_time_after_an_answer() {
    let disk = Disk::default();
    let journal = create(&disk, Durability::Buffered { sync_every: Duration::from_millis(20) });
    journal.append(vec![small(0)]).unwrap().wait().unwrap();
    for _ in 0..500 {
        if disk.tail_lengths() == [0, 0] {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let journal = open(&disk.after_crash(&mut fastrand::Rng::with_seed(1)), NEVER).unwrap();
    assert_eq!(kept(&journal), Ok(vec![(0, small(0))]));
}

#[test]
fn what_a_slow_disk_has_no_room_for_is_answered_by_the_commit_and_in_order() {
    const FRAMES: usize = 90;
    let disk = Disk::default();
    let journal = Arc::new(create(&disk, NEVER));
    let gate = disk.gate();
    let closed = gate.hold();
    let (sender, answers) = mpsc::channel();
    // Each of the last ones is followed by another one while those behind it are not answered yet.
    (0..FRAMES).for_each(|at| append_large(&journal, &sender, at >= FRAMES - 10));
    let buffered = answers.try_iter().collect::<Vec<_>>();
    assert!((40..=66).contains(&buffered.len()), "{} MiB are answered before a sync", buffered.len());
    let killed = disk.after_kill();
    assert_eq!(journal.end().0 as usize, buffered.len());
    drop(closed);
    let later = (buffered.len()..FRAMES + 10).map(|_| answers.recv().unwrap());
    let all = buffered.iter().copied().chain(later).collect::<Vec<_>>();
    assert_eq!(all, (0..FRAMES as u64 + 10).collect::<Vec<_>>());
    let reopened = open(&killed, Durability::Synced).unwrap();
    assert!(reopened.end().0 as usize >= buffered.len());
}
