//! Waiting writers get room in the queue in the order in which they asked.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use enlist::{
    Error, Event, Overflow, SubscribeOptions, Subscription, Workspace, WorkspaceLimits, WorkspaceSettings,
};

use crate::scene::{ends, named, only, save_segment, until};
use crate::subject::workspace;

/// A workspace whose queue holds this many events and stays full, because a blocking subscriber does not read.
fn full(queued_events: usize) -> (Workspace, Subscription) {
    let limits = WorkspaceLimits::default().with_queued_events(queued_events);
    let workspace = workspace(WorkspaceSettings::default().with_limits(limits));
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    let blocking = workspace.subscribe(SubscribeOptions::all().overflow(Overflow::Block).capacity(1));
    workspace.apply_event(named("first", "a")).unwrap();
    workspace.submit(events(queued_events)).unwrap();
    (workspace, blocking)
}

fn events(count: usize) -> Vec<Event> {
    (0..count).map(|number| named(&format!("c{number}"), "b")).collect()
}

#[test]
fn small_batches_that_come_later_do_not_starve_a_large_one() {
    let (workspace, blocking) = full(100);
    let apply = |batch: Vec<Event>| workspace.submit(batch).unwrap().wait().unwrap().revision;
    thread::scope(|scope| {
        let large = scope.spawn(|| apply(events(100)));
        thread::sleep(Duration::from_millis(30));
        // Each small batch would fit earlier than the large one.
        let small: Vec<_> = (0..8).map(|_| scope.spawn(|| apply(events(1)))).collect();
        thread::sleep(Duration::from_millis(30));
        drop(blocking);
        let large = large.join().unwrap();
        for small in small {
            // Coalesced batches share a revision.
            assert!(large <= small.join().unwrap(), "the large batch comes first");
        }
    });
}

#[test]
fn tasks_get_room_in_the_order_in_which_they_asked() {
    let (workspace, blocking) = full(10);
    let mut context = Context::from_waker(Waker::noop());
    let mut first = pin!(workspace.submit_when_room(events(10)));
    assert!(first.as_mut().poll(&mut context).is_pending());
    let mut second = pin!(workspace.submit_when_room(events(1)));
    assert!(second.as_mut().poll(&mut context).is_pending());
    // A batch that does not wait must not overtake waiting ones.
    let Err(Error::Full { waiting, events: returned, .. }) = workspace.try_submit(events(1)) else {
        panic!("must be refused while others wait")
    };
    assert_eq!((waiting, returned.len()), (21, 1));
    drop(blocking);
    until("the queue is empty", || workspace.stats().queued_events == 0);
    assert!(second.as_mut().poll(&mut context).is_pending(), "the first one must get room before the second");
    let Poll::Ready(Ok(ticket)) = first.as_mut().poll(&mut context) else { panic!("the queue has room") };
    assert_eq!(ends("the first", move || ticket.wait()).unwrap().applied, 10);
    until("there is room again", || match second.as_mut().poll(&mut context) {
        Poll::Ready(submitted) => submitted.is_ok(),
        Poll::Pending => false,
    });
}

#[test]
fn a_task_that_gives_up_lets_later_writers_continue() {
    let (workspace, blocking) = full(10);
    let mut context = Context::from_waker(Waker::noop());
    let mut first = Box::pin(workspace.submit_when_room(events(10)));
    assert!(first.as_mut().poll(&mut context).is_pending());
    let behind = {
        let workspace = workspace.clone();
        let submit = move || workspace.submit(events(1)).unwrap().wait().unwrap().applied;
        thread::Builder::new().spawn(submit).unwrap()
    };
    thread::sleep(Duration::from_millis(30));
    drop(blocking);
    drop(first);
    assert_eq!(ends("the writer behind it", move || behind.join().unwrap()), 1);
    // The abandoned batch is withdrawn as a whole: none of its events is applied.
    until("the queue is empty", || workspace.stats().queued_events == 0);
    assert_eq!(workspace.stats().events, 1 + 1 + 10 + 1);
}
