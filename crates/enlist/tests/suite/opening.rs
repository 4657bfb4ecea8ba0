//! Opening a store while the host goes on: what is open serves, what is not says so, and a caller that gives up gets the files back.

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use enlist::{Enlist, EnlistBuilder, Error, Opening, OpeningStage, TestClock, WorkspaceSettings};

use crate::reopening::{copied, opened};
use crate::scene::noon;

/// A store with the workspaces `a` and `b` of 3 and 5 contacts, each of them in rows and in frames.
fn store() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    let workspaces = ["a", "b"].map(|id| enlist.create_workspace(id).unwrap());
    let save = |contact: &str| workspaces.each_ref().map(|each| each.contact(contact).save().unwrap());
    ["one", "two"].map(save);
    enlist.checkpoint().unwrap();
    save("three");
    ["four", "five"].map(|contact| workspaces[1].contact(contact).save().unwrap());
    copied(directory.path())
}

fn builder(workers: usize) -> EnlistBuilder {
    Enlist::builder().workers(workers).clock(TestClock::new(noon())).manual_time()
}

/// Begins to open a store and holds back its workspace `b` until the sender sends or is dropped.
fn held(directory: &Path) -> (Opening, mpsc::Sender<()>) {
    let (release, released) = mpsc::channel();
    let released = Mutex::new(released);
    let partitions = move |id: &enlist::WorkspaceId, _: &WorkspaceSettings| {
        if id.as_str() == "b" {
            let _ = released.lock().unwrap().recv();
        }
        1
    };
    (builder(2).partitions_of(partitions).open(directory).unwrap(), release)
}

fn contacts(enlist: &Enlist, id: &str) -> u64 {
    enlist.workspace(id).unwrap().read(|view| view.contact_count()).unwrap()
}

/// The progress of the two workspaces.
fn stages(opening: &Opening) -> Vec<(OpeningStage, u64, u64)> {
    opening.progress().workspaces.into_iter().map(|each| (each.stage, each.done, each.of)).collect()
}

#[test]
fn a_workspace_that_is_open_serves_while_another_is_not_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let enlist = opened(directory.path(), 1);
    for id in ["a", "b"] {
        enlist.create_workspace(id).unwrap().contact("one").save().unwrap();
    }
    drop(enlist);
    let (opening, release) = held(directory.path());
    let enlist = opening.enlist();
    while opening.progress().done == 0 {
        thread::yield_now();
    }
    let a = enlist.find_workspace("a").unwrap().unwrap();
    a.contact("two").save().unwrap();
    assert_eq!(stages(&opening), [(OpeningStage::Open, 0, 0), (OpeningStage::Reading, 0, 1)]);
    let not_yet = Error::Opening { done: 1, of: 2 };
    assert_eq!(enlist.find_workspace("b").unwrap_err(), not_yet);
    assert!(enlist.workspace("b").is_none() && enlist.find_workspace("c").unwrap().is_none());
    assert_eq!(enlist.workspaces().iter().map(enlist::WorkspaceId::as_str).collect::<Vec<_>>(), ["a", "b"]);
    for id in ["a", "b", "c"] {
        assert_eq!(enlist.create_workspace(id).unwrap_err(), not_yet, "{id}");
        assert_eq!(enlist.drop_workspace(id).unwrap_err(), not_yet, "{id}");
    }
    assert_eq!(enlist.checkpoint().unwrap_err(), not_yet);
    release.send(()).unwrap();
    drop(opening.wait().unwrap());
    assert_eq!((contacts(&enlist, "a"), contacts(&enlist, "b")), (2, 1));
    enlist.create_workspace("c").unwrap();
    drop((a, enlist));
    let enlist = opened(directory.path(), 2);
    assert_eq!((contacts(&enlist, "a"), contacts(&enlist, "b"), contacts(&enlist, "c")), (2, 1, 0));
}

#[test]
fn progress_counts_frames_and_a_workspace_opens_after_its_last_one() {
    let directory = store();
    let (opening, release) = held(directory.path());
    while stages(&opening)[0] != (OpeningStage::Replaying, 0, 1) {
        thread::yield_now();
    }
    assert_eq!(stages(&opening)[1].0, OpeningStage::Reading);
    release.send(()).unwrap();
    let progress = opening.enlist();
    let enlist = opening.wait().unwrap();
    assert_eq!((contacts(&enlist, "a"), contacts(&progress, "b")), (3, 5));
}

#[test]
fn dropping_an_opening_stops_it_and_releases_the_files() {
    let directory = store();
    let (opening, release) = held(directory.path());
    let enlist = opening.enlist();
    thread::scope(|scope| {
        scope.spawn(move || drop(opening));
        thread::sleep(Duration::from_millis(50));
        // Perhaps it has ended before it came to `b`.
        let _ = release.send(());
    });
    assert_eq!(enlist.create_workspace("c").unwrap_err().code(), "closed");
    let again = opened(directory.path(), 1);
    assert_eq!((contacts(&again, "a"), contacts(&again, "b")), (3, 5));
}

#[test]
fn an_opening_that_is_dropped_by_the_thread_that_opens_restores_no_more() {
    let directory = store();
    let opening: Arc<Mutex<Option<Opening>>> = Arc::default();
    let (begun, asked) = (Arc::clone(&opening), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&asked);
    let partitions = move |id: &enlist::WorkspaceId, _: &WorkspaceSettings| {
        seen.lock().unwrap().push(id.as_str().to_owned());
        let mut begun = begun.lock().unwrap();
        drop(begun.take());
        1
    };
    let mut guard = opening.lock().unwrap();
    *guard = Some(builder(1).partitions_of(partitions).open(directory.path()).unwrap());
    drop(guard);
    let again = loop {
        match builder(1).open(directory.path()).and_then(Opening::wait) {
            Ok(enlist) => break enlist,
            Err(error) => assert_eq!(error.code(), "locked"),
        }
    };
    assert_eq!(*asked.lock().unwrap(), ["a"]);
    assert_eq!((contacts(&again, "a"), contacts(&again, "b")), (3, 5));
}

#[test]
fn an_error_ends_the_opening_and_releases_the_files() {
    let directory = store();
    let opening = builder(2).partitions_of(|_, _| 0).open(directory.path()).unwrap();
    let enlist = opening.enlist();
    assert_eq!(opening.wait().unwrap_err().code(), "wrong_partitions");
    assert_eq!(enlist.find_workspace("a").unwrap_err().code(), "wrong_partitions");
    let again = opened(directory.path(), 1);
    assert_eq!((contacts(&again, "a"), contacts(&again, "b")), (3, 5));
}

#[test]
fn shutting_down_while_a_store_is_opened_loses_nothing() {
    let directory = store();
    let (opening, release) = held(directory.path());
    drop(release);
    opening.enlist().shutdown();
    // Whichever came first.
    if let Err(error) = opening.wait() {
        assert_eq!(error.code(), "closed");
    }
    let again = opened(directory.path(), 1);
    assert_eq!((contacts(&again, "a"), contacts(&again, "b")), (3, 5));
}
