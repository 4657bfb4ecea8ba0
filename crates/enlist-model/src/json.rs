//! JSON input as a bounded tree that keeps the order of members and refuses duplicate keys.
//!
//! It knows nothing of events or rules. Invariant: a parsed tree is at most [`MAX_DEPTH`] levels deep (anything deeper
//! becomes [`Json::TooDeep`], which nothing accepts), no object has two equal keys, and every number is finite.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::Error;

/// Maximum nesting of a JSON document. What lies deeper is dropped and refused.
pub const MAX_DEPTH: usize = 64;

/// A JSON value as a host wrote it.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A finite number; whole numbers beyond 2^53 are rounded to the nearest 64-bit float.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, its members in the order given, each key once.
    Object(Vec<(String, Json)>),
    /// Something nested deeper than [`MAX_DEPTH`]; its content was not kept.
    TooDeep,
}

impl Json {
    /// Reads one JSON document. Memory grows linearly with the text, so a host that bounds the text bounds the tree.
    ///
    /// # Errors
    /// [`Error::Json`] says what is wrong and at which column (and line, where there are several);
    /// [`Error::DuplicateKey`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut source = serde_json::Deserializer::from_str(text);
        // The reader's own error can only carry text, so the key goes past it.
        let duplicate = RefCell::new(None);
        let level = Level { depth: 0, duplicate: &duplicate };
        level.deserialize(&mut source).and_then(|json| source.end().map(|()| json)).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            if let Some(found) = duplicate.take() {
                return Error::DuplicateKey { found, line, column };
            }
            let mut problem = error.to_string();
            // serde_json appends the position to its message; it is a field of its own here.
            if let Some(place) = problem.rfind(" at line ") {
                problem.truncate(place);
            }
            Error::Json { problem, line, column }
        })
    }

    /// Reads a tree from any format that describes itself.
    pub(crate) fn read<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Level { depth: 0, duplicate: &RefCell::default() }.deserialize(source)
    }

    /// A whole number as an integer. Beyond 2^53 not every integer is a float, so larger numbers stay floats.
    pub(crate) fn whole(value: f64) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Json::Bool(value) = self { Some(*value) } else { None }
    }

    /// The members of the list, if it is one.
    pub fn as_list(&self) -> Option<&[Json]> {
        if let Json::List(members) = self { Some(members) } else { None }
    }

    /// The members of the object, if it is one.
    pub fn as_object(&self) -> Option<&[(String, Json)]> {
        if let Json::Object(members) = self { Some(members) } else { None }
    }

    /// Whether this counts as no value: `null`, a string of blanks, an empty list.
    pub fn is_empty(&self) -> bool {
        match self {
            Json::Null => true,
            Json::Text(text) => text.trim().is_empty(),
            Json::List(members) => members.is_empty(),
            Json::Bool(_) | Json::Number(_) | Json::Object(_) | Json::TooDeep => false,
        }
    }

    /// The value as a message shows it: JSON, cut if it is long.
    pub fn shown(&self) -> String {
        const LONGEST: usize = 80;
        match self {
            Json::Object(_) => "an object".to_owned(),
            Json::TooDeep => format!("JSON nested deeper than {MAX_DEPTH} levels"),
            Json::Text(text) if text.len() > LONGEST => {
                let start: String = text.chars().take(LONGEST / 2).collect();
                format!("{}… ({} bytes)", Json::Text(start), text.len())
            }
            Json::List(members) => {
                let short = |member: &Json| match member {
                    Json::Text(text) => text.len() <= LONGEST,
                    Json::List(_) | Json::Object(_) | Json::TooDeep => false,
                    Json::Null | Json::Bool(_) | Json::Number(_) => true,
                };
                match members.as_slice() {
                    [_] if !members.iter().all(short) => "a list of one value".to_owned(),
                    few if few.len() <= 8 && few.iter().all(short) => self.to_string(),
                    many => format!("a list of {} values", many.len()),
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => self.to_string(),
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null | Json::TooDeep => out.serialize_unit(),
            Json::Bool(value) => out.serialize_bool(*value),
            // Whole numbers are written without a fraction, as people write them.
            Json::Number(value) => match Json::whole(*value) {
                Some(whole) => out.serialize_i64(whole),
                None => out.serialize_f64(*value),
            },
            Json::Text(text) => out.serialize_str(text),
            Json::List(members) => out.collect_seq(members),
            Json::Object(members) => {
                let mut map = out.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// The value that is read next.
#[derive(Clone, Copy)]
struct Level<'a> {
    /// Its depth.
    depth: usize,
    /// Where a key goes that an object has twice.
    duplicate: &'a RefCell<Option<String>>,
}

impl Level<'_> {
    fn below(self) -> Self {
        Level { depth: self.depth + 1, ..self }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Json, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        #[expect(clippy::cast_precision_loss, reason = "a JSON number is read as the nearest float")]
        Ok(Json::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        #[expect(clippy::cast_precision_loss, reason = "a JSON number is read as the nearest float")]
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        // JSON text has none of these, but other formats do.
        if value.is_finite() {
            Ok(Json::Number(value))
        } else {
            Err(E::custom("a number that is not finite"))
        }
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Json, D::Error> {
        self.deserialize(source)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Json, A::Error> {
        if self.depth == MAX_DEPTH {
            // The elements must be consumed, or the parser stops in the middle of the document.
            while source.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Json::TooDeep);
        }
        let mut members = Vec::new();
        while let Some(member) = source.next_element_seed(self.below())? {
            members.push(member);
        }
        Ok(Json::List(members))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Json, A::Error> {
        if self.depth == MAX_DEPTH {
            while source.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Json::TooDeep);
        }
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some(key) = source.next_key::<String>()? {
            let value = source.next_value_seed(self.below())?;
            if key == ARBITRARY_PRECISION && members.is_empty() {
                return number_of(&value).ok_or_else(|| A::Error::custom("a number that is not finite"));
            }
            members.push((key, value));
        }
        // Once per object, after all members: a lookup for each member would be quadratic in their number.
        match duplicate_key(&members) {
            Some(key) => {
                let shown = Json::from(key).shown();
                let error = A::Error::custom(format_args!("the key {shown} occurs twice in one object"));
                *self.duplicate.borrow_mut() = Some(shown);
                Err(error)
            }
            None => Ok(Json::Object(members)),
        }
    }
}

/// The only key of the object as which `serde_json` passes a number on if any crate of the host turns on its feature
/// `arbitrary_precision`.
const ARBITRARY_PRECISION: &str = "$serde_json::private::Number";

/// The finite number that such an object holds as text.
fn number_of(text: &Json) -> Option<Json> {
    let number: f64 = text.as_text()?.parse().ok()?;
    number.is_finite().then_some(Json::Number(number))
}

/// A key that occurs more than once, if there is one.
fn duplicate_key(members: &[(String, Json)]) -> Option<&str> {
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_keys_are_refused_even_when_spelled_differently() {
        let error = Json::parse(r#"{"a":{"x":1,"\u0078":2}}"#).unwrap_err();
        assert!(error.to_string().contains("\"x\" occurs twice"), "{error}");
    }

    #[test]
    fn a_hundred_thousand_levels_end_as_too_deep_without_recursion() {
        let text = "[".repeat(100_000) + &"]".repeat(100_000);
        let mut json = &Json::parse(&text).unwrap();
        let mut depth = 0;
        while let Json::List(members) = json {
            json = &members[0];
            depth += 1;
        }
        assert_eq!((depth, json), (MAX_DEPTH, &Json::TooDeep));
    }

    #[test]
    fn a_message_shows_long_values_cut() {
        let long = format!("\"{}\"", "é".repeat(100_000));
        for text in [long.clone(), format!("[{long}]"), format!("[[{}1]]", "1,".repeat(100_000))] {
            let shown = Json::parse(&text).unwrap().shown();
            assert!(shown.len() < 120, "{shown}");
        }
        assert_eq!(Json::parse("[{}]").unwrap().shown(), "a list of one value");
        assert_eq!(Json::parse("[1, \"a\"]").unwrap().shown(), "[1,\"a\"]");
    }

    #[test]
    fn text_after_a_document_is_refused() {
        assert!(Json::parse("{} {}").is_err());
        assert!(Json::parse("1e400").is_err());
    }

    #[test]
    fn whole_numbers_are_written_without_a_fraction() {
        assert_eq!(Json::parse("[1.0, 2.5, -0.0]").unwrap().to_string(), "[1,2.5,0]");
    }
}
