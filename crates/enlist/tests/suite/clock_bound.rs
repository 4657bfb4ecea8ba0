//! An event far ahead of the clock is refused, so that one wrong clock cannot move a workspace's time for good.

use std::time::Duration;

use enlist::{Enlist, Error, Event, Instant, TestClock, Workspace, WorkspaceLimits, WorkspaceSettings};

use crate::scene::{at, built, named, noon};

const DAY: Duration = WorkspaceLimits::AHEAD_DEFAULT;

fn after(milliseconds: u128) -> Instant {
    Instant::from_milliseconds(noon().milliseconds() + i64::try_from(milliseconds).unwrap()).unwrap()
}

fn clock_driven(limits: WorkspaceLimits) -> (Enlist, TestClock, Workspace) {
    let clock = TestClock::new(noon());
    let enlist = Enlist::builder().workers(1).clock(clock.clone()).build().unwrap();
    let settings = WorkspaceSettings::default().with_limits(limits);
    let workspace = enlist.create_workspace_with("w", settings).unwrap();
    (enlist, clock, workspace)
}

fn active(at: Instant) -> Event {
    built(Event::activity(at, "c"))
}

fn assert_ahead(refused: Error, expected: Instant) {
    let refused = match refused {
        Error::Refused(refused) => refused.reason,
        other => other,
    };
    let Error::Ahead { at, clock, most } = refused else { panic!("{refused}") };
    assert_eq!((at, clock, most), (expected, noon(), DAY));
}

#[test]
fn an_instant_more_than_a_day_ahead_of_the_clock_is_refused_and_changes_nothing() {
    let (_enlist, _clock, workspace) = clock_driven(WorkspaceLimits::default());
    workspace.apply_event(named("c", "a")).unwrap();
    let (just, beyond) = (after(DAY.as_millis()), after(DAY.as_millis() + 1));
    let far = at("9998-01-01T00:00:00Z");
    for ahead in [beyond, far] {
        assert_ahead(workspace.apply_event(active(ahead)).unwrap_err(), ahead);
        assert_ahead(workspace.apply_event(Event::tick(ahead)).unwrap_err(), ahead);
        assert_ahead(workspace.advance(ahead).unwrap_err(), ahead);
        assert_eq!(workspace.read(|view| view.now()), Some(noon()));
    }
    // In a batch, only the event that lies ahead is refused.
    let receipt = workspace.apply(vec![active(far), active(just), active(noon())]).unwrap();
    assert_eq!((receipt.applied, receipt.refused.len(), receipt.refused[0].index), (2, 1, 0));
    assert_eq!(workspace.read(|view| view.now()), Some(just));
}

#[test]
fn the_bound_follows_the_clock_and_can_be_changed_or_lifted() {
    let (_enlist, clock, workspace) = clock_driven(WorkspaceLimits::default());
    workspace.apply_event(named("c", "a")).unwrap();
    let tomorrow = after(DAY.as_millis() + 1);
    assert!(workspace.apply_event(active(tomorrow)).is_err());
    clock.advance(Duration::from_millis(1));
    workspace.apply_event(active(tomorrow)).unwrap();

    let hour = WorkspaceLimits::default().with_ahead(Some(Duration::from_secs(3_600)));
    let (_enlist, _clock, strict) = clock_driven(hour);
    strict.apply_event(named("c", "a")).unwrap();
    assert!(strict.apply_event(active(after(3_600_001))).is_err());
    strict.apply_event(active(after(3_600_000))).unwrap();

    let (_enlist, _clock, free) = clock_driven(WorkspaceLimits::default().with_ahead(None));
    free.apply_event(named("c", "a")).unwrap();
    free.apply_event(active(at("9998-01-01T00:00:00Z"))).unwrap();
}

#[test]
fn with_manual_time_there_is_no_bound() {
    let enlist = Enlist::builder().workers(1).clock(TestClock::new(noon())).manual_time().build().unwrap();
    let workspace = enlist.create_workspace("w").unwrap();
    workspace.apply_event(named("c", "a")).unwrap();
    workspace.apply_event(active(at("9998-01-01T00:00:00Z"))).unwrap();
}
