//! The file of a checkpoint: crashes, changed bytes, creation, golden rows.

use std::fs;
use std::path::Path;

use enlist_store::{
    Checkpoints, ConsumerRecord, DigestRecord, Error, MemoryCheckpoints, StateFile, Versions, WhenFull,
    WorkspaceNumber,
};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};

use crate::checkpoint_samples::{Contents, changes, contact, contents, segment, series, workspace};
use crate::golden::{bytes, hex};
use crate::simulated_disk::{Disk, seeds};

/// The checkpoint on a disk.
pub(crate) fn on(disk: &Disk) -> Result<StateFile, Error> {
    StateFile::open_on(disk.clone(), Path::new("state.redb"))
}

pub(crate) fn read(disk: &Disk) -> Result<Contents, Error> {
    contents(&*on(disk)?.latest()?)
}

pub(crate) fn commit(checkpoints: &dyn Checkpoints, seed: u64, position: u64) -> Result<(), Error> {
    let mut writer = checkpoints.begin()?;
    changes(&mut *writer, seed, position)?;
    writer.commit()
}

/// What is wrong after crashes of a seed.
fn crashed(seed: u64, is_faulty: bool) -> Option<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut disk = Disk::default();
    let mut state = on(&disk).unwrap();
    let mut kept = contents(&*state.latest().unwrap()).unwrap();
    if is_faulty {
        disk.sync_late();
    }
    let mut commits = Vec::new();
    for round in 0..3 {
        let memory = MemoryCheckpoints::default();
        for (seed, position) in &commits {
            commit(&memory, *seed, *position).unwrap();
        }
        disk.fail_after(random.u64(0..60));
        let mut next = kept.clone();
        for position in 1.. {
            let (seed, position) = (random.u64(..), 1_000 * round + position);
            commits.push((seed, position));
            commit(&memory, seed, position).unwrap();
            next = contents(&*memory.latest().unwrap()).unwrap();
            if let Err(error) = commit(&state, seed, position) {
                assert_eq!(error.code(), "store_failed", "{error}");
                assert_eq!(state.begin().err().as_ref(), Some(&error), "nothing more is written");
                assert_eq!(state.latest().err(), Some(error), "what is kept is unknown");
                break;
            }
            kept = next.clone();
        }
        drop(state);
        disk = disk.after_crash(&mut random);
        let found = match read(&disk) {
            Ok(found) => found,
            Err(error) => return Some(error.to_string()),
        };
        if found != kept && found != next {
            return Some(format!("position {}, of {} or {}", found.position, kept.position, next.position));
        }
        if found == kept {
            commits.pop();
        }
        kept = found;
        state = on(&disk).unwrap();
    }
    None
}

#[test]
fn after_a_crash_the_old_or_the_new_checkpoint_is_there_whole() {
    for seed in seeds(150) {
        assert_eq!(crashed(seed, false), None, "seed {seed}");
    }
}

#[test]
fn a_commit_before_the_sync_is_found() {
    let found = (0..20).filter(|seed| crashed(*seed, true).is_some()).count();
    assert!(found >= 10, "found in {found} of 20");
}

#[test]
fn a_changed_byte_is_found_or_gives_a_whole_checkpoint() {
    let disk = Disk::default();
    let state = on(&disk).unwrap();
    let mut whole = vec![contents(&*state.latest().unwrap()).unwrap()];
    for position in 1..4 {
        commit(&state, position, position).unwrap();
        whole.push(contents(&*state.latest().unwrap()).unwrap());
    }
    drop(state);
    let bytes = disk.bytes();
    let mut random = fastrand::Rng::with_seed(3);
    let mut counts = [0; 3];
    // Every byte where the library keeps what leads to everything else, and some of the others.
    let others: Vec<usize> = (0..700).map(|_| random.usize(512..bytes.len())).collect();
    for at in (0..512).chain(others) {
        let mut harmed = bytes.clone();
        harmed[at] ^= 1 << random.u8(0..8);
        match read(&Disk::of(harmed)) {
            Ok(found) if found == whole[3] => counts[0] += 1,
            // The position tells: the journal begins after it, or still has the frames.
            Ok(found) => {
                let older = &whole[found.position as usize];
                assert!(found == *older && found.position < 3, "byte {at}");
                counts[1] += 1;
            }
            Err(error) => {
                assert!(matches!(error.code(), "damaged" | "format"), "byte {at}: {error}");
                counts[2] += 1;
            }
        }
    }
    println!(
        "{} bytes; changes: {} harmless, {} an older checkpoint, {} found",
        bytes.len(),
        counts[0],
        counts[1],
        counts[2]
    );
    assert!(counts[0] > 20 && counts[2] > 20, "{counts:?}");
}

#[test]
fn a_cut_file_is_found_or_gives_a_whole_checkpoint() {
    let disk = Disk::default();
    let state = on(&disk).unwrap();
    commit(&state, 1, 1).unwrap();
    let whole = contents(&*state.latest().unwrap()).unwrap();
    drop(state);
    let bytes = disk.bytes();
    for part in 1..100 {
        let cut = bytes[..bytes.len() * part / 100].to_vec();
        match read(&Disk::of(cut)) {
            Ok(found) => assert!(found == whole, "{part} %"),
            Err(error) => assert_eq!(error.code(), "damaged", "{part} %: {error}"),
        }
    }
}

type Bytes = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// All rows of a file in its directory, as lines of hex digits.
fn rows(directory: &Path) -> Vec<String> {
    let database = Database::open(directory.join("state.redb")).unwrap();
    let transaction = database.begin_read().unwrap();
    let mut names: Vec<String> =
        transaction.list_tables().unwrap().map(|table| table.name().to_owned()).collect();
    names.sort();
    let mut lines = Vec::new();
    for name in names {
        let table = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(&name)).unwrap();
        for row in table.iter().unwrap() {
            let (key, row) = row.unwrap();
            lines.push(format!("{name} {} {}", hex(key.value()), hex(row.value())));
        }
    }
    lines
}

/// A checkpoint with a row in each table.
fn one_of_each(checkpoints: &dyn Checkpoints) {
    let mut random = fastrand::Rng::with_seed(21);
    let number = WorkspaceNumber(300);
    let mut writer = checkpoints.begin().unwrap();
    writer.put_workspace(number, &workspace(&mut random)).unwrap();
    let segment = segment(&mut random);
    writer.put_segment(number, &segment).unwrap();
    writer.put_series(number, &segment.id, &series(&mut random)).unwrap();
    for creation in 0..6 {
        writer.put_contact(number, &contact(&mut random, creation)).unwrap();
    }
    writer.put_spelling(number, 70_000, "Straße").unwrap();
    writer.put_source(number, "pg", enlist_store::SourcePosition(5, 70_000)).unwrap();
    let webhook =
        ConsumerRecord { acknowledged: 99, unacknowledged_most: 1_000_000, when_full: WhenFull::Refuse };
    writer.put_consumer(number, "webhook", &webhook).unwrap();
    writer.set_position(enlist_store::LogPosition(70_000)).unwrap();
    writer.set_next_workspace(WorkspaceNumber(301)).unwrap();
    writer.set_versions(&Versions::new(1, "2026f", 70_000)).unwrap();
    let segments = vec![(segment.id.clone(), 6, 0xe220_a839_7b1d_cdaf)];
    writer.put_digests(number, &DigestRecord { revision: 5, segments }).unwrap();
    writer.commit().unwrap();
}

#[test]
fn the_rows_of_format_1_are_as_they_were_and_read_as_they_did() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateFile::open(directory.path()).unwrap();
    one_of_each(&state);
    let expected = contents(&*state.latest().unwrap()).unwrap();
    drop(state);
    let golden: Vec<&str> = include_str!("../golden/state_1.txt").lines().collect();
    let written = rows(directory.path());
    assert!(written == golden, "the format is now\n{}", written.join("\n"));
    // The same rows in a file that nothing else has written.
    let other = tempfile::tempdir().unwrap();
    let database = Database::create(other.path().join("state.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    for line in golden {
        let [name, key, row] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let mut table = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(name)).unwrap();
        table.insert(bytes(key).as_slice(), bytes(row).as_slice()).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);
    let state = StateFile::open(other.path()).unwrap();
    assert_eq!(contents(&*state.latest().unwrap()), Ok(expected));
}

/// A checkpoint in a directory of which a row of a table is another row's.
fn with_row_copied(table: Bytes, from: &[u8], to: &[u8]) -> Error {
    let directory = tempfile::tempdir().unwrap();
    one_of_each(&StateFile::open(directory.path()).unwrap());
    let database = Database::open(directory.path().join("state.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut open = transaction.open_table(table).unwrap();
    let row = open.get(from).unwrap().unwrap().value().to_vec();
    open.insert(to, row.as_slice()).unwrap();
    drop(open);
    transaction.commit().unwrap();
    drop(database);
    let state = StateFile::open(directory.path()).unwrap();
    let reader = state.latest().unwrap();
    reader.contacts(WorkspaceNumber(300)).unwrap().find_map(Result::err).unwrap()
}

#[test]
fn a_row_at_the_key_of_another_is_damage() {
    let key = |creation: u64| [300_u64.to_be_bytes(), creation.to_be_bytes()].concat();
    let error = with_row_copied(Bytes::new("contacts"), &key(2), &key(3));
    assert_eq!(error.code(), "damaged");
    assert!(
        error
            .to_string()
            .contains("state.redb is damaged: a row of the table `contacts` has another checksum"),
        "{error}"
    );
}

#[test]
fn a_file_from_before_digests_has_none_and_takes_them() {
    let directory = tempfile::tempdir().unwrap();
    drop(StateFile::open(directory.path()).unwrap());
    let database = Database::open(directory.path().join("state.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    assert!(transaction.delete_table(Bytes::new("digests")).unwrap());
    transaction.commit().unwrap();
    drop(database);
    let state = StateFile::open(directory.path()).unwrap();
    assert_eq!(state.latest().unwrap().digests(WorkspaceNumber(300)), Ok(None));
    assert_eq!(state.latest().unwrap().versions(), Ok(None));
    one_of_each(&state);
    let digests = state.latest().unwrap().digests(WorkspaceNumber(300)).unwrap().unwrap();
    assert_eq!((digests.revision, digests.segments.len()), (5, 1));
}

#[test]
fn a_creation_that_was_cut_short_leaves_an_empty_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("state.redb.new"), b"half of a file").unwrap();
    let state = StateFile::open(directory.path()).unwrap();
    assert_eq!(contents(&*state.latest().unwrap()).unwrap().position, 0);
    assert_eq!(StateFile::open(directory.path()).unwrap_err().code(), "locked");
}

#[test]
fn a_file_that_is_empty_or_has_no_tables_is_damage_and_no_new_beginning() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    fs::write(&path, b"").unwrap();
    assert_eq!(StateFile::open(directory.path()).unwrap_err().code(), "damaged");
    fs::remove_file(&path).unwrap();
    drop(Database::create(&path).unwrap());
    assert_eq!(StateFile::open(directory.path()).unwrap_err().code(), "damaged");
}

#[test]
fn a_newer_format_is_named_and_not_read() {
    let directory = tempfile::tempdir().unwrap();
    drop(StateFile::open(directory.path()).unwrap());
    let database = Database::open(directory.path().join("state.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let row = [&crc32c::crc32c(b"format\x01\x02").to_le_bytes()[..], &[1, 2]].concat();
    transaction.open_table(Bytes::new("meta")).unwrap().insert(&b"format"[..], row.as_slice()).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = StateFile::open(directory.path()).unwrap_err();
    assert_eq!(error, Error::Format { found: 2, known: 1 });
}

#[test]
fn a_disk_that_fails_during_a_large_checkpoint_ends_it_before_the_commit() {
    let disk = Disk::default();
    let state = on(&disk).unwrap();
    let before = contents(&*state.latest().unwrap()).unwrap();
    let mut writer = state.begin().unwrap();
    disk.fail_after(40);
    // More than the library keeps in memory.
    let spelling = "x".repeat(1 << 20);
    let failed = (0..200).find_map(|index| writer.put_spelling(WorkspaceNumber(1), index, &spelling).err());
    let failed = failed.expect("the failure is seen while rows are written");
    assert_eq!(failed.code(), "store_failed");
    assert_eq!(writer.commit(), Err(failed));
    drop(state);
    assert_eq!(read(&disk.after_crash(&mut fastrand::Rng::with_seed(1))), Ok(before));
}
