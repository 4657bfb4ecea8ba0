//! How soon one event is seen and heard of, handed in by itself.
//!
//! One thread applies an event, takes a breath, and applies the next. Beside it first a subscriber waits for what comes of
//! it, then another thread reads without a pause. What always holds: both measure from before the event was handed in.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use enlist::{Event, Revision, SubscribeOptions, Subscription};

use super::Plan;
use super::door::Door;
use crate::failure::Failure;
use crate::latency::{Latencies, Spread};
use crate::reads::BREATH;
use crate::stopwatch::Stopwatch;
use crate::workload::Workload;

/// As long as the subscriber waits before it looks whether all is done.
const GLANCE: Duration = Duration::from_millis(2);

/// How soon single events have effect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visibility {
    /// Until `apply` returns, and every reader sees it.
    pub applied: Spread,
    /// Until a thread that reads without a pause has seen it.
    pub seen: Spread,
    /// Until a subscriber that was waiting has the event's first transition.
    pub heard: Spread,
}

/// Measures one workspace.
///
/// # Errors
/// [`Failure`] if anything is refused.
pub fn measure(plan: &Plan, workload: &mut Workload, door: &Door) -> Result<Visibility, Failure> {
    let count = (plan.events_of_part() / 10).clamp(1, 5_000);
    let watch = Stopwatch::start();
    let mut events = |count: usize| -> Vec<Event> {
        let changes: Vec<_> = (0..count).map(|_| workload.change()).collect();
        changes.iter().map(|change| workload.event(change)).collect()
    };
    let mut subscription = door.workspace.subscribe(SubscribeOptions::all());
    let of_heard = events(count);
    let (applied, heard) = beside(door, watch, of_heard, |is_done| hear(&mut subscription, watch, is_done))?;
    drop(subscription);
    let of_seen = events(count);
    let (more, seen) = beside(door, watch, of_seen, |is_done| see(door, watch, is_done))?;
    let mut returned = Latencies::default();
    applied.iter().chain(&more).for_each(|one| returned.add(one.returned.saturating_sub(one.began)));
    Ok(Visibility { applied: returned.spread(), seen: until(&more, &seen), heard: until(&applied, &heard) })
}

/// One event.
struct Applied {
    began: Duration,
    returned: Duration,
    revision: Revision,
}

/// A revision, and when somebody met it or a later one.
type Met = (Revision, Duration);

/// Applies events one by one beside somebody who notes what is met when.
fn beside(
    door: &Door,
    watch: Stopwatch,
    events: Vec<Event>,
    meet: impl FnOnce(&AtomicBool) -> Vec<Met> + Send,
) -> Result<(Vec<Applied>, Vec<Met>), Failure> {
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let is_done = &is_done;
        let watcher = scope.spawn(move || meet(is_done));
        let apply = |event| {
            std::thread::sleep(BREATH);
            let began = watch.elapsed();
            let revision = door.workspace.apply_event(event)?;
            Ok(Applied { began, returned: watch.elapsed(), revision })
        };
        let applied: Result<Vec<Applied>, enlist::Error> = events.into_iter().map(apply).collect();
        is_done.store(true, Ordering::Release);
        Ok((applied?, watcher.join().map_err(|_| Failure::Reader)?))
    })
}

fn hear(subscription: &mut Subscription, watch: Stopwatch, is_done: &AtomicBool) -> Vec<Met> {
    let mut met: Vec<Met> = Vec::new();
    loop {
        let was_done = is_done.load(Ordering::Acquire);
        match subscription.next_within(GLANCE) {
            Some(published) => {
                let revision = published.revision();
                if met.last().is_none_or(|(last, _)| *last < revision) {
                    met.push((revision, watch.elapsed()));
                }
            }
            None if was_done => return met,
            None => {}
        }
    }
}

fn see(door: &Door, watch: Stopwatch, is_done: &AtomicBool) -> Vec<Met> {
    let mut met: Vec<Met> = Vec::new();
    loop {
        let was_done = is_done.load(Ordering::Acquire);
        let revision = door.workspace.read(|view| view.revision());
        if met.last().is_none_or(|(last, _)| *last < revision) {
            met.push((revision, watch.elapsed()));
        }
        if was_done {
            return met;
        }
    }
}

/// From when each event was handed in until it, itself, was met; those that nobody met (they flipped nothing, or the next
/// one was faster) are left out.
fn until(applied: &[Applied], met: &[Met]) -> Spread {
    let mut latencies = Latencies::default();
    for one in applied {
        if let Ok(place) = met.binary_search_by_key(&one.revision.number(), |(revision, _)| revision.number())
        {
            latencies.add(met[place].1.saturating_sub(one.began));
        }
    }
    latencies.spread()
}
