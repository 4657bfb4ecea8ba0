//! A store that an earlier version wrote: it opens, with everything in it.
//!
//! It was killed: a part of its events is in the checkpoint, a part in the journal, a part in a tail, and a consumer has items to
//! come. When the format changes, its number rises, and a store of the new format is added beside the old ones:
//! `ENLIST_TEST_WRITE_STORE=DIRECTORY cargo test -p enlist --test suite golden_store` writes one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use enlist::{ConsumerOptions, Durability, Enlist, Published, SegmentDefinition, TestClock, Workspace};
use enlist_sim::{Profile, Workload};

use crate::reopening::{batches, copied};
use crate::scene::noon;

/// The store of each format that there was.
const FORMATS: [&str; 1] = ["store_1"];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn opened(directory: &Path) -> Enlist {
    // Time-zone data and Unicode go on, and then the frames are executed as they say now.
    let builder = Enlist::builder().workers(1).clock(TestClock::new(noon())).manual_time().accept_gap();
    let never = Durability::Buffered { sync_every: Duration::from_secs(3_600) };
    builder.durability(never).open(directory).unwrap().wait().unwrap()
}

/// What the workspace says, as events and counts, and what its consumer hears. In words of the contract, which stay.
fn said(workspace: &Workspace) -> String {
    let mut exported = Vec::new();
    workspace.export(&mut exported).unwrap();
    let mut lines: Vec<String> = String::from_utf8(exported).unwrap().lines().map(str::to_owned).collect();
    lines.extend(workspace.read(|view| {
        let count = |segment: &SegmentDefinition| {
            format!("{}: {}", segment.id(), view.count(segment.id().as_str()).unwrap())
        };
        view.segments().map(count).collect::<Vec<_>>()
    }));
    let mut consumer = workspace.consumer("out", ConsumerOptions::new()).unwrap();
    lines.extend(std::iter::from_fn(|| consumer.try_next()).map(|item| item_in_json(&item)));
    lines.join("\n") + "\n"
}

fn item_in_json(item: &Published) -> String {
    let written = match item {
        Published::Transition(transition) => serde_json::to_string(&transition.to_transition()),
        Published::Notice(notice) => serde_json::to_string(notice.notice()),
        Published::Gap(gap) => serde_json::to_string(&gap.until.number()),
    };
    format!("{} {}", item.sequence().number(), written.unwrap())
}

/// Writes a store into a directory of files, and what it says beside it.
fn write(to: &Path) {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path());
    let crm = enlist.create_workspace("crm").unwrap();
    let mut consumer = crm.consumer("out", ConsumerOptions::new()).unwrap();
    let script = Workload::script(11, Profile::default(), 120);
    let batches = batches(&script, &mut fastrand::Rng::with_seed(11));
    let third = batches.len() / 3;
    for (at, batch) in batches.into_iter().enumerate() {
        crm.apply(batch).unwrap();
        if at == third / 2 {
            let heard = consumer.try_next().unwrap().sequence();
            consumer.acknowledge(heard);
        }
        if at == third || at == 2 * third {
            enlist.checkpoint().unwrap();
        }
    }
    let killed = copied(directory.path());
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(killed.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    let said = said(&opened(killed.path()).workspace("crm").unwrap());
    std::fs::write(to.with_extension("txt"), said).unwrap();
}

#[test]
fn a_store_of_each_format_that_there_was_opens_and_says_what_it_said() {
    if let Some(to) = std::env::var_os("ENLIST_TEST_WRITE_STORE") {
        return write(Path::new(&to));
    }
    for format in FORMATS {
        let store = copied(&golden(format));
        let enlist = opened(store.path());
        let expected = std::fs::read_to_string(golden(format).with_extension("txt")).unwrap();
        let found = said(&enlist.workspace("crm").unwrap());
        assert!(found == expected, "{format} says now\n{found}");
    }
}
