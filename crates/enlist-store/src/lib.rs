//! What a durable store of Enlist keeps: frames as bytes, the journal that holds them, and the checkpoint beside it.
//!
//! It is for the crate `enlist`: the interface may change with every release, the format does not.
//!
//! A [`Frame`] is what a workspace executes at once. Executing the same frames again leads to the same state, so a store need only
//! keep frames, in order, before they are executed. A checkpoint ([`Checkpoints`]) holds what frames up to a position led to, so that
//! a [`Journal`] can cut them; what they published waits in its outbox ([`OutboxRecord`]).

// A new event type or kind does not compile until every place handles it.
#![warn(clippy::wildcard_enum_match_arm)]

mod backup;
mod checkpoint;
mod codec;
mod durability;
mod error;
mod frame;
mod journal;
mod log;
mod mark;
mod memory_checkpoints;
mod memory_log;
mod outbox;
mod state;
mod storage;
mod tail;
mod verification;

pub use backup::Backup;
#[doc(hidden)]
pub use checkpoint::rewritten_contact;
pub use checkpoint::{
    CheckpointReader, CheckpointWriter, Checkpoints, Contacts, DayRecord, DigestRecord, SegmentRecord,
    SeriesRecord, Totals, Versions, WorkspaceRecord,
};
pub use codec::{FORMAT, MOST_BYTES, MOST_DEPTH};
pub use durability::Durability;
pub use error::Error;
pub use frame::{
    Anchor, ByteLimit, ConsumerRecord, Creation, Events, Expected, Frame, FrameBody, FrameKind, LimitsRecord,
    OnRefusal, Outcome, SettingsRecord, Source, SourcePosition, Step, WhenFull, WorkspaceNumber,
};
pub use journal::{Journal, JournalRewrite, Remains};
pub use log::{Answer, Frames, Log, LogPosition, Ticket};
pub use mark::{Mark, MarkStorage};
pub use memory_checkpoints::MemoryCheckpoints;
pub use memory_log::MemoryLog;
pub use outbox::{OutboxCause, OutboxCondition, OutboxContact, OutboxItem, OutboxRecord};
/// A journal can be opened on any storage of this kind.
pub use redb::StorageBackend;
pub use state::{StateFile, StateRewrite};
pub use storage::sync as sync_directory;
pub use tail::TailStorage;
pub use verification::{CheckedRows, check_rows};
