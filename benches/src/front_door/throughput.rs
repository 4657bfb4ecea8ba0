//! Events a second: workspaces of one and of several partitions with the probe, and one workspace with the bare
//! engine.
//!
//! Within each part all of them alternate, so that other load on the machine affects all of them. A figure is the
//! median of its parts, and a ratio the median of the parts' ratios. Invariant: each applies every event, in order.

use super::{Doors, Plan};
use crate::digest::Digest;
use crate::failure::Failure;
use crate::front_door::door::batches;
use crate::lanes::Part;
use crate::probe::Probe;
use crate::stopwatch::median_of;
use crate::workload::Workload;

/// The gain of more partitions, in batches of one size.
#[derive(Clone, Copy, Debug)]
pub struct Scaling {
    /// Events in a batch.
    pub batch: usize,
    /// Events a second in one partition.
    pub one: f64,
    /// Events a second in several.
    pub several: f64,
    /// The second over the first.
    pub scaling: f64,
    /// The same ratio for the probe, with as many threads as partitions.
    pub probe: f64,
    /// The first ratio over the probe's.
    pub of_probe: f64,
}

/// The cost of the front door, in batches of [`Cost::BATCH`].
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Nanoseconds an event in the bare engine.
    pub engine: f64,
    /// Through one partition, without subscribers.
    pub unheard: Compared,
    /// With a subscriber to all that reads everything.
    pub heard: Compared,
    /// Through several partitions, with such a subscriber.
    pub several_heard: Compared,
}

/// Nanoseconds an event, and their ratio to the bare engine's.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// Nanoseconds an event.
    pub time: f64,
    /// The ratio to the engine's.
    pub ratio: f64,
}

impl Cost {
    /// Events in a batch.
    pub const BATCH: usize = 100;
}

/// Measures the gain of more partitions.
///
/// # Errors
/// [`Failure`] if anything is refused.
pub fn scaling(
    plan: &Plan,
    workload: &mut Workload,
    doors: &mut Doors,
    probe: &mut Probe,
    batch: usize,
) -> Result<Scaling, Failure> {
    let events = plan.events_of_part();
    let steps = (events * 10).min(1_000_000);
    let threads = plan.partitions.min(super::cores());
    let mut figures: [Vec<f64>; 5] = Default::default();
    for _ in 0..plan.parts {
        let changes: Vec<_> = (0..events).map(|_| workload.change()).collect();
        let mut part = Part { changes, ..Part::default() };
        doors.engine.run(workload, batch, &mut part)?;
        let alone = probe.walk(1, steps)?.rate();
        let together = probe.walk(threads, steps)?.rate();
        let poured = batches(workload, &part.changes, batch);
        let one = events as f64 / doors.one.pour(poured)?.as_secs_f64();
        let poured = batches(workload, &part.changes, batch);
        let several = events as f64 / doors.several.pour(poured)?.as_secs_f64();
        let (scaling, of_threads) = (several / one, together / alone);
        let found = [one, several, scaling, of_threads, scaling / of_threads];
        figures.iter_mut().zip(found).for_each(|(figures, figure)| figures.push(figure));
    }
    let [one, several, scaling, probe, of_probe] = figures.map(median_of);
    Ok(Scaling { batch, one, several, scaling, probe, of_probe })
}

/// Measures the cost of the front door. Also returns whether all found the same flips.
///
/// # Errors
/// [`Failure`] if anything is refused.
pub fn cost(plan: &Plan, workload: &mut Workload, doors: &mut Doors) -> Result<(Cost, bool), Failure> {
    let events = plan.events_of_part();
    let each = |time: std::time::Duration| time.as_nanos() as f64 / events as f64;
    let (mut engine, mut agree) = (Vec::new(), true);
    let mut found: [Vec<(f64, f64)>; 3] = Default::default();
    for no in 0..plan.parts * 2 {
        let changes: Vec<_> = (0..events).map(|_| workload.change()).collect();
        let mut part = Part { changes, ..Part::default() };
        let bare = each(doors.engine.run(workload, Cost::BATCH, &mut part)?.time);
        engine.push(bare);
        let mut note = |place: usize, time: f64| found[place].push((time, time / bare));
        let through = |door: &super::door::Door| door.take(workload, &part.changes, Cost::BATCH);
        if no % 2 == 0 {
            note(0, each(through(&doors.one)?));
        } else {
            let (time, digest) = doors.one.heard(|| through(&doors.one))?;
            note(1, each(time));
            agree &= digest == part.whole;
        }
        let (time, digest): (_, Digest) = doors.several.heard(|| through(&doors.several))?;
        note(2, each(time));
        agree &= digest == part.whole;
    }
    let [unheard, heard, several_heard] = found.map(Compared::of);
    Ok((Cost { engine: median_of(engine), unheard, heard, several_heard }, agree))
}

impl Compared {
    fn of(parts: Vec<(f64, f64)>) -> Self {
        let (times, ratios) = parts.into_iter().unzip();
        Compared { time: median_of(times), ratio: median_of(ratios) }
    }
}
