//! The settings of a workspace as a store keeps them, in plain numbers.
//!
//! The front door has its own type for them, which this crate cannot know. A limit that is `None` is no limit, so that a store
//! means the same on machines of another width. Invariant: limits of rules, lists and values are within the model's maxima.

use std::time::Duration;

use enlist_model::limits::ContentLimits;

use crate::codec::{BorrowDecode, Encode};
use crate::error::Error;

/// The settings of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingsRecord {
    /// The number of partitions that was chosen. No result depends on it.
    pub partitions: u32,
    /// How many transitions and notices are kept.
    pub retained: u64,
    /// Hours of history.
    pub history_hours: u32,
    /// Days of history.
    pub history_days: u32,
    /// The limits.
    pub limits: LimitsRecord,
}

/// The limits of a workspace; `None` for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsRecord {
    /// Contacts.
    pub contacts: Option<u64>,
    /// Segments.
    pub segments: Option<u64>,
    /// Conditions of all rules together.
    pub conditions: Option<u64>,
    /// Memory.
    pub bytes: Option<u64>,
    /// Events that wait to be applied.
    pub queued_events: Option<u64>,
    /// How far an instant may lie ahead of the clock.
    pub ahead: Option<Duration>,
    /// Limits of rules, lists and values.
    pub content: ContentLimits,
}

#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(crate) struct StoredSettings {
    partitions: u32,
    retained: u64,
    history_hours: u32,
    history_days: u32,
    contacts: Option<u64>,
    segments: Option<u64>,
    conditions: Option<u64>,
    bytes: Option<u64>,
    queued_events: Option<u64>,
    /// Seconds and nanoseconds.
    ahead: Option<(u64, u32)>,
    /// In the order of [`ContentLimits`].
    content: [u64; 5],
}

impl StoredSettings {
    pub(crate) fn of(settings: &SettingsRecord) -> Self {
        let SettingsRecord { partitions, retained, history_hours, history_days, limits } = *settings;
        let LimitsRecord { contacts, segments, conditions, bytes, queued_events, ahead, content } = limits;
        StoredSettings {
            partitions,
            retained,
            history_hours,
            history_days,
            contacts,
            segments,
            conditions,
            bytes,
            queued_events,
            ahead: ahead.map(|ahead| (ahead.as_secs(), ahead.subsec_nanos())),
            content: [
                content.list_values,
                content.rule_conditions,
                content.rule_depth,
                content.operand_bytes,
                content.value_bytes,
            ]
            .map(|most| most as u64),
        }
    }

    pub(crate) fn into_record(self) -> Result<SettingsRecord, Error> {
        Ok(SettingsRecord {
            partitions: self.partitions,
            retained: self.retained,
            history_hours: self.history_hours,
            history_days: self.history_days,
            limits: LimitsRecord {
                contacts: self.contacts,
                segments: self.segments,
                conditions: self.conditions,
                bytes: self.bytes,
                queued_events: self.queued_events,
                ahead: self.ahead.map(duration).transpose()?,
                content: content(self.content)?,
            },
        })
    }
}

fn duration((seconds, nanoseconds): (u64, u32)) -> Result<Duration, Error> {
    // A second or more would be carried, and the sum may overflow.
    if nanoseconds >= 1_000_000_000 {
        return Err(Error::malformed("a duration with a second too much of nanoseconds"));
    }
    Ok(Duration::new(seconds, nanoseconds))
}

fn content(most: [u64; 5]) -> Result<ContentLimits, Error> {
    let over = || Error::malformed("a limit of rules, lists or values above its maximum");
    let mut limits = [0; 5];
    for (limit, most) in limits.iter_mut().zip(most) {
        *limit = usize::try_from(most).map_err(|_| over())?;
    }
    let [list_values, rule_conditions, rule_depth, operand_bytes, value_bytes] = limits;
    let content = ContentLimits::default()
        .with_list_values(list_values)
        .with_rule_conditions(rule_conditions)
        .with_rule_depth(rule_depth)
        .with_operand_bytes(operand_bytes)
        .with_value_bytes(value_bytes);
    if content.above_maximum().is_some() { Err(over()) } else { Ok(content) }
}
