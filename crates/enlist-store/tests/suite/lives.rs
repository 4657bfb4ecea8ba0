//! Lives of a journal that end by a kill, a loss of power or a failing disk: a beginning is left, and at least what was promised.

use enlist_store::{Durability, Error, Journal, Log, LogPosition};

use crate::buffered::{ALWAYS, NEVER, create, frame, open};
use crate::logs::kept;
use crate::samples::small;
use crate::simulated_disk::Disk;

/// What a journal was given, and what it promised.
#[derive(Default)]
struct Promised {
    /// All frames by position, also those that were never answered.
    frames: Vec<Vec<u8>>,
    answered: usize,
    synced: usize,
}

/// Appends, syncs and cuts until the disk fails or the life ends.
fn live(journal: &Journal, promised: &mut Promised, life: u64, random: &mut fastrand::Rng) {
    // Short lives without a sync begin where the one before began, if nothing was left of it.
    let (steps, actions) = if random.bool() { (8, 2..12) } else { (60, 0..12) };
    for _ in 0..random.usize(1..steps) {
        match random.u8(actions.clone()) {
            0 => {
                if journal.sync().is_ok() {
                    promised.synced = promised.answered;
                }
            }
            1 => {
                let end = journal.end().0;
                let _ = journal.cut(LogPosition(end.saturating_sub(random.u64(0..9))));
            }
            _ => {
                let first = promised.frames.len() as u64;
                let frames: Vec<_> = (first..first + random.u64(1..4)).map(|at| frame(life, at)).collect();
                let Ok(ticket) = journal.append(frames.clone()) else { return };
                promised.frames.extend(frames);
                if ticket.wait().is_ok() {
                    promised.answered = promised.frames.len();
                }
            }
        }
    }
}

/// Opens a journal after its end; what is there is a beginning of what it was given, and at least what it promised.
fn reopened(
    disk: &Disk,
    promised: &mut Promised,
    least: usize,
    durability: Durability,
) -> Result<Journal, String> {
    let journal = open(disk, durability).map_err(|error| error.to_string())?;
    let end = journal.end().0 as usize;
    if end < least || end > promised.frames.len() {
        return Err(format!("{end} frames of {}; {least} were promised", promised.frames.len()));
    }
    for (at, frame) in kept(&journal).map_err(|error| error.to_string())? {
        if promised.frames.get(at as usize) != Some(&frame) {
            return Err(format!("another frame at {at}"));
        }
    }
    promised.frames.truncate(end);
    // What is there when a journal is opened is synced.
    (promised.answered, promised.synced) = (end, end);
    Ok(journal)
}

fn durability(random: &mut fastrand::Rng) -> Durability {
    [NEVER, NEVER, ALWAYS, Durability::Synced][random.usize(0..4)]
}

/// Several lives of one journal, each of which ends by a kill or a loss of power, on a disk that may fail before that.
fn several_lives(seed: u64, fails: bool, syncs_late: bool) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut disk = Disk::default();
    let mut promised = Promised::default();
    let mut opened_with = durability(&mut random);
    let mut journal = create(&disk, opened_with);
    for life in 0..8 {
        if fails && random.bool() {
            let after = random.u64(0..60);
            if random.bool() { disk.fail_after(after) } else { disk.fail_once_after(after) }
        }
        if syncs_late {
            disk.sync_late();
        }
        live(&journal, &mut promised, life, &mut random);
        if opened_with == Durability::Synced {
            promised.synced = promised.answered;
        }
        let is_kill = random.u8(0..3) == 0;
        // Before the drop, which would sync everything.
        let after = if is_kill { disk.after_kill() } else { disk.after_crash(&mut random) };
        drop(journal);
        disk = after;
        let least = if is_kill { promised.answered } else { promised.synced };
        opened_with = durability(&mut random);
        journal = reopened(&disk, &mut promised, least, opened_with).map_err(|problem| {
            format!("life {life}, after a {}: {problem}", if is_kill { "kill" } else { "loss of power" })
        })?;
    }
    Ok(())
}

#[test]
fn whatever_ends_a_journal_a_beginning_is_left_and_abandoned_frames_never_come_back() {
    for seed in 0..200 {
        assert_eq!(several_lives(seed, false, false), Ok(()), "seed {seed}");
        assert_eq!(several_lives(seed, true, false), Ok(()), "seed {seed} on a disk that fails");
    }
}

#[test]
fn a_sync_that_is_reported_and_has_not_happened_is_found() {
    let found = (0..30).filter(|seed| several_lives(*seed, false, true).is_err()).count();
    assert!(found >= 15, "found in {found} of 30");
}

/// What a journal does in the test below; the errors that it was answered with.
fn script(journal: &Journal, promised: &mut Promised) -> Vec<Error> {
    let mut failures = Vec::new();
    for step in 0..8 {
        let first = promised.frames.len() as u64;
        let frames: Vec<_> = (first..first + 2).map(|at| frame(0, at)).collect();
        match journal.append(frames.clone()) {
            Ok(ticket) => {
                promised.frames.extend(frames);
                match ticket.wait() {
                    Ok(_) => promised.answered = promised.frames.len(),
                    Err(error) => failures.push(error),
                }
            }
            Err(error) => failures.push(error),
        }
        if step % 2 == 1 {
            match journal.sync() {
                Ok(()) => promised.synced = promised.answered,
                Err(error) => failures.push(error),
            }
        }
        if step == 4 {
            failures.extend(journal.cut(LogPosition(3)).err());
        }
    }
    failures
}

#[test]
fn whichever_call_fails_nothing_is_tried_again_and_what_was_promised_is_there() {
    let mut failed = 0;
    for call in 0..200 {
        for lasts in [true, false] {
            let disk = Disk::default();
            let journal = create(&disk, NEVER);
            if lasts {
                disk.fail_after(call);
            } else {
                disk.fail_once_after(call);
            }
            let mut promised = Promised::default();
            let failures = script(&journal, &mut promised);
            if let Some(first) = failures.first() {
                failed += 1;
                assert_eq!(first.code(), "store_failed");
                assert!(failures.iter().all(|failure| failure == first), "{failures:?}");
                let calls = disk.calls();
                assert_eq!(journal.append(vec![small(0)]).err().as_ref(), Some(first));
                assert_eq!(journal.sync().as_ref(), Err(first));
                assert_eq!(journal.cut(LogPosition(1)).as_ref(), Err(first));
                assert_eq!(disk.calls(), calls, "something is tried again after call {call}");
                let readable = kept(&journal).unwrap();
                assert!(journal.end().0 as usize >= promised.answered, "reads go on");
                assert_eq!(
                    readable.last().map(|(at, _)| at + 1),
                    Some(journal.end().0).filter(|end| *end > 0)
                );
            }
            let mut random = fastrand::Rng::with_seed(call);
            let ends =
                [(disk.after_kill(), promised.answered), (disk.after_crash(&mut random), promised.synced)];
            for (disk, least) in ends {
                let mut promised = Promised { frames: promised.frames.clone(), ..Promised::default() };
                let journal = reopened(&disk, &mut promised, least, NEVER);
                let journal = journal.unwrap_or_else(|problem| panic!("call {call}: {problem}"));
                assert!(journal.append(vec![small(0)]).unwrap().wait().is_ok());
            }
        }
    }
    assert!(failed > 40, "{failed} runs failed");
}
