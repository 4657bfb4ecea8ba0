//! Pages of members: in order of arrival or sorted by a field, either way, from a cursor or at an offset.
//!
//! A walk by cursor in order of arrival meets every contact that is a member throughout exactly once, whatever changes
//! meanwhile: the cursor is the arrival of the last contact shown, and arrivals never change. A sorted walk promises it
//! for contacts whose sort value stays.

use std::cmp::Ordering;

use enlist_model::{ContactId, Date, Day, Instant, Kind, Number, Scope, Value};
use serde_json::json;

use crate::engine::Engine;
use crate::error::Error;
use crate::members::Members;
use crate::number::{ContactNo, FieldNo};

/// Which page of a segment's members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// In which order.
    pub order: PageOrder,
    /// From where.
    pub start: PageStart,
    /// The most contacts.
    pub size: usize,
}

/// The order of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageOrder {
    /// By creation; the latest first, if `descending`.
    Arrival {
        /// The latest first.
        descending: bool,
    },
    /// By a contact's field of a single value: texts and phones by their keys, dates by their days (of one day,
    /// calendar dates before instants), `false` before `true`, options by their bytes. Ties by creation, empty values
    /// last, both either way.
    Field {
        /// Its key.
        field: String,
        /// The greatest first.
        descending: bool,
    },
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageStart {
    /// So many members after the first.
    Offset(u64),
    /// After the last contact of an earlier page.
    After(Cursor),
}

/// A place in an order of members, opaque: keep it as it is and hand it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

/// A page of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The contacts, in order.
    pub contacts: Vec<ContactId>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<Cursor>,
    /// How many members the segment has.
    pub total: u64,
}

impl Default for PageRequest {
    /// The first fifty in order of arrival.
    fn default() -> Self {
        PageRequest { order: PageOrder::Arrival { descending: false }, start: PageStart::Offset(0), size: 50 }
    }
}

impl Cursor {
    /// The version of what a cursor holds, its first member.
    const VERSION: u64 = 1;

    /// Takes a cursor back from wherever it was kept.
    pub fn from_text(text: &str) -> Self {
        Cursor(text.to_owned())
    }

    /// The cursor as text of ASCII letters and digits.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    fn write(order: &PageOrder, position: &Position) -> Self {
        let content = json!([Self::VERSION, order.tag(), position.creation, position.key.to_json()]);
        let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0');
        Cursor(content.to_string().bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
    }

    fn read(&self, order: &PageOrder) -> Result<Position, Error> {
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
        Ok(Position { key, creation })
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

impl PageOrder {
    fn tag(&self) -> String {
        match self {
            PageOrder::Arrival { descending } => format!("{}arrival", if *descending { "-" } else { "+" }),
            PageOrder::Field { field, descending } => {
                format!("{}.{field}", if *descending { "-" } else { "+" })
            }
        }
    }
}

/// A contact's place in an order.
#[derive(Clone, Debug, PartialEq)]
struct Position {
    key: SortKey,
    creation: u64,
}

/// By what a contact is sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Text(String),
    Number(Number),
    /// A calendar date has no instant and so comes first on its day.
    Date(Day, Option<Instant>),
    Boolean(bool),
    Empty,
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

impl Position {
    /// The order of two positions: by key, empties last either way, ties by creation.
    fn order(&self, other: &Position, descending: bool) -> Ordering {
        let is_empty = |position: &Position| position.key == SortKey::Empty;
        let keys = is_empty(self).cmp(&is_empty(other)).then_with(|| {
            let ascending = self.key.cmp(&other.key);
            if descending { ascending.reverse() } else { ascending }
        });
        keys.then(self.creation.cmp(&other.creation))
    }
}

impl Engine {
    /// A page of a segment's members.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`], [`Error::SortField`], [`Error::Cursor`].
    pub fn page(&self, segment: &str, request: &PageRequest) -> Result<Page, Error> {
        let members = self.members_of(segment)?;
        let (contacts, has_more) = match &request.order {
            PageOrder::Arrival { descending } => self.by_arrival(members, request, *descending)?,
            PageOrder::Field { field, descending } => self.by_field(members, request, field, *descending)?,
        };
        let next =
            contacts.last().filter(|_| has_more).map(|(_, position)| Cursor::write(&request.order, position));
        let id = |no: &ContactNo| self.facts.contacts.get(*no).id.clone();
        Ok(Page { contacts: contacts.iter().map(|(no, _)| id(no)).collect(), next, total: members.len() })
    }

    fn by_arrival(
        &self,
        members: &Members,
        request: &PageRequest,
        descending: bool,
    ) -> Result<(Vec<(ContactNo, Position)>, bool), Error> {
        // The members that come before the page, counted from the first.
        let before = match &request.start {
            PageStart::Offset(offset) => *offset,
            PageStart::After(cursor) => {
                let last = cursor.read(&request.order)?.creation;
                let shown_until = if descending { last } else { last.saturating_add(1) };
                let first = self.facts.contacts.first_since(shown_until);
                let earlier = members.rank(first);
                if descending { members.len() - earlier } else { earlier }
            }
        };
        let rest = members.len().saturating_sub(before);
        let size = (request.size as u64).min(rest);
        let place = |no: ContactNo| {
            let creation = self.facts.contacts.creation(no);
            (no, Position { key: SortKey::Empty, creation })
        };
        let page = if descending {
            let last = rest.checked_sub(1).and_then(|rank| members.select(rank)).unwrap_or(ContactNo(0));
            members.iter_back_from(last).take(size as usize).map(place).collect()
        } else {
            let first = members.select(before).unwrap_or(ContactNo(u32::MAX));
            members.iter_from(first).take(size as usize).map(place).collect()
        };
        Ok((page, rest > size))
    }

    fn by_field(
        &self,
        members: &Members,
        request: &PageRequest,
        key: &str,
        descending: bool,
    ) -> Result<(Vec<(ContactNo, Position)>, bool), Error> {
        let field = self.sortable(key)?;
        let position = |no: ContactNo| {
            let value = self.facts.contacts.value(no, field);
            (
                no,
                Position {
                    key: self.sort_key(field, value.as_ref()),
                    creation: self.facts.contacts.creation(no),
                },
            )
        };
        let by_order =
            |one: &(ContactNo, Position), two: &(ContactNo, Position)| one.1.order(&two.1, descending);
        let mut sorted: Vec<(ContactNo, Position)> = members.iter().map(position).collect();
        sorted.sort_unstable_by(by_order);
        let before = match &request.start {
            PageStart::Offset(offset) => usize::try_from(*offset).unwrap_or(usize::MAX).min(sorted.len()),
            PageStart::After(cursor) => {
                let last = cursor.read(&request.order)?;
                sorted.partition_point(|(_, each)| each.order(&last, descending) != Ordering::Greater)
            }
        };
        let mut page = sorted.split_off(before);
        let has_more = page.len() > request.size;
        page.truncate(request.size);
        Ok((page, has_more))
    }

    fn sortable(&self, key: &str) -> Result<FieldNo, Error> {
        let no = self.definitions.find_field(key);
        let is_sortable = |no: &FieldNo| {
            let field = self.definitions.field(*no);
            field.key.scope() == Scope::Contact && !matches!(field.kind, Kind::MultiSelect | Kind::Label)
        };
        no.filter(is_sortable).ok_or_else(|| Error::SortField { field: key.to_owned() })
    }

    fn sort_key(&self, field: FieldNo, value: Option<&Value>) -> SortKey {
        match value {
            Some(Value::Text(text) | Value::Phone(text)) => SortKey::Text(text.key().to_owned()),
            Some(Value::Number(number)) => SortKey::Number(*number),
            Some(Value::Date(Date::Calendar(day))) => SortKey::Date(*day, None),
            Some(Value::Date(Date::Instant(instant))) => {
                SortKey::Date(self.calendar.day(*instant), Some(*instant))
            }
            Some(Value::Boolean(value)) => SortKey::Boolean(*value),
            Some(Value::Select(option)) => SortKey::Text(option.to_string()),
            Some(Value::MultiSelect(_)) => SortKey::Empty,
            None => self.definitions.field(field).default.map_or(SortKey::Empty, SortKey::Boolean),
        }
    }
}
