//! Time: the test clock, the clock driver that follows it, and hosts that drive time themselves.

use std::time::Duration;

use enlist::{Cause, Clock, Enlist, Instant, Overflow, Published, SubscribeOptions, TestClock, Workspace};

use crate::scene::{LONG, at, built, drain, ends, named, noon, only, save_segment, until};

/// An Enlist whose clock driver follows a test clock that is set to noon.
fn clock_driven() -> (Enlist, TestClock) {
    let clock = TestClock::new(noon());
    (Enlist::builder().workers(2).clock(clock.clone()).build().unwrap(), clock)
}

/// A workspace with a segment of the contacts created today, and one such contact.
fn create(enlist: &Enlist, id: &str) -> Workspace {
    let workspace = enlist.create_workspace(id).unwrap();
    save_segment(&workspace, "today", only("created_at", "is_today", "null"));
    workspace.contact("c").save().unwrap();
    assert_eq!(workspace.count("today").unwrap(), 1);
    workspace
}

/// The next transition. Asserts that the clock caused it.
fn next_by_clock(subscription: &mut enlist::Subscription) -> (String, Instant) {
    let published = subscription.next_within(LONG).expect("the change of date publishes a transition");
    let transition = published.transition().unwrap();
    assert_eq!(transition.cause(), Cause::Clock);
    (format!("{} {}", transition.contact().as_str(), transition.change().name()), transition.at())
}

#[test]
fn memberships_change_at_midnight_without_an_event() {
    let (enlist, clock) = clock_driven();
    let workspace = create(&enlist, "w");
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    assert_eq!(workspace.next_deadline().unwrap(), Some(at("2026-11-24T00:00:00Z")));
    clock.set(at("2026-11-23T23:59:59.999Z"));
    assert!(subscription.next_within(Duration::from_millis(30)).is_none());
    clock.advance(Duration::from_millis(1));
    assert_eq!(next_by_clock(&mut subscription), ("c left".to_owned(), at("2026-11-24T00:00:00Z")));
    assert_eq!(workspace.count("today").unwrap(), 0);
    assert_eq!(workspace.read(|view| view.now()), Some(clock.now()));
    // A clock that passes midnight without stopping there works as well.
    workspace.contact("d").save().unwrap();
    clock.set(at("2026-11-25T08:30:00Z"));
    until("d has entered", || drain(&mut subscription).iter().any(|item| item.transition().is_some()));
    until("d has left", || workspace.count("today").unwrap() == 0);
}

#[test]
fn a_clock_set_far_ahead_publishes_every_day_at_its_own_instant() {
    let (enlist, clock) = clock_driven();
    let workspace = create(&enlist, "w");
    save_segment(&workspace, "week", only("created_at", "is_in_last_7_days", "null"));
    save_segment(&workspace, "month", only("created_at", "is_this_month", "null"));
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    clock.set(at("2027-03-01T15:00:00Z"));
    let instants = [at("2026-11-24T00:00:00Z"), at("2026-11-30T00:00:00Z"), at("2026-12-01T00:00:00Z")];
    for instant in instants {
        assert_eq!(next_by_clock(&mut subscription), ("c left".to_owned(), instant));
    }
    until("it has caught up", || workspace.read(|view| view.now()) == Some(clock.now()));
}

#[test]
fn a_clock_set_back_does_not_move_the_workspaces_time_back() {
    let (enlist, clock) = clock_driven();
    let workspace = create(&enlist, "w");
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    clock.set(at("2026-11-24T10:00:00Z"));
    assert_eq!(next_by_clock(&mut subscription), ("c left".to_owned(), at("2026-11-24T00:00:00Z")));
    let now = workspace.read(|view| view.now());
    clock.set(at("2020-01-01T00:00:00Z"));
    // Events happen at the workspace's now, which does not go back. The dates that they store are the clock's.
    workspace.contact("d").save().unwrap();
    assert_eq!((workspace.read(|view| view.now()), workspace.count("today").unwrap()), (now, 0));
    workspace.contact("d").set("created_at", "2026-11-24").save().unwrap();
    assert_eq!(workspace.count("today").unwrap(), 1);
    assert_eq!(drain(&mut subscription).len(), 1);
    clock.set(at("2026-11-24T23:00:00Z"));
    assert!(subscription.next_within(Duration::from_millis(30)).is_none());
    clock.set(at("2026-11-25T00:00:00Z"));
    assert_eq!(next_by_clock(&mut subscription), ("d left".to_owned(), at("2026-11-25T00:00:00Z")));
}

#[test]
fn a_clock_at_the_last_instant_stops_nothing() {
    let (enlist, clock) = clock_driven();
    let workspace = create(&enlist, "w");
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    clock.advance(Duration::MAX);
    assert_eq!(next_by_clock(&mut subscription), ("c left".to_owned(), at("2026-11-24T00:00:00Z")));
    until("it has caught up", || workspace.read(|view| view.now()) == Some(Instant::MAX));
    workspace.apply_event(named("d", "a")).unwrap();
    ends("shutting down", move || enlist.shutdown());
}

#[test]
fn the_day_begins_at_the_midnight_of_each_workspaces_zone() {
    let (enlist, clock) = clock_driven();
    let (west, here) = (create(&enlist, "west"), create(&enlist, "here"));
    west.set_time_zone("America/New_York").unwrap();
    assert_eq!(west.next_deadline().unwrap(), Some(at("2026-11-24T05:00:00Z")));
    let mut subscriptions = [&west, &here].map(|workspace| workspace.subscribe(SubscribeOptions::all()));
    clock.set(at("2026-11-24T00:00:00Z"));
    assert_eq!(next_by_clock(&mut subscriptions[1]).1, at("2026-11-24T00:00:00Z"));
    assert!(subscriptions[0].next_within(Duration::from_millis(30)).is_none());
    clock.set(at("2026-11-24T05:00:00Z"));
    assert_eq!(next_by_clock(&mut subscriptions[0]).1, at("2026-11-24T05:00:00Z"));
    assert!(drain(&mut subscriptions[1]).is_empty());
}

#[test]
fn a_new_time_zone_moves_the_clock_drivers_deadline_at_once() {
    let (enlist, clock) = clock_driven();
    let workspace = create(&enlist, "w");
    clock.set(at("2026-11-23T20:00:00Z"));
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    // In Helsinki, midnight is two hours away, not four.
    workspace.set_time_zone("Europe/Helsinki").unwrap();
    clock.set(at("2026-11-23T22:00:00Z"));
    assert_eq!(next_by_clock(&mut subscription), ("c left".to_owned(), at("2026-11-23T22:00:00Z")));
}

#[test]
fn with_manual_time_nothing_changes_until_the_host_ticks() {
    let clock = TestClock::new(noon());
    let enlist = Enlist::builder().workers(1).clock(clock.clone()).manual_time().build().unwrap();
    let workspaces = [create(&enlist, "one"), create(&enlist, "two")];
    clock.set(at("2026-11-24T10:00:00Z"));
    std::thread::sleep(Duration::from_millis(30));
    let counts = || workspaces.each_ref().map(|workspace| workspace.count("today").unwrap());
    assert_eq!(counts(), [1, 1]);
    assert_eq!(enlist.tick(), clock.now());
    assert_eq!(counts(), [0, 0]);
    // One workspace can be advanced alone, beyond the clock.
    for workspace in &workspaces {
        workspace.contact("d").save().unwrap();
    }
    let revision = workspaces[0].advance(at("2026-11-25T00:00:00Z")).unwrap();
    assert_eq!(workspaces[0].read(|view| view.revision()), revision);
    assert_eq!(counts(), [0, 1]);
    workspaces[0].advance(noon()).unwrap();
    assert_eq!(workspaces[0].read(|view| view.now()), Some(at("2026-11-25T00:00:00Z")));
}

#[test]
fn a_workspace_blocked_by_a_subscriber_does_not_delay_the_time_of_others() {
    let (enlist, clock) = clock_driven();
    let (stuck, other) = (create(&enlist, "stuck"), create(&enlist, "other"));
    let options = SubscribeOptions::all().overflow(Overflow::Block).capacity(1);
    let mut blocking = stuck.subscribe(options);
    stuck.apply_event(built(enlist::Event::contact_saved(noon(), "d"))).unwrap();
    let mut subscription = other.subscribe(SubscribeOptions::all());
    for (day, next) in
        [("2026-11-24T00:00:00Z", "d"), ("2026-11-25T00:00:00Z", "e"), ("2026-11-26T00:00:00Z", "f")]
    {
        clock.set(at(day));
        assert_eq!(next_by_clock(&mut subscription).1, at(day));
        other.contact(next).save().unwrap();
        assert_eq!(drain(&mut subscription).len(), 1);
    }
    // Only one advance is queued, not three. The workspace catches up when the subscriber makes room.
    assert_eq!(stuck.stats().queued_batches, 1);
    assert_eq!(blocking.next_within(LONG).unwrap().transition().unwrap().contact().as_str(), "d");
    for contact in ["c", "d"] {
        let item = blocking.next_within(LONG).unwrap();
        let Published::Transition(transition) = item else { panic!("{item:?}") };
        assert_eq!((transition.contact().as_str(), transition.at()), (contact, at("2026-11-24T00:00:00Z")));
    }
    until("it has caught up", || stuck.read(|view| view.now()) == Some(clock.now()));
}
