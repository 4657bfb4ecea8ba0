//! What every keeper of a checkpoint must do, and records as bytes.

use enlist_store::{
    Checkpoints, LogPosition, MOST_BYTES, MemoryCheckpoints, SegmentRecord, SeriesRecord, StateFile,
    Versions, WorkspaceNumber, WorkspaceRecord,
};
use proptest::prelude::*;

use crate::checkpoint_samples::{Contents, changes, contact, contents, segment, series, workspace};
use crate::simulated_disk::Disk;
use crate::state_files::on;

fn latest(checkpoints: &dyn Checkpoints) -> Contents {
    contents(&*checkpoints.latest().unwrap()).unwrap()
}

fn is_empty_before_the_first_commit(checkpoints: &dyn Checkpoints) {
    let reader = checkpoints.latest().unwrap();
    assert_eq!(reader.position(), Ok(LogPosition(0)));
    assert_eq!(reader.next_workspace(), Ok(WorkspaceNumber(0)));
    assert_eq!(reader.versions(), Ok(None));
    assert_eq!(reader.workspaces(), Ok(vec![]));
    assert_eq!(reader.contacts(WorkspaceNumber(0)).unwrap().count(), 0);
}

fn a_dropped_writer_changes_nothing(checkpoints: &dyn Checkpoints) {
    let before = latest(checkpoints);
    let mut writer = checkpoints.begin().unwrap();
    changes(&mut *writer, 1, 7).unwrap();
    assert_eq!(latest(checkpoints), before, "nothing is visible before the commit");
    drop(writer);
    assert_eq!(latest(checkpoints), before);
}

fn a_reader_keeps_what_it_began_with(checkpoints: &dyn Checkpoints) {
    let mut writer = checkpoints.begin().unwrap();
    changes(&mut *writer, 2, 8).unwrap();
    writer.commit().unwrap();
    let reader = checkpoints.latest().unwrap();
    let before = contents(&*reader).unwrap();
    let mut writer = checkpoints.begin().unwrap();
    changes(&mut *writer, 3, 9).unwrap();
    writer.commit().unwrap();
    assert_eq!(contents(&*reader).unwrap(), before);
    assert_ne!(latest(checkpoints), before);
}

fn a_second_writer_waits(checkpoints: &dyn Checkpoints) {
    let mut first = checkpoints.begin().unwrap();
    first.set_position(LogPosition(20)).unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            let mut second = checkpoints.begin().unwrap();
            second.set_versions(&Versions::new(5, "2026a", 6)).unwrap();
            second.commit().unwrap();
        });
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(!second.is_finished());
        first.commit().unwrap();
    });
    let reader = checkpoints.latest().unwrap();
    assert_eq!(reader.position(), Ok(LogPosition(20)));
    assert_eq!(reader.versions(), Ok(Some(Versions::new(5, "2026a", 6))));
}

#[test]
fn both_keepers_behave_as_a_checkpoint() {
    for checkpoints in [&MemoryCheckpoints::default() as &dyn Checkpoints, &on(&Disk::default()).unwrap()] {
        is_empty_before_the_first_commit(checkpoints);
        a_dropped_writer_changes_nothing(checkpoints);
        a_reader_keeps_what_it_began_with(checkpoints);
        a_second_writer_waits(checkpoints);
    }
}

#[test]
fn both_keepers_hold_the_same_after_random_changes_and_reopenings() {
    for seed in 0..25 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (disk, memory) = (Disk::default(), MemoryCheckpoints::default());
        let mut state = on(&disk).unwrap();
        for position in 1..12 {
            let (changes_of, is_kept) = (random.u64(..), random.u8(0..4) > 0);
            for checkpoints in [&state as &dyn Checkpoints, &memory] {
                let mut writer = checkpoints.begin().unwrap();
                changes(&mut *writer, changes_of, position).unwrap();
                if is_kept {
                    writer.commit().unwrap();
                }
            }
            if random.bool() {
                drop(state);
                state = on(&disk).unwrap();
            }
            assert_eq!(latest(&state), latest(&memory), "seed {seed}, position {position}");
        }
    }
}

#[test]
fn after_an_error_a_writer_commits_nothing() {
    let state: StateFile = on(&Disk::default()).unwrap();
    let before = latest(&state);
    let mut writer = state.begin().unwrap();
    writer.set_position(LogPosition(1)).unwrap();
    let error = writer.put_spelling(WorkspaceNumber(0), 0, &"x".repeat(MOST_BYTES)).unwrap_err();
    assert_eq!(error.code(), "frame_too_large");
    assert_eq!(writer.set_versions(&Versions::new(1, "", 1)), Err(error.clone()));
    assert_eq!(writer.commit(), Err(error));
    assert_eq!(latest(&state), before);
    state.begin().unwrap().commit().unwrap();
}

#[test]
fn a_debug_output_of_a_workspace_has_no_key_of_cursors() {
    let mut record = workspace(&mut fastrand::Rng::with_seed(1));
    record.cursor_key = [77; 32];
    assert!(!format!("{record:?}").contains("77, 77"));
}

/// Bytes with some of them changed.
fn changed(mut bytes: Vec<u8>, changes: Vec<(prop::sample::Index, u8)>) -> Vec<u8> {
    for (index, byte) in changes {
        let at = index.index(bytes.len());
        bytes[at] = byte;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_records_come_back_equal(seed in any::<u64>()) {
        let mut random = fastrand::Rng::with_seed(seed);
        let (workspace, segment, series) = (workspace(&mut random), segment(&mut random), series(&mut random));
        prop_assert_eq!(WorkspaceRecord::decode(&workspace.encode().unwrap()), Ok(workspace));
        prop_assert_eq!(SegmentRecord::decode(&segment.encode().unwrap()), Ok(segment));
        prop_assert_eq!(SeriesRecord::decode(&series.encode().unwrap()), Ok(series));
    }

    #[test]
    fn changed_bytes_of_a_record_are_an_error_or_a_record_that_can_be_written_again(
        seed in any::<u64>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut random = fastrand::Rng::with_seed(seed);
        let (one, two, three) = (workspace(&mut random), segment(&mut random), series(&mut random));
        if let Ok(read) = WorkspaceRecord::decode(&changed(one.encode().unwrap(), changes.clone())) {
            prop_assert!(read.encode().is_ok());
        }
        if let Ok(read) = SegmentRecord::decode(&changed(two.encode().unwrap(), changes.clone())) {
            prop_assert!(read.encode().is_ok());
        }
        if let Ok(read) = SeriesRecord::decode(&changed(three.encode().unwrap(), changes)) {
            prop_assert!(read.encode().is_ok());
        }
    }
}

#[test]
fn random_contacts_come_back_equal_and_in_order_of_creation() {
    let state = on(&Disk::default()).unwrap();
    let mut random = fastrand::Rng::with_seed(5);
    let mut contacts: Vec<_> = (0..600).map(|at| contact(&mut random, at * at)).collect();
    random.shuffle(&mut contacts);
    let mut writer = state.begin().unwrap();
    for contact in &contacts {
        writer.put_contact(WorkspaceNumber(4), contact).unwrap();
    }
    writer.commit().unwrap();
    contacts.sort_by_key(|contact| contact.creation);
    let reader = state.latest().unwrap();
    let read: Vec<_> = reader.contacts(WorkspaceNumber(4)).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, contacts);
    assert_eq!(reader.contacts(WorkspaceNumber(5)).unwrap().count(), 0);
}
