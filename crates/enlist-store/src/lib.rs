//! The ground of a durable store for Enlist: frames as bytes, and the journal that keeps them.
//!
//! Not used by `enlist` yet: workspaces are in memory, and nothing here is wired to them. It is not published, and neither its
//! interface nor its format is stable.
//!
//! A [`Frame`] is what a workspace executes at once. Executing the same frames again leads to the same state, so a store need only
//! keep frames, in order, before they are executed.

// A new event type or kind does not compile until every place handles it.
#![warn(clippy::wildcard_enum_match_arm)]

mod codec;
mod error;
mod frame;
mod journal;
mod log;
mod mark;
mod memory_log;
mod storage;

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
