//! The stored form of a contact.
//!
//! Values are stored as they are shown, without what is derived from them, and go through the model's checks when they are read.
//! Invariant: a contact that is encoded is decoded to an equal contact.

use enlist_engine::{ContactDump, ConversationDump};
use enlist_model::limits::ContentLimits;
use enlist_model::{ContactId, ConversationId, Date, Day, FieldKey, Instant, Json, Kind, Value};

use crate::codec::{BorrowDecode, Depth, Encode, List};
use crate::error::Error;
use crate::frame::refused;

/// A contact that borrows its texts.
#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
pub(super) struct StoredContact<'a> {
    id: &'a str,
    creation: u64,
    values: Values<'a>,
    labels: List<&'a str>,
    conversations: List<StoredConversation<'a>>,
}

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
struct StoredConversation<'a> {
    id: &'a str,
    values: Values<'a>,
}

type Values<'a> = List<(&'a str, StoredValue<'a>)>;

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
enum StoredValue<'a> {
    Text(&'a str),
    Phone(&'a str),
    Number(f64),
    /// Milliseconds since 1970.
    Instant(i64),
    /// Days since 1970.
    Day(i32),
    False,
    True,
    Select(&'a str),
    MultiSelect(List<&'a str>),
}

impl<'a> StoredContact<'a> {
    pub(super) fn of(contact: &'a ContactDump) -> Self {
        let conversation = |each: &'a ConversationDump| StoredConversation {
            id: each.id.as_str(),
            values: stored(&each.values),
        };
        StoredContact {
            id: contact.id.as_str(),
            creation: contact.creation,
            values: stored(&contact.values),
            labels: List(contact.labels.iter().map(enlist_model::ShortText::as_str).collect()),
            conversations: List(contact.conversations.iter().map(conversation).collect()),
        }
    }

    pub(super) fn into_contact(self) -> Result<ContactDump, Error> {
        let id = ContactId::new(self.id).map_err(|error| refused(&error))?;
        let mut contact = ContactDump::new(id, self.creation);
        contact.values = values(self.values)?;
        contact.labels = self.labels.0.into_iter().map(Into::into).collect();
        let conversation = |each: StoredConversation<'_>| {
            let id = ConversationId::new(each.id).map_err(|error| refused(&error))?;
            Ok(ConversationDump::new(id, values(each.values)?))
        };
        contact.conversations =
            self.conversations.0.into_iter().map(conversation).collect::<Result<_, Error>>()?;
        Ok(contact)
    }
}

fn stored(values: &[(FieldKey, Value)]) -> Values<'_> {
    List(values.iter().map(|(field, value)| (field.as_str(), StoredValue::of(value))).collect())
}

fn values(stored: Values<'_>) -> Result<Vec<(FieldKey, Value)>, Error> {
    let value = |(field, value): (&str, StoredValue<'_>)| {
        let field = FieldKey::new(field).map_err(|error| refused(&error))?;
        Ok((field, value.into_value()?))
    };
    stored.0.into_iter().map(value).collect()
}

impl<'a> StoredValue<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => StoredValue::Text(text.given()),
            Value::Phone(text) => StoredValue::Phone(text.given()),
            Value::Number(number) => StoredValue::Number(number.get()),
            Value::Date(Date::Instant(instant)) => StoredValue::Instant(instant.milliseconds()),
            Value::Date(Date::Calendar(day)) => StoredValue::Day(day.number()),
            Value::Boolean(false) => StoredValue::False,
            Value::Boolean(true) => StoredValue::True,
            Value::Select(option) => StoredValue::Select(option.as_str()),
            Value::MultiSelect(options) => StoredValue::MultiSelect(List(options.iter().collect())),
        }
    }

    fn into_value(self) -> Result<Value, Error> {
        let wrong = || Error::malformed("a value that no field holds");
        // What exists is held to the highest limits: those of its workspace may have been lowered.
        let read = |kind, json: Json| {
            let read = Value::read_within(kind, &json, &ContentLimits::MAXIMA);
            read.ok().flatten().ok_or_else(wrong)
        };
        match self {
            StoredValue::Text(text) => read(Kind::Text, Json::from(text)),
            StoredValue::Phone(text) => read(Kind::Phone, Json::from(text)),
            StoredValue::Number(number) => read(Kind::Number, Json::Number(number)),
            StoredValue::Instant(milliseconds) => Instant::from_milliseconds(milliseconds)
                .map(|instant| Value::Date(Date::Instant(instant)))
                .ok_or_else(wrong),
            StoredValue::Day(number) => Ok(Value::Date(Date::Calendar(Day::from_number(number)))),
            StoredValue::False => Ok(Value::Boolean(false)),
            StoredValue::True => Ok(Value::Boolean(true)),
            StoredValue::Select(option) => read(Kind::Select, Json::from(option)),
            StoredValue::MultiSelect(options) => {
                read(Kind::MultiSelect, Json::List(options.0.into_iter().map(Json::from).collect()))
            }
        }
    }
}
