//! The time of one event, one by one: back to back, and each after a pause.
//!
//! During a pause the thread sleeps. Other threads take its caches, and the processor may lower its clock, as on a host
//! on which an event comes now and then. Events are made before the first one is applied, so that making them brings
//! nothing into the caches. Invariant: the events follow from the workload's seed.

use std::time::Duration;

use enlist_engine::{Engine, Output};
use enlist_model::Event;

use crate::failure::Failure;
use crate::latency::{Latencies, Spread};
use crate::stopwatch::timed;
use crate::workload::Workload;

/// The pauses before an event.
pub const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(10)];
/// Events after a pause, at most; there is one for a hundred events of the run.
const MOST: usize = 1_000;
/// Events after a pause, at least.
const LEAST: usize = 20;
/// Events back to back, for one after a pause.
const BACK_TO_BACK: usize = 20;

/// The time of one event after a pause.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paused {
    /// The pause; zero if events are back to back.
    pub pause: Duration,
    /// The distribution.
    pub spread: Spread,
}

/// Measures single events after each of the [`PAUSES`]. `events` are those of the run.
///
/// # Errors
/// [`Failure`] if the engine refuses an event.
pub fn measure(
    engine: &mut Engine,
    workload: &mut Workload,
    events: usize,
) -> Result<[Paused; PAUSES.len()], Failure> {
    let after = (events / 100).clamp(LEAST, MOST);
    let mut found = [Paused::default(); PAUSES.len()];
    for (found, pause) in found.iter_mut().zip(PAUSES) {
        let count = if pause.is_zero() { after * BACK_TO_BACK } else { after };
        let events: Vec<Event> = (0..count)
            .map(|_| {
                let change = workload.change();
                workload.event(&change)
            })
            .collect();
        *found = Paused { pause, spread: one_by_one(engine, &events, pause)? };
    }
    Ok(found)
}

fn one_by_one(engine: &mut Engine, events: &[Event], pause: Duration) -> Result<Spread, Failure> {
    let mut latencies = Latencies::default();
    let mut outputs: Vec<Output> = Vec::new();
    for (index, event) in events.iter().enumerate() {
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
        let (applied, time) = timed(|| engine.apply(event, &mut outputs));
        applied.map_err(|error| Failure::Refused { index, error })?;
        outputs.clear();
        latencies.add(time);
    }
    Ok(latencies.spread())
}
