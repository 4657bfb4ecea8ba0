//! The bulk load: a workspace made from the events of its definitions and contacts, with nothing published.
//!
//! One engine takes the events on the caller's thread and only then becomes a workspace, so nobody waits for it. Invariant: the
//! workspace has the members that applying the same events, segments in order of reference, would have led to.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use enlist_engine::{BulkLoad, Engine, HashSeed};
use enlist_model::{Event, EventBody, Instant, Json};

use crate::error::{Error, RefusedEvent};
use crate::handles::workspace::Workspace;
use crate::randomness;
use crate::sequencer::{Surroundings, TimeSource};
use crate::settings::WorkspaceLimits;

/// What became of an import; see [`Enlist::import_workspace`](crate::Enlist::import_workspace).
#[derive(Debug)]
#[must_use = "it lists the events that were refused"]
#[non_exhaustive]
pub struct Imported {
    /// The workspace.
    pub workspace: Workspace,
    /// How many events were applied.
    pub applied: u64,
    /// The refused events, in order, each whole and with its reason. They changed nothing.
    pub refused: Vec<RefusedEvent>,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportProgress {
    /// Events read from the source, the refused ones included.
    pub events: u64,
    /// Events refused.
    pub refused: u64,
    /// What the import is doing.
    pub phase: ImportPhase,
}

/// What an import is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportPhase {
    /// Reading events from the source.
    Reading,
    /// Computing the memberships of all segments.
    Building,
}

/// Why an import ended without a workspace.
///
/// | code | variant |
/// |---|---|
/// | `source_failed` | [`Source`](Self::Source) |
/// | that of the workspace's error | [`Enlist`](Self::Enlist) |
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError<E> {
    /// The source failed. Nothing was created.
    #[error("the source failed after {events} events: {error}")]
    Source {
        /// The events read before.
        events: u64,
        /// The source's error.
        error: E,
    },
    /// The workspace cannot be created.
    #[error(transparent)]
    Enlist(#[from] Error),
}

impl<E> ImportError<E> {
    /// What kind of error it is: `source_failed`, or the [code](Error::code) of the workspace's error.
    pub fn code(&self) -> &'static str {
        match self {
            ImportError::Source { .. } => "source_failed",
            ImportError::Enlist(error) => error.code(),
        }
    }
}

impl From<ImportError<Infallible>> for Error {
    /// An import from a source that cannot fail has only the workspace's own errors.
    fn from(error: ImportError<Infallible>) -> Self {
        match error {
            ImportError::Source { error, .. } => match error {},
            ImportError::Enlist(error) => error,
        }
    }
}

impl ImportProgress {
    /// Progress is reported after this many events.
    pub const EVERY_EVENTS: u64 = 10_000;
}

/// An import under way.
pub(crate) struct Import {
    clock: Instant,
    time: TimeSource,
    ahead: Option<Duration>,
}

impl Import {
    pub(crate) fn new(surroundings: &Surroundings, limits: &WorkspaceLimits) -> Self {
        let ahead = match surroundings.time {
            TimeSource::Clock => limits.ahead,
            TimeSource::Manual => None,
        };
        Import { clock: surroundings.clock.now(), time: surroundings.time, ahead }
    }

    /// Reads all events; returns the engine that holds them, and the refused ones.
    pub(crate) fn run<E>(
        &self,
        events: impl IntoIterator<Item = Result<Event, E>>,
        mut progress: impl FnMut(ImportProgress),
    ) -> Result<(Engine, Vec<RefusedEvent>), ImportError<E>> {
        let mut engine = Engine::new(HashSeed::new(randomness::draw()));
        let mut reader = Reader { refused: Vec::new(), deferred: Vec::new() };
        let mut stage = Stage::Defining(&mut engine);
        let mut read = 0;
        for (index, event) in events.into_iter().enumerate() {
            let event = event.map_err(|error| ImportError::Source { events: read, error })?;
            read += 1;
            stage = match self.check_ahead(event.at) {
                Ok(()) => reader.take(stage, index, event)?,
                Err(reason) => {
                    reader.refused.push(RefusedEvent { index, event, reason });
                    stage
                }
            };
            if read.is_multiple_of(ImportProgress::EVERY_EVENTS) {
                let refused = reader.refused.len() as u64;
                progress(ImportProgress { events: read, refused, phase: ImportPhase::Reading });
            }
        }
        let Reader { mut refused, deferred } = reader;
        let mut load = stage.into_load()?;
        for (index, event) in in_order_of_reference(deferred) {
            if let Err(reason) = load.apply(&event) {
                refused.push(RefusedEvent { index, event, reason: reason.into() });
            }
        }
        refused.sort_by_key(|refused| refused.index);
        progress(ImportProgress {
            events: read,
            refused: refused.len() as u64,
            phase: ImportPhase::Building,
        });
        match self.time {
            TimeSource::Clock => load.advance(self.clock),
            TimeSource::Manual => {}
        }
        // What finishing would report are the memberships once more, and nobody has subscribed yet.
        drop(load);
        Ok((engine, refused))
    }

    fn check_ahead(&self, at: Instant) -> Result<(), Error> {
        crate::sequencer::limits::check_ahead(at, self.clock, self.ahead)
    }
}

/// Where the events of an import go: into the engine while they define, then into its bulk load.
enum Stage<'a> {
    Defining(&'a mut Engine),
    Loading(BulkLoad<'a>),
}

impl<'a> Stage<'a> {
    fn into_load(self) -> Result<BulkLoad<'a>, Error> {
        match self {
            Stage::Defining(engine) => Ok(engine.load()?),
            Stage::Loading(load) => Ok(load),
        }
    }

    fn has_segment(&self, segment: &str) -> bool {
        match self {
            Stage::Defining(engine) => engine.count(segment).is_ok(),
            Stage::Loading(load) => load.has_segment(segment),
        }
    }
}

/// What an import keeps while it reads.
struct Reader {
    refused: Vec<RefusedEvent>,
    /// Segments that refer to others that have not come yet.
    deferred: Vec<(usize, Event)>,
}

impl Reader {
    /// Applies an event, or defers it.
    fn take<'a>(&mut self, stage: Stage<'a>, index: usize, event: Event) -> Result<Stage<'a>, Error> {
        if let EventBody::SegmentSaved { rule, .. } = &event.body
            && references_of(rule).into_iter().any(|segment| !stage.has_segment(segment))
        {
            self.deferred.push((index, event));
            return Ok(stage);
        }
        let comes_first = event.body.is_definition() || matches!(event.body, EventBody::Tick);
        let (stage, applied) = match stage {
            Stage::Defining(engine) if comes_first => {
                // The engine has no contacts yet, so that nothing comes of it.
                let applied = engine.apply(&event, &mut Vec::new());
                (Stage::Defining(engine), applied)
            }
            stage => {
                let mut load = stage.into_load()?;
                let applied = load.apply(&event);
                (Stage::Loading(load), applied)
            }
        };
        if let Err(reason) = applied {
            self.refused.push(RefusedEvent { index, event, reason: reason.into() });
        }
        Ok(stage)
    }
}

/// Segments that were saved, each after those it refers to, otherwise as they came. What refers to a cycle or to an unknown
/// segment comes last, to be refused with the reason.
fn in_order_of_reference(saved: Vec<(usize, Event)>) -> Vec<(usize, Event)> {
    let mut position_of: BTreeMap<String, usize> = BTreeMap::new();
    for (position, (_, event)) in saved.iter().enumerate() {
        if let EventBody::SegmentSaved { segment, .. } = &event.body {
            position_of.entry(segment.as_str().to_owned()).or_insert(position);
        }
    }
    let mut waits_for: Vec<usize> = vec![0; saved.len()];
    let mut referred_by: Vec<Vec<usize>> = vec![Vec::new(); saved.len()];
    for (position, (_, event)) in saved.iter().enumerate() {
        let EventBody::SegmentSaved { rule, .. } = &event.body else { continue };
        for other in references_of(rule).into_iter().filter_map(|id| position_of.get(id)) {
            // A segment that refers to itself is a cycle; it waits for nobody and is refused.
            if *other != position {
                waits_for[position] += 1;
                referred_by[*other].push(position);
            }
        }
    }
    let mut ready: BTreeSet<usize> = (0..saved.len()).filter(|position| waits_for[*position] == 0).collect();
    let mut events: Vec<Option<(usize, Event)>> = saved.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(events.len());
    while let Some(position) = ready.pop_first() {
        ordered.extend(events[position].take());
        for other in std::mem::take(&mut referred_by[position]) {
            waits_for[other] -= 1;
            if waits_for[other] == 0 {
                ready.insert(other);
            }
        }
    }
    ordered.extend(events.into_iter().flatten());
    ordered
}

/// The segments that a rule refers to. It walks a list instead of recursing, because the rule is not checked for depth yet.
fn references_of(rule: &Json) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![rule];
    while let Some(value) = waiting.pop() {
        match value {
            Json::Object(members) => {
                for (key, value) in members {
                    if let (Json::Text(id), "segment") = (value, key.as_str()) {
                        found.insert(id.as_str());
                    }
                    waiting.push(value);
                }
            }
            Json::List(values) => waiting.extend(values),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::TooDeep => {}
        }
    }
    found
}
