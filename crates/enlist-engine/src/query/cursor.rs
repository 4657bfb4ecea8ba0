//! Cursors: the position at which a page ended, as text that a host keeps and passes back.
//!
//! A cursor holds the sort value that its contact had, so it stays valid when the contact changes or is deleted. It
//! knows neither contacts nor their numbers. Invariant: a cursor is read only in the order that it was written for.

use enlist_model::{Day, Instant, Number};
use serde_json::json;

use crate::error::Error;

/// The order of members.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageOrder {
    /// By creation; the latest first if `descending`.
    Arrival {
        /// Whether the latest comes first.
        descending: bool,
    },
    /// By a contact's field with a single value: texts and phones by their keys, dates by their days (on one day,
    /// calendar dates before instants), `false` before `true`, options by their bytes. Ties are by creation, and
    /// empty values come last, in either direction.
    Field {
        /// Its key.
        field: String,
        /// Whether the greatest comes first.
        descending: bool,
    },
}

/// A position in an order of members. It is opaque: keep the text as it is and pass it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

/// A contact's position in an order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CursorPosition {
    pub(super) key: SortKey,
    pub(super) creation: u64,
}

/// The value that a contact is sorted by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SortKey {
    Text(String),
    Number(Number),
    /// A calendar date has no instant, so it comes first on its day.
    Date(Day, Option<Instant>),
    Boolean(bool),
    Empty,
}

impl PageOrder {
    fn tag(&self) -> String {
        let direction = if self.is_descending() { "-" } else { "+" };
        match self {
            PageOrder::Arrival { .. } => format!("{direction}arrival"),
            PageOrder::Field { field, .. } => format!("{direction}.{field}"),
        }
    }

    pub(super) fn is_descending(&self) -> bool {
        let (PageOrder::Arrival { descending } | PageOrder::Field { descending, .. }) = self;
        *descending
    }
}

/// Where a page begins, with positions of type `P`.
pub(super) enum Start<P> {
    /// After this many members.
    Offset(u64),
    /// At a position.
    At(P),
}

impl<P> Start<P> {
    pub(super) fn map<'a, Q>(&'a self, place: impl FnOnce(&'a P) -> Q) -> Start<Q> {
        match self {
            Start::Offset(offset) => Start::Offset(*offset),
            Start::At(at) => Start::At(place(at)),
        }
    }
}

impl SortKey {
    fn to_json(&self) -> serde_json::Value {
        match self {
            SortKey::Text(key) => json!({"t": key}),
            SortKey::Number(number) => json!({"n": number.get()}),
            SortKey::Date(day, instant) => {
                json!({"d": day.number(), "i": instant.map(Instant::milliseconds)})
            }
            SortKey::Boolean(value) => json!({"b": value}),
            SortKey::Empty => serde_json::Value::Null,
        }
    }

    fn from_json(json: &serde_json::Value) -> Option<Self> {
        if json.is_null() {
            return Some(SortKey::Empty);
        }
        if let Some(text) = json["t"].as_str() {
            return Some(SortKey::Text(text.to_owned()));
        }
        if let Some(number) = json["n"].as_f64() {
            return Number::new(number).map(SortKey::Number);
        }
        if let Some(day) = json["d"].as_i64() {
            let day = Day::from_number(i32::try_from(day).ok()?);
            return Some(SortKey::Date(day, json["i"].as_i64().and_then(Instant::from_milliseconds)));
        }
        json["b"].as_bool().map(SortKey::Boolean)
    }
}

impl Cursor {
    /// The version of the content, which is its first member.
    const VERSION: u64 = 1;

    /// A cursor from text that the host kept.
    pub fn from_text(text: &str) -> Self {
        Cursor(text.to_owned())
    }

    /// The cursor as text of ASCII letters and digits.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    pub(super) fn write(order: &PageOrder, position: &CursorPosition) -> Self {
        let content = json!([Self::VERSION, order.tag(), position.creation, position.key.to_json()]);
        let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0');
        Cursor(content.to_string().bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
    }

    pub(super) fn read(&self, order: &PageOrder) -> Result<CursorPosition, Error> {
        let wrong = |problem| Error::Cursor { problem };
        let content = hex(&self.0).ok_or(wrong("it is not whole"))?;
        let content: serde_json::Value =
            serde_json::from_slice(&content).map_err(|_| wrong("it is not whole"))?;
        if content[0] != json!(Self::VERSION) {
            return Err(wrong("it is of another version"));
        }
        if content[1] != json!(order.tag()) {
            return Err(wrong("it belongs to another order"));
        }
        let creation = content[2].as_u64().ok_or(wrong("it is not whole"))?;
        let key = SortKey::from_json(&content[3]).ok_or(wrong("it is not whole"))?;
        Ok(CursorPosition { key, creation })
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}
