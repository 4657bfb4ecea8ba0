//! A partition that panics in a workspace of a store: what the panic refused is kept, and not executed again when the store is opened.

use crate::batch::Batch;
use crate::handles::enlist::Enlist;
use crate::handles::subscription::SubscribeOptions;
use crate::handles::workspace::Workspace;
use crate::partition::fault;
use crate::settings::WorkspaceSettings;
use crate::tests::failures::{named, noon, silence_planted_panics};
use crate::threads::clock::TestClock;

fn opened(directory: &std::path::Path) -> Enlist {
    Enlist::builder()
        .workers(2)
        .clock(TestClock::new(noon()))
        .manual_time()
        .open(directory)
        .unwrap()
        .wait()
        .unwrap()
}

/// What a copy of the store's files gives: the state after a kill.
fn killed(directory: &std::path::Path) -> (tempfile::TempDir, Enlist) {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(directory).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let enlist = opened(copy.path());
    (copy, enlist)
}

fn contacts(workspace: &Workspace) -> u64 {
    workspace.read(|view| view.contact_count()).unwrap()
}

#[test]
fn what_a_panic_refused_is_refused_again_and_the_partition_serves() {
    silence_planted_panics();
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path());
    let settings = WorkspaceSettings::default().with_partitions(3);
    let workspace = enlist.create_workspace_with("w", settings).unwrap();
    let events = ["c1", "c2", fault::SAVED, "c3"].map(|contact| named(contact, "a"));
    let receipt = workspace.apply(Batch::from(events.to_vec())).unwrap();
    assert!(receipt.refused.iter().any(|refused| refused.index == 2), "{receipt:?}");
    let (applied, revision) = (receipt.applied as u64, receipt.revision);

    let (_copy, reopened) = killed(directory.path());
    let kept = reopened.workspace("w").unwrap();
    // The partition was rebuilt, which takes a revision.
    assert_eq!((contacts(&kept), kept.read(|view| view.revision())), (applied, revision.next()));
    assert_eq!(kept.stats().failed_partitions, 0);
    let receipt = kept.apply(Batch::from(named("c9", "a"))).unwrap();
    assert_eq!((receipt.applied, receipt.revision), (1, revision.next().next()));
}

#[test]
fn the_gap_of_a_rebuild_has_the_same_sequence_after_a_restart() {
    silence_planted_panics();
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path());
    let workspace = enlist.create_workspace("w").unwrap();
    let _ = workspace.apply(Batch::from(vec![named("c1", "a"), named(fault::SAVED, "a")])).unwrap();
    let rebuilt = workspace.rebuild_partition(0).unwrap();
    let position = workspace.subscribe(SubscribeOptions::all()).position();
    let _ = workspace.apply(Batch::from(named("c2", "a"))).unwrap();

    let (_copy, reopened) = killed(directory.path());
    let kept = reopened.workspace("w").unwrap();
    assert_eq!(kept.read(|view| view.revision()), rebuilt.next());
    assert_eq!(kept.subscribe(SubscribeOptions::all()).position(), position);
    assert_eq!((contacts(&kept), kept.read(|view| view.verify()).unwrap()), (2, Vec::new()));
}

#[test]
fn a_failed_partition_is_neither_exported_nor_erased_until_it_is_rebuilt() {
    silence_planted_panics();
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path());
    let workspace = enlist.create_workspace("w").unwrap();
    let _ = workspace.apply(Batch::from(vec![named("c1", "a"), named(fault::SAVED, "a")])).unwrap();
    let mut lines = Vec::new();
    assert_eq!(workspace.export(&mut lines).unwrap_err().code(), "partition_failed");
    assert!(lines.is_empty());
    assert_eq!(enlist.erase().unwrap_err().code(), "partition_failed");
    let _ = workspace.rebuild_partition(0).unwrap();
    enlist.erase().unwrap();
    assert!(workspace.export(&mut lines).unwrap().contacts >= 1);
    let (_copy, reopened) = killed(directory.path());
    assert_eq!(contacts(&reopened.workspace("w").unwrap()), contacts(&workspace));
}
