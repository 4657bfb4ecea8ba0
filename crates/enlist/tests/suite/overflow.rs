//! Slow subscribers: depending on the policy, the workspace waits, the oldest items are dropped, or the subscription ends. Other
//! subscribers and workspaces are not affected.

use std::thread;
use std::time::Duration;

use enlist::{End, Gap, Overflow, Published, Receipt, Sequence, SubscribeOptions, Ticket, Workspace};

use crate::scene::{LONG, drain, ends, named, only, save_segment, until};
use crate::subject::partitioned;

/// A workspace with a segment of the contacts named a, and one member. Sequences 1 and 2 are its notice and the contact's entry.
fn with_one_member() -> Workspace {
    let workspace = partitioned(2);
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    workspace.apply_event(named("c", "a")).unwrap();
    workspace
}

/// Submits batches that each publish one transition.
fn submit(
    workspace: &Workspace,
    steps: std::ops::Range<usize>,
) -> Vec<Ticket<Result<Receipt, enlist::Error>>> {
    let submit = |step| workspace.submit(vec![named("c", if step % 2 == 0 { "b" } else { "a" })]).unwrap();
    steps.map(submit).collect()
}

fn slow(overflow: Overflow, capacity: usize) -> SubscribeOptions {
    SubscribeOptions::all().overflow(overflow).capacity(capacity)
}

fn numbers(items: &[Published]) -> Vec<u64> {
    items.iter().map(|item| item.sequence().number()).collect()
}

#[test]
fn a_full_blocking_subscriber_stalls_its_own_workspace_and_no_other() {
    let (stuck, other) = (with_one_member(), with_one_member());
    let mut blocking = stuck.subscribe(slow(Overflow::Block, 4));
    let mut beside = stuck.subscribe(SubscribeOptions::all());
    let tickets = submit(&stuck, 0..30);
    until("it stalls", || stuck.stats().queued_batches == 26);
    thread::sleep(Duration::from_millis(30));
    assert_eq!(stuck.stats().queued_batches, 26, "a stalled workspace applies nothing");
    assert_eq!(numbers(&drain(&mut beside)), [3, 4, 5, 6]);
    // Reads still work, and so does the other workspace.
    assert_eq!(stuck.read(|view| view.event_count()), 6);
    let write = move || {
        for ticket in submit(&other, 0..100) {
            ticket.wait().unwrap();
        }
        other.read(|view| view.event_count())
    };
    assert_eq!(ends("the other workspace", write), 102);
    // Taking one item makes room for one batch.
    assert_eq!(blocking.try_next().unwrap().sequence().number(), 3);
    until("it goes on", || stuck.stats().queued_batches == 25);
    thread::sleep(Duration::from_millis(30));
    assert_eq!(stuck.stats().queued_batches, 25);
    let read = move || (0..29).map(|_| blocking.next().unwrap().sequence().number()).collect::<Vec<_>>();
    assert_eq!(ends("the reading", read), (4..=32).collect::<Vec<_>>());
    ends("the tickets", move || tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap())));
    assert_eq!(numbers(&drain(&mut beside)), (7..=32).collect::<Vec<_>>());
}

#[test]
fn a_workspace_waits_for_every_blocking_subscriber() {
    let stuck = with_one_member();
    let subscriptions = [1, 3, 7].map(|capacity| stuck.subscribe(slow(Overflow::Block, capacity)));
    let tickets = submit(&stuck, 0..200);
    let readers = subscriptions.map(|mut subscription| {
        let read =
            move || (0..200).map(|_| subscription.next().unwrap().sequence().number()).collect::<Vec<_>>();
        thread::Builder::new().spawn(move || ends("a reader", read)).unwrap()
    });
    for reader in readers {
        assert_eq!(reader.join().unwrap(), (3..203).collect::<Vec<_>>());
    }
    ends("the tickets", move || tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap())));
}

#[test]
fn dropping_a_blocking_subscription_lets_the_workspace_continue() {
    let stuck = with_one_member();
    let blocking = stuck.subscribe(slow(Overflow::Block, 1));
    let tickets = submit(&stuck, 0..5);
    until("it stalls", || stuck.stats().queued_batches == 4);
    drop(blocking);
    ends("the tickets", move || tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap())));
}

#[test]
fn a_stalled_workspace_fills_its_queue_and_loses_nothing() {
    let limits = enlist::WorkspaceLimits::default().with_queued_events(10);
    let settings = enlist::WorkspaceSettings::default().with_partitions(2).with_limits(limits);
    let stuck = crate::subject::workspace(settings);
    save_segment(&stuck, "a", only("name", "equals", r#""a""#));
    let mut blocking = stuck.subscribe(slow(Overflow::Block, 1));
    let writer = stuck.clone();
    let write = move || {
        let write = |step| writer.apply_event(named("c", if step % 2 == 0 { "a" } else { "b" })).unwrap();
        (0..50).map(write).collect::<Vec<_>>()
    };
    let writing = thread::Builder::new().spawn(write).unwrap();
    until("it stalls", || stuck.stats().longest_mailbox == 1);
    let more = stuck.clone();
    let submit = move || (0..50).map(|_| more.submit(vec![named("d", "b")]).unwrap()).collect::<Vec<_>>();
    let submitting = thread::Builder::new().spawn(submit).unwrap();
    until("the queue is full", || stuck.stats().queued_events == 10);
    let mut found = Vec::new();
    while found.len() < 50 {
        found.push(blocking.next_within(LONG).unwrap().sequence().number());
    }
    assert_eq!(found, (2..52).collect::<Vec<_>>());
    assert_eq!(ends("the writer", move || writing.join().unwrap()).len(), 50);
    for ticket in ends("the other writer", move || submitting.join().unwrap()) {
        ticket.wait().unwrap();
    }
    assert_eq!(stuck.read(|view| view.event_count()), 101);
}

#[test]
fn a_subscriber_that_drops_the_oldest_gets_a_gap_and_then_the_newest() {
    let workspace = with_one_member();
    let mut dropping = workspace.subscribe(slow(Overflow::DropOldest, 4));
    let receipts: Vec<Receipt> =
        submit(&workspace, 0..10).into_iter().map(|ticket| ticket.wait().unwrap()).collect();
    // Sequences 3 to 12 were published; the mailbox holds the last four.
    let found = drain(&mut dropping);
    let Published::Gap(gap) = &found[0] else { panic!("{found:?}") };
    let incarnation = workspace.incarnation();
    let expected = Gap {
        from: Sequence::new(incarnation, 3),
        until: Sequence::new(incarnation, 9),
        revision: receipts[5].revision,
    };
    assert_eq!(*gap, expected);
    assert_eq!((found[0].sequence(), found[0].revision()), (gap.from, gap.revision));
    assert_eq!(numbers(&found[1..]), [9, 10, 11, 12]);
    assert_eq!(found[1].revision(), receipts[6].revision);
    for ticket in submit(&workspace, 0..3) {
        ticket.wait().unwrap();
    }
    assert_eq!(numbers(&drain(&mut dropping)), [13, 14, 15]);
    assert_eq!(dropping.end(), None);
}

#[test]
fn a_subscriber_that_reads_again_after_each_gap_folds_to_the_memberships() {
    let workspace = partitioned(3);
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    let mut dropping = workspace.subscribe(slow(Overflow::DropOldest, 10));
    let mut random = fastrand::Rng::with_seed(5);
    let mut folded = std::collections::BTreeSet::new();
    let (mut gaps, mut read_at) = (0, workspace.read(|view| view.revision()));
    for _ in 0..300 {
        let name = ["a", "b"][random.usize(0..2)];
        workspace.apply_event(named(&format!("c{}", random.usize(0..20)), name)).unwrap();
        if random.usize(0..15) > 0 {
            continue;
        }
        for item in drain(&mut dropping) {
            match item {
                Published::Gap(gap) => {
                    gaps += 1;
                    let read = |view: enlist::View<'_>| {
                        (view.revision(), crate::scene::walk(view, "a", 50).into_iter().collect())
                    };
                    (read_at, folded) = workspace.read_at(gap.revision, read).unwrap();
                }
                Published::Transition(transition) if transition.revision() > read_at => {
                    let contact = transition.contact();
                    let changes = match transition.change() {
                        enlist::Change::Entered => folded.insert(contact.clone()),
                        enlist::Change::Left => folded.remove(contact),
                    };
                    assert!(changes, "{transition:?}");
                }
                Published::Transition(_) | Published::Notice(_) => {}
            }
        }
        let members = workspace.read(|view| crate::scene::walk(view, "a", 50));
        assert_eq!(folded, members.into_iter().collect());
    }
    assert!(gaps > 3, "{gaps}");
}

#[test]
fn a_batch_larger_than_the_mailbox_is_delivered_whole() {
    let workspace = partitioned(3);
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    let batch = |name: &str| (0..20).map(|number| named(&format!("c{number}"), name)).collect::<Vec<_>>();
    let mut subscriptions = [Overflow::Block, Overflow::DropOldest, Overflow::Disconnect]
        .map(|overflow| workspace.subscribe(slow(overflow, 3)));
    for (name, expected) in [("a", 2..22), ("b", 22..42)] {
        workspace.apply(batch(name)).unwrap();
        for subscription in &mut subscriptions {
            assert_eq!(numbers(&drain(subscription)), expected.clone().collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_lagging_subscriber_is_disconnected_and_can_resume() {
    let workspace = with_one_member();
    let mut lagging = workspace.subscribe(slow(Overflow::Disconnect, 4));
    assert_eq!(workspace.stats().subscribers, 1);
    for ticket in submit(&workspace, 0..6) {
        ticket.wait().unwrap();
    }
    assert_eq!(workspace.stats().subscribers, 0);
    let found: Vec<Published> = ends("the iteration", move || {
        let found: Vec<Published> = lagging.by_ref().collect();
        assert_eq!(lagging.end(), Some(End::Lagged));
        assert!(lagging.next().is_none() && lagging.try_next().is_none());
        found
    });
    assert_eq!(numbers(&found), [3, 4, 5, 6]);
    let from = found[3].sequence().next();
    let mut resumed = workspace.subscribe(slow(Overflow::Disconnect, 4).resume_from(from));
    assert_eq!(numbers(&drain(&mut resumed)), [7, 8]);
    for ticket in submit(&workspace, 0..1) {
        ticket.wait().unwrap();
    }
    assert_eq!(numbers(&drain(&mut resumed)), [9]);
    assert_eq!(resumed.end(), None);
}
