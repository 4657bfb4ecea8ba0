//! When what a store has answered reaches the disk.
//!
//! It knows no files.

use std::time::Duration;

/// What an answer of a store promises. It is chosen each time a store is opened, and nothing in the store depends on it: what a
/// process left that buffered is read by one that syncs, and the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// What was answered survives the end of the process and a loss of power: it is synced before the answer.
    #[default]
    Synced,
    /// What was answered survives the end of the process, however it ends. After a loss of power the store opens with a beginning of
    /// what was answered, in the order in which it was kept. An answer waits for one write into the memory of the system.
    Buffered {
        /// How long what was answered may wait for its sync. A loss of power takes about that much, at most.
        sync_every: Duration,
    },
}

impl Durability {
    /// How often [`buffered`](Self::buffered) syncs.
    pub const SYNC_EVERY: Duration = Duration::from_secs(1);

    /// Buffered, with a sync every second.
    #[must_use]
    pub const fn buffered() -> Self {
        Durability::Buffered { sync_every: Self::SYNC_EVERY }
    }

    /// How often what is buffered is synced; `None` if nothing is buffered.
    pub(crate) const fn sync_every(self) -> Option<Duration> {
        match self {
            Durability::Synced => None,
            Durability::Buffered { sync_every } => Some(sync_every),
        }
    }
}
