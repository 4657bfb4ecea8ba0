//! The stored form of JSON values in events.
//!
//! It keeps what the model's tree can hold, [`Json::TooDeep`] included: a value that was refused must be refused again.
//! Invariant: a tree that was read from JSON comes back equal. Levels that no reader would keep are stored as too deep.

use enlist_model::{Json, MAX_DEPTH};

use crate::codec::{BorrowDecode, Depth, Encode, List};

/// A JSON value that borrows its texts.
#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
pub(crate) enum StoredJson<'a> {
    Null,
    False,
    True,
    Text(&'a str),
    Whole(i64),
    Float(f64),
    List(List<StoredJson<'a>>),
    Object(List<(&'a str, StoredJson<'a>)>),
    TooDeep,
}

impl<'a> StoredJson<'a> {
    pub(crate) fn of(json: &'a Json) -> Self {
        Self::at_level(json, 1)
    }

    // The recursion is bounded here, because a tree that was built by hand can have any depth.
    fn at_level(json: &'a Json, level: usize) -> Self {
        match json {
            Json::Null => StoredJson::Null,
            Json::Bool(false) => StoredJson::False,
            Json::Bool(true) => StoredJson::True,
            Json::Text(text) => StoredJson::Text(text),
            Json::Number(number) => Self::of_number(*number),
            Json::List(_) | Json::Object(_) if level > MAX_DEPTH => StoredJson::TooDeep,
            Json::List(members) => {
                StoredJson::List(List(members.iter().map(|each| Self::at_level(each, level + 1)).collect()))
            }
            Json::Object(members) => {
                let stored =
                    |(key, value): &'a (String, Json)| (key.as_str(), Self::at_level(value, level + 1));
                StoredJson::Object(List(members.iter().map(stored).collect()))
            }
            Json::TooDeep => StoredJson::TooDeep,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "what is lost shows in the bits")]
    fn of_number(number: f64) -> Self {
        let whole = number as i64;
        // By bits, so that -0 stays itself.
        if (whole as f64).to_bits() == number.to_bits() {
            StoredJson::Whole(whole)
        } else {
            StoredJson::Float(number)
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "only integers that are floats are stored as whole numbers"
    )]
    pub(crate) fn into_json(self) -> Json {
        match self {
            StoredJson::Null => Json::Null,
            StoredJson::False => Json::Bool(false),
            StoredJson::True => Json::Bool(true),
            StoredJson::Text(text) => Json::Text(text.to_owned()),
            StoredJson::Whole(number) => Json::Number(number as f64),
            StoredJson::Float(number) => Json::Number(number),
            StoredJson::List(members) => Json::List(members.0.into_iter().map(Self::into_json).collect()),
            StoredJson::Object(members) => {
                let member = |(key, value): (&str, Self)| (key.to_owned(), value.into_json());
                Json::Object(members.0.into_iter().map(member).collect())
            }
            StoredJson::TooDeep => Json::TooDeep,
        }
    }
}
