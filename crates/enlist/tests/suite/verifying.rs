//! A store is verified without a change of it, and what is wrong with it is found.

use std::path::Path;

use enlist::{Enlist, Event, VerifyPhase, VerifyProgress};
use enlist_sim::{Profile, Workload};
use fastrand::Rng;
use tempfile::TempDir;

use crate::reopening::{copied, opened, state_of};
use crate::scene::named;

/// A store with two workspaces, of which one was killed with a part of its events in the journal.
fn killed() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 2);
    for seed in 0..2 {
        let workspace = enlist.create_workspace(&format!("w{seed}")).unwrap();
        let script: Vec<Event> = Workload::script(seed, Profile::default(), 300);
        let (first, rest) = script.split_at(150);
        workspace.apply(first.to_vec()).unwrap();
        enlist.checkpoint().unwrap();
        for event in rest.chunks(40) {
            workspace.apply(event.to_vec()).unwrap();
        }
    }
    copied(directory.path())
}

fn bytes(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn states(directory: &Path) -> Vec<Vec<String>> {
    let enlist = opened(directory, 1);
    enlist.workspaces().iter().map(|id| state_of(&enlist.workspace(id.as_str()).unwrap())).collect()
}

#[test]
fn a_verified_store_is_byte_for_byte_as_it_was_and_opens() {
    let store = killed();
    let before = bytes(store.path());
    let mut told: Vec<VerifyProgress> = Vec::new();
    let verified = Enlist::verify(store.path(), |progress| told.push(progress)).unwrap();
    assert!(bytes(store.path()) == before, "a byte has changed");
    assert_eq!(told.first().map(|first| first.phase), Some(VerifyPhase::Opening));
    let last = told.last().unwrap();
    assert_eq!((last.phase, last.done, last.of), (VerifyPhase::Comparing, 2, 2));
    assert!(verified.frames >= 4 && verified.rows > verified.frames && verified.bytes > 1_000);

    let expected = states(store.path());
    let enlist = opened(store.path(), 1);
    let counts = enlist.workspaces().into_iter().map(|id| {
        let workspace = enlist.workspace(id.as_str()).unwrap();
        workspace.read(|view| (view.contact_count().unwrap(), view.segments().count() as u64))
    });
    let (contacts, segments): (Vec<u64>, Vec<u64>) = counts.unzip();
    assert_eq!(verified.workspaces, 2);
    assert_eq!((verified.contacts, verified.segments), (contacts.iter().sum(), segments.iter().sum()));
    drop(enlist);
    // After a clean close there is nothing in the journal.
    let closed = Enlist::verify(store.path(), |_| ()).unwrap();
    assert_eq!((closed.frames, closed.contacts), (0, verified.contacts));
    assert_eq!(states(store.path()), expected);
}

#[test]
fn an_open_store_is_locked_and_what_is_no_store_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    assert_eq!(Enlist::verify(&store, |_| ()).unwrap_err().code(), "store_failed");
    assert!(!store.exists());
    let enlist = opened(&store, 1);
    assert_eq!(Enlist::verify(&store, |_| ()).unwrap_err().code(), "locked");
    drop(enlist);
    assert_eq!(Enlist::verify(&store, |_| ()).unwrap().workspaces, 0);
    for name in ["journal.redb", "state.redb"] {
        let harmed = killed();
        std::fs::remove_file(harmed.path().join(name)).unwrap();
        let before = bytes(harmed.path());
        assert_eq!(Enlist::verify(harmed.path(), |_| ()).unwrap_err().code(), "damaged", "{name}");
        assert!(bytes(harmed.path()) == before, "{name}");
    }
}

#[test]
fn a_changed_byte_is_found_or_harmless() {
    let store = killed();
    let expected = states(copied(store.path()).path());
    let files = bytes(store.path());
    let mut random = Rng::with_seed(5);
    let (mut harmless, mut found) = (0, 0);
    for trial in 0..90 {
        let (name, original) = &files[trial % files.len()];
        let mut harmed = original.clone();
        // Half of them where the library keeps what leads to everything else, half where anything was ever written.
        let most = if trial % 2 == 0 { 320 } else { harmed.len() };
        let at = std::iter::repeat_with(|| random.usize(0..most.min(harmed.len())));
        let at = at.take(100_000).find(|at| harmed[*at] != 0).unwrap();
        harmed[at] ^= 1 << random.u8(0..8);
        std::fs::write(store.path().join(name), &harmed).unwrap();
        match Enlist::verify(store.path(), |_| ()) {
            Ok(_) => {
                assert!(states(copied(store.path()).path()) == expected, "byte {at} of {name}");
                harmless += 1;
            }
            Err(error) => {
                assert!(matches!(error.code(), "damaged" | "format"), "byte {at} of {name}: {error}");
                found += 1;
            }
        }
        std::fs::write(store.path().join(name), original).unwrap();
    }
    println!("{found} found, {harmless} harmless");
    assert!(found > 10 && harmless > 10, "{found} found, {harmless} harmless");
}

#[test]
fn a_store_is_verified_however_often_it_is_opened_and_killed_meanwhile() {
    let mut directory = tempfile::tempdir().unwrap();
    for round in 0..6 {
        let enlist = opened(directory.path(), 1 + round % 3);
        let workspace = enlist.workspace("w").unwrap_or_else(|| enlist.create_workspace("w").unwrap());
        workspace.apply(Workload::script(round as u64, Profile::default(), 100)).unwrap();
        workspace.apply(named(&format!("c{round}"), "a")).unwrap();
        let ended = copied(directory.path());
        drop((workspace, enlist));
        if round % 2 == 0 {
            directory = ended;
        }
        assert_eq!(Enlist::verify(directory.path(), |_| ()).unwrap().workspaces, 1);
    }
}
