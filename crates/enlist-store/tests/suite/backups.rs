//! Copies of a store: whole, checked, and never there in part.

use std::fs;
use std::path::{Path, PathBuf};

use enlist_store::{
    Backup, Checkpoints, Error, Journal, Log, LogPosition, OutboxRecord, StateFile, WorkspaceNumber,
};
use redb::{Database, Key, TableDefinition};

use crate::checkpoint_samples::{Contents, changes, contents};
use crate::logs::kept;
use crate::outbox::record;
use crate::samples::small;

const NUMBER: WorkspaceNumber = WorkspaceNumber(1);

/// An open store.
pub(crate) struct Opened {
    pub(crate) journal: Journal,
    pub(crate) state: StateFile,
}

/// Everything of a store.
#[derive(Debug, PartialEq)]
pub(crate) struct Everything {
    state: Contents,
    start: LogPosition,
    frames: Vec<(u64, Vec<u8>)>,
    outbox: Vec<OutboxRecord>,
}

impl Opened {
    pub(crate) fn at(directory: &Path) -> Result<Self, Error> {
        Ok(Opened { journal: Journal::open(directory)?, state: StateFile::open(directory)? })
    }

    pub(crate) fn everything(&self) -> Everything {
        Everything {
            state: contents(&*self.state.latest().unwrap()).unwrap(),
            start: self.journal.start(),
            frames: kept(&self.journal).unwrap(),
            outbox: self.journal.outbox(NUMBER).unwrap(),
        }
    }

    /// Keeps something in each table.
    pub(crate) fn fill(&self) {
        for number in 0..40 {
            self.journal.append(vec![small(number), small(number + 100)]).unwrap().wait().unwrap();
        }
        self.journal.keep_outbox(&[(NUMBER, record(1, 1, 5)), (NUMBER, record(2, 6, 3))]).unwrap();
        self.checkpoint(7);
        self.journal.cut(LogPosition(7)).unwrap();
    }

    pub(crate) fn checkpoint(&self, position: u64) {
        let mut writer = self.state.begin().unwrap();
        changes(&mut *writer, position, position).unwrap();
        writer.commit().unwrap();
    }

    fn backup(&self, to: &Path) -> Result<(), Error> {
        Backup::begin(&self.journal, &self.state)?.write(to)
    }
}

fn unfinished(directory: &Path) -> PathBuf {
    directory.join("backup.unfinished")
}

#[test]
fn a_backup_has_every_row_as_of_its_beginning() {
    let root = tempfile::tempdir().unwrap();
    let store = Opened::at(&root.path().join("store")).unwrap();
    store.fill();
    let expected = store.everything();
    let begun = Backup::begin(&store.journal, &store.state).unwrap();
    // What comes later is not in it.
    store.journal.append(vec![small(0)]).unwrap().wait().unwrap();
    store.checkpoint(9);
    store.journal.cut_through(LogPosition(20), &[], &[NUMBER]).unwrap();
    let to = root.path().join("backup");
    begun.write(&to).unwrap();
    assert!(!unfinished(root.path()).exists());
    assert_eq!(Opened::at(&to).unwrap().everything(), expected);
    assert!(store.everything() != expected);
}

#[test]
fn a_backup_that_lost_its_last_frames_is_damaged() {
    let root = tempfile::tempdir().unwrap();
    let store = Opened::at(&root.path().join("store")).unwrap();
    store.fill();
    let (early, late) = (root.path().join("early"), root.path().join("late"));
    store.backup(&early).unwrap();
    store.journal.append(vec![small(0)]).unwrap().wait().unwrap();
    store.backup(&late).unwrap();
    fs::copy(early.join("journal.redb"), late.join("journal.redb")).unwrap();
    assert_eq!(Journal::open(&late).unwrap_err().code(), "damaged");
    // A crash before there was a journal.
    fs::remove_file(late.join("journal.redb")).unwrap();
    assert_eq!(Journal::open(&late).unwrap_err().code(), "damaged");
}

#[test]
fn what_a_crash_left_of_a_backup_is_replaced() {
    let root = tempfile::tempdir().unwrap();
    let store = Opened::at(&root.path().join("store")).unwrap();
    store.fill();
    let left = unfinished(root.path());
    fs::create_dir(&left).unwrap();
    for name in ["mark", "journal.redb", "journal.redb.new", "state.redb"] {
        fs::write(left.join(name), "half").unwrap();
    }
    let to = root.path().join("backup");
    store.backup(&to).unwrap();
    assert_eq!(Opened::at(&to).unwrap().everything(), store.everything());
    assert!(!left.exists() && !to.join("journal.redb.new").exists());
    // A backup that is under way is not disturbed.
    fs::remove_dir_all(&to).unwrap();
    fs::create_dir(&left).unwrap();
    let mark = fs::File::create(left.join("mark")).unwrap();
    mark.lock().unwrap();
    assert_eq!(store.backup(&to).unwrap_err().code(), "locked");
    assert!(left.join("mark").exists() && !to.exists());
}

/// Puts a row without a good checksum into a file that nobody has open.
fn harm<K: Key + 'static>(
    directory: &Path,
    file: &str,
    table: TableDefinition<'_, K, &'static [u8]>,
    key: K::SelfType<'_>,
) {
    let database = Database::open(directory.join(file)).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert(key, &[1, 2, 3, 4, 5][..]).unwrap();
    transaction.commit().unwrap();
}

/// A file, and what is done to it.
type Harm<'a> = (&'a str, &'a dyn Fn(&Path));

#[test]
fn a_damaged_row_ends_a_backup_and_nothing_is_left_of_it() {
    let bytes = TableDefinition::<&[u8], &[u8]>::new;
    let harms: [Harm<'_>; 5] = [
        ("state.redb", &|of| harm(of, "state.redb", bytes("contacts"), &[0; 16])),
        ("state.redb", &|of| harm(of, "state.redb", bytes("consumers"), &[0; 16])),
        ("state.redb", &|of| harm(of, "state.redb", bytes("of_the_future"), &[0; 16])),
        ("journal.redb", &|of| harm(of, "journal.redb", TableDefinition::<u64, _>::new("journal"), 30)),
        ("journal.redb", &|of| {
            harm(of, "journal.redb", TableDefinition::<(u64, u64), _>::new("outbox"), (1, 6));
        }),
    ];
    for (file, harm) in harms {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("store");
        Opened::at(&directory).unwrap().fill();
        harm(&directory);
        let store = Opened::at(&directory).unwrap();
        let Err(Error::Damaged { file: named, what }) = store.backup(&root.path().join("backup")) else {
            panic!("a damaged row of {file} was copied");
        };
        assert_eq!(named, directory.join(file), "{what}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "{what}");
    }
}

/// Copies the files of a directory, as a crash would leave them.
fn crashed(directory: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

#[test]
fn new_files_take_over_one_after_the_other_and_a_crash_at_any_moment_leaves_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = Opened::at(directory.path()).unwrap();
    store.fill();
    let before = store.everything();
    let dropped = (NUMBER, LogPosition(20));
    let is_needed = |number, at: LogPosition| (number, at) != dropped;
    let reads = |directory: &Path| Opened::at(directory).unwrap().everything();

    let state = store.state.rewrite().unwrap();
    let journal = store.journal.rewrite(is_needed).unwrap();
    assert_eq!(reads(crashed(directory.path()).path()), before);
    state.take_over().unwrap();
    assert_eq!(reads(crashed(directory.path()).path()), before);
    // It waits as long as the new file has not taken over.
    let ticket = store.journal.append(vec![small(900)]).unwrap();
    journal.take_over().unwrap();
    assert_eq!(ticket.wait(), Ok(LogPosition(80)));

    let after = store.everything();
    assert_eq!((&after.state, after.start, &after.outbox), (&before.state, before.start, &Vec::new()));
    assert_eq!(after.frames.len(), before.frames.len() + 1);
    for (one, other) in after.frames.iter().zip(&before.frames) {
        let is_blank = one.0 == 20 && enlist_store::Frame::decode(&other.1).unwrap().workspace == NUMBER;
        assert_eq!(one == other, !is_blank, "the frame at {}", one.0);
    }
    // Both files are written to, read, and locked as before.
    store.checkpoint(30);
    store.journal.cut(LogPosition(30)).unwrap();
    assert_eq!(reads(crashed(directory.path()).path()), store.everything());
    let bytes = store.journal.bytes();
    assert!(Journal::open(directory.path()).is_err());
    drop(store);
    let store = Opened::at(directory.path()).unwrap();
    assert_eq!((store.journal.start(), store.journal.bytes()), (LogPosition(30), bytes));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
}

#[test]
fn new_files_that_do_not_take_over_leave_everything_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let store = Opened::at(directory.path()).unwrap();
    store.fill();
    let before = store.everything();
    drop(store.state.rewrite().unwrap());
    drop(store.journal.rewrite(|_, _| false).unwrap());
    assert_eq!(store.everything(), before);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
    store.journal.append(vec![small(0)]).unwrap().wait().unwrap();
}

#[test]
fn a_store_that_is_opened_without_writing_takes_everything_into_memory() {
    let directory = tempfile::tempdir().unwrap();
    let store = Opened::at(directory.path()).unwrap();
    store.fill();
    let expected = store.everything();
    let killed = crashed(directory.path());
    let bytes =
        || ["journal.redb", "state.redb", "mark"].map(|name| fs::read(killed.path().join(name)).unwrap());
    let before = bytes();
    {
        let journal = Journal::open_unwritten(killed.path()).unwrap();
        let state = StateFile::open_unwritten(killed.path()).unwrap();
        assert_eq!(Journal::open(killed.path()).unwrap_err().code(), "locked");
        let unwritten = Opened { journal, state };
        assert_eq!(unwritten.everything(), expected);
        unwritten.journal.append(vec![small(1)]).unwrap().wait().unwrap();
        unwritten.checkpoint(11);
        unwritten.journal.cut(LogPosition(11)).unwrap();
        assert_eq!(unwritten.everything().start, LogPosition(11));
        let checked = enlist_store::check_rows(&unwritten.journal, &unwritten.state, |_| ()).unwrap();
        assert_eq!(checked.frames, 81 - 11);
    }
    assert!(bytes() == before);
    assert_eq!(Opened::at(killed.path()).unwrap().everything(), expected);
}
