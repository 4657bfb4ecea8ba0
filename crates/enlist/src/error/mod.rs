//! Everything that the front door refuses: one variant for each reason, with its facts, as a sentence to act on.

mod code;

use std::convert::Infallible;
use std::time::Duration;

use enlist_model::limits::Limit;
use enlist_model::{Event, Instant, RuleProblem, SegmentId, ValueProblem, WorkspaceId};

use enlist_store::{Error as StoreError, SourcePosition, Versions};

use crate::revision::Revision;

/// Why a call is refused. A refused call changes nothing.
///
/// # The shape of a refusal
///
/// An event that the workspace does not take is [`Refused`](Self::Refused), whichever call made it: `apply_event`,
/// [`Segment::save`](crate::Segment::save) and [`Segment::delete`](crate::Segment::delete) alike. [`Engine`](Self::Engine)
/// is left for calls that make no event: a question, or arguments of which no event can be made (an empty id, a blank name).
/// [`code`](Self::code), [`reason`](Self::reason), [`rule_problems`](Self::rule_problems) and
/// [`value_problems`](Self::value_problems) answer for both, so a host rarely has to tell them apart:
///
/// ```
/// use enlist::{Enlist, Json};
///
/// let enlist = Enlist::new()?;
/// let workspace = enlist.create_workspace("acme")?;
/// let rule = Json::parse(
///     r#"{"match": "all", "conditions": [{"field": "name", "operator": "contains"}]}"#,
/// )?;
/// let error = workspace.segment("named")?.save("Named", rule).unwrap_err();
/// assert_eq!(error.code(), "invalid_rule");
/// let problem = &error.rule_problems()[0];
/// assert_eq!((problem.code.as_str(), problem.pointer.as_str()), ("missing_value", "/conditions/0/value"));
/// assert_eq!((problem.field.as_deref(), problem.operator), (Some("name"), Some("contains")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Codes
///
/// Each variant has a [`code`](Self::code), which stays the same from release to release. [`Engine`](Self::Engine) has that of
/// [the engine's error](enlist_engine::Error#codes), [`Store`](Self::Store) that of [the store's](StoreError#codes),
/// [`Refused`](Self::Refused) that of its reason.
///
/// | code | variant |
/// |---|---|
/// | `workspace_exists` | [`WorkspaceExists`](Self::WorkspaceExists) |
/// | `closed` | [`Closed`](Self::Closed) |
/// | `wrong_partitions` | [`Partitions`](Self::Partitions) |
/// | `wrong_limit` | [`LimitSetting`](Self::LimitSetting) |
/// | `unknown_partition` | [`UnknownPartition`](Self::UnknownPartition) |
/// | `queue_full` | [`Full`](Self::Full) |
/// | `unacknowledged` | [`Unacknowledged`](Self::Unacknowledged) |
/// | `over_limit` | [`Limit`](Self::Limit) |
/// | `ahead_of_clock` | [`Ahead`](Self::Ahead) |
/// | `inside_read` | [`InsideRead`](Self::InsideRead) |
/// | `other_workspace` | [`OtherWorkspace`](Self::OtherWorkspace) |
/// | `partition_failed` | [`PartitionFailed`](Self::PartitionFailed) |
/// | `segment_changed` | [`SegmentChanged`](Self::SegmentChanged) |
/// | `unknown_revision` | [`UnknownRevision`](Self::UnknownRevision) |
/// | `wrong_consumer_name` | [`ConsumerName`](Self::ConsumerName) |
/// | `wrong_source_name` | [`SourceName`](Self::SourceName) |
/// | `wrong_source_positions` | [`SourcePositions`](Self::SourcePositions) |
/// | `diverged` | [`Diverged`](Self::Diverged) |
/// | `opening` | [`Opening`](Self::Opening) |
/// | `other_versions` | [`OtherVersions`](Self::OtherVersions) |
/// | `no_store` | [`NoStore`](Self::NoStore) |
/// | `differs` | [`Differs`](Self::Differs) |
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
    /// A limit of rules, lists or values that no workspace can have.
    #[error("the limit `{}` of a workspace is at most {}, not {found}", maximum.name, maximum.most)]
    LimitSetting {
        /// The limit given.
        found: usize,
        /// The name of the limit and its maximum.
        maximum: Limit,
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
    /// A consumer is too far behind, and its options say that writes are then refused; the events are returned.
    #[error(
        "{waiting} items wait for the consumer {consumer:?}, and {limit} is reached; let it acknowledge, or remove it"
    )]
    Unacknowledged {
        /// The name of the consumer.
        consumer: String,
        /// How many items it has not acknowledged.
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
    /// A consumer without a name, or with one that is too long.
    #[error("a consumer has a name of 1 to {most} bytes, not {found:?}")]
    ConsumerName {
        /// The name given.
        found: String,
        /// Maximum bytes.
        most: usize,
    },
    /// A source without a name, or with one that is too long.
    #[error("a source has a name of 1 to {most} bytes, not {found:?}; name it with `Batch::from_source`")]
    SourceName {
        /// The name given; empty if none was.
        found: String,
        /// Maximum bytes.
        most: usize,
    },
    /// The positions of a batch in its source do not rise.
    #[error(
        "the position {position} of the source {source_name:?} does not come after {after}; positions rise from event to event"
    )]
    SourcePositions {
        /// The name of the source.
        source_name: String,
        /// The position that is too low.
        position: SourcePosition,
        /// The position before it.
        after: SourcePosition,
    },
    /// The store cannot keep it, or cannot be read; see [the store's errors](StoreError). What was under way when a write failed
    /// may be kept or not; [`Workspace::source`](crate::Workspace::source) tells after the store is opened again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Executing the kept frames again has led elsewhere than the first time: another version of Enlist wrote them, or its data
    /// (time zones, Unicode) has changed since the store was closed last.
    #[error(
        "the workspace {workspace:?} comes to another state at revision {revision} than when it was written; open it with the \
         program that wrote it and shut that down, or let subscribers read their segments again with `EnlistBuilder::accept_gap`"
    )]
    Diverged {
        /// The workspace.
        workspace: WorkspaceId,
        /// The first revision at which the two differ.
        revision: u64,
    },
    /// The store is being opened, and the workspace is not open yet. Until all workspaces are open, none is created or dropped, and no
    /// checkpoint is made.
    #[error(
        "the store is being opened, {done} of {of} workspaces are open; wait with `Opening::wait`, or try again later"
    )]
    Opening {
        /// How many workspaces are open.
        done: usize,
        /// How many workspaces the store has.
        of: usize,
    },
    /// The store was not closed well, and the frames that its process left would lead to other results in this one: the semantics of
    /// the engine, the time-zone data, or Unicode differ.
    #[error(
        "the store was not closed, and was written with {found}; this process has {own}. Open it with the program that wrote it and \
         shut that down, or let subscribers read their segments again with `EnlistBuilder::accept_gap`"
    )]
    OtherVersions {
        /// What the store was written with.
        found: Versions,
        /// What this process has.
        own: Versions,
    },
    /// What is in memory only has no files to copy.
    #[error(
        "this Enlist keeps nothing in a directory; open a store with `EnlistBuilder::open`, or export its workspaces"
    )]
    NoStore,
    /// A workspace holds other members than its facts and rules give. Members are not stored, so this is a defect of Enlist and not
    /// of the store.
    #[error(
        "the workspace {workspace:?} is not as its facts say: {difference}; this is a defect of Enlist, please report it"
    )]
    Differs {
        /// The workspace.
        workspace: WorkspaceId,
        /// The first difference.
        difference: enlist_engine::Difference,
    },
}

impl Error {
    /// The problems of the rule, if it is a rule that is refused; otherwise none.
    pub fn rule_problems(&self) -> &[RuleProblem] {
        self.engine_error().map_or(&[], enlist_engine::Error::rule_problems)
    }

    /// How many more problems the rule has than are listed.
    pub fn unlisted_rule_problems(&self) -> usize {
        self.engine_error().map_or(0, enlist_engine::Error::unlisted_rule_problems)
    }

    /// The values that do not fit, if that is why the event is refused; otherwise none.
    pub fn value_problems(&self) -> &[ValueProblem] {
        self.engine_error().map_or(&[], enlist_engine::Error::value_problems)
    }

    /// The engine's error, be it an answer or the reason of a refusal.
    fn engine_error(&self) -> Option<&enlist_engine::Error> {
        match self {
            Error::Engine(error) => Some(error),
            Error::Refused(refused) => refused.reason.engine_error(),
            Error::WorkspaceExists { .. }
            | Error::Closed { .. }
            | Error::Partitions { .. }
            | Error::LimitSetting { .. }
            | Error::UnknownPartition { .. }
            | Error::Full { .. }
            | Error::Unacknowledged { .. }
            | Error::Limit { .. }
            | Error::Ahead { .. }
            | Error::InsideRead { .. }
            | Error::OtherWorkspace { .. }
            | Error::PartitionFailed { .. }
            | Error::SegmentChanged { .. }
            | Error::UnknownRevision { .. }
            | Error::ConsumerName { .. }
            | Error::SourceName { .. }
            | Error::SourcePositions { .. }
            | Error::Store(_)
            | Error::Diverged { .. }
            | Error::Opening { .. }
            | Error::OtherVersions { .. }
            | Error::NoStore
            | Error::Differs { .. } => None,
        }
    }
}

/// A refused event, whole, and the reason. It changed nothing, time included.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("event {index} of the batch ({}) was refused: {reason}", event.body.type_name())]
#[non_exhaustive]
pub struct RefusedEvent {
    /// Its index in the batch, from 0.
    pub index: usize,
    /// The event.
    pub event: Event,
    /// The reason.
    pub reason: Error,
}

impl RefusedEvent {
    /// An event at an index of a batch, and the reason.
    pub fn new(index: usize, event: Event, reason: Error) -> Self {
        RefusedEvent { index, event, reason }
    }
}

impl From<Infallible> for Error {
    /// For conversions that cannot fail, so that they combine with those that can.
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<enlist_model::Error> for Error {
    fn from(error: enlist_model::Error) -> Self {
        Error::Engine(error.into())
    }
}

fn shown(revision: Option<Revision>) -> String {
    revision.map_or_else(|| "no segment".to_owned(), |revision| format!("revision {revision}"))
}
