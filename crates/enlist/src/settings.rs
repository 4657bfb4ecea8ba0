//! The settings of a workspace as its host creates it: how many partitions, how much of everything.
//!
//! Time zone and week start are not among them: they are an event's business and change while the workspace lives.

use enlist_model::limits::Limit;

/// How a workspace is made. All settings stay as they are for its life. By default it has one partition, retains 65,536
/// transitions and notices, and has the default [history](HistorySettings) and [limits](WorkspaceLimits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkspaceSettings {
    /// Over how many partitions its contacts are spread, by a hash of their ids; 1 to 64. More than there are cores
    /// brings nothing. Results do not depend on it.
    pub partitions: usize,
    /// How many transitions and notices are kept for subscribers that resume, for
    /// [`recent_transitions`](crate::Workspace::recent_transitions) and
    /// [`recently_published`](crate::Workspace::recently_published); about 80 bytes each.
    pub retained: usize,
    /// How much history is kept.
    pub history: HistorySettings,
    /// What may not be exceeded.
    pub limits: WorkspaceLimits,
}

/// How much history a workspace keeps for each of its segments; by default 168 hours and 400 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistorySettings {
    /// The hours for which counts are kept; 0 for none.
    pub hours: u32,
    /// The days for which counts, and who entered and left, are kept; 0 for none.
    pub days: u32,
}

/// What one workspace may take; reaching a limit is an error that names it. `usize::MAX` is no limit. By default there may be
/// 10,000 segments, 100,000 conditions and 65,536 events that wait; contacts and bytes have no limit. What is
/// [restored](crate::Enlist::restore_workspace) or [loaded](crate::Enlist::load_workspace) is not held against them; what is
/// applied afterwards is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkspaceLimits {
    /// Contacts that live at once.
    pub contacts: usize,
    /// Segments.
    pub segments: usize,
    /// Conditions (leaves) of all rules together.
    pub conditions: usize,
    /// Bytes of memory, as [`Stats`](crate::Stats) estimates them. Looked at every thousand events or so; above it
    /// events that save contacts, conversations, fields or segments are refused.
    pub bytes: usize,
    /// Events that wait to be applied. A batch larger than that is refused at once.
    pub queued_events: usize,
}

impl WorkspaceSettings {
    /// The most partitions.
    pub const PARTITIONS_MOST: usize = 64;
}

impl Default for WorkspaceSettings {
    fn default() -> Self {
        WorkspaceSettings {
            partitions: 1,
            retained: 65_536,
            history: HistorySettings::default(),
            limits: WorkspaceLimits::default(),
        }
    }
}

impl Default for HistorySettings {
    fn default() -> Self {
        HistorySettings { hours: 7 * 24, days: 400 }
    }
}

impl Default for WorkspaceLimits {
    fn default() -> Self {
        WorkspaceLimits {
            contacts: usize::MAX,
            segments: 10_000,
            conditions: 100_000,
            bytes: usize::MAX,
            queued_events: 65_536,
        }
    }
}

impl WorkspaceLimits {
    pub(crate) fn contacts(&self) -> Limit {
        Limit { name: "workspace_contacts", most: self.contacts }
    }

    pub(crate) fn segments(&self) -> Limit {
        Limit { name: "workspace_segments", most: self.segments }
    }

    pub(crate) fn conditions(&self) -> Limit {
        Limit { name: "workspace_conditions", most: self.conditions }
    }

    pub(crate) fn bytes(&self) -> Limit {
        Limit { name: "workspace_bytes", most: self.bytes }
    }

    pub(crate) fn queued_events(&self) -> Limit {
        Limit { name: "queued_events", most: self.queued_events }
    }
}
