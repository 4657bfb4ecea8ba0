//! A journal whose frames lead elsewhere than the first time is not opened.

use std::path::Path;

use enlist::{Batch, Instant};
use enlist_store::{Anchor, Frame, FrameBody, Journal, Log, LogPosition, Step, WorkspaceNumber};

use crate::reopening::{copied, opened};
use crate::scene::{named, noon, only, save_segment};

/// Appends a frame that claims to be formed on a state.
fn append(directory: &Path, workspace: WorkspaceNumber, revision: u64, anchor: Anchor) {
    let journal = Journal::open(directory).unwrap();
    let step = Step { revision, formed_at: Instant::MAX, anchor };
    let frame = Frame { workspace, body: FrameBody::Advance { step, to: noon() } };
    journal.append(vec![frame.encode().unwrap()]).unwrap().wait().unwrap();
}

/// The workspace and the revision of the last frame in a journal.
fn last(directory: &Path) -> (WorkspaceNumber, u64) {
    let journal = Journal::open(directory).unwrap();
    let frames = journal.read(LogPosition(0)).unwrap();
    let last = Frame::decode(&frames.last().unwrap().unwrap().1).unwrap();
    (last.workspace, last.body.revision().unwrap())
}

#[test]
fn a_frame_that_was_formed_on_another_state_is_refused_when_the_store_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let crm = enlist.create_workspace("crm").unwrap();
    save_segment(&crm, "a", only("name", "equals", r#""a""#));
    crm.apply((0..5).map(|n| named(&format!("c{n}"), "a")).collect::<Batch>()).unwrap();
    let sequence = crm.subscribe(enlist::SubscribeOptions::all()).position().number();
    let killed = copied(directory.path());
    let (workspace, revision) = last(killed.path());
    let opens = |next: u64, anchor: Anchor| {
        let copy = copied(killed.path());
        append(copy.path(), workspace, next, anchor);
        let builder = enlist::Enlist::builder().workers(1).manual_time();
        builder.open(copy.path()).and_then(enlist::Opening::wait).map(|_| ()).map_err(|error| error.code())
    };
    let reached = Anchor { revision, sequence };
    assert_eq!(opens(revision + 1, reached), Ok(()));
    // An earlier state, which a frame that is formed ahead has.
    assert_eq!(opens(revision + 1, Anchor { revision: 0, sequence: 1 }), Ok(()));
    let elsewhere =
        [Anchor { sequence: sequence + 1, ..reached }, Anchor { sequence: sequence - 1, ..reached }];
    for anchor in elsewhere {
        assert_eq!(opens(revision + 1, anchor), Err("diverged"), "{anchor:?}");
    }
    assert_eq!(opens(revision + 2, reached), Err("diverged"), "a frame is missing");
    assert_eq!(opens(revision, reached), Err("diverged"), "a frame comes twice");
}
