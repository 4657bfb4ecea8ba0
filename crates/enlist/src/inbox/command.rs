//! The commands of a workspace, as plain data, and their answers.
//!
//! A [`Command`] holds no handle, lock or derived state, so a journal can append it as it is. What belongs to one process (the
//! reply, a rule scan that a caller prepared) is in the [`Request`] around it.

use enlist_engine::RuleScan;
use enlist_model::{Event, Instant};
use enlist_store::Source;

use crate::batch::{Batch, Receipt};
use crate::error::Error;
use crate::inbox::ticket::Reply;
use crate::partition::PartitionIdx;
use crate::revision::Revision;

/// The state that a caller expects a segment to be in when it saves or deletes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Anything,
    /// Last saved at that revision; `None`: absent.
    SavedAt(Option<Revision>),
}

/// A command to a workspace.
#[derive(Debug)]
pub(crate) enum Command {
    /// Apply events, and where they come from.
    Apply(Batch, Option<Source>),
    /// Save or delete a segment if it is as expected.
    DefineSegment { event: Event, expected: Expected },
    /// Advance the workspace's time.
    Advance { to: Instant },
    /// Rebuild a partition from its facts.
    Rebuild { partition: Option<PartitionIdx> },
    /// Close the workspace. It is always the last command.
    Close,
}

impl Command {
    /// How many events it counts for in the queue. Commands without events are always accepted.
    pub(crate) fn event_count(&self) -> usize {
        match self {
            Command::Apply(batch, _) => batch.len(),
            Command::DefineSegment { .. } => 1,
            Command::Advance { .. } | Command::Rebuild { .. } | Command::Close => 0,
        }
    }

    /// Its events, to be returned to the caller.
    pub(crate) fn into_events(self) -> Vec<Event> {
        match self {
            Command::Apply(batch, _) => batch.events,
            Command::DefineSegment { event, .. } => vec![event],
            Command::Advance { .. } | Command::Rebuild { .. } | Command::Close => Vec::new(),
        }
    }
}

/// The answer to a request.
pub(crate) type Answer = Result<Receipt, Error>;

/// A command that waits, with what belongs to this process only.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) command: Command,
    /// Rule scans of the segment that the command saves, by partition. They save time and change no outcome.
    pub(crate) scans: Vec<Option<RuleScan>>,
    pub(crate) reply: Reply<Answer>,
}

impl Request {
    pub(crate) fn new(command: Command, reply: Reply<Answer>) -> Self {
        Request { command, scans: Vec::new(), reply }
    }
}
