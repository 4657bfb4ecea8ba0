//! How long readers wait while the writer runs at full speed.
//!
//! The writer submits batches as fast as the queue accepts them. Each reader does three reads, pauses,
//! and repeats, so that readers do not occupy the cores that they wait for. Invariant: each reader begins together
//! with the writer, and reads at least once.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::door::{Door, batches};
use super::{Plan, Reader};
use crate::failure::Failure;
use crate::latency::{Latencies, Spread};
use crate::reads::{BREATH, Questions};
use crate::stopwatch::timed;
use crate::workload::Workload;

/// The times of reads while a writer runs at full speed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// How many partitions the workspace has.
    pub partitions: usize,
    /// How many readers there were.
    pub readers: usize,
    /// Events in a batch of the writer.
    pub batch: usize,
    /// Events a second of the writer during the reads.
    pub events_per_second: f64,
    /// A count by the segment's id.
    pub count: Spread,
    /// A count by a segment's handle.
    pub handle_count: Spread,
    /// A page of fifty at a random offset.
    pub page: Spread,
}

#[derive(Default)]
struct Waits {
    count: Latencies,
    handle_count: Latencies,
    page: Latencies,
}

/// Measures one workspace.
///
/// # Errors
/// [`Failure`] if anything is refused.
pub(crate) fn measure(
    plan: &Plan,
    workload: &mut Workload,
    door: &Door,
    partitions: usize,
    questions: &Questions,
) -> Result<Reading, Failure> {
    let (mut waits, mut wrote) = (Waits::default(), Duration::ZERO);
    let events = plan.events_of_part();
    for part in 0..plan.parts {
        let changes: Vec<_> = (0..events).map(|_| workload.change()).collect();
        let poured = batches(workload, &changes, plan.batch);
        let (start, is_writing) = (Barrier::new(plan.readers + 1), AtomicBool::new(true));
        let (time, found) = std::thread::scope(|scope| {
            let seeds = (0..plan.readers).map(|reader| (part * plan.readers + reader) as u64);
            let (start, is_writing) = (&start, &is_writing);
            let reader = |seed: u64| {
                let questions = questions.reseeded(seed);
                scope.spawn(move || {
                    start.wait();
                    read(door, questions, is_writing)
                })
            };
            let readers: Vec<Reader<'_, Waits>> = seeds.map(reader).collect();
            start.wait();
            let time = door.pour(poured);
            is_writing.store(false, Ordering::Relaxed);
            let found = readers.into_iter().map(|reader| reader.join().map_err(|_| Failure::Reader)?);
            Ok::<_, Failure>((time?, found.collect::<Result<Vec<_>, _>>()?))
        })?;
        wrote += time;
        for found in found {
            waits.join(found);
        }
    }
    Ok(Reading {
        partitions,
        readers: plan.readers,
        batch: plan.batch,
        events_per_second: (events * plan.parts) as f64 / wrote.as_secs_f64(),
        count: waits.count.spread(),
        handle_count: waits.handle_count.spread(),
        page: waits.page.spread(),
    })
}

fn read(door: &Door, mut questions: Questions, is_writing: &AtomicBool) -> Result<Waits, Failure> {
    let mut waits = Waits::default();
    let handle = door.workspace.segment(&questions.segment())?;
    loop {
        let segment = questions.segment();
        let (paged, request) = questions.page(enlist::PageOrder::Arrival { descending: false });
        let (count, time) = timed(|| door.workspace.count(&segment));
        count?;
        waits.count.add(time);
        let (count, time) = timed(|| handle.count());
        count?;
        waits.handle_count.add(time);
        let (page, time) = timed(|| door.workspace.page(&paged, &request));
        page?;
        waits.page.add(time);
        if !is_writing.load(Ordering::Relaxed) {
            return Ok(waits);
        }
        std::thread::sleep(BREATH);
    }
}

impl Reading {
    /// The time of a page, 99 of 100, over that of one batch.
    pub fn page_p99_over_batch(&self) -> f64 {
        self.page.p99.as_secs_f64() * self.events_per_second / self.batch as f64
    }
}

impl Waits {
    fn join(&mut self, other: Waits) {
        self.count.join(other.count);
        self.handle_count.join(other.handle_count);
        self.page.join(other.page);
    }
}
