//! One partition's share of a turn: its engine, what it is to do, and what came of it. Whichever thread takes it up carries
//! it out.
//!
//! A panic in the engine ends here: the share says so, and the other partitions do not notice. What always holds: outcomes
//! are one an event, in order, up to the one at which it panicked.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use enlist_engine::{Engine, Error as EngineError, LabelChange, RuleScan};
use enlist_model::{Event, Instant};

use crate::partition::output::Output;
use crate::sequencer::definition::holds;
#[cfg(all(test, not(loom)))]
use crate::tests::failed_definitions::inject_definition;

/// Events that are looked at ahead.
const WARMED_EVENTS: usize = 8;

/// One partition's share of a turn.
pub(crate) struct Part {
    /// Which partition.
    pub(crate) partition: usize,
    pub(crate) engine: Box<Engine>,
    /// The workspace's now; the engine is brought there first.
    pub(crate) now: Option<Instant>,
    pub(crate) work: Work,
    pub(crate) told: Output,
    /// What became of each event.
    pub(crate) outcomes: Vec<Result<Accepted, EngineError>>,
    /// The labels that began and ended to be held, each with the index of the event.
    pub(crate) labels: Vec<(u32, LabelChange)>,
    /// What a panic said.
    pub(crate) panic: Option<String>,
}

/// What is to be done.
pub(crate) enum Work {
    /// These events of the batch, each for itself or up to the first that is refused; a contact that the event of index i
    /// creates arrives as `arrivals + i`.
    Events { batch: Arc<Vec<Event>>, indices: Vec<u32>, arrivals: u64, stop_on_refusal: bool },
    /// Time passes.
    Advance { to: Instant },
    /// One event that has been checked.
    Apply { batch: Arc<Vec<Event>>, index: usize, survey: Option<Box<RuleScan>> },
    /// Everything derived is computed anew, time passes until now, and a definition is carried out that may be lacking.
    Rebuild { now: Option<Instant>, definition: Option<Box<Event>> },
}

/// An event was accepted; what it did lies among the items and transitions before these places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) items: usize,
    pub(crate) transitions: usize,
}

impl Accepted {
    fn of(told: &Output) -> Self {
        Accepted { items: told.lists.items.len(), transitions: told.lists.transitions.len() }
    }
}

impl Part {
    /// `told` is memory to be used again.
    pub(crate) fn new(
        partition: usize,
        engine: Box<Engine>,
        mut told: Output,
        now: Option<Instant>,
        work: Work,
    ) -> Self {
        told.begin_again(partition);
        Part { partition, engine, now, work, told, outcomes: Vec::new(), labels: Vec::new(), panic: None }
    }

    /// Does what is to be done.
    pub(crate) fn carry_out(&mut self) {
        // Whatever a panic leaves behind half done is not used again before it is rebuilt from the facts.
        let done = catch_unwind(AssertUnwindSafe(|| self.work()));
        self.panic = done.err().map(|panic| message(panic.as_ref()));
    }

    fn work(&mut self) {
        let Part { partition, engine, told, outcomes, labels, work, now, .. } = self;
        let now = now.filter(|_| !matches!(work, Work::Rebuild { .. }));
        if let Some(now) = now {
            engine.advance(now, told);
        }
        match work {
            Work::Events { batch, indices, arrivals, stop_on_refusal } => {
                outcomes.reserve_exact(indices.len());
                for (place, index) in indices.iter().enumerate() {
                    if place % WARMED_EVENTS == 0 {
                        let ahead = indices[place..].iter().take(WARMED_EVENTS);
                        engine.prefetch(ahead.map(|index| &batch[*index as usize]));
                    }
                    told.begin_event();
                    engine.arrive_as(*arrivals + u64::from(*index));
                    let event = &batch[*index as usize];
                    inject(event);
                    let applied = engine.apply(event, told);
                    outcomes.push(applied.map(|()| Accepted::of(told)));
                    labels.extend(engine.label_changes().map(|change| (*index, change)));
                    if *stop_on_refusal && outcomes.last().is_some_and(Result::is_err) {
                        return;
                    }
                }
            }
            Work::Advance { to } => engine.advance(*to, told),
            Work::Apply { batch, index, survey } => {
                told.begin_event();
                let event = &batch[*index];
                inject_definition(event, *partition, false);
                let applied = match survey.take() {
                    Some(survey) => engine.apply_with_scan(event, *survey, told),
                    None => engine.apply(event, told),
                };
                inject_definition(event, *partition, true);
                outcomes.push(applied.map(|()| Accepted::of(told)));
            }
            Work::Rebuild { now, definition } => {
                engine.rebuild();
                // It may have slept through the beginning of days.
                if let Some(now) = now {
                    engine.advance(*now, told);
                }
                if let Some(event) = definition
                    && !holds(engine, event)
                {
                    inject_definition(event, *partition, false);
                    // Should it be refused here, the definitions are compared yet.
                    let _ = engine.apply(event, told);
                    inject_definition(event, *partition, true);
                }
            }
        }
    }
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(not(test))]
pub(crate) fn inject(_event: &Event) {}

#[cfg(not(all(test, not(loom))))]
fn inject_definition(_event: &Event, _partition: usize, _is_applied: bool) {}

/// A test's own panic, at the contact whose id says so.
#[cfg(test)]
pub(crate) fn inject(event: &Event) {
    match &event.body {
        enlist_model::EventBody::ContactSaved { contact, .. } => {
            assert_ne!(contact.as_str(), "panic here", "injected");
        }
        enlist_model::EventBody::ContactMerged { contact, .. } => {
            assert_ne!(contact.as_str(), "panic when merged", "injected");
        }
        _ => {}
    }
}
