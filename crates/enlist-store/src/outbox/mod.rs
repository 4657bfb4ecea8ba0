//! The outbox: what was published and is not acknowledged by all consumers, once the frames that would regenerate it are cut.
//!
//! A record holds all that a consumer hears, so a new version or new data about time zones never changes what was published. It
//! does not know consumers. Invariant: a record that is encoded is decoded to an equal record.

mod stored;

use enlist_model::{Change, ContactId, FieldKey, Instant, Json, Kind, Notice, SegmentId};

use crate::frame::SourcePosition;

/// What one frame published.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRecord {
    /// The revision to which the frame led.
    pub revision: u64,
    /// The sequence of the first item; those of the others follow it without gaps.
    pub first: u64,
    /// The items.
    pub items: Vec<OutboxItem>,
    /// The conditions of rules at that revision that transitions refer to.
    pub conditions: Vec<OutboxCondition>,
}

/// One published item.
#[derive(Clone, Debug, PartialEq)]
pub enum OutboxItem {
    /// A contact entered or left a segment.
    Transition {
        /// When.
        at: Instant,
        /// The cause.
        cause: OutboxCause,
        /// The source of the event and its position there.
        origin: Option<(String, SourcePosition)>,
        /// The contact.
        contact: ContactId,
        /// The segment.
        segment: SegmentId,
        /// Whether the contact entered or left.
        change: Change,
        /// The conditions that flipped, as indices into [`OutboxRecord::conditions`], each with its truth afterwards.
        flipped: Vec<(u32, bool)>,
    },
    /// A definition changed a whole membership.
    Notice {
        /// The notice.
        notice: Notice,
        /// The contacts that entered, in the order of creation.
        entered: Vec<OutboxContact>,
        /// The contacts that left, in the order of creation.
        left: Vec<OutboxContact>,
        /// The cause.
        cause: OutboxCause,
        /// The source of the event and its position there.
        origin: Option<(String, SourcePosition)>,
    },
    /// What was published is not known. It is the only item of its record.
    Gap {
        /// The sequence after it.
        until: u64,
    },
}

/// A contact of a notice. It may be deleted by the time the notice is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxContact {
    /// Its creation number.
    pub creation: u64,
    /// Its id.
    pub id: ContactId,
}

/// The cause of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxCause {
    /// An event, by its number.
    Event(u64),
    /// Settings of the workspace, by the number of the event that changed them.
    Settings(u64),
    /// The clock.
    Clock,
}

/// A condition of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxCondition {
    /// The kinds that its fields had. A field may be deleted since, and defined again with another kind.
    pub kinds: Vec<(FieldKey, Kind)>,
    /// The condition as JSON.
    pub json: Json,
}

impl OutboxRecord {
    /// The sequence after the last item; `u64::MAX` at most.
    pub fn end(&self) -> u64 {
        match self.items.as_slice() {
            [OutboxItem::Gap { until }] => *until,
            items => self.first.saturating_add(items.len() as u64),
        }
    }
}
