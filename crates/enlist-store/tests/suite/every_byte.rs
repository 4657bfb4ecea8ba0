//! A file of a store of which one byte is changed, or which is cut there, is whole or a typed error, for evenly spaced bytes or for
//! each.

use std::path::Path;

use enlist_store::{Checkpoints, Error, Journal, Log, LogPosition, Mark};

use crate::checkpoint_samples::{Contents, contents};
use crate::logs::kept;
use crate::samples::{events, one_field_events};
use crate::simulated_disk::Disk;
use crate::state_files;

/// Of how many bytes each file is changed, unless a variable says so.
const FEW: usize = 300;
const BYTES: &str = "ENLIST_TEST_BYTES";

/// Calls `check` with the file changed at a byte, and with the file cut there. Prints how often it was whole.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a longer run is asked for, and its figures"
)]
fn harm(name: &str, whole: &[u8], check: impl Fn(Vec<u8>, &str) -> bool) {
    let most = std::env::var(BYTES).ok().and_then(|bytes| bytes.parse().ok()).unwrap_or(FEW);
    let step = whole.len().div_ceil(most).max(1);
    let mut counts = [0, 0];
    let mut random = fastrand::Rng::with_seed(1);
    for at in (0..whole.len()).step_by(step) {
        let mut changed = whole.to_vec();
        changed[at] ^= 1 << random.u8(0..8);
        counts[usize::from(check(changed, &format!("a bit changed at {at}")))] += 1;
        counts[usize::from(check(whole[..at].to_vec(), &format!("cut at {at}")))] += 1;
    }
    let [errors, wholes] = counts;
    println!(
        "{name} of {} bytes, every {step}th changed and cut: {wholes} times whole, {errors} times an error",
        whole.len()
    );
    assert!(errors > 0 && wholes > 0);
}

fn journal(disk: &Disk, end: LogPosition) -> Result<Journal, Error> {
    let mut mark = Mark::create(disk.mark(), Path::new("mark")).unwrap();
    mark.write(end).unwrap();
    Journal::open_on(disk.clone(), Path::new("journal"), mark)
}

#[test]
fn a_journal_of_which_a_byte_is_changed_or_cut_is_whole_or_damaged() {
    let disk = Disk::default();
    let written = journal(&disk, LogPosition(0)).unwrap();
    for number in 0..16 {
        let frame = events(number, one_field_events(250)).encode().unwrap();
        written.append(vec![frame]).unwrap().wait().unwrap();
    }
    let (all, end) = (kept(&written).unwrap(), written.end());
    drop(written);
    harm("a journal", &disk.bytes(), |harmed, change| {
        match journal(&Disk::of(harmed), end).and_then(|journal| kept(&journal)) {
            Ok(found) => {
                assert!(found == all, "{change}: {} frames of {}", found.len(), all.len());
                true
            }
            Err(error) => {
                assert!(matches!(error.code(), "damaged" | "format"), "{change}: {error}");
                false
            }
        }
    });
}

#[test]
fn a_checkpoint_of_which_a_byte_is_changed_or_cut_is_a_whole_one_or_damaged() {
    let disk = Disk::default();
    let state = state_files::on(&disk).unwrap();
    let latest = || contents(&*state.latest().unwrap()).unwrap();
    let mut whole: Vec<Contents> = vec![latest()];
    for position in 1..12 {
        state_files::commit(&state, position, position).unwrap();
        whole.push(latest());
    }
    drop(state);
    harm("a checkpoint", &disk.bytes(), |harmed, change| match state_files::read(&Disk::of(harmed)) {
        // An older one is told by its position: the journal begins after it, or still has the frames.
        Ok(found) => {
            assert!(whole.get(found.position as usize) == Some(&found), "{change}");
            found.position == 11
        }
        Err(error) => {
            assert!(matches!(error.code(), "damaged" | "format"), "{change}: {error}");
            false
        }
    });
}
