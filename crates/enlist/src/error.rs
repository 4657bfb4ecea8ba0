//! Everything that the front door refuses: one variant for each reason, with its facts, as a sentence to act on.

use std::time::Duration;

use enlist_model::limits::Limit;
use enlist_model::{Event, Instant, SegmentId, WorkspaceId};

use crate::revision::Revision;

/// Why a call is refused. A refused call changes nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The engine refuses it: an event that does not fit, or a question about an unknown segment or contact.
    #[error(transparent)]
    Engine(#[from] enlist_engine::Error),
    /// An event is refused; it is returned whole.
    #[error("{} was refused: {}", .0.event.body.type_name(), .0.reason)]
    Refused(Box<RefusedEvent>),
    /// A workspace with that id exists.
    #[error("a workspace {workspace:?} exists already; open it, or choose another id")]
    WorkspaceExists {
        /// The id.
        workspace: WorkspaceId,
    },
    /// The workspace was dropped, or Enlist was shut down. Everything accepted before that is applied.
    #[error("the workspace {workspace:?} is closed and accepts nothing more")]
    Closed {
        /// The id.
        workspace: WorkspaceId,
        /// The events that were not accepted, whole and in order.
        events: Vec<Event>,
    },
    /// A number of partitions that no workspace can have.
    #[error("a workspace has 1 to {most} partitions, not {found}")]
    Partitions {
        /// The number given.
        found: usize,
        /// The maximum.
        most: usize,
    },
    /// The workspace has no such partition.
    #[error("there is no partition {found}; the workspace has {partitions}, numbered from 0")]
    UnknownPartition {
        /// The number given.
        found: usize,
        /// How many partitions the workspace has.
        partitions: usize,
    },
    /// The queue has no room for these events; they are returned.
    #[error("{waiting} events are queued, and {} more would exceed {limit}; wait, or retry later", events.len())]
    Full {
        /// Queued events, those of writers that wait for room included.
        waiting: usize,
        /// The limit.
        limit: Limit,
        /// The events that were not accepted, whole and in order.
        events: Vec<Event>,
    },
    /// The workspace has reached one of its limits.
    #[error("{found} is over {limit}")]
    Limit {
        /// What was found.
        found: String,
        /// The limit.
        limit: Limit,
    },
    /// An instant lies too far ahead of the workspace's clock. Time never goes back, so accepting it would be final.
    #[error(
        "{at} is more than {} s ahead of the clock, which reads {clock}; correct the instant, or raise \
         `WorkspaceLimits::ahead`", most.as_secs()
    )]
    Ahead {
        /// The event's instant, or the one to advance to.
        at: Instant,
        /// The reading of the clock when execution of the batch began.
        clock: Instant,
        /// How far ahead of the clock an instant may lie.
        most: Duration,
    },
    /// The call waits for a batch, but the calling thread holds a view of the same workspace, which blocks every batch.
    #[error(
        "this call would wait for the read of {workspace:?} that the calling thread is in; finish the read first"
    )]
    InsideRead {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// A set of contacts belongs to another workspace, or to an earlier incarnation of this one.
    #[error(
        "the set of contacts is not of the workspace {workspace:?} as it is now; make it again from this workspace"
    )]
    OtherWorkspace {
        /// The workspace that was asked.
        workspace: WorkspaceId,
    },
    /// A partition panicked. It serves nothing until it is rebuilt; the other partitions serve.
    #[error("partition {partition} of the workspace failed ({reason}); rebuild it from its facts")]
    PartitionFailed {
        /// Its number, from 0.
        partition: usize,
        /// The panic's message.
        reason: String,
    },
    /// The segment is not at the expected revision: another writer saved or deleted it, or the workspace was restarted.
    #[error(
        "the segment {segment:?} has changed: expected {}, found {}; reload it and retry", shown(*expected), shown(*found)
    )]
    SegmentChanged {
        /// The segment.
        segment: SegmentId,
        /// The revision at which it should have been saved last; `None`: it should not exist.
        expected: Option<Revision>,
        /// The revision at which it was saved last; `None`: it does not exist.
        found: Option<Revision>,
    },
    /// The workspace has not reached this revision, or it is of another incarnation.
    #[error("the workspace is at revision {current} and has no revision {asked}")]
    UnknownRevision {
        /// The revision asked for.
        asked: Revision,
        /// The latest revision.
        current: Revision,
    },
}

/// A refused event, whole, and the reason. It changed nothing, time included.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("event {index} of the batch ({}) was refused: {reason}", event.body.type_name())]
pub struct RefusedEvent {
    /// Its index in the batch, from 0.
    pub index: usize,
    /// The event.
    pub event: Event,
    /// The reason.
    pub reason: Error,
}

impl From<enlist_model::Error> for Error {
    fn from(error: enlist_model::Error) -> Self {
        Error::Engine(error.into())
    }
}

fn shown(revision: Option<Revision>) -> String {
    revision.map_or_else(|| "no segment".to_owned(), |revision| format!("revision {revision}"))
}
