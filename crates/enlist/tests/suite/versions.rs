//! A store that was written with other versions of what results depend on: compared after a clean end, refused or accepted otherwise.

use std::path::Path;

use enlist::{
    ChangedWorkspace, Enlist, Error, Instant, Published, SegmentId, Sequence, SubscribeOptions, TestClock,
    Workspace,
};
use enlist_store::{
    Anchor, CheckpointReader, Checkpoints, DigestRecord, Frame, FrameBody, Journal, Log, StateFile, Step,
    Versions, WorkspaceNumber,
};

use crate::reopening::{assert_same, copied, opened, state_of};
use crate::scene::{named, noon, only, save_segment};

/// What a store has to say before it is opened again.
struct Kept {
    next: Sequence,
    /// The same of `x`.
    next_of_x: Sequence,
    state: Vec<String>,
}

/// Writes a store with the workspaces `w` and `x` of two segments each, and returns what to expect of `w`.
fn write(directory: &Path) -> (Enlist, Kept) {
    let enlist = opened(directory, 1);
    for id in ["w", "x"] {
        let workspace = enlist.create_workspace(id).unwrap();
        save_segment(&workspace, "a", only("name", "equals", r#""a""#));
        save_segment(&workspace, "b", only("name", "equals", r#""b""#));
        let events = ["c1", "c2", "c3"].map(|contact| named(contact, "a"));
        workspace.apply(events.into_iter().collect::<enlist::Batch>()).unwrap();
    }
    let workspace = enlist.workspace("w").unwrap();
    let next_of = |workspace: &Workspace| workspace.subscribe(SubscribeOptions::all()).position();
    let (next, next_of_x) = (next_of(&workspace), next_of(&enlist.workspace("x").unwrap()));
    let state = state_of(&workspace);
    (enlist, Kept { next, next_of_x, state })
}

/// Changes what a closed store says about itself.
fn change(directory: &Path, versions: Option<Versions>, digest: Option<u64>) {
    let state = StateFile::open(directory).unwrap();
    let number = WorkspaceNumber(0);
    let digests = state.latest().unwrap().digests(number).unwrap();
    let mut writer = state.begin().unwrap();
    if let Some(versions) = versions {
        writer.set_versions(&versions).unwrap();
    }
    if let (Some(digest), Some(mut record)) = (digest, digests) {
        record.segments[0].2 ^= digest;
        writer.put_digests(number, &record).unwrap();
    }
    writer.commit().unwrap();
}

fn other() -> Versions {
    Versions::new(999, "1970a", 1)
}

fn versions(directory: &Path) -> Versions {
    StateFile::open(directory).unwrap().latest().unwrap().versions().unwrap().unwrap()
}

/// The first item of a subscriber that resumes.
fn resumed(workspace: &Workspace, from: Sequence) -> Option<Published> {
    workspace.subscribe(SubscribeOptions::all().resume_from(from)).try_next()
}

fn changed(enlist: &Enlist) -> Vec<(String, Vec<String>)> {
    let shown = |each: ChangedWorkspace| {
        let segments = each.segments.iter().map(SegmentId::as_str).map(str::to_owned).collect();
        (each.workspace.as_str().to_owned(), segments)
    };
    enlist.open_report().changed.into_iter().map(shown).collect()
}

fn names(workspace: &str, segments: &[&str]) -> (String, Vec<String>) {
    (workspace.to_owned(), segments.iter().map(|segment| (*segment).to_owned()).collect())
}

fn digests(directory: &Path) -> Vec<DigestRecord> {
    let state = StateFile::open(directory).unwrap();
    let reader: Box<dyn CheckpointReader + '_> = state.latest().unwrap();
    (0..2).map(|number| reader.digests(WorkspaceNumber(number)).unwrap().unwrap()).collect()
}

#[test]
fn a_clean_end_keeps_digests_that_do_not_depend_on_partitions() {
    let directory = tempfile::tempdir().unwrap();
    drop(write(directory.path()));
    let kept = digests(directory.path());
    assert_eq!(kept[0].segments.iter().map(|each| each.1).collect::<Vec<_>>(), [3, 0]);
    assert_eq!(kept[0].segments[1].2, 0);
    let enlist = opened(directory.path(), 3);
    assert_eq!(changed(&enlist), []);
    enlist.workspace("x").unwrap().contact("c4").set("name", "b").save().unwrap();
    drop(enlist);
    let now = digests(directory.path());
    assert_eq!((&now[0], now[1].segments[1].1), (&kept[0], 1));
}

#[test]
fn other_versions_with_the_same_members_after_a_clean_end_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (enlist, kept) = write(directory.path());
    drop(enlist);
    let own = versions(directory.path());
    change(directory.path(), Some(other()), None);
    let enlist = opened(directory.path(), 2);
    assert_eq!(changed(&enlist), []);
    let workspace = enlist.workspace("w").unwrap();
    assert!(resumed(&workspace, kept.next).is_none());
    assert_same(&state_of(&workspace), &kept.state, "w");
    // The versions are those of this process before it writes anything.
    let killed = copied(directory.path());
    assert_eq!(versions(killed.path()), own);
    workspace.contact("c9").save().unwrap();
    let killed = copied(directory.path());
    assert_eq!(changed(&opened(killed.path(), 1)), []);
}

#[test]
fn segments_that_hold_others_after_a_clean_end_are_named_and_subscribers_get_a_gap() {
    for versions in [None, Some(other())] {
        let directory = tempfile::tempdir().unwrap();
        let (enlist, kept) = write(directory.path());
        let revision = enlist.workspace("w").unwrap().read(|view| view.revision());
        drop(enlist);
        change(directory.path(), versions.clone(), Some(1));
        let enlist = opened(directory.path(), 2);
        assert_eq!(changed(&enlist), [names("w", &["a"])]);
        let workspace = enlist.workspace("w").unwrap();
        let Some(Published::Gap(gap)) = resumed(&workspace, kept.next) else { panic!("a gap is published") };
        assert_eq!((gap.from, gap.until), (kept.next, kept.next.next()));
        assert_eq!(gap.revision, revision.next());
        assert!(resumed(&enlist.workspace("x").unwrap(), kept.next_of_x).is_none());
        // Killed, it publishes the same to those who come then, and it needs no other permission.
        let killed = copied(directory.path());
        let again = opened(killed.path(), 1);
        let workspace = again.workspace("w").unwrap();
        assert!(matches!(resumed(&workspace, kept.next), Some(Published::Gap(_))));
        drop((workspace, again));
        // Closed and opened again, nothing differs any more.
        assert_eq!(changed(&opened(killed.path(), 1)), []);
    }
}

#[test]
fn other_versions_after_an_unclean_end_are_refused_unless_a_gap_is_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let (enlist, kept) = write(directory.path());
    let killed = copied(directory.path());
    drop(enlist);
    let own = versions(directory.path());
    change(killed.path(), Some(other()), None);
    for _ in 0..2 {
        let refused = Enlist::builder().open(killed.path()).unwrap_err();
        assert_eq!(refused, Error::OtherVersions { found: other(), own: own.clone() });
    }
    let builder = || Enlist::builder().workers(1).clock(TestClock::new(noon())).manual_time().accept_gap();
    let enlist = builder().open(killed.path()).unwrap().wait().unwrap();
    assert_eq!(changed(&enlist), [names("w", &["a", "b"]), names("x", &["a", "b"])]);
    let workspace = enlist.workspace("w").unwrap();
    let Some(Published::Gap(gap)) = resumed(&workspace, kept.next) else { panic!("a gap is published") };
    assert!(gap.until.number() >= kept.next.number() + (1 << 32));
    assert_eq!(workspace.count("a").unwrap(), 3);
    workspace.contact("c4").set("name", "b").save().unwrap();
    // From the checkpoint on the store is of this process.
    let killed = copied(killed.path());
    let again = opened(killed.path(), 2);
    assert_eq!(again.workspace("w").unwrap().count("b").unwrap(), 1);
    assert_eq!(changed(&again), []);
}

/// Adds a frame to a store that was formed where its sequences had gone further.
fn diverge(directory: &Path, revision: u64) {
    let journal = Journal::open(directory).unwrap();
    let anchor = Anchor { revision, sequence: 1_000 };
    let to = Instant::parse("2026-11-24T00:00:00Z").unwrap();
    let body = FrameBody::Advance { step: Step { revision: revision + 1, formed_at: to, anchor }, to };
    let frame = Frame { workspace: WorkspaceNumber(0), body };
    journal.append(vec![frame.encode().unwrap()]).unwrap().wait().unwrap();
}

#[test]
fn frames_that_lead_elsewhere_are_refused_unless_a_gap_is_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let (enlist, kept) = write(directory.path());
    let revision = enlist.workspace("w").unwrap().read(|view| view.revision()).number();
    drop(enlist);
    diverge(directory.path(), revision);
    let refused = Enlist::builder().open(directory.path()).unwrap().wait().unwrap_err();
    assert_eq!(refused.code(), "diverged");
    let builder = Enlist::builder().workers(1).clock(TestClock::new(noon())).manual_time().accept_gap();
    let enlist = builder.open(directory.path()).unwrap().wait().unwrap();
    assert_eq!(changed(&enlist), [names("w", &["a", "b"])]);
    let workspace = enlist.workspace("w").unwrap();
    let Some(Published::Gap(gap)) = resumed(&workspace, kept.next) else { panic!("a gap is published") };
    assert!(gap.until.number() >= 1_000 + (1 << 32));
    assert!(resumed(&enlist.workspace("x").unwrap(), kept.next_of_x).is_none());
    let killed = copied(directory.path());
    assert_eq!(changed(&opened(killed.path(), 1)), []);
}
