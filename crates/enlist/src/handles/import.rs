//! The bulk load: a workspace from the events of its definitions and contacts, without publishing anything.
//!
//! One engine takes the events on the caller's thread and becomes a workspace at the end, so no reader or writer waits for it.
//! Invariant: the workspace has the members that it would have if the same events were applied, with segments in order of
//! reference.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use enlist_engine::{BulkLoad, Engine, HashSeed};
use enlist_model::limits::ContentLimits;
use enlist_model::{Event, EventBody, Instant, SegmentId};

use crate::error::{Error, RefusedEvent};
use crate::handles::workspace::Workspace;
use crate::randomness;
use crate::reference_order::{in_order_of_reference, references_of};
use crate::sequencer::{Surroundings, TimeSource};
use crate::settings::WorkspaceLimits;

/// The result of an import; see [`Enlist::import_workspace`](crate::Enlist::import_workspace).
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

    /// The sentence without what was found, as [`Error::reason`].
    pub fn reason(&self) -> String {
        match self {
            ImportError::Source { .. } => "the source failed".to_owned(),
            ImportError::Enlist(error) => error.reason(),
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
    content: ContentLimits,
}

impl Import {
    pub(crate) fn new(surroundings: &Surroundings, limits: &WorkspaceLimits) -> Self {
        let ahead = match surroundings.time {
            TimeSource::Clock => limits.ahead,
            TimeSource::Manual => None,
        };
        // What exists is not held to lower limits: an import takes at least what the contract allows.
        let content = limits.content.at_least(ContentLimits::CONTRACT);
        Import { clock: surroundings.clock.now(), time: surroundings.time, ahead, content }
    }

    /// Reads all events; returns the engine that holds them, and the refused ones.
    pub(crate) fn run<E>(
        &self,
        events: impl IntoIterator<Item = Result<Event, E>>,
        mut progress: impl FnMut(ImportProgress),
    ) -> Result<(Engine, Vec<RefusedEvent>), ImportError<E>> {
        let mut engine = Engine::new(HashSeed::new(randomness::draw())).with_content_limits(self.content);
        let mut reader = Reader::default();
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
        let Reader { mut refused, deferred, .. } = reader;
        let mut load = stage.into_load()?;
        // Only now: any later event of the source may save a segment that a deferred one refers to.
        for (index, event) in in_order_of_reference(deferred, |(_, event)| segment_of(event)) {
            if let Err(reason) = load.apply(&event) {
                refused.push(RefusedEvent { index, event, reason: reason.into() });
            }
        }
        // Deferred segments are refused after later events, and the caller is promised the order of the source.
        refused.sort_by_key(|refused| refused.index);
        progress(ImportProgress {
            events: read,
            refused: refused.len() as u64,
            phase: ImportPhase::Building,
        });
        match self.time {
            // Otherwise the first write would process every date change since the latest event, and readers would wait for it.
            TimeSource::Clock => load.advance(self.clock),
            TimeSource::Manual => {}
        }
        // Dropped, not finished: finishing would report all memberships as notices, but nobody has subscribed yet.
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
#[derive(Default)]
struct Reader {
    refused: Vec<RefusedEvent>,
    /// Events of segments that refer to segments that have not been read yet.
    deferred: Vec<(usize, Event)>,
    /// The segments that they save or delete.
    deferred_segments: BTreeSet<SegmentId>,
}

impl Reader {
    /// Applies an event, or defers it.
    fn take<'a>(&mut self, stage: Stage<'a>, index: usize, event: Event) -> Result<Stage<'a>, Error> {
        // Checked against what was read, not against all references: a segment in order is applied at once, so only segments out
        // of order are kept in memory.
        if let Some((segment, references)) = segment_of(&event) {
            // A later event of a segment that waits is deferred too, or the earlier one would undo it at the end.
            let waits = self.deferred_segments.contains(segment);
            if waits || references.into_iter().any(|other| !stage.has_segment(other)) {
                self.deferred_segments.insert(segment.clone());
                self.deferred.push((index, event));
                return Ok(stage);
            }
        }
        let comes_first = event.body.is_definition() || matches!(event.body, EventBody::Tick);
        let (stage, applied) = match stage {
            Stage::Defining(engine) if comes_first => {
                // The engine has no contacts yet, so a definition changes no membership and reports nothing worth keeping.
                let applied = engine.apply(&event, &mut Vec::new());
                (Stage::Defining(engine), applied)
            }
            // The first event about a contact opens the load for good. The load still takes segments, but refuses fields and settings.
            stage @ (Stage::Defining(_) | Stage::Loading(_)) => {
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

/// The segment that an event saves or deletes, and the segments that it refers to.
fn segment_of(event: &Event) -> Option<(&SegmentId, BTreeSet<&str>)> {
    let segment = event.body.segment()?;
    let references = if let EventBody::SegmentSaved { rule, .. } = &event.body {
        references_of(rule)
    } else {
        BTreeSet::new()
    };
    Some((segment, references))
}
