//! What one stuck subscriber among a thousand costs the others.
//!
//! Ten subscribe to all segments, the others to one segment each. Two threads read whatever has arrived for any of
//! them. What they cannot keep up with is dropped, the oldest first, and the writer does not wait. Then one of the
//! subscribers to all is never read. Invariant: the number of subscribers is the same with and without the stuck one,
//! and the laps alternate.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use enlist::{SegmentId, SubscribeOptions, Subscription};

use super::Plan;
use super::door::{Door, batches};
use crate::failure::Failure;
use crate::reads::BREATH;
use crate::stopwatch::median_of;
use crate::workload::{Workload, segment_id};

/// How many subscribers.
pub const SUBSCRIBERS: usize = 1_000;
/// How many of them subscribe to all segments.
pub const OF_ALL: usize = 10;
/// How many threads read for them.
pub const DRAINS: usize = 2;
/// Events in a batch of the writer.
pub const BATCH: usize = 100;

/// The cost of a stuck subscriber.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crowd {
    /// Events a second with no subscriber stuck.
    pub none_stuck: f64,
    /// Events a second with one stuck.
    pub one_stuck: f64,
    /// The second over the first.
    pub ratio: f64,
    /// The percentage of the items that were read, of those published to subscribers that are read.
    pub read_of_hundred: f64,
}

/// Measures one workspace.
///
/// # Errors
/// [`Failure`] if anything is refused.
pub fn measure(plan: &Plan, workload: &mut Workload, door: &Door) -> Result<Crowd, Failure> {
    let mut figures: [Vec<f64>; 4] = Default::default();
    for no in 0..plan.parts {
        // The order alternates, so that neither always has the warmer caches.
        let stuck_first = no % 2 == 1;
        let (first, read) = lap(plan, workload, door, stuck_first)?;
        let (second, read_too) = lap(plan, workload, door, !stuck_first)?;
        let (none, one) = if stuck_first { (second, first) } else { (first, second) };
        let found = [none, one, one / none, read.midpoint(read_too)];
        figures.iter_mut().zip(found).for_each(|(figures, figure)| figures.push(figure));
    }
    let [none_stuck, one_stuck, ratio, read_of_hundred] = figures.map(median_of);
    Ok(Crowd { none_stuck, one_stuck, ratio, read_of_hundred })
}

/// Events a second with a thousand subscribers, and the percentage of items read.
fn lap(plan: &Plan, workload: &mut Workload, door: &Door, is_one_stuck: bool) -> Result<(f64, f64), Failure> {
    let changes: Vec<_> = (0..plan.events_of_part()).map(|_| workload.change()).collect();
    let poured = batches(workload, &changes, BATCH);
    let mut subscriptions = (0..SUBSCRIBERS)
        .map(|no| {
            let segment = SegmentId::new(&segment_id(no as u32 % plan.segments))?;
            let options =
                if no < OF_ALL { SubscribeOptions::all() } else { SubscribeOptions::segments([segment]) };
            Ok(door.workspace.subscribe(options))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let stuck = is_one_stuck.then(|| subscriptions.remove(0));
    let published = door.workspace.stats().published;
    let (is_done, read) = (AtomicBool::new(false), AtomicU64::new(0));
    let time = std::thread::scope(|scope| {
        let (is_done, read) = (&is_done, &read);
        let shares = deal_out(subscriptions);
        let drains: Vec<_> =
            shares.into_iter().map(|share| scope.spawn(move || drain(share, is_done, read))).collect();
        let time = door.pour(poured);
        let read_by_then = read.load(Ordering::Relaxed);
        is_done.store(true, Ordering::Relaxed);
        drains.into_iter().try_for_each(|drain| drain.join().map_err(|_| Failure::Reader))?;
        Ok::<_, Failure>((time?, read_by_then))
    });
    let (time, read) = time?;
    let published = door.workspace.stats().published - published;
    let readable = published * (OF_ALL - usize::from(is_one_stuck)) as u64;
    // The average number of subscribers of a segment.
    let by_segment = published as f64 * (SUBSCRIBERS - OF_ALL) as f64 / f64::from(plan.segments);
    let share = read as f64 * 100.0 / (readable as f64 + by_segment);
    drop(stuck);
    Ok((changes.len() as f64 / time.as_secs_f64(), share))
}

/// One share for each reading thread, of equal size.
fn deal_out(subscriptions: Vec<Subscription>) -> Vec<Vec<Subscription>> {
    let mut shares: Vec<Vec<Subscription>> = (0..DRAINS).map(|_| Vec::new()).collect();
    for (no, subscription) in subscriptions.into_iter().enumerate() {
        shares[no % DRAINS].push(subscription);
    }
    shares
}

fn drain(mut share: Vec<Subscription>, is_done: &AtomicBool, read: &AtomicU64) {
    while !is_done.load(Ordering::Relaxed) {
        let mut items = 0;
        for subscription in &mut share {
            while !is_done.load(Ordering::Relaxed) && subscription.try_next().is_some() {
                items += 1;
            }
        }
        read.fetch_add(items, Ordering::Relaxed);
        if items == 0 {
            std::thread::sleep(BREATH);
        }
    }
}
