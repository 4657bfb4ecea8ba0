//! The lane of the engine: its public API, contacts and segments by the host's string ids, outputs delivered.
//!
//! Invariant: making an event is not timed; dropping it, and reading its outputs and dropping them, is.

use std::time::Duration;

use enlist_engine::{Engine, HashSeed, Output};
use enlist_model::{Cause, Change, Event, Transition};

use crate::digest::Flip;
use crate::failure::Failure;
use crate::lanes::{Lap, Part};
use crate::memory::resident_bytes;
use crate::stopwatch::timed;
use crate::workload::{Workload, number_of};

/// The hash seed of measured engines: always the same, so that measurements are comparable.
pub const HASH_SEED: HashSeed = HashSeed::new(1);

/// The engine, and the cost of its setup.
pub struct EngineLane {
    /// The engine.
    pub engine: Engine,
    /// The cost of the setup.
    pub setup: Setup,
    outputs: Vec<Output>,
}

/// The cost of setting an engine up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// Recording the facts of contacts and conversations, without making the events.
    pub facts: Duration,
    /// Building every segment over all contacts.
    pub build: Duration,
    /// The resident bytes of the facts of contacts, without conversations.
    pub contact_bytes: u64,
    /// The resident bytes of the conversations.
    pub conversation_bytes: u64,
    /// The resident bytes of everything that is derived: memberships, truths, indexes.
    pub derived_bytes: u64,
}

impl EngineLane {
    /// An engine with the facts of a workload and this many segments, by a bulk load. `progress` is called for every
    /// contact.
    ///
    /// # Errors
    /// [`Failure`] if the engine refuses something, or the resident size cannot be read.
    pub fn set_up(workload: &Workload, segments: u32, progress: &dyn Fn(u64)) -> Result<Self, Failure> {
        let mut engine = Engine::new(HASH_SEED);
        let mut outputs = Vec::new();
        for event in workload.fields().into_iter().chain(workload.segments(segments)) {
            engine.apply(&event, &mut outputs)?;
        }
        outputs = Vec::new();
        let mut setup = Setup::default();
        let empty = resident_bytes()?;
        let mut load = engine.load()?;
        let mut take = |event: &Event, facts: &mut Duration| -> Result<(), Failure> {
            let (taken, time) = timed(|| load.apply(event));
            *facts += time;
            Ok(taken?)
        };
        for no in 0..workload.facts().contacts() as u32 {
            take(&workload.contact(no), &mut setup.facts)?;
            progress(1);
        }
        let contacts = resident_bytes()?;
        for no in 0..workload.conversations() {
            take(&workload.conversation(no), &mut setup.facts)?;
        }
        let facts = resident_bytes()?;
        ((), setup.build) = timed(|| load.finish(&mut outputs));
        outputs = Vec::new();
        setup.contact_bytes = contacts.saturating_sub(empty);
        setup.conversation_bytes = facts.saturating_sub(contacts);
        setup.derived_bytes = resident_bytes()?.saturating_sub(facts);
        Ok(EngineLane { engine, setup, outputs })
    }

    /// Applies a part in batches, and records the flips.
    ///
    /// # Errors
    /// [`Failure`] if the engine refuses an event or reports what the workload did not create.
    pub fn run(&mut self, workload: &Workload, batch: usize, part: &mut Part) -> Result<Lap, Failure> {
        let before = self.engine.event_count();
        let mut time = Duration::ZERO;
        let mut delivered = 0;
        let changes = std::mem::take(&mut part.changes);
        for changes in changes.chunks(batch) {
            let events: Vec<Event> = changes.iter().map(|change| workload.event(change)).collect();
            let (applied, applying) = timed(|| {
                let applied = self.engine.apply_batch(&events, &mut self.outputs);
                delivered += self.outputs.iter().filter(|output| is_entry(output)).count();
                applied
            });
            applied.map_err(|refused| Failure::Refused { index: refused.index, error: refused.error })?;
            for output in &self.outputs {
                if let Output::Transition(transition) = output {
                    note(flip_of(transition, before)?, part);
                }
            }
            let ((), letting_go) = timed(|| {
                self.outputs.clear();
                drop(events);
            });
            time += applying + letting_go;
        }
        std::hint::black_box(delivered);
        part.answer.close(changes.len());
        part.changes = changes;
        Ok(Lap { time, events: part.changes.len(), agrees: true })
    }
}

fn is_entry(output: &Output) -> bool {
    matches!(output, Output::Transition(transition) if transition.change == Change::Entered)
}

fn note(flip: Flip, part: &mut Part) {
    part.answer.push(flip);
    part.whole.add(flip);
    if (flip.event as usize) < part.prefix {
        part.beginning.add(flip);
    }
}

/// A transition by numbers; events are counted from the one after `before`.
pub(crate) fn flip_of(transition: &Transition, before: u64) -> Result<Flip, Failure> {
    let Transition { segment, contact, change, cause, .. } = transition;
    let numbers = number_of(segment.as_str()).zip(number_of(contact.as_str()));
    match (numbers, cause) {
        (Some((segment, contact)), Cause::Event(event)) => {
            let entered = *change == Change::Entered;
            Ok(Flip { event: event.saturating_sub(before + 1) as u32, segment, contact, entered })
        }
        _ => Err(Failure::Unknown { found: format!("{transition:?}") }),
    }
}
