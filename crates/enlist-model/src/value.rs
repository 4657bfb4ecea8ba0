//! Values: what a field of a contact or conversation holds, read from JSON by the field's kind.
//!
//! A value that exists is valid for its kind; "empty" is no value at all (`None`). Which options a field accepts is
//! not known here: that is the field's definition.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use compact_str::CompactString;

use crate::day::Day;
use crate::instant::Instant;
use crate::json::Json;
use crate::kind::Kind;
use crate::limits;
use crate::predicate::Comparable;
use crate::text::TextKey;

/// One value that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a text field.
    Text(Text),
    /// Of a phone field; its key is its digits.
    Phone(Text),
    /// Of a number field.
    Number(Number),
    /// Of a date field.
    Date(Date),
    /// Of a boolean field.
    Boolean(bool),
    /// Of a select field.
    Select(CompactString),
    /// Of a multi-select field.
    MultiSelect(Options),
}

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// What was found, cut where it is long.
    pub found: String,
    /// What would be accepted.
    pub accepted: String,
}

impl Value {
    /// Reads a value of a kind; `None` is empty.
    ///
    /// # Errors
    /// [`Unfit`] if the value is not of that kind or over a limit.
    pub fn read(kind: Kind, json: &Json) -> Result<Option<Self>, Unfit> {
        if json.is_empty() {
            return Ok(None);
        }
        let unfit = || Unfit { found: json.shown(), accepted: kind.accepted().to_owned() };
        if let Json::Text(text) = json
            && limits::VALUE_BYTES.is_exceeded_by(text.len())
        {
            return Err(Unfit {
                found: format!("{} bytes", text.len()),
                accepted: format!("a value within {}", limits::VALUE_BYTES),
            });
        }
        let value = match (kind, json) {
            (Kind::Text, Json::Text(text)) => Text::of_text(text).map(Value::Text),
            (Kind::Phone, Json::Text(text)) => Text::of_phone(text).map(Value::Phone),
            (Kind::Number, json) => Number::read(json).map(Value::Number),
            (Kind::Date, Json::Text(text)) => Date::parse(text.trim()).map(Value::Date),
            (Kind::Boolean, Json::Bool(value)) => Some(Value::Boolean(*value)),
            (Kind::Select, json @ Json::Text(_)) => Some(Value::Select(read_option(json)?)),
            (Kind::MultiSelect, Json::List(members)) => Some(Value::MultiSelect(Options::read(members)?)),
            _ => None,
        };
        value.map(Some).ok_or_else(unfit)
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Text(_) => Kind::Text,
            Value::Phone(_) => Kind::Phone,
            Value::Number(_) => Kind::Number,
            Value::Date(_) => Kind::Date,
            Value::Boolean(_) => Kind::Boolean,
            Value::Select(_) => Kind::Select,
            Value::MultiSelect(_) => Kind::MultiSelect,
        }
    }

    /// What operators compare of it; an instant's day is asked of the caller, who knows the time zone.
    pub fn comparable(&self, day_of: impl Fn(Instant) -> Day) -> Comparable<'_> {
        match self {
            Value::Text(text) | Value::Phone(text) => Comparable::Text(text.key()),
            Value::Number(number) => Comparable::Number(*number),
            Value::Date(date) => Comparable::Day(date.day(day_of)),
            Value::Boolean(value) => Comparable::Boolean(*value),
            Value::Select(option) => Comparable::Option(option),
            Value::MultiSelect(options) => Comparable::Options(options),
        }
    }

    /// The value as JSON, as it was given.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Text(text) | Value::Phone(text) => Json::from(text.given()),
            Value::Number(number) => Json::Number(number.get()),
            Value::Date(date) => Json::Text(date.to_string()),
            Value::Boolean(value) => Json::Bool(*value),
            Value::Select(option) => Json::from(option.as_str()),
            Value::MultiSelect(options) => Json::List(options.iter().map(Json::from).collect()),
        }
    }
}

/// A string as given, and the key by which it is compared.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// The string as given and, where it is not its own key, its key behind it: contacts hold many texts, and most of
    /// them fit so into the room of one short string.
    joined: CompactString,
    given_bytes: u32,
}

impl Text {
    fn of_text(given: &str) -> Option<Self> {
        TextKey::of(given).map(|key| Self::keyed(given, key.as_str()))
    }

    fn of_phone(given: &str) -> Option<Self> {
        let digits = phone_digits(given);
        (!digits.is_empty()).then(|| Self::keyed(given, &digits))
    }

    fn keyed(given: &str, key: &str) -> Self {
        let key = if key == given { "" } else { key };
        let mut joined = CompactString::with_capacity(given.len() + key.len());
        joined.push_str(given);
        joined.push_str(key);
        Text { joined, given_bytes: given.len() as u32 }
    }

    /// The string as the host gave it.
    pub fn given(&self) -> &str {
        &self.joined[..self.given_bytes as usize]
    }

    /// The key by which it is compared: a text's key, a phone's digits.
    pub fn key(&self) -> &str {
        match &self.joined[self.given_bytes as usize..] {
            "" => &self.joined,
            key => key,
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.given())
    }
}

/// The ASCII digits of a phone number.
pub fn phone_digits(given: &str) -> CompactString {
    given.chars().filter(char::is_ascii_digit).collect()
}

/// A finite float, `-0` read as `0`; ordered as numbers are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(f64);

impl Number {
    /// Takes a finite number.
    pub fn new(value: f64) -> Option<Self> {
        // Adding zero turns -0 into 0 and nothing else.
        value.is_finite().then_some(Number(value + 0.0))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// A whole number that is greater exactly where the number is; neither the least nor the greatest there is.
    pub fn order(self) -> i64 {
        let bits = self.0.to_bits().cast_signed();
        // Of negative numbers all bits but the sign are turned, because the greater bits mean the lesser number.
        bits ^ (bits >> 63 & i64::MAX)
    }

    /// Reads a JSON number, or a string that holds one between blanks.
    pub fn read(json: &Json) -> Option<Self> {
        match json {
            Json::Number(value) => Self::new(*value),
            // serde_json knows the grammar; it would pass over JSON's own blanks, but those are trimmed by now.
            Json::Text(text) => serde_json::from_str(text.trim()).ok().and_then(Self::new),
            _ => None,
        }
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// A calendar date, which no time zone moves, or an instant, whose day is its day in the workspace's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Date {
    /// A calendar date.
    Calendar(Day),
    /// An instant.
    Instant(Instant),
}

impl Date {
    /// Reads either form, strictly.
    pub fn parse(text: &str) -> Option<Self> {
        Day::parse(text).map(Date::Calendar).or_else(|| Instant::parse(text).map(Date::Instant))
    }

    /// Its day.
    pub fn day(self, day_of: impl Fn(Instant) -> Day) -> Day {
        match self {
            Date::Calendar(day) => day,
            Date::Instant(instant) => day_of(instant),
        }
    }

    /// Which comes first: by the instant where both are instants, otherwise by the day.
    pub fn order(self, other: Date, day_of: impl Fn(Instant) -> Day) -> Ordering {
        match (self, other) {
            (Date::Instant(one), Date::Instant(two)) => one.cmp(&two),
            (one, two) => one.day(&day_of).cmp(&two.day(&day_of)),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Date::Calendar(day) => day.fmt(out),
            Date::Instant(instant) => instant.fmt(out),
        }
    }
}

/// A set of options, in the order of their bytes; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Options(Arc<[CompactString]>);

impl Options {
    /// Takes options; `None` if there is none.
    pub fn new(mut options: Vec<CompactString>) -> Option<Self> {
        options.sort_unstable();
        options.dedup();
        (!options.is_empty()).then(|| Options(options.into()))
    }

    /// Reads a list of options.
    ///
    /// # Errors
    /// [`Unfit`] names the first member that is no option, or the limit that the list exceeds.
    pub fn read(members: &[Json]) -> Result<Self, Unfit> {
        if limits::LIST_VALUES.is_exceeded_by(members.len()) {
            return Err(Unfit {
                found: format!("a list of {} values", members.len()),
                accepted: format!("a list within {}", limits::LIST_VALUES),
            });
        }
        let options = members.iter().map(read_option).collect::<Result<_, _>>()?;
        Options::new(options)
            .ok_or_else(|| Unfit { found: "an empty list".into(), accepted: "at least one option".into() })
    }

    /// Whether the set holds an option.
    pub fn contains(&self, option: &str) -> bool {
        self.0.binary_search_by(|held| held.as_str().cmp(option)).is_ok()
    }

    /// The options, ordered by their bytes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(CompactString::as_str)
    }
}

/// Reads one option: a string that is not blank.
///
/// # Errors
/// [`Unfit`] if it is anything else, or too long.
pub fn read_option(json: &Json) -> Result<CompactString, Unfit> {
    match json {
        Json::Text(text) if !text.trim().is_empty() => {
            if limits::OPTION_BYTES.is_exceeded_by(text.len()) {
                return Err(Unfit {
                    found: format!("an option of {} bytes", text.len()),
                    accepted: format!("an option within {}", limits::OPTION_BYTES),
                });
            }
            Ok(text.into())
        }
        other => {
            Err(Unfit { found: other.shown(), accepted: "an option: a string that is not blank".into() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, json: &str) -> Result<Option<Value>, Unfit> {
        Value::read(kind, &Json::parse(json).unwrap())
    }

    #[test]
    fn blanks_null_and_empty_lists_are_empty_in_every_kind() {
        for kind in Kind::DEFINABLE {
            for empty in ["null", "\"\"", "\" \\u00a0\\t\"", "[]"] {
                assert_eq!(read(kind, empty), Ok(None), "{kind} {empty}");
            }
        }
    }

    #[test]
    fn a_string_that_holds_a_json_number_is_that_number() {
        let number = |text: &str| read(Kind::Number, text).ok().flatten();
        assert_eq!(number("\" 12.50\""), number("12.5"));
        assert_eq!(number("-0"), number("0"));
        for wrong in
            ["\"+1\"", "\".5\"", "\"1.\"", "\"01\"", "\"0x1\"", "\"NaN\"", "\"1e999\"", "\"1 2\"", "true"]
        {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_are_ordered_as_their_orders() {
        let numbers = [f64::MIN, -1.5, -1.0, -f64::MIN_POSITIVE, 0.0, 5e-324, 1.0, 1.5, f64::MAX];
        for pair in numbers.windows(2) {
            let [one, two] = [pair[0], pair[1]].map(|number| Number::new(number).unwrap().order());
            assert!(i64::MIN < one && one < two && two < i64::MAX, "{pair:?}");
        }
    }

    #[test]
    fn a_phone_is_its_digits_and_must_have_one() {
        let Ok(Some(Value::Phone(phone))) = read(Kind::Phone, "\"+1 (415) 555-0100\"") else { panic!() };
        assert_eq!((phone.given(), phone.key()), ("+1 (415) 555-0100", "14155550100"));
        assert!(read(Kind::Phone, "\"٣\"").is_err());
    }

    #[test]
    fn date_values_are_trimmed_and_instants_are_cut_to_milliseconds() {
        let Ok(Some(Value::Date(date))) = read(Kind::Date, "\" 2026-11-23t10:00:00.12345Z \"") else {
            panic!()
        };
        assert_eq!(date.to_string(), "2026-11-23T10:00:00.123Z");
        assert!(read(Kind::Date, "\"23.11.2026\"").is_err());
    }

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Option<Value>>() <= 40);
    }
}
