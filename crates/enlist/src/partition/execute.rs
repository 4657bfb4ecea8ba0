//! A partition's share of a frame: its assignment and the outcomes. Any thread can run it; as it can what is prepared for a frame.
//!
//! A panic in the engine is caught here: it marks the partition as failed and does not affect the other partitions. Invariant:
//! there is one outcome for each event, in order, up to the event at which the engine panicked.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use enlist_engine::{Engine, Error as EngineError, RuleScan, Run};
use enlist_model::{Event, Instant};

use crate::batch::OnRefusal;
use crate::partition::Partition;
use crate::partition::index::EventIdx;
use crate::partition::output::OutputBuffer;
use crate::threads::pool;

/// How many events are prefetched together.
const PREFETCHED_EVENTS: usize = 8;

/// What a thread runs for a frame.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are shares, and a box would be an allocation for each partition and frame"
)]
pub(crate) enum Task {
    Share(Share),
    /// Something that is prepared before the frame, beside reads; `None` once it has run. What comes of it is kept elsewhere, and
    /// is missing after a panic.
    Preparation(Option<Box<dyn FnOnce() + Send>>),
}

/// One partition's share of a frame.
pub(crate) struct Share {
    pub(crate) partition: Partition,
    /// The workspace's now. The engine is advanced to it first, because a partition without recent events lags behind.
    now: Option<Instant>,
    assignment: Assignment,
    /// The outcome of each event.
    pub(crate) outcomes: Vec<Result<Accepted, EngineError>>,
}

/// What a partition must do.
pub(crate) enum Assignment {
    Events(EventRun),
    /// Advance the engine.
    Advance {
        to: Instant,
    },
    /// Execute one definition, which was checked before.
    Define {
        events: Arc<Vec<Event>>,
        event: EventIdx,
        scan: Option<Box<RuleScan>>,
    },
}

/// Events of the frame that concern one partition.
pub(crate) struct EventRun {
    pub(crate) events: Arc<Vec<Event>>,
    pub(crate) indices: Vec<EventIdx>,
    /// Replacements of events by index, in order. Their labels have the spelling of the workspace.
    pub(crate) respelled: Vec<(EventIdx, Event)>,
    /// A contact created by the event at index i has the creation number `first_creation + i`.
    pub(crate) first_creation: u64,
    pub(crate) on_refusal: OnRefusal,
}

/// An event was accepted; its items and transitions end at these positions of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) items_end: usize,
    pub(crate) transitions_end: usize,
}

impl Accepted {
    fn at_end_of(output: &OutputBuffer) -> Self {
        let changes = &output.changes;
        Accepted { items_end: changes.items.len(), transitions_end: changes.transitions.len() }
    }
}

impl Partition {
    /// Takes a step of preparing its engine for saving a scan, outside any frame; returns whether it was the last.
    pub(crate) fn fill(&mut self, scan: &mut RuleScan) -> bool {
        // Unwind safe: as for a task.
        let done = catch_unwind(AssertUnwindSafe(|| self.engine.fill_scan(scan)));
        done.unwrap_or_else(|panic| {
            self.failure = Some(panic_message(panic.as_ref()));
            true
        })
    }
}

impl pool::Task for Task {
    fn run(&mut self) {
        match self {
            Task::Share(share) => share.run(),
            Task::Preparation(preparation) => {
                if let Some(preparation) = preparation.take() {
                    let _ = catch_unwind(AssertUnwindSafe(preparation));
                }
            }
        }
    }
}

impl Share {
    pub(crate) fn new(mut partition: Partition, now: Option<Instant>, assignment: Assignment) -> Self {
        partition.output.reset();
        Share { partition, now, assignment, outcomes: Vec::new() }
    }

    fn run(&mut self) {
        let Share { partition, now, assignment, outcomes } = self;
        // Unwind safe: a failed partition's derived state is not used before it is rebuilt from the facts.
        let done = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(test)]
            let index = partition.index;
            let Partition { engine, output, .. } = &mut *partition;
            if let Some(now) = *now {
                engine.advance(now, output);
            }
            match assignment {
                Assignment::Events(run) => run.execute(engine, output, outcomes),
                Assignment::Advance { to } => engine.advance(*to, output),
                Assignment::Define { events, event, scan } => {
                    let event = &events[event.position()];
                    output.begin_event();
                    #[cfg(test)]
                    super::fault::strike_definition(event, index, super::fault::When::BeforeTheEngine);
                    let applied = match scan.take() {
                        Some(scan) => engine.apply_with_scan(event, *scan, output),
                        None => engine.apply(event, output),
                    };
                    #[cfg(test)]
                    super::fault::strike_definition(event, index, super::fault::When::AfterTheEngine);
                    outcomes.push(applied.map(|()| Accepted::at_end_of(output)));
                }
            }
        }));
        if let Err(panic) = done {
            partition.failure = Some(panic_message(panic.as_ref()));
        }
    }
}

impl EventRun {
    fn execute(
        &self,
        engine: &mut Engine,
        output: &mut OutputBuffer,
        outcomes: &mut Vec<Result<Accepted, EngineError>>,
    ) {
        outcomes.reserve_exact(self.indices.len());
        engine.run(|run| self.execute_in(run, output, outcomes));
    }

    fn execute_in(
        &self,
        run: &mut Run<'_>,
        output: &mut OutputBuffer,
        outcomes: &mut Vec<Result<Accepted, EngineError>>,
    ) {
        let mut respelled = self.respelled.iter().peekable();
        for (position, index) in self.indices.iter().enumerate() {
            if position % PREFETCHED_EVENTS == 0 {
                // In blocks, so that the memory accesses of several events overlap.
                let ahead = self.indices[position..].iter().take(PREFETCHED_EVENTS);
                run.prefetch(ahead.map(|index| &self.events[index.position()]));
            }
            output.begin_event();
            // By the event's position in the frame, so that the order of creation does not depend on the partitions.
            run.arrive_as(self.first_creation + index.position() as u64);
            let spelled = respelled.next_if(|(of, _)| of == index);
            let event = spelled.map_or(&self.events[index.position()], |(_, event)| event);
            #[cfg(test)]
            super::fault::strike_event(event);
            let applied = run.apply(event, output);
            let is_refused = applied.is_err();
            outcomes.push(applied.map(|()| Accepted::at_end_of(output)));
            if is_refused && self.on_refusal == OnRefusal::Stop {
                return;
            }
        }
    }
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}
