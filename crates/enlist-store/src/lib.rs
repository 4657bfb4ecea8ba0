//! What a durable store of Enlist keeps: frames as bytes, and the journal that holds them.
//!
//! It is for the crate `enlist`: the interface may change with every release, the format does not.
//!
//! A [`Frame`] is what a workspace executes at once. Executing the same frames again leads to the same state, so a store need only
//! keep frames, in order, before they are executed.

// A new event type or kind does not compile until every place handles it.
#![warn(clippy::wildcard_enum_match_arm)]

mod checkpoint;
mod codec;
mod error;
mod frame;
mod journal;
mod log;
mod mark;
mod memory_log;

pub use checkpoint::{
    CheckpointReader, CheckpointWriter, Checkpoints, Contacts, DayRecord, Meta, SegmentRecord, SeriesRecord,
    StateFile, Totals, WorkspaceRecord,
};
pub use codec::{FORMAT, MOST_BYTES, MOST_DEPTH};
pub use error::Error;
pub use frame::{
    Anchor, ByteLimit, Creation, Events, Expected, Frame, FrameBody, LimitsRecord, OnRefusal, SettingsRecord,
    Source, SourcePosition, Step, WorkspaceNumber,
};
pub use journal::Journal;
pub use log::{Answer, Frames, Log, LogPosition, Ticket};
pub use mark::{Mark, MarkStorage};
pub use memory_log::MemoryLog;
/// A journal can be opened on any storage of this kind.
pub use redb::StorageBackend;
