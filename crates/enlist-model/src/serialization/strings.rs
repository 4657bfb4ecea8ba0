//! Words that are strings in every format.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::event::Label;
use crate::event_type::EventType;
use crate::field::FieldKey;
use crate::id::{ContactId, ConversationId, SegmentId, WorkspaceId};
use crate::json::Json;
use crate::kind::Kind;
use crate::operator::Operator;
use crate::problem::ProblemCode;
use crate::rule::Match;
use crate::short_text::ShortText;
use crate::time::date::Date;
use crate::time::date_problem::DateProblem;
use crate::time::day::{Day, WeekStart};
use crate::time::instant::Instant;
use crate::transition::Change;

/// A word that is read from a string.
trait Word: Sized {
    /// What is accepted, for messages.
    const ACCEPTED: &'static str;

    /// Reads the word, or says what is wrong in one sentence.
    fn read(text: &str) -> Result<Self, String>;
}

struct WordVisitor<T>(PhantomData<T>);

impl<T: Word> Visitor<'_> for WordVisitor<T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(T::ACCEPTED)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        T::read(text).map_err(E::custom)
    }
}

/// Both ways for a word, given how it is written and read.
macro_rules! words {
    ($($word:ty, $accepted:literal, $written:expr, $read:expr;)*) => {$(
        impl Serialize for $word {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                let written: fn(&$word, S) -> Result<S::Ok, S::Error> = $written;
                written(self, out)
            }
        }

        impl Word for $word {
            const ACCEPTED: &'static str = $accepted;

            fn read(text: &str) -> Result<Self, String> {
                let read: fn(&str) -> Result<Self, String> = $read;
                read(text)
            }
        }

        impl<'de> Deserialize<'de> for $word {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                source.deserialize_str(WordVisitor(PhantomData))
            }
        }
    )*};
}

words! {
    ContactId, "a contact's id", |id, out| out.serialize_str(id.as_str()), |text| ContactId::new(text).map_err(|error| error.to_string());
    ConversationId, "a conversation's id", |id, out| out.serialize_str(id.as_str()), |text| ConversationId::new(text).map_err(|error| error.to_string());
    SegmentId, "a segment's id", |id, out| out.serialize_str(id.as_str()), |text| SegmentId::new(text).map_err(|error| error.to_string());
    WorkspaceId, "a workspace's id", |id, out| out.serialize_str(id.as_str()), |text| WorkspaceId::new(text).map_err(|error| error.to_string());
    FieldKey, "the key of a field", |key, out| out.serialize_str(key.as_str()), |text| FieldKey::new(text).map_err(|error| error.to_string());
    Label, "a label", |label, out| out.serialize_str(&label.shown), |text| Label::new(text).map_err(|error| error.to_string());
    ShortText, "a string", |text, out| out.serialize_str(text), |text| Ok(ShortText::from(text));
    Instant, "an RFC 3339 instant of the years 0001 to 9998, as `2026-11-23T10:00:00Z`", |instant, out| out.collect_str(instant), |text| dated::<Instant>(text, Instant::read(text));
    Day, "a date of the years 0001 to 9999, as `2026-11-23`", |day, out| out.collect_str(day), |text| dated::<Day>(text, Day::read(text));
    Date, "a date as `2026-11-23` or an instant as `2026-11-23T10:00:00Z`", |date, out| out.collect_str(date), |text| dated::<Date>(text, Date::read(text));
    Kind, "a kind of field", |kind, out| out.serialize_str(kind.name()), |text| named(text, Kind::DEFINABLE.into_iter().chain([Kind::Label]), Kind::name);
    Operator, "an operator", |operator, out| out.serialize_str(operator.name()), |text| named(text, Operator::ALL.iter().copied(), Operator::name);
    EventType, "a type of event", |event_type, out| out.serialize_str(event_type.name()), |text| named(text, EventType::ALL.iter().copied(), EventType::name);
    Match, "a way of matching", |matching, out| out.serialize_str(matching.name()), |text| named(text, Match::ALL.into_iter(), Match::name);
    WeekStart, "a weekday on which weeks begin", |start, out| out.serialize_str(start.name()), |text| named(text, WeekStart::ALL.into_iter().map(|(start, _)| start), WeekStart::name);
    Change, "`entered` or `left`", |change, out| out.serialize_str(change.name()), |text| named(text, [Change::Entered, Change::Left].into_iter(), Change::name);
    ProblemCode, "the code of a problem", |code, out| out.serialize_str(code.as_str()), |text| named(text, ProblemCode::ALL.iter().copied(), ProblemCode::as_str);
}

/// A date, or the same words about it as in the error of an event.
fn dated<T: Word>(text: &str, read: Result<T, DateProblem>) -> Result<T, String> {
    read.map_err(|problem| {
        format!("found {}; accepted: {}", problem.shown_with(&Json::from(text)), T::ACCEPTED)
    })
}

/// The word with a name.
fn named<T: Copy>(
    text: &str,
    all: impl Iterator<Item = T> + Clone,
    name: fn(T) -> &'static str,
) -> Result<T, String> {
    all.clone().find(|word| name(*word) == text).ok_or_else(|| {
        let accepted: Vec<&str> = all.map(name).collect();
        format!("found {}; accepted: {}", Json::from(text).shown(), accepted.join(", "))
    })
}
