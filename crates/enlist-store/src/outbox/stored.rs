//! The stored form of an outbox record, and conversions both ways.
//!
//! The order of variants and members is the format: a change of it is a new version. Invariant: indices of conditions are within
//! the record.

use enlist_model::{Change, ContactId, FieldKey, Notice, NoticeOutcome, SegmentId};

use super::{OutboxCause, OutboxCondition, OutboxContact, OutboxItem, OutboxRecord};
use crate::codec::{self, BorrowDecode, Depth, Encode, List};
use crate::error::Error;
use crate::frame::{SourcePosition, StoredJson, StoredKind, instant, refused};

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
struct StoredRecord<'a> {
    revision: u64,
    first: u64,
    items: List<StoredItem<'a>>,
    conditions: List<StoredCondition<'a>>,
}

/// The name of a source, and the two numbers of a position.
type StoredOrigin<'a> = Option<(&'a str, u64, u64)>;

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
enum StoredItem<'a> {
    Transition {
        at: i64,
        cause: StoredCause,
        origin: StoredOrigin<'a>,
        contact: &'a str,
        segment: &'a str,
        change: StoredChange,
        flipped: List<(u32, bool)>,
    },
    Notice {
        at: i64,
        segment: &'a str,
        outcome: StoredOutcome,
        entered: List<(u64, &'a str)>,
        left: List<(u64, &'a str)>,
        cause: StoredCause,
        origin: StoredOrigin<'a>,
    },
    Gap(u64),
}

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
struct StoredCondition<'a> {
    kinds: List<(&'a str, StoredKind)>,
    json: StoredJson<'a>,
}

#[derive(Encode, BorrowDecode)]
enum StoredCause {
    Event(u64),
    Settings(u64),
    Clock,
}

#[derive(Encode, BorrowDecode)]
enum StoredChange {
    Entered,
    Left,
}

#[derive(Encode, BorrowDecode)]
enum StoredOutcome {
    Built(u64),
    Rebuilt { entered: u64, left: u64 },
    Dropped,
}

impl OutboxRecord {
    /// The record as bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::Unwritable`] if an item refers to a condition that is not in the record.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        if !self.refers_to_its_conditions() {
            let what = "an item refers to a condition that is not in its outbox record".to_owned();
            return Err(Error::Unwritable { what });
        }
        codec::encode(&StoredRecord {
            revision: self.revision,
            first: self.first,
            items: List(self.items.iter().map(StoredItem::of).collect()),
            conditions: List(self.conditions.iter().map(StoredCondition::of).collect()),
        })
    }

    /// The record of some bytes.
    ///
    /// # Errors
    /// [`Error::Format`] if a newer version wrote them, [`Error::Malformed`] if they are no outbox record.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let stored: StoredRecord<'_> = codec::decode(bytes)?;
        let record = OutboxRecord {
            revision: stored.revision,
            first: stored.first,
            items: stored.items.0.into_iter().map(StoredItem::into_item).collect::<Result<_, _>>()?,
            conditions: stored
                .conditions
                .0
                .into_iter()
                .map(StoredCondition::into_condition)
                .collect::<Result<_, _>>()?,
        };
        if record.refers_to_its_conditions() {
            Ok(record)
        } else {
            Err(Error::malformed("an item with a condition that is not there"))
        }
    }

    fn refers_to_its_conditions(&self) -> bool {
        self.items.iter().all(|item| match item {
            OutboxItem::Transition { flipped, .. } => {
                flipped.iter().all(|(condition, _)| (*condition as usize) < self.conditions.len())
            }
            OutboxItem::Notice { .. } | OutboxItem::Gap { .. } => true,
        })
    }
}

impl<'a> StoredItem<'a> {
    fn of(item: &'a OutboxItem) -> Self {
        match item {
            OutboxItem::Transition { at, cause, origin, contact, segment, change, flipped } => {
                StoredItem::Transition {
                    at: at.milliseconds(),
                    cause: StoredCause::of(*cause),
                    origin: stored_origin(origin.as_ref()),
                    contact: contact.as_str(),
                    segment: segment.as_str(),
                    change: match change {
                        Change::Entered => StoredChange::Entered,
                        Change::Left => StoredChange::Left,
                    },
                    flipped: List(flipped.clone()),
                }
            }
            OutboxItem::Notice { notice, entered, left, cause, origin } => StoredItem::Notice {
                at: notice.at.milliseconds(),
                segment: notice.segment.as_str(),
                outcome: match notice.outcome {
                    NoticeOutcome::Built { members } => StoredOutcome::Built(members),
                    NoticeOutcome::Rebuilt { entered, left } => StoredOutcome::Rebuilt { entered, left },
                    NoticeOutcome::Dropped => StoredOutcome::Dropped,
                },
                entered: contacts(entered),
                left: contacts(left),
                cause: StoredCause::of(*cause),
                origin: stored_origin(origin.as_ref()),
            },
            OutboxItem::Gap { until } => StoredItem::Gap(*until),
        }
    }

    fn into_item(self) -> Result<OutboxItem, Error> {
        Ok(match self {
            StoredItem::Transition { at, cause, origin, contact: id, segment: of, change, flipped } => {
                OutboxItem::Transition {
                    at: instant(at)?,
                    cause: cause.into_cause(),
                    origin: read_origin(origin),
                    contact: contact(id)?,
                    segment: segment(of)?,
                    change: match change {
                        StoredChange::Entered => Change::Entered,
                        StoredChange::Left => Change::Left,
                    },
                    flipped: flipped.0,
                }
            }
            StoredItem::Notice { at, segment: of, outcome, entered, left, cause, origin } => {
                OutboxItem::Notice {
                    notice: Notice {
                        at: instant(at)?,
                        segment: segment(of)?,
                        outcome: match outcome {
                            StoredOutcome::Built(members) => NoticeOutcome::Built { members },
                            StoredOutcome::Rebuilt { entered, left } => {
                                NoticeOutcome::Rebuilt { entered, left }
                            }
                            StoredOutcome::Dropped => NoticeOutcome::Dropped,
                        },
                    },
                    entered: read_contacts(entered)?,
                    left: read_contacts(left)?,
                    cause: cause.into_cause(),
                    origin: read_origin(origin),
                }
            }
            StoredItem::Gap(until) => OutboxItem::Gap { until },
        })
    }
}

impl<'a> StoredCondition<'a> {
    fn of(condition: &'a OutboxCondition) -> Self {
        let kinds = condition.kinds.iter().map(|(field, kind)| (field.as_str(), StoredKind::of(*kind)));
        StoredCondition { kinds: List(kinds.collect()), json: StoredJson::of(&condition.json) }
    }

    fn into_condition(self) -> Result<OutboxCondition, Error> {
        let kinds = self.kinds.0.into_iter().map(|(field, kind)| {
            Ok((FieldKey::new(field).map_err(|error| refused(&error))?, kind.into_kind()))
        });
        Ok(OutboxCondition { kinds: kinds.collect::<Result<_, Error>>()?, json: self.json.into_json() })
    }
}

fn stored_origin(origin: Option<&(String, SourcePosition)>) -> StoredOrigin<'_> {
    origin.map(|(source, at)| (source.as_str(), at.0, at.1))
}

fn read_origin(origin: StoredOrigin<'_>) -> Option<(String, SourcePosition)> {
    origin.map(|(source, first, second)| (source.to_owned(), SourcePosition(first, second)))
}

fn contacts(contacts: &[OutboxContact]) -> List<(u64, &str)> {
    List(contacts.iter().map(|contact| (contact.creation, contact.id.as_str())).collect())
}

fn read_contacts(contacts: List<(u64, &str)>) -> Result<Vec<OutboxContact>, Error> {
    contacts.0.into_iter().map(|(creation, id)| Ok(OutboxContact { creation, id: contact(id)? })).collect()
}

impl StoredCause {
    fn of(cause: OutboxCause) -> Self {
        match cause {
            OutboxCause::Event(number) => StoredCause::Event(number),
            OutboxCause::Settings(number) => StoredCause::Settings(number),
            OutboxCause::Clock => StoredCause::Clock,
        }
    }

    fn into_cause(self) -> OutboxCause {
        match self {
            StoredCause::Event(number) => OutboxCause::Event(number),
            StoredCause::Settings(number) => OutboxCause::Settings(number),
            StoredCause::Clock => OutboxCause::Clock,
        }
    }
}

fn contact(id: &str) -> Result<ContactId, Error> {
    ContactId::new(id).map_err(|error| refused(&error))
}

fn segment(id: &str) -> Result<SegmentId, Error> {
    SegmentId::new(id).map_err(|error| refused(&error))
}
