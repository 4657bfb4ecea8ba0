//! Shutting down and dropping: accepted batches are applied, every subscriber receives the end, and no call blocks for ever.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use enlist::{
    Alarm, Batch, Clock, End, Enlist, Error, Event, Instant, OnRefusal, Overflow, SubscribeOptions,
    Subscription, TestClock, Workspace, WorkspaceSettings,
};

use crate::scene::{LONG, built, drain, ends, named, noon, only, rule, save_segment};

fn enlist(workers: usize) -> Enlist {
    Enlist::builder().workers(workers).clock(TestClock::new(noon())).build().unwrap()
}

/// A workspace with a segment of the contacts named a.
fn create(enlist: &Enlist, id: &str) -> Workspace {
    let settings = WorkspaceSettings::default().with_partitions(2);
    let workspace = enlist.create_workspace_with(id, settings).unwrap();
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    workspace
}

fn blocking(workspace: &Workspace) -> Subscription {
    workspace.subscribe(SubscribeOptions::all().overflow(Overflow::Block).capacity(1))
}

/// Reads a subscription to its end; returns the number of items and the reason of the end.
fn read_to_end(mut subscription: Subscription) -> (usize, Option<End>) {
    ends("a subscription", move || (subscription.by_ref().count(), subscription.end()))
}

/// Asserts that a closed workspace accepts nothing, returns every event, and can still be read.
fn assert_closed(workspace: &Workspace, members: u64) {
    let returned = |error: Error| match error {
        Error::Closed { workspace: id, events } if id == *workspace.id() => events,
        other => panic!("{other}"),
    };
    let late = || vec![named("late", "a")];
    assert_eq!(returned(workspace.apply_event(named("late", "a")).unwrap_err()), late());
    assert_eq!(returned(workspace.apply(late()).unwrap_err()), late());
    assert_eq!(
        returned(workspace.apply(Batch::from(late()).on_refusal(OnRefusal::Stop)).unwrap_err()),
        late()
    );
    assert_eq!(returned(workspace.try_submit(late()).unwrap_err()), late());
    assert_eq!(returned(workspace.submit(late()).unwrap_err()), late());
    assert_eq!(returned(workspace.advance(noon()).unwrap_err()), []);
    assert_eq!(returned(workspace.rebuild_partition(0).unwrap_err()), []);
    let save = workspace.segment("b").unwrap().save("b", only("name", "is_empty", "null"));
    returned(save.unwrap_err());
    returned(workspace.segment("a").unwrap().delete().unwrap_err());
    assert_eq!(workspace.count("a").unwrap(), members);
    assert_eq!(workspace.segment("a").unwrap().freeze().unwrap().len(), members);
    assert_eq!(workspace.read(|view| view.count("a")).unwrap(), members);
    let waker = Waker::from(Arc::new(Dropping::default()));
    let mut submission = workspace.submit_when_room(late());
    let Poll::Ready(Err(refused)) = Pin::new(&mut submission).poll(&mut Context::from_waker(&waker)) else {
        panic!("a closed workspace has no room")
    };
    assert_eq!(returned(refused), late());
    assert_eq!(read_to_end(workspace.subscribe(SubscribeOptions::all())), (0, Some(End::Closed)));
}

#[test]
fn accepted_batches_are_applied_and_published_before_a_workspace_closes() {
    for drops in [true, false] {
        let enlist = enlist(2);
        let workspaces = ["one", "two"].map(|id| create(&enlist, id));
        for workspace in &workspaces {
            // The workspace stalls after the first batch.
            let subscriptions = vec![
                blocking(workspace),
                workspace.subscribe(SubscribeOptions::all()),
                workspace.segment("a").unwrap().subscribe(),
            ];
            let submit = |number: usize| workspace.submit(vec![named(&format!("c{number}"), "a")]).unwrap();
            let tickets: Vec<_> = (0..500).map(submit).collect();
            if drops {
                let (clone, id) = (enlist.clone(), workspace.id().as_str().to_owned());
                assert!(ends("dropping", move || clone.drop_workspace(&id).unwrap()));
                assert!(!enlist_has(&enlist, workspace));
            } else {
                let enlist = enlist.clone();
                ends("shutting down", move || enlist.shutdown());
            }
            for ticket in tickets {
                assert_eq!(ends("a ticket", move || ticket.wait()).unwrap().applied, 1);
            }
            for subscription in subscriptions {
                assert_eq!(read_to_end(subscription), (500, Some(End::Closed)));
            }
            assert_closed(workspace, 500);
            if !drops {
                assert_closed(&workspaces[1], 0);
                assert!(matches!(enlist.create_workspace("three"), Err(Error::Closed { .. })));
                break;
            }
        }
    }
}

fn enlist_has(enlist: &Enlist, workspace: &Workspace) -> bool {
    enlist.workspaces().contains(workspace.id()) || enlist.workspace(workspace.id().as_str()).is_some()
}

#[test]
fn the_id_of_a_dropped_workspace_can_be_used_again() {
    let enlist = enlist(2);
    let old = create(&enlist, "w");
    assert!(matches!(enlist.create_workspace("w"), Err(Error::WorkspaceExists { .. })));
    old.apply_event(named("c", "a")).unwrap();
    assert!(enlist.drop_workspace("w").unwrap());
    assert!(!enlist.drop_workspace("w").unwrap());
    let new = create(&enlist, "w");
    assert_eq!((old.count("a"), new.count("a")), (Ok(1), Ok(0)));
    assert!(old.apply_event(named("d", "a")).is_err());
    new.apply_event(named("d", "a")).unwrap();
    assert_eq!(enlist.workspace("w").unwrap().count("a"), Ok(1));
}

#[test]
fn writers_during_a_shutdown_get_an_outcome_for_every_batch() {
    for round in 0..20 {
        let enlist = enlist(1 + round % 2);
        let workspace = create(&enlist, "w");
        let applied = AtomicU64::new(0);
        thread::scope(|scope| {
            for writer in 0..3 {
                let (workspace, applied) = (&workspace, &applied);
                scope.spawn(move || {
                    let mut tickets = Vec::new();
                    for number in 0.. {
                        match workspace.submit(vec![named(&format!("{writer} {number}"), "a")]) {
                            Ok(ticket) => tickets.push(ticket),
                            Err(closed) => {
                                assert!(matches!(closed, Error::Closed { .. }), "{closed}");
                                break;
                            }
                        }
                    }
                    let count =
                        move || tickets.into_iter().map(|ticket| ticket.wait().unwrap().applied as u64).sum();
                    applied.fetch_add(ends("the tickets", count), Ordering::Relaxed);
                });
            }
            crate::scene::until("some are applied", || workspace.stats().events > 10);
            if round % 4 < 2 {
                enlist.shutdown();
            } else {
                enlist.drop_workspace("w").unwrap();
            }
        });
        assert_eq!(workspace.count("a").unwrap(), applied.into_inner());
    }
}

#[test]
fn a_drop_and_a_shutdown_at_the_same_time_both_return() {
    for round in 0..60 {
        let enlist = enlist(1 + round % 3);
        let workspace = create(&enlist, "w");
        let tickets: Vec<_> = (0..20).map(|_| workspace.submit(vec![named("c", "a")]).unwrap()).collect();
        let (one, other) = (enlist.clone(), enlist.clone());
        let dropping = thread::Builder::new().spawn(move || one.drop_workspace("w").unwrap()).unwrap();
        let shutting = thread::Builder::new().spawn(move || other.shutdown()).unwrap();
        ends("dropping", move || dropping.join().unwrap());
        ends("shutting down", move || shutting.join().unwrap());
        for ticket in tickets {
            ends("a ticket", move || ticket.wait()).unwrap();
        }
    }
}

#[test]
fn dropping_the_last_handle_shuts_down() {
    let enlist = enlist(2);
    let workspace = create(&enlist, "w");
    let (all, blocks) = (workspace.subscribe(SubscribeOptions::all()), blocking(&workspace));
    let tickets: Vec<_> =
        (0..100).map(|number| workspace.submit(vec![named(&format!("c{number}"), "a")]).unwrap()).collect();
    drop(enlist);
    let clone = workspace.clone();
    drop(workspace);
    clone.submit(Vec::new()).unwrap();
    ends("dropping", move || drop(clone));
    for ticket in tickets {
        ends("a ticket", move || ticket.wait()).unwrap();
    }
    for subscription in [all, blocks] {
        assert_eq!(read_to_end(subscription), (100, Some(End::Closed)));
    }
}

#[test]
fn a_preview_and_an_audience_outlive_their_workspace() {
    let enlist = enlist(1);
    let workspace = create(&enlist, "w");
    workspace.apply_event(named("c", "a")).unwrap();
    let audience = workspace.segment("a").unwrap().freeze().unwrap();
    enlist.shutdown();
    enlist.shutdown();
    drop(enlist);
    let preview = workspace
        .segment("b")
        .unwrap()
        .preview(rule(r#"{"match": "all", "conditions": [{"segment": "a", "operator": "is_member"}]}"#));
    assert_eq!(preview.unwrap().count, 1);
    drop(workspace);
    assert_eq!(audience.batches(10).flatten().map(|id| id.as_str().to_owned()).collect::<Vec<_>>(), ["c"]);
}

/// A waker that drops what it holds when it is woken, like the waker that holds the last reference to its task.
#[derive(Default)]
struct Dropping {
    held: Mutex<Option<(Subscription, Option<Workspace>)>>,
}

impl Wake for Dropping {
    fn wake(self: Arc<Self>) {
        let held = self.held.lock().unwrap().take();
        drop(held);
    }
}

#[test]
fn a_waker_may_drop_the_subscription_that_it_wakes() {
    let enlist = enlist(2);
    let workspace = create(&enlist, "w");
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    let dropping = Arc::new(Dropping::default());
    let waker = Waker::from(Arc::clone(&dropping));
    assert!(subscription.poll_next(&mut Context::from_waker(&waker)).is_pending());
    *dropping.held.lock().unwrap() = Some((subscription, None));
    let writer = workspace.clone();
    ends("the apply", move || writer.apply_event(named("c", "a"))).unwrap();
    assert_eq!(workspace.stats().subscribers, 0);
}

#[test]
fn a_submitted_batch_is_applied_even_if_its_ticket_is_dropped() {
    let enlist = enlist(1);
    let workspace = create(&enlist, "w");
    let mut all = workspace.subscribe(SubscribeOptions::all());
    drop(workspace.submit(vec![named("c", "a")]).unwrap());
    workspace.apply_event(built(enlist::Event::contact_saved(noon(), "d"))).unwrap();
    assert_eq!(drain(&mut all).len(), 1);
}

/// A waker that runs a closure on the thread that wakes it, and reports when that thread ends.
struct Ending {
    held: Mutex<Option<Held>>,
}

/// The closure to run, and the sender that is dropped when the thread ends.
struct Held {
    ends: Box<dyn FnOnce() + Send>,
    thread: mpsc::Sender<()>,
}

thread_local! {
    /// Dropped when the thread ends.
    static THREAD: std::cell::RefCell<Vec<mpsc::Sender<()>>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl Wake for Ending {
    fn wake(self: Arc<Self>) {
        let Some(Held { ends, thread }) = self.held.lock().unwrap().take() else { return };
        THREAD.with_borrow_mut(|threads| threads.push(thread));
        ends();
    }
}

/// A waker that runs a closure when it is woken, and a receiver that disconnects when the waking thread ends.
fn ending(ends: impl FnOnce() + Send + 'static) -> (Waker, mpsc::Receiver<()>) {
    let (thread, has_ended) = mpsc::channel();
    let held = Mutex::new(Some(Held { ends: Box::new(ends), thread }));
    (Waker::from(Arc::new(Ending { held })), has_ended)
}

/// What wakes the waker on a worker.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Ticket,
    Subscription,
    Room,
}

/// Lets a waker end everything on a worker, with the last handle. Asserts that accepted batches are applied, every subscriber
/// receives the end, and the worker ends.
fn assert_ends(workers: usize, by: By, ends_all: fn(Enlist, Vec<Workspace>)) {
    let enlist = enlist(workers);
    let workspaces = ["one", "two"].map(|id| create(&enlist, id));
    let mut blocks = blocking(&workspaces[0]);
    workspaces[0].apply_event(named("first", "a")).unwrap();
    // The first workspace stalls from here on.
    let mut alls = workspaces.each_ref().map(|workspace| workspace.subscribe(SubscribeOptions::all()));
    let submit = |number: usize| workspaces[0].submit(vec![named(&format!("c{number}"), "a")]).unwrap();
    let mut tickets: Vec<_> = (0..300).map(submit).collect();
    // The second workspace stalls until the end: nobody reads its subscriber.
    let other = blocking(&workspaces[1]);
    workspaces[1].apply_event(named("first", "a")).unwrap();
    tickets.extend((0..300).map(|n| workspaces[1].submit(vec![named(&format!("c{n}"), "a")]).unwrap()));

    let waits = workspaces[0].clone();
    let all = workspaces.to_vec();
    let (waker, thread) = ending(move || ends_all(enlist, all));
    let mut context = Context::from_waker(&waker);
    let filling: Vec<Event> = (0..65_536).map(|number| named(&format!("f{number}"), "b")).collect();
    let mut submission = waits.submit_when_room(filling);
    match by {
        By::Ticket => assert!(Pin::new(&mut tickets[20]).poll(&mut context).is_pending()),
        By::Subscription => assert!(alls[0].poll_next(&mut context).is_pending()),
        By::Room => assert!(Pin::new(&mut submission).poll(&mut context).is_pending()),
    }
    // A real task would poll the submission again when woken; this test drops it.
    drop((waker, waits, workspaces));
    // Taking an item makes room, so a worker continues to serve the first workspace.
    assert!(blocks.next().is_some());
    let reader = thread::Builder::new().spawn(move || read_to_end(blocks)).unwrap();
    for ticket in tickets {
        assert_eq!(ends("a ticket", move || ticket.wait()).unwrap().applied, 1);
    }
    assert_eq!(reader.join().unwrap(), (300, Some(End::Closed)));
    let [one, two] = alls;
    assert_eq!(read_to_end(one), (300, Some(End::Closed)));
    assert_eq!(read_to_end(two), (301, Some(End::Closed)));
    assert_eq!(read_to_end(other), (301, Some(End::Closed)));
    assert_eq!(thread.recv_timeout(LONG), Err(mpsc::RecvTimeoutError::Disconnected), "the worker must end");
}

#[test]
fn a_waker_on_a_worker_may_drop_the_last_handle() {
    for workers in [1, 3] {
        for by in [By::Ticket, By::Subscription, By::Room] {
            assert_ends(workers, by, |enlist, workspaces| drop((enlist, workspaces)));
        }
    }
}

#[test]
fn a_waker_on_a_worker_may_shut_down_or_drop_its_workspace() {
    for workers in [1, 3] {
        for by in [By::Ticket, By::Subscription, By::Room] {
            assert_ends(workers, by, |enlist, workspaces| {
                enlist.shutdown();
                assert!(workspaces.iter().all(|workspace| workspace.submit(Vec::new()).is_err()));
            });
            assert_ends(workers, by, |enlist, workspaces| {
                assert!(
                    workspaces
                        .iter()
                        .all(|workspace| enlist.drop_workspace(workspace.id().as_str()).unwrap())
                );
            });
        }
    }
}

/// A clock that drops a held handle when it sleeps.
#[derive(Clone)]
struct HoldingClock {
    clock: TestClock,
    held: Arc<Mutex<Option<Held>>>,
}

impl Clock for HoldingClock {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn sleep(&self, until: Option<Instant>, alarm: &Alarm) {
        let held = self.held.lock().unwrap().take();
        if let Some(Held { ends, thread }) = held {
            THREAD.with_borrow_mut(|threads| threads.push(thread));
            ends();
        }
        self.clock.sleep(until, alarm);
    }
}

#[test]
fn the_clock_driver_may_drop_the_last_handle() {
    let clock = HoldingClock { clock: TestClock::new(noon()), held: Arc::default() };
    let enlist = Enlist::builder().workers(1).clock(clock.clone()).build().unwrap();
    let workspace = create(&enlist, "w");
    let blocks = blocking(&workspace);
    workspace.apply_event(named("first", "a")).unwrap();
    let tickets: Vec<_> =
        (0..100).map(|number| workspace.submit(vec![named(&format!("c{number}"), "a")]).unwrap()).collect();
    let (thread, has_ended) = mpsc::channel();
    let ends = Box::new(move || drop((enlist, workspace)));
    *clock.held.lock().unwrap() = Some(Held { ends, thread });
    // The driver wakes, finds nothing due, and sleeps again, which drops the handle.
    clock.clock.advance(std::time::Duration::from_secs(1));
    for ticket in tickets {
        assert_eq!(ends_applied(ticket), 1);
    }
    assert_eq!(read_to_end(blocks), (101, Some(End::Closed)));
    assert_eq!(
        has_ended.recv_timeout(LONG),
        Err(mpsc::RecvTimeoutError::Disconnected),
        "the driver must end"
    );
}

fn ends_applied(ticket: enlist::Ticket<Result<enlist::Receipt, Error>>) -> usize {
    ends("a ticket", move || ticket.wait()).unwrap().applied
}
