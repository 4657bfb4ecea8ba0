//! A partition's share of a frame: its assignment and the outcomes. Any thread can run it; as it can what is prepared for a frame.
//!
//! A panic in the engine is caught here: it marks the partition as failed and does not affect the other partitions. Invariant:
//! there is one outcome for each event, in order, up to the event at which the engine panicked.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use enlist_engine::{Engine, Error as EngineError, PREFETCHED_EVENTS, RuleScan, Run};
use enlist_model::{Event, Instant};
use smallvec::SmallVec;

use crate::batch::OnRefusal;
use crate::partition::Partition;
use crate::partition::index::EventIdx;
use crate::partition::output::OutputBuffer;
use crate::threads::pauses::Pauses;
use crate::threads::pool;

/// How many times a run pauses at most: a reader of members waits for about a sixteenth of a batch, and readers at full speed do not
/// stop the writer.
const PAUSES_MOST: usize = 16;
/// Between pauses lie at least this many events: fewer take no longer than a pause.
pub(crate) const PAUSE_EVENTS_LEAST: usize = 32;

/// What a thread runs for a frame.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are shares, and a box would be an allocation for each partition and frame"
)]
pub(crate) enum Task {
    Share(Share),
    /// Something that is prepared before the frame, beside reads; `None` once it has run. Its result is kept elsewhere, and
    /// is missing after a panic.
    Preparation(Option<Box<dyn FnOnce() + Send>>),
}

/// One partition's share of a frame.
pub(crate) struct Share {
    pub(crate) partition: Partition,
    pub(crate) work: Work,
}

/// What a partition does for a frame, and how far it has come. During a pause the partition is in its place, and this is kept.
pub(crate) struct Work {
    /// The workspace's now. The engine is advanced to it first, because a partition without recent events lags behind.
    now: Option<Instant>,
    assignment: Assignment,
    /// The outcome of each event.
    pub(crate) outcomes: Vec<Result<Accepted, EngineError>>,
    progress: Progress,
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
    pub(crate) indices: SmallVec<[EventIdx; 1]>,
    /// Replacements of events by index, in order. Their labels have the spelling of the workspace.
    pub(crate) respelled: Vec<(EventIdx, Event)>,
    /// A contact created by the event at index i has the creation number `first_creation + i`.
    pub(crate) first_creation: u64,
    pub(crate) on_refusal: OnRefusal,
    /// Who may want a pause; `None` if the run does not pause.
    pub(crate) pauses: Option<Arc<Pauses>>,
}

/// How a partition leaves its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Ended,
    /// For a pause; it is continued.
    Paused,
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

impl Work {
    /// What a partition does for a frame from now on. Its output is empty then.
    pub(crate) fn begin(partition: &mut Partition, now: Option<Instant>, assignment: Assignment) -> Self {
        partition.output.reset();
        Work { now, assignment, outcomes: Vec::new(), progress: Progress::Ended }
    }
}

impl Share {
    /// Whether it continues after a pause.
    pub(crate) fn is_paused(&self) -> bool {
        self.work.progress == Progress::Paused
    }

    fn run(&mut self) {
        let Share { partition, work: Work { now, assignment, outcomes, progress } } = self;
        *progress = Progress::Ended;
        // Unwind safe: a failed partition's derived state is not used before it is rebuilt from the facts.
        let done = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(test)]
            let index = partition.index;
            let Partition { engine, output, .. } = &mut *partition;
            if let Some(now) = *now {
                engine.advance(now, output);
            }
            match assignment {
                Assignment::Events(run) => *progress = run.execute(engine, output, outcomes),
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
    /// Executes the events that have no outcome yet.
    fn execute(
        &self,
        engine: &mut Engine,
        output: &mut OutputBuffer,
        outcomes: &mut Vec<Result<Accepted, EngineError>>,
    ) -> Progress {
        outcomes.reserve_exact(self.indices.len() - outcomes.len());
        engine.run(|run| self.execute_in(run, output, outcomes))
    }

    /// How many events lie between two pauses, at least.
    fn pause_interval(&self) -> usize {
        (self.indices.len() / PAUSES_MOST).max(PAUSE_EVENTS_LEAST).next_multiple_of(PREFETCHED_EVENTS)
    }

    fn execute_in(
        &self,
        run: &mut Run<'_>,
        output: &mut OutputBuffer,
        outcomes: &mut Vec<Result<Accepted, EngineError>>,
    ) -> Progress {
        let (begin, interval) = (outcomes.len(), self.pause_interval());
        // After a pause, those of the events before it are used.
        let used =
            self.indices.get(begin).map_or(0, |first| self.respelled.partition_point(|(of, _)| of < first));
        let mut respelled = self.respelled[used..].iter().peekable();
        for (position, index) in self.indices.iter().enumerate().skip(begin) {
            if position % PREFETCHED_EVENTS == 0 {
                let is_wanted = || self.pauses.as_ref().is_some_and(|pauses| pauses.are_wanted());
                if position % interval == 0 && position > begin && is_wanted() {
                    return Progress::Paused;
                }
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
                return Progress::Ended;
            }
        }
        Progress::Ended
    }
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}
