//! The settings that a host chooses when it creates a workspace: partitions, retention, history and limits.
//!
//! The time zone and the start of the week are not settings: events set them, and they can change at any time.

use std::time::Duration;

use enlist_model::limits::{ContentLimits, Limit};
use enlist_store::{LimitsRecord, SettingsRecord};

/// The settings of a workspace, fixed for its life. The default is one partition, 65,536 retained transitions and notices, and
/// the default [history](HistorySettings) and [limits](WorkspaceLimits).
///
/// ```
/// use enlist::{WorkspaceLimits, WorkspaceSettings};
///
/// let limits = WorkspaceLimits::default().with_contacts(1_000_000);
/// let settings = WorkspaceSettings::default().with_partitions(4).with_limits(limits);
/// assert_eq!((settings.partitions, settings.limits.segments), (4, 10_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkspaceSettings {
    /// The number of partitions, 1 to 64, over which the contacts are spread. More partitions than cores bring no speed. No
    /// result depends on the number.
    pub partitions: usize,
    /// How many transitions and notices are kept for subscribers that resume, for
    /// [`recent_transitions`](crate::Workspace::recent_transitions) and
    /// [`recently_published`](crate::Workspace::recently_published); about 80 bytes each. A notice also keeps a bitmap of its
    /// contacts and the ids of contacts that are deleted later.
    pub retained: usize,
    /// How much history is kept.
    pub history: HistorySettings,
    /// The limits of the workspace.
    pub limits: WorkspaceLimits,
}

/// How much history a workspace keeps for each of its segments; by default 168 hours and 400 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistorySettings {
    /// The hours for which counts are kept; 0 for none.
    pub hours: u32,
    /// The days for which counts, entries and exits are kept; 0 for none.
    pub days: u32,
}

/// The limits of one workspace. Exceeding one is an error that names it. `usize::MAX` means no limit, except for those in
/// [`content`](Self::content), which have maxima.
///
/// By default there may be 10,000 segments, 100,000 conditions and 65,536 queued events, instants may lie one day ahead of the
/// clock, and contacts and bytes have no limit. A [restore](crate::Enlist::restore_workspace) or an
/// [import](crate::Enlist::import_workspace) is not checked against the limits; events that are applied afterwards are. An import
/// is bounded by the limits of the contract where `content` has a lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkspaceLimits {
    /// Contacts that exist at once.
    pub contacts: usize,
    /// Segments.
    pub segments: usize,
    /// Conditions (leaves) of all rules together.
    pub conditions: usize,
    /// Memory in bytes, as [`Stats`](crate::Stats) estimates it about every 1,000 events. Above the limit, events that
    /// save contacts, conversations, fields or segments are refused.
    pub bytes: usize,
    /// Events that wait to be applied. A larger batch is refused at once.
    pub queued_events: usize,
    /// How far an event, a tick or an advance may lie ahead of the clock; `None` for no bound. Time never goes back, so one event
    /// from a wrong clock would otherwise move the workspace's time for good. There is no bound with
    /// [manual time](crate::EnlistBuilder::manual_time).
    pub ahead: Option<Duration>,
    /// Limits of rules, lists and values. A workspace with one above its [maximum](ContentLimits::MAXIMA) is not created.
    pub content: ContentLimits,
}

impl WorkspaceSettings {
    /// Maximum partitions.
    pub const PARTITIONS_MOST: usize = 64;

    /// With a number of partitions.
    #[must_use]
    pub const fn with_partitions(self, partitions: usize) -> Self {
        Self { partitions, ..self }
    }

    /// With a number of transitions and notices that are kept.
    #[must_use]
    pub const fn with_retained(self, retained: usize) -> Self {
        Self { retained, ..self }
    }

    /// With a history.
    #[must_use]
    pub const fn with_history(self, history: HistorySettings) -> Self {
        Self { history, ..self }
    }

    /// With limits.
    #[must_use]
    pub const fn with_limits(self, limits: WorkspaceLimits) -> Self {
        Self { limits, ..self }
    }
}

impl HistorySettings {
    /// No history.
    pub const NONE: HistorySettings = HistorySettings { hours: 0, days: 0 };

    /// With a number of hours; 0 for none.
    #[must_use]
    pub const fn with_hours(self, hours: u32) -> Self {
        Self { hours, ..self }
    }

    /// With a number of days; 0 for none.
    #[must_use]
    pub const fn with_days(self, days: u32) -> Self {
        Self { days, ..self }
    }
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

impl WorkspaceLimits {
    /// How far an instant may lie ahead of the clock by default: one day.
    pub const AHEAD_DEFAULT: Duration = Duration::from_secs(24 * 60 * 60);

    /// With a maximum of contacts that exist at once.
    #[must_use]
    pub const fn with_contacts(self, contacts: usize) -> Self {
        Self { contacts, ..self }
    }

    /// With a maximum of segments.
    #[must_use]
    pub const fn with_segments(self, segments: usize) -> Self {
        Self { segments, ..self }
    }

    /// With a maximum of conditions of all rules together.
    #[must_use]
    pub const fn with_conditions(self, conditions: usize) -> Self {
        Self { conditions, ..self }
    }

    /// With a maximum of memory.
    #[must_use]
    pub const fn with_bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// With a maximum of events that wait to be applied.
    #[must_use]
    pub const fn with_queued_events(self, queued_events: usize) -> Self {
        Self { queued_events, ..self }
    }

    /// With how far an instant may lie ahead of the clock; `None` for no bound.
    #[must_use]
    pub const fn with_ahead(self, ahead: Option<Duration>) -> Self {
        Self { ahead, ..self }
    }

    /// With limits of rules, lists and values.
    #[must_use]
    pub const fn with_content(self, content: ContentLimits) -> Self {
        Self { content, ..self }
    }

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

impl Default for WorkspaceLimits {
    fn default() -> Self {
        WorkspaceLimits {
            contacts: usize::MAX,
            segments: 10_000,
            conditions: 100_000,
            bytes: usize::MAX,
            queued_events: 65_536,
            ahead: Some(Self::AHEAD_DEFAULT),
            content: ContentLimits::CONTRACT,
        }
    }
}

/// `usize::MAX` means no limit here, and a store says so, because it may be opened on a machine of another width.
fn kept(most: usize) -> Option<u64> {
    (most != usize::MAX).then_some(most as u64)
}

fn limit(kept: Option<u64>) -> usize {
    kept.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
}

impl WorkspaceSettings {
    /// The settings as a store keeps them.
    pub(crate) fn to_record(self) -> SettingsRecord {
        let WorkspaceLimits { contacts, segments, conditions, bytes, queued_events, ahead, content } =
            self.limits;
        SettingsRecord {
            partitions: self.partitions as u32,
            retained: self.retained as u64,
            history_hours: self.history.hours,
            history_days: self.history.days,
            limits: LimitsRecord {
                contacts: kept(contacts),
                segments: kept(segments),
                conditions: kept(conditions),
                bytes: kept(bytes),
                queued_events: kept(queued_events),
                ahead,
                content,
            },
        }
    }

    /// The settings that a store kept.
    pub(crate) fn of_record(record: SettingsRecord) -> Self {
        let LimitsRecord { contacts, segments, conditions, bytes, queued_events, ahead, content } =
            record.limits;
        WorkspaceSettings {
            partitions: record.partitions as usize,
            retained: usize::try_from(record.retained).unwrap_or(usize::MAX),
            history: HistorySettings { hours: record.history_hours, days: record.history_days },
            limits: WorkspaceLimits {
                contacts: limit(contacts),
                segments: limit(segments),
                conditions: limit(conditions),
                bytes: limit(bytes),
                queued_events: limit(queued_events),
                ahead,
                content,
            },
        }
    }
}
