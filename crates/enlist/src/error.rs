//! Everything the front door refuses, each refusal with its facts, as sentences that a host's author or user can act on.

use enlist_model::limits::Limit;
use enlist_model::{Event, SegmentId, WorkspaceId};

use crate::revision::Revision;

/// Why something is refused. What is refused has changed nothing, but for [`HalfDefined`](Self::HalfDefined).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// What the engine refuses: an event that does not fit, an unknown segment or contact in a question.
    #[error(transparent)]
    Engine(#[from] enlist_engine::Error),
    /// An event was refused; it is handed back.
    #[error("{} was refused: {}", .0.event.body.type_name(), .0.reason)]
    Refused(Box<RefusedEvent>),
    /// There is a workspace of that id already.
    #[error("there is a workspace {workspace:?} already; open it, or choose another id")]
    WorkspaceExists {
        /// The id.
        workspace: WorkspaceId,
    },
    /// The workspace was dropped, or all of Enlist was shut down; what had been accepted is applied.
    #[error("the workspace {workspace:?} is closed; nothing more is accepted")]
    Closed {
        /// The id.
        workspace: WorkspaceId,
        /// The events that were not taken, whole and in order.
        events: Vec<Event>,
    },
    /// A number of partitions that cannot be.
    #[error("a workspace has 1 to {most} partitions, not {found}")]
    Partitions {
        /// What was asked for.
        found: usize,
        /// The most there may be.
        most: usize,
    },
    /// There is no such partition.
    #[error("there is no partition {found}; they are numbered from 0, and the workspace has {partitions}")]
    UnknownPartition {
        /// What was asked for.
        found: usize,
        /// How many there are.
        partitions: usize,
    },
    /// More events wait than may; those that were to be added are handed back.
    #[error("{waiting} events wait and {} were to be added, over {limit}; wait, or try again later", events.len())]
    Full {
        /// How many wait.
        waiting: usize,
        /// The limit.
        limit: Limit,
        /// The events that were not taken, whole and in order.
        events: Vec<Event>,
    },
    /// More than the workspace may have.
    #[error("{found} is over {limit}")]
    Limit {
        /// What was found.
        found: String,
        /// The limit.
        limit: Limit,
    },
    /// A partition panicked and serves nothing until it is rebuilt.
    #[error("partition {partition} of the workspace failed ({reason}); rebuild it from its facts")]
    PartitionFailed {
        /// Its number, from 0.
        partition: usize,
        /// What the panic said.
        reason: String,
    },
    /// A partition panicked as a definition was carried out. Unlike all else that is refused, the definition has taken
    /// effect: in all partitions that serve, and in this one when it is [rebuilt](crate::Workspace::rebuild_partition).
    #[error(
        "partition {partition} of the workspace failed ({reason}); the definition is in force everywhere else, and will be \
         there when the partition is rebuilt, so do not hand it in again"
    )]
    HalfDefined {
        /// The partition's number, from 0; the first, if several failed.
        partition: usize,
        /// What the panic said.
        reason: String,
    },
    /// Somebody else has saved or deleted the segment meanwhile.
    #[error(
        "the segment {segment:?} was to be {} but is {}; read it again and decide", shown(*expected), shown(*found)
    )]
    SegmentChanged {
        /// The segment.
        segment: SegmentId,
        /// The revision at which it was to have been saved last; `None`: it was not to be there.
        expected: Option<Revision>,
        /// The revision at which it was saved last; `None`: it is not there.
        found: Option<Revision>,
    },
    /// A revision that the workspace has not reached.
    #[error("the workspace is at {current}, and nothing that was accepted leads to {asked}")]
    UnknownRevision {
        /// The revision that was asked for.
        asked: Revision,
        /// The latest there is.
        current: Revision,
    },
}

/// An event that was refused, whole, and why. It has changed nothing, unless the reason is [`Error::HalfDefined`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("event {index} of the batch ({}) was refused: {reason}", event.body.type_name())]
pub struct RefusedEvent {
    /// Its index in the batch, from 0.
    pub index: usize,
    /// The event.
    pub event: Event,
    /// Why.
    pub reason: Error,
}

impl From<enlist_model::Error> for Error {
    fn from(error: enlist_model::Error) -> Self {
        Error::Engine(error.into())
    }
}

fn shown(revision: Option<Revision>) -> String {
    revision.map_or_else(|| "absent".to_owned(), |revision| format!("as of {revision}"))
}
