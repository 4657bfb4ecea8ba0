//! A thread within a read can read again while a writer waits; a call that would wait for the writer returns an error at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use enlist::{Enlist, Error, TestClock, Workspace};

use crate::scene::{at, ends, named, noon, only, save_segment, until};
use crate::subject::partitioned;

fn members() -> Workspace {
    let workspace = partitioned(2);
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    workspace.apply_event(named("c", "a")).unwrap();
    workspace
}

/// Submits a batch and returns when a worker waits for the write lock.
fn submit_and_let_wait(workspace: &Workspace) -> enlist::Ticket<Result<enlist::Receipt, Error>> {
    let ticket = workspace.submit(vec![named("d", "a")]).unwrap();
    until("a worker takes the batch", || workspace.stats().queued_events == 0);
    thread::sleep(Duration::from_millis(20));
    ticket
}

#[test]
fn every_read_works_within_a_read_while_a_writer_waits() {
    let workspace = members();
    let inner = workspace.clone();
    let (found, ticket) = ends("the read", move || {
        inner.read(|view| {
            let ticket = submit_and_let_wait(&inner);
            let revision = view.revision();
            let nested = inner.read(|nested| {
                let deeper = inner.read_at(revision, |deeper| deeper.count("a").unwrap()).unwrap();
                (nested.revision(), nested.count("a").unwrap(), deeper)
            });
            let segment = inner.segment("a").unwrap();
            let frozen = segment.freeze().unwrap().batches(7).flatten().count();
            let preview = segment.preview(only("name", "is_not_empty", "null")).unwrap().count;
            assert!(inner.contains("a", "c").unwrap() && inner.explain("a", "c").unwrap().is_member);
            assert_eq!((inner.stats().revision, inner.failed_partitions()), (revision, vec![]));
            ((revision, nested, frozen, preview), ticket)
        })
    });
    let (revision, nested, frozen, preview) = found;
    assert_eq!((nested, frozen, preview), ((revision, 1, 1), 1, 1));
    assert_eq!(ticket.wait().unwrap().applied, 1);
    assert_eq!(workspace.count("a").unwrap(), 2);
}

#[test]
fn a_call_that_would_wait_for_a_batch_within_a_read_is_refused_at_once() {
    let workspace = members();
    let inner = workspace.clone();
    ends("the read", move || {
        inner.read(|_| {
            let is_inside =
                |error: Error| matches!(error, Error::InsideRead { workspace } if workspace == *inner.id());
            assert!(is_inside(inner.apply_event(named("d", "a")).unwrap_err()));
            assert!(is_inside(inner.apply(vec![named("d", "a")]).unwrap_err()));
            assert!(is_inside(inner.advance(crate::scene::noon()).unwrap_err()));
            assert!(is_inside(inner.rebuild_partition(0).unwrap_err()));
            let segment = inner.segment("b").unwrap();
            assert!(is_inside(segment.save("b", only("name", "is_empty", "null")).unwrap_err()));
            assert!(is_inside(segment.delete().unwrap_err()));
            // Calls that wait for nothing work.
            inner.submit(vec![named("e", "a")]).unwrap();
            inner.try_submit(vec![named("f", "a")]).unwrap();
        });
        // After the read, writes are accepted again, even if the read panicked.
        let panicked =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| inner.read(|_| panic!("in a read"))));
        assert!(panicked.is_err());
        inner.apply_event(named("d", "a")).unwrap();
    });
    until("what was submitted is applied", || workspace.count("a").unwrap() == 4);
}

#[test]
fn what_ends_a_workspace_or_lets_time_pass_does_not_wait_within_a_read() {
    let works: [fn(&Enlist, &TestClock); 3] = [
        |enlist, clock| {
            clock.set(at("2026-11-24T12:00:00Z"));
            enlist.tick();
        },
        |enlist, _| assert!(enlist.drop_workspace("w").unwrap()),
        |enlist, _| enlist.shutdown(),
    ];
    for work in works {
        let clock = TestClock::new(noon());
        let enlist = Enlist::builder().workers(1).clock(clock.clone()).build().unwrap();
        let workspace = enlist.create_workspace("w").unwrap();
        save_segment(&workspace, "a", only("created_at", "is_today", "null"));
        let ticket = ends("the read", move || {
            workspace.read(|_| {
                let ticket = submit_and_let_wait(&workspace);
                work(&enlist, &clock);
                ticket
            })
        });
        assert_eq!(ticket.wait().unwrap().applied, 1);
    }
}

#[test]
fn a_read_of_one_workspace_may_write_to_another() {
    let (one, other) = (members(), members());
    one.read(|_| other.apply_event(named("d", "a"))).unwrap();
    assert_eq!(other.count("a").unwrap(), 2);
}

#[test]
fn try_read_returns_its_closure_while_a_batch_is_applied() {
    let workspace = members();
    assert_eq!(workspace.try_read(|view| view.count("a").unwrap()).ok(), Some(1));
    // A batch of this size takes long enough for a read to find it running.
    let contacts = (0..20_000).map(|number| named(&format!("c{number}"), "b"));
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = {
        let (workspace, is_over) = (workspace.clone(), Arc::clone(&is_over));
        let batch: Vec<_> = contacts.collect();
        let write = move || {
            workspace.apply(batch).unwrap();
            is_over.store(true, Ordering::SeqCst);
        };
        thread::Builder::new().spawn(write).unwrap()
    };
    let mut has_found_it_busy = false;
    while !is_over.load(Ordering::SeqCst) {
        has_found_it_busy |= workspace.try_read(|view| view.revision()).is_err();
    }
    writer.join().unwrap();
    assert!(has_found_it_busy);
}
