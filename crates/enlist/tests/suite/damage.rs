//! A store whose journal is damaged: refused, or opened up to the damage.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use enlist::{Enlist, EnlistBuilder, Published, Sequence, SubscribeOptions, TestClock};
use enlist_store::{Journal, Log, StateFile};

use crate::reopening::{assert_same, copied, opened, state_of};
use crate::scene::{named, noon, only, save_segment};

/// How many batches are in rows.
const IN_ROWS: usize = 5;

fn builder() -> EnlistBuilder {
    Enlist::builder().workers(2).clock(TestClock::new(noon())).manual_time()
}

/// A killed store, and what its workspace said at each revision: everything but its revision.
fn written() -> (tempfile::TempDir, BTreeMap<u64, Vec<String>>, Sequence) {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let workspace = enlist.create_workspace("w").unwrap();
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    let mut states = BTreeMap::new();
    for batch in 0..20 {
        if batch == IN_ROWS {
            enlist.checkpoint().unwrap();
        }
        let name = if batch % 3 == 0 { "b" } else { "a" };
        let events = (0..30).map(|n| named(&format!("c{}", (batch * 7 + n) % 60), name));
        workspace.apply(events.collect::<enlist::Batch>()).unwrap();
        let state = state_of(&workspace).split_off(1);
        states.insert(workspace.read(|view| view.revision()).number(), state);
    }
    let next = workspace.subscribe(SubscribeOptions::all()).position();
    let killed = copied(directory.path());
    // Closed well, without a checkpoint: the library then trusts its file unless it is asked to verify it.
    drop(Journal::open(killed.path()).unwrap());
    (killed, states, next)
}

/// Opens up to the damage, and checks what is there; returns the revision.
fn opened_up_to_damage(directory: &Path, states: &BTreeMap<u64, Vec<String>>, next: Sequence) -> u64 {
    let enlist = builder().open_up_to_damage(directory).unwrap().wait().unwrap();
    let report = enlist.open_report();
    let damage = report.damage.unwrap();
    assert!(damage.what.contains(Journal::NAME) || damage.what.contains("mark"), "{}", damage.what);
    let [(id, revision)] = &damage.revisions[..] else { panic!("there is one workspace") };
    assert_eq!((id.as_str(), revision.incarnation()), ("w", next.incarnation()));
    let workspace = enlist.workspace("w").unwrap();
    assert_ne!(workspace.incarnation(), next.incarnation());
    assert_same(&state_of(&workspace)[1..], &states[&revision.number()], "the state before the damage");
    let resumed = workspace.subscribe(SubscribeOptions::all().resume_from(next)).try_next();
    assert!(matches!(resumed, Some(Published::Gap(_))), "{resumed:?}");
    let kept = workspace.subscribe(SubscribeOptions::all()).position();
    assert!(kept.number() > next.number() + (1 << 31));
    // It goes on, and is killed, and opens.
    workspace.contact("after").set("name", "a").save().unwrap();
    let expected = state_of(&workspace);
    let killed = copied(directory);
    let again = opened(killed.path(), 2);
    assert_eq!(again.open_report().damage, None);
    assert_same(&state_of(&again.workspace("w").unwrap()), &expected, "killed afterwards");
    revision.number()
}

#[test]
fn a_journal_with_a_frame_that_is_none_opens_up_to_it() {
    let (directory, states, next) = written();
    let journal = Journal::open(directory.path()).unwrap();
    journal.append(vec![b"\x01no frame".to_vec()]).unwrap().wait().unwrap();
    drop(journal);
    let error = builder().open(directory.path()).unwrap_err();
    assert_eq!(error.code(), "damaged");
    assert!(error.to_string().contains(Journal::NAME), "{error}");
    let revision = opened_up_to_damage(directory.path(), &states, next);
    assert_eq!(Some(&revision), states.keys().next_back());
}

#[test]
fn a_journal_that_lost_its_last_commits_opens_as_of_before_them() {
    let (directory, states, next) = written();
    let earlier = fs::read(directory.path().join(Journal::NAME)).unwrap();
    let enlist = builder().open(directory.path()).unwrap().wait().unwrap();
    let workspace = enlist.workspace("w").unwrap();
    workspace.contact("lost").save().unwrap();
    let copy = copied(directory.path());
    fs::write(copy.path().join(Journal::NAME), earlier).unwrap();
    assert_eq!(builder().open(copy.path()).unwrap_err().code(), "damaged");
    let revision = opened_up_to_damage(copy.path(), &states, next);
    assert_eq!(Some(&revision), states.keys().next_back());
}

#[test]
fn a_journal_with_changed_bytes_is_whole_or_opens_as_of_some_revision() {
    let (directory, states, next) = written();
    let bytes = fs::read(directory.path().join(Journal::NAME)).unwrap();
    let mut random = fastrand::Rng::with_seed(3);
    let mut revisions = Vec::new();
    for _ in 0..40 {
        let copy = copied(directory.path());
        let mut changed = bytes.clone();
        let at = random.usize(0..bytes.len());
        changed[at] ^= 1 << random.u8(0..8);
        fs::write(copy.path().join(Journal::NAME), changed).unwrap();
        match builder().open(copy.path()) {
            Ok(opening) => drop(opening.wait().unwrap()),
            Err(error) => {
                assert_eq!(error.code(), "damaged", "{error}");
                revisions.push(opened_up_to_damage(copy.path(), &states, next));
            }
        }
    }
    revisions.sort_unstable();
    revisions.dedup();
    println!("as of the revisions {revisions:?}");
    assert!(revisions.len() > 1, "{revisions:?}");
}

#[test]
fn a_journal_that_is_whole_opens_as_it_does_otherwise() {
    let (directory, states, _) = written();
    let enlist = builder().open_up_to_damage(directory.path()).unwrap().wait().unwrap();
    assert_eq!(enlist.open_report(), enlist::OpenReport::default());
    let workspace = enlist.workspace("w").unwrap();
    assert_same(&state_of(&workspace)[1..], states.values().next_back().unwrap(), "w");
    let new = directory.path().join("new");
    assert!(builder().open_up_to_damage(&new).unwrap().wait().unwrap().workspaces().is_empty());
}

#[test]
fn damage_of_the_state_stays_an_error_that_asks_for_a_backup() {
    let (directory, ..) = written();
    fs::write(directory.path().join(StateFile::NAME), b"").unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    journal.append(vec![b"\x01no frame".to_vec()]).unwrap().wait().unwrap();
    drop(journal);
    for _ in 0..2 {
        let error = builder().open_up_to_damage(directory.path()).unwrap_err();
        assert_eq!(error.code(), "damaged");
        assert!(
            error.to_string().contains("restore a backup") && error.to_string().contains("state.redb"),
            "{error}"
        );
    }
}
