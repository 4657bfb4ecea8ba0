//! The stored form of a contact.
//!
//! A workspace has few fields and many contacts, so a value names its field by a number; the numbers of a workspace are rows of
//! their own. What is derived (the keys of texts and labels) is not stored. Invariant: a contact that is encoded is decoded to an
//! equal contact, and each value passes the model's check of its kind.

use std::borrow::Cow;
use std::collections::BTreeMap;

use enlist_engine::{ContactDump, ConversationDump};
use enlist_model::limits::ContentLimits;
use enlist_model::{
    ContactId, ConversationId, Date, Day, FieldKey, Json, Kind, Label, Number, Options, ShortText, Value,
    read_option,
};

use crate::codec::{self, BorrowDecode, Depth, Encode, List};
use crate::error::Error;
use crate::frame::{instant, refused};

/// The days that can be written, 0001-01-01 to 9999-12-31, as days since 1970-01-01.
const WRITABLE_DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

/// The numbers of the fields of a workspace, from 0. A field that was given one keeps it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldNumbers {
    numbers: BTreeMap<FieldKey, u32>,
}

#[derive(Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
#[bincode(decode_context = "Depth")]
struct StoredContact<'a> {
    id: &'a str,
    values: Values<'a>,
    labels: List<&'a str>,
    conversations: List<StoredConversation<'a>>,
}

#[derive(Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
#[bincode(decode_context = "Depth")]
struct StoredConversation<'a> {
    id: &'a str,
    values: Values<'a>,
}

type Values<'a> = List<(u32, StoredValue<'a>)>;

#[derive(Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
#[bincode(decode_context = "Depth")]
enum StoredValue<'a> {
    Text(Cow<'a, str>),
    Phone(Cow<'a, str>),
    Whole(i64),
    Float(f64),
    Calendar(i32),
    Instant(i64),
    False,
    True,
    Select(&'a str),
    MultiSelect(List<&'a str>),
}

impl FieldNumbers {
    /// Gives a field the next number.
    pub(crate) fn push(&mut self, field: FieldKey) {
        let next = self.numbers.len() as u32;
        self.numbers.insert(field, next);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.numbers.len() as u32
    }

    /// The fields of a contact that have no number yet, each once.
    pub(crate) fn missing(&self, contact: &ContactDump) -> Vec<FieldKey> {
        let conversations = contact.conversations.iter().flat_map(|conversation| &conversation.values);
        let mut missing: Vec<FieldKey> = Vec::new();
        for (field, _) in contact.values.iter().chain(conversations) {
            if !self.numbers.contains_key(field) && !missing.contains(field) {
                missing.push(field.clone());
            }
        }
        missing
    }

    fn values<'a>(&self, values: &'a [(FieldKey, Value)]) -> Result<Values<'a>, Error> {
        let stored = |(field, value): &'a (FieldKey, Value)| {
            let number = self.numbers.get(field);
            let number =
                number.ok_or_else(|| Error::Unwritable { what: format!("{field} has no number") })?;
            Ok((*number, StoredValue::of(value)))
        };
        Ok(List(values.iter().map(stored).collect::<Result<_, _>>()?))
    }
}

/// A contact as bytes, without its creation number.
pub(crate) fn encode_contact(contact: &ContactDump, fields: &FieldNumbers) -> Result<Vec<u8>, Error> {
    let mut conversations = Vec::with_capacity(contact.conversations.len());
    for each in &contact.conversations {
        conversations.push(StoredConversation { id: each.id.as_str(), values: fields.values(&each.values)? });
    }
    codec::encode(&StoredContact {
        id: contact.id.as_str(),
        values: fields.values(&contact.values)?,
        labels: List(contact.labels.iter().map(ShortText::as_str).collect()),
        conversations: List(conversations),
    })
}

/// The contact of some bytes.
pub(crate) fn contact(creation: u64, bytes: &[u8], fields: &[FieldKey]) -> Result<ContactDump, Error> {
    let stored: StoredContact<'_> = codec::decode(bytes)?;
    let id = ContactId::new(stored.id).map_err(|error| refused(&error))?;
    let mut contact = ContactDump::new(id, creation);
    contact.values = values(stored.values, fields)?;
    for label in stored.labels.0 {
        contact.labels.push(Label::new(label).map_err(|error| refused(&error))?.shown);
    }
    for StoredConversation { id, values: held } in stored.conversations.0 {
        let id = ConversationId::new(id).map_err(|error| refused(&error))?;
        contact.conversations.push(ConversationDump::new(id, values(held, fields)?));
    }
    Ok(contact)
}

/// Reads a contact whose fields have these keys, and writes it again. For fuzzing only: nothing else has a contact's bytes.
///
/// # Errors
/// As reading and writing.
#[doc(hidden)]
pub fn rewritten_contact(bytes: &[u8], fields: &[FieldKey]) -> Result<Vec<u8>, Error> {
    let mut numbers = FieldNumbers::default();
    for field in fields {
        numbers.push(field.clone());
    }
    encode_contact(&contact(0, bytes, fields)?, &numbers)
}

fn values(stored: Values<'_>, fields: &[FieldKey]) -> Result<Vec<(FieldKey, Value)>, Error> {
    let value = |(number, value): (u32, StoredValue<'_>)| {
        let field = fields.get(number as usize);
        let field =
            field.ok_or_else(|| Error::malformed(format!("a field with the unknown number {number}")))?;
        Ok((field.clone(), value.into_value()?))
    };
    stored.0.into_iter().map(value).collect()
}

impl<'a> StoredValue<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => StoredValue::Text(text.given()),
            Value::Phone(phone) => StoredValue::Phone(phone.given()),
            Value::Number(number) => Self::of_number(number.get()),
            Value::Date(Date::Calendar(day)) => StoredValue::Calendar(day.number()),
            Value::Date(Date::Instant(instant)) => StoredValue::Instant(instant.milliseconds()),
            Value::Boolean(false) => StoredValue::False,
            Value::Boolean(true) => StoredValue::True,
            Value::Select(option) => StoredValue::Select(option),
            Value::MultiSelect(options) => StoredValue::MultiSelect(List(options.iter().collect())),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "what is lost shows in the bits")]
    fn of_number(number: f64) -> Self {
        let whole = number as i64;
        if (whole as f64).to_bits() == number.to_bits() {
            StoredValue::Whole(whole)
        } else {
            StoredValue::Float(number)
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "only integers that are floats are stored as whole numbers"
    )]
    fn into_value(self) -> Result<Value, Error> {
        match self {
            StoredValue::Text(given) => read(Kind::Text, &given),
            StoredValue::Phone(given) => read(Kind::Phone, &given),
            StoredValue::Whole(number) => numeric(number as f64),
            StoredValue::Float(number) => numeric(number),
            StoredValue::Calendar(day) if WRITABLE_DAYS.contains(&day) => {
                Ok(Value::Date(Date::Calendar(Day::from_number(day))))
            }
            StoredValue::Calendar(_) => Err(Error::malformed("a day outside the years 0001 to 9999")),
            StoredValue::Instant(milliseconds) => Ok(Value::Date(Date::Instant(instant(milliseconds)?))),
            StoredValue::False => Ok(Value::Boolean(false)),
            StoredValue::True => Ok(Value::Boolean(true)),
            StoredValue::Select(given) => option(given).map(Value::Select),
            StoredValue::MultiSelect(given) => {
                let options = given.0.into_iter().map(option).collect::<Result<_, _>>()?;
                let options = Options::new(options).ok_or_else(|| Error::malformed("a set of no options"))?;
                Ok(Value::MultiSelect(options))
            }
        }
    }
}

/// A text or phone, whose key is derived from what was given.
fn read(kind: Kind, given: &str) -> Result<Value, Error> {
    // What exists may be over the limits that were chosen since, and never over these.
    match Value::read_within(kind, &Json::from(given), &ContentLimits::MAXIMA) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(Error::malformed("a blank value")),
        Err(unfit) => Err(Error::malformed(format!("a value that is {}", unfit.found))),
    }
}

fn numeric(number: f64) -> Result<Value, Error> {
    let number = Number::new(number).ok_or_else(|| Error::malformed("a number that is not finite"))?;
    Ok(Value::Number(number))
}

fn option(given: &str) -> Result<ShortText, Error> {
    read_option(&Json::from(given)).map_err(|_| Error::malformed("an option that is blank or too long"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{VARINT, golden, is_the_same_with_another_library};

    fn decoded(value: StoredValue<'_>, label: &str) -> Result<ContactDump, Error> {
        let stored = StoredContact {
            id: "c",
            values: List(vec![(0, value)]),
            labels: List(vec![label]),
            conversations: List(Vec::new()),
        };
        contact(3, &codec::encode(&stored).unwrap(), &[FieldKey::new("f").unwrap()])
    }

    #[test]
    fn a_value_that_no_field_could_hold_is_malformed() {
        let long = "x".repeat(ContentLimits::MAXIMA.value_bytes + 1);
        for wrong in [
            StoredValue::Text(" ".into()),
            StoredValue::Text(long.into()),
            StoredValue::Phone("none".into()),
            StoredValue::Float(f64::NAN),
            StoredValue::Float(f64::INFINITY),
            StoredValue::Calendar(WRITABLE_DAYS.start() - 1),
            StoredValue::Calendar(WRITABLE_DAYS.end() + 1),
            StoredValue::Instant(i64::MAX),
            StoredValue::Select("\t"),
            StoredValue::MultiSelect(List(vec!["a", ""])),
            StoredValue::MultiSelect(List(Vec::new())),
        ] {
            assert_eq!(decoded(wrong, "l").map_err(|error| error.code()), Err("malformed"));
        }
        assert_eq!(decoded(StoredValue::True, " ").map_err(|error| error.code()), Err("malformed"));
        let mut expected = ContactDump::new(ContactId::new("c").unwrap(), 3);
        expected.values = vec![(FieldKey::new("f").unwrap(), Value::Boolean(true))];
        expected.labels = vec!["VIP".into()];
        assert_eq!(decoded(StoredValue::True, "VIP"), Ok(expected));
    }

    #[test]
    fn another_library_reads_and_writes_the_same_contacts() {
        let contacts = golden("contacts");
        assert!(contacts.len() > 3);
        for bytes in &contacts {
            is_the_same_with_another_library::<StoredContact<'_>, _>(bytes, VARINT);
        }
    }

    #[test]
    fn the_writable_days_are_those_that_can_be_read() {
        let days = ["0001-01-01", "9999-12-31"].map(|day| Day::parse(day).unwrap().number());
        assert_eq!(days, [*WRITABLE_DAYS.start(), *WRITABLE_DAYS.end()]);
    }

    #[test]
    fn a_field_without_a_number_is_neither_written_nor_read() {
        let mut dump = ContactDump::new(ContactId::new("c").unwrap(), 0);
        dump.values = vec![(FieldKey::new("f").unwrap(), Value::Boolean(true))];
        let mut fields = FieldNumbers::default();
        assert_eq!(encode_contact(&dump, &fields).unwrap_err().code(), "unwritable");
        assert_eq!(fields.missing(&dump), [FieldKey::new("f").unwrap()]);
        fields.push(FieldKey::new("f").unwrap());
        let bytes = encode_contact(&dump, &fields).unwrap();
        assert_eq!(contact(0, &bytes, &[]).unwrap_err().code(), "malformed");
    }

    #[test]
    fn changed_bytes_are_an_error_or_a_contact_and_never_a_panic() {
        let mut dump = ContactDump::new(ContactId::new("c").unwrap(), 0);
        let field = FieldKey::new("f").unwrap();
        let value = |kind, json| Value::read(kind, &Json::parse(json).unwrap()).unwrap().unwrap();
        dump.values = vec![
            (field.clone(), value(Kind::Text, "\"Straße\"")),
            (field.clone(), value(Kind::MultiSelect, "[\"a\",\"b\"]")),
            (field.clone(), value(Kind::Date, "\"2026-11-23\"")),
        ];
        let mut fields = FieldNumbers::default();
        fields.push(field.clone());
        let bytes = encode_contact(&dump, &fields).unwrap();
        for (at, _) in bytes.iter().enumerate() {
            for other in 0..=255 {
                let mut changed = bytes.clone();
                changed[at] = other;
                // What was read can be written again.
                if let Ok(read) = contact(0, &changed, std::slice::from_ref(&field)) {
                    assert!(encode_contact(&read, &fields).is_ok());
                }
            }
        }
    }
}
