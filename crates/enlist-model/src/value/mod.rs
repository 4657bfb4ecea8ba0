//! Values: what a field of a contact or conversation holds, read from JSON by the field's kind.
//!
//! It does not know which options a field accepts; that is in the definition of the field. Invariant: a value that
//! exists is valid for its kind and not empty; an empty value is `None`.

pub(crate) mod comparable;
pub(crate) mod number;
pub(crate) mod options;
pub(crate) mod packed_text;
pub(crate) mod text;

use crate::json::Json;
use crate::kind::Kind;
use crate::limits::ContentLimits;
use crate::problem::{ProblemCode, Unfit};
use crate::short_text::ShortText;
use crate::time::date::Date;
use crate::time::day::Day;
use crate::time::instant::Instant;
use crate::value::comparable::Comparable;
use crate::value::number::Number;
use crate::value::options::{Options, option_of, read_option};
use crate::value::packed_text::Text;

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
    Select(ShortText),
    /// Of a multi-select field.
    MultiSelect(Options),
}

impl Value {
    /// Reads a value of a kind within the limits of the contract; `None` is empty.
    ///
    /// # Errors
    /// As [`read_within`](Self::read_within).
    pub fn read(kind: Kind, json: &Json) -> Result<Option<Self>, Unfit> {
        Self::read_within(kind, json, &ContentLimits::CONTRACT)
    }

    /// Reads a value of a kind; `None` is empty.
    ///
    /// # Errors
    /// [`Unfit`] if the value is not of that kind or over a limit.
    pub fn read_within(kind: Kind, json: &Json, limits: &ContentLimits) -> Result<Option<Self>, Unfit> {
        // Before any check of the kind: an empty value is accepted in every kind.
        if json.is_empty() {
            return Ok(None);
        }
        let unfit = |found: String| Unfit::new(ProblemCode::WrongValue, found, kind.accepted());
        // Before the value is parsed: keys and digits of a very long string would cost time and memory.
        if let Some(text) = json.as_text() {
            bytes_within(text.len(), limits)?;
        }
        let value = match kind {
            Kind::Text => json.as_text().and_then(Text::of_text).map(Value::Text),
            Kind::Phone => json.as_text().and_then(Self::phone),
            Kind::Number => Number::read(json).map(Value::Number),
            // Date values are trimmed first; `at` and operands are not.
            Kind::Date => match json.as_text().map(|text| Date::read(text.trim())) {
                Some(Err(problem)) => return Err(unfit(problem.shown_with(json))),
                date => date.and_then(Result::ok).map(Value::Date),
            },
            Kind::Boolean => json.as_bool().map(Value::Boolean),
            // The type is checked first: a value that is not a string has the wrong kind, not the wrong form of option.
            Kind::Select => match json.as_text() {
                Some(_) => Some(Value::Select(read_option(json)?)),
                None => None,
            },
            Kind::MultiSelect => {
                let read = |members| Options::read_within(members, limits);
                json.as_list().map(read).transpose()?.map(Value::MultiSelect)
            }
            // Labels are added and removed, never set.
            Kind::Label => None,
        };
        value.map(Some).ok_or_else(|| unfit(json.shown()))
    }

    /// The value of a text field; `None` if the text is blank.
    ///
    /// ```
    /// use enlist_model::{Kind, Value};
    ///
    /// assert_eq!(Value::text("Ada").map(|value| value.kind()), Some(Kind::Text));
    /// assert_eq!(Value::text(" "), None);
    /// ```
    pub fn text(given: &str) -> Option<Self> {
        Text::of_text(given).map(Value::Text)
    }

    /// The value of a phone field; `None` if it has no digit.
    pub fn phone(given: &str) -> Option<Self> {
        let digits = phone_digits(given);
        (!digits.is_empty()).then(|| Value::Phone(Text::keyed(given, &digits)))
    }

    /// Checks that the value is of a kind, and within the limits.
    ///
    /// # Errors
    /// [`Unfit`] as of [`read_within`](Self::read_within).
    pub(crate) fn check_within(&self, kind: Kind, limits: &ContentLimits) -> Result<(), Unfit> {
        if self.kind() != kind {
            return Err(Unfit::new(ProblemCode::WrongValue, self.to_json().shown(), kind.accepted()));
        }
        match self {
            Value::Text(text) | Value::Phone(text) => bytes_within(text.given_bytes(), limits),
            Value::Select(option) => option_of(option).map(|_| ()),
            Value::MultiSelect(options) => options.check_within(limits),
            Value::Number(_) | Value::Date(_) | Value::Boolean(_) => Ok(()),
        }
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

    /// The options in it.
    pub fn options(&self) -> Vec<&str> {
        match self {
            Value::Select(option) => vec![option],
            Value::MultiSelect(options) => options.iter().collect(),
            Value::Text(_) | Value::Phone(_) | Value::Number(_) | Value::Date(_) | Value::Boolean(_) => {
                Vec::new()
            }
        }
    }

    /// The value as operators compare it. The caller knows the time zone and gives the day of an instant.
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

    /// The value as JSON.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Text(text) | Value::Phone(text) => Json::Text(text.given().into_owned()),
            Value::Number(number) => Json::Number(number.get()),
            Value::Date(date) => Json::Text(date.to_string()),
            Value::Boolean(value) => Json::Bool(*value),
            Value::Select(option) => Json::from(option.as_str()),
            Value::MultiSelect(options) => Json::List(options.iter().map(Json::from).collect()),
        }
    }
}

/// Checks the length of a string against the limit of a value.
fn bytes_within(bytes: usize, limits: &ContentLimits) -> Result<(), Unfit> {
    if limits.value_bytes().is_exceeded_by(bytes) {
        let accepted = format!("a value within {}", limits.value_bytes());
        return Err(Unfit::new(ProblemCode::ValueOverLimit, format!("{bytes} bytes"), accepted));
    }
    Ok(())
}

/// The ASCII digits of a phone number.
pub fn phone_digits(given: &str) -> ShortText {
    given.chars().filter(char::is_ascii_digit).collect()
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
    fn a_phone_is_its_digits_and_must_have_one() {
        let Ok(Some(Value::Phone(phone))) = read(Kind::Phone, "\"+1 (415) 555-0100\"") else { panic!() };
        assert_eq!((&*phone.given(), phone.key()), ("+1 (415) 555-0100", "14155550100"));
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
        assert!(size_of::<Option<Value>>() <= 32);
    }
}
