//! Frames: what a journal keeps, in the order in which it is executed.
//!
//! A frame holds whatever its outcome depends on and the engine does not know: what the clock read, what an estimate said, what a
//! panic refused. So executing kept frames again leads to the same state. This module does not execute anything.
//! Invariant: a frame that is encoded is decoded to an equal frame.

mod consumer;
mod event;
mod json;
mod settings;
mod stored;

use std::sync::Arc;

use enlist_model::{Event, Instant, WorkspaceId};

pub use consumer::{ConsumerRecord, WhenFull};
pub(crate) use event::{StoredKind, StoredWeekStart, refused};
pub(crate) use json::StoredJson;
pub(crate) use settings::StoredSettings;
pub use settings::{LimitsRecord, SettingsRecord};
pub(crate) use stored::instant;

use crate::codec;
use crate::error::Error;

/// The number of a workspace in its store. It is given at the creation and never again, so that a frame of a dropped workspace
/// is never taken for one of a later workspace with the same id. It is also shorter than an id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkspaceNumber(pub u64);

/// A frame of a workspace.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The workspace.
    pub workspace: WorkspaceNumber,
    /// What is done.
    pub body: FrameBody,
}

/// What a frame does.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameBody {
    /// Creates the workspace.
    Create(Box<Creation>),
    /// Applies events.
    Events(Box<Events>),
    /// Lets time pass.
    Advance {
        /// Its place among the frames of the workspace.
        step: Step,
        /// The instant up to which time passes.
        to: Instant,
    },
    /// Changes the settings.
    Settings {
        /// Its place among the frames of the workspace.
        step: Step,
        /// All settings from now on.
        settings: Box<SettingsRecord>,
    },
    /// Drops the workspace. It takes no revision, because nothing is read afterwards.
    Drop,
    /// Rebuilds a partition of the process that formed it, and takes a sequence for the gap that it publishes.
    Rebuild {
        /// Its place among the frames of the workspace.
        step: Step,
    },
    /// A consumer begins, or has what it got, or ends. It takes no revision. A later frame replaces it.
    Consumer {
        /// The name of the consumer.
        consumer: String,
        /// How it is from now on; `None` when it ends.
        record: Option<ConsumerRecord>,
    },
    /// What a frame came to while a partition had failed, known only after the execution. It takes no revision.
    Outcome {
        /// The revision of the frame that was executed.
        revision: u64,
        /// What it came to.
        outcome: Outcome,
    },
}

/// What a frame does, without anything more; see [`FrameBody`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the variants of `FrameBody`")]
pub enum FrameKind {
    Create,
    Events,
    Advance,
    Settings,
    Drop,
    Consumer,
    Outcome,
    Rebuild,
}

impl FrameBody {
    /// The number of the revision to which it leads; `None` if it takes none.
    pub fn revision(&self) -> Option<u64> {
        match self {
            FrameBody::Events(events) => Some(events.step.revision),
            FrameBody::Advance { step, .. }
            | FrameBody::Settings { step, .. }
            | FrameBody::Rebuild { step } => Some(step.revision),
            FrameBody::Create(_)
            | FrameBody::Drop
            | FrameBody::Consumer { .. }
            | FrameBody::Outcome { .. } => None,
        }
    }
}

/// What a frame came to while a partition had failed. Executed again, it would come to something else: nothing panics then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The events of the frame that were refused because their partition panicked, by index, rising.
    pub refused: Vec<u32>,
    /// The sequence after the items that were published. The failed partition published none.
    pub next_sequence: u64,
}

/// A workspace at its beginning.
#[derive(Clone, PartialEq, Eq)]
pub struct Creation {
    /// Its id.
    pub id: WorkspaceId,
    /// The random bits that tell this life of the workspace from others.
    pub incarnation: u64,
    /// The key of its cursors. It belongs to the incarnation: a cursor is good exactly as long as both are.
    pub cursor_key: [u8; 32],
    /// Its settings.
    pub settings: SettingsRecord,
    /// What the clock read.
    pub formed_at: Instant,
}

/// The place of a frame among those of its workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The number of the revision to which it leads.
    pub revision: u64,
    /// What the clock read when the frame was formed. Decisions that depend on the clock use it and nothing else.
    pub formed_at: Instant,
    /// What was executed by then.
    pub anchor: Anchor,
}

/// A state that the frames before led to. An execution of the same frames that comes to another sequence has diverged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    /// The newest revision that was executed when the frame was formed. Frames are formed ahead, so it need not be the previous
    /// one.
    pub revision: u64,
    /// The next sequence after that revision.
    pub sequence: u64,
}

/// Events that are applied under one revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Events {
    /// Their place among the frames of the workspace.
    pub step: Step,
    /// The creation number of a contact that the first event creates; the event after it has the next one, whatever is refused.
    pub first_creation: u64,
    /// The events, those included that will be refused.
    pub events: Arc<Vec<Event>>,
    /// What is done when one is refused.
    pub on_refusal: OnRefusal,
    /// The state that the writer expects the segment to be in that the only event saves or deletes.
    pub expected: Expected,
    /// Where the events come from.
    pub sources: Vec<Source>,
    /// What the estimate of memory said.
    pub byte_limit: ByteLimit,
}

/// What is done when an event is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnRefusal {
    /// The remaining events are applied.
    #[default]
    Skip,
    /// The remaining events are not applied.
    Stop,
}

/// The state that a writer expects a segment to be in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Any.
    #[default]
    Anything,
    /// There is no such segment.
    Absent,
    /// Saved last at that revision. Its incarnation may be a foreign one; such an expectation is refused again when it is
    /// executed again.
    SavedAt {
        /// The incarnation of the revision.
        incarnation: u64,
        /// Its number.
        revision: u64,
    },
}

/// Whether the memory limit of the workspace was exceeded. Memory is estimated, and the estimate differs from run to run, so the
/// decision is kept and not made again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteLimit {
    /// It was not.
    #[default]
    Within,
    /// It was: events that make the workspace grow are refused.
    Exceeded {
        /// The estimate that the refusals name.
        bytes: u64,
    },
}

/// A position in a source of events: two numbers, as a log sequence and an index within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePosition(pub u64, pub u64);

/// The positions of the events that come from one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    positions: Vec<(u32, SourcePosition)>,
}

impl Source {
    /// The events, by index, and their positions; `None` unless both rise and there is at least one.
    pub fn new(name: String, positions: Vec<(u32, SourcePosition)>) -> Option<Self> {
        let rises = positions.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1);
        (rises && !positions.is_empty()).then_some(Source { name, positions })
    }

    /// The name of the source.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The position of an event; `None` if it has none.
    pub fn position_of(&self, event: u32) -> Option<SourcePosition> {
        let found = self.positions.binary_search_by_key(&event, |(event, _)| *event);
        found.ok().map(|found| self.positions[found].1)
    }

    /// The events, by index, and their positions.
    pub fn positions(&self) -> &[(u32, SourcePosition)] {
        &self.positions
    }
}

impl Frame {
    /// The frame as bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::Unwritable`] if an event was put together by hand so that it would not be read as it is.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        codec::encode(&stored::StoredFrame::of(self)?)
    }

    /// The frame of some bytes.
    ///
    /// # Errors
    /// [`Error::Format`] if a newer version wrote them, [`Error::Malformed`] if they are no frame.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        codec::decode::<stored::StoredFrame<'_>>(bytes)?.into_frame()
    }
}

impl Frame {
    /// The workspace and the kind of a frame. Nothing more of the bytes is read.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn kind(bytes: &[u8]) -> Result<(WorkspaceNumber, FrameKind), Error> {
        stored::kind(bytes)
    }
}

impl std::fmt::Debug for Creation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the key, which is a secret.
        out.debug_struct("Creation")
            .field("id", &self.id)
            .field("incarnation", &self.incarnation)
            .field("settings", &self.settings)
            .field("formed_at", &self.formed_at)
            .finish_non_exhaustive()
    }
}

impl From<(u64, u64)> for SourcePosition {
    fn from((first, second): (u64, u64)) -> Self {
        SourcePosition(first, second)
    }
}

impl std::fmt::Display for SourcePosition {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.0, self.1)
    }
}
