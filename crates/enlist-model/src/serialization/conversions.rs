//! Values of Rust as JSON, and JSON from and to `serde_json`.
//!
//! Invariant: a conversion gives what reading the same JSON text gives.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use serde::de::{Deserialize, Deserializer};

use crate::json::{Json, MAX_DEPTH};
use crate::time::date::Date;
use crate::time::day::Day;
use crate::time::instant::Instant;

impl<'de> Deserialize<'de> for Json {
    /// From a format that describes itself, as JSON does. Numbers that are not finite and keys that occur twice are
    /// errors.
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Json::read(source)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::Text(text.to_owned())
    }
}

impl From<&String> for Json {
    fn from(text: &String) -> Self {
        Json::Text(text.clone())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::Text(text)
    }
}

impl From<Cow<'_, str>> for Json {
    fn from(text: Cow<'_, str>) -> Self {
        Json::Text(text.into_owned())
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<f64> for Json {
    /// NaN and the infinities have no JSON; they become `null`, as in JavaScript.
    fn from(value: f64) -> Self {
        if value.is_finite() { Json::Number(value) } else { Json::Null }
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Json {
            /// Beyond 2^53 the nearest float, as reading gives it.
            #[expect(clippy::allow_attributes, reason = "some of the integers fit a float without loss")]
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "a JSON number is the nearest float")]
            fn from(value: $integer) -> Self {
                Json::Number(value as f64)
            }
        }
    )*};
}
from_integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl From<Instant> for Json {
    fn from(instant: Instant) -> Self {
        Json::Text(instant.to_string())
    }
}

impl From<Day> for Json {
    fn from(day: Day) -> Self {
        Json::Text(day.to_string())
    }
}

impl From<Date> for Json {
    fn from(date: Date) -> Self {
        Json::Text(date.to_string())
    }
}

impl<Z: TimeZone> From<DateTime<Z>> for Json {
    /// The [`Instant`], cut to milliseconds; a leap second is the second after it. Outside the years 0001 to 9998 it is text that
    /// no date field accepts.
    fn from(time: DateTime<Z>) -> Self {
        let time = time.with_timezone(&Utc);
        let outside = || Json::Text(time.to_rfc3339_opts(SecondsFormat::Millis, true));
        Instant::try_from(time).map_or_else(|_| outside(), Json::from)
    }
}

impl From<NaiveDate> for Json {
    fn from(date: NaiveDate) -> Self {
        Json::from(Day::from(date))
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    /// `None` is `null`, which empties a field.
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, T::into)
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(members: Vec<T>) -> Self {
        Json::List(members.into_iter().map(T::into).collect())
    }
}

impl<T: Into<Json>, const N: usize> From<[T; N]> for Json {
    fn from(members: [T; N]) -> Self {
        Json::List(members.into_iter().map(T::into).collect())
    }
}

impl<T: Into<Json> + Clone> From<&[T]> for Json {
    fn from(members: &[T]) -> Self {
        Json::List(members.iter().cloned().map(T::into).collect())
    }
}

impl From<serde_json::Value> for Json {
    /// What is nested deeper than [`MAX_DEPTH`] becomes [`Json::TooDeep`], as when text is read. Members have the order of
    /// `serde_json`, which sorts them unless its feature `preserve_order` is on.
    fn from(value: serde_json::Value) -> Self {
        below(value, 0)
    }
}

fn below(value: serde_json::Value, depth: usize) -> Json {
    match value {
        serde_json::Value::Null => Json::Null,
        serde_json::Value::Bool(value) => Json::Bool(value),
        // Text if it is not finite, which only numbers of arbitrary precision can be: no field accepts it, while `null` would
        // empty one.
        serde_json::Value::Number(number) => match number.as_f64().filter(|number| number.is_finite()) {
            Some(finite) => Json::Number(finite),
            None => Json::Text(number.to_string()),
        },
        serde_json::Value::String(text) => Json::Text(text),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) if depth == MAX_DEPTH => Json::TooDeep,
        serde_json::Value::Array(members) => {
            Json::List(members.into_iter().map(|member| below(member, depth + 1)).collect())
        }
        serde_json::Value::Object(members) => {
            Json::Object(members.into_iter().map(|(key, value)| (key, below(value, depth + 1))).collect())
        }
    }
}

impl From<Json> for serde_json::Value {
    /// Whole numbers become integers. [`Json::TooDeep`] becomes `null`, since its content was not kept.
    fn from(json: Json) -> Self {
        match json {
            Json::Null | Json::TooDeep => serde_json::Value::Null,
            Json::Bool(value) => value.into(),
            Json::Number(value) => match Json::whole(value) {
                Some(whole) => whole.into(),
                None => value.into(),
            },
            Json::Text(text) => text.into(),
            Json::List(members) => members.into_iter().map(serde_json::Value::from).collect(),
            Json::Object(members) => members.into_iter().collect(),
        }
    }
}
