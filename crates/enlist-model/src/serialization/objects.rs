//! Events, rules, values and problems: objects in every format.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::event::Event;
use crate::event::fitting::LeftOut;
use crate::json::Json;
use crate::problem::{RuleProblem, ValueProblem};
use crate::rule::unchecked::UncheckedRule;
use crate::rule::{ContactCondition, Rule};
use crate::value::Value;
use crate::value::number::Number;

/// Types that are written as their JSON.
macro_rules! as_json {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                self.to_json().serialize(out)
            }
        }
    )*};
}
as_json!(Event, Rule, ContactCondition);

impl Serialize for Value {
    /// As its [JSON](Value::to_json), without making that first.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) | Value::Phone(text) => out.serialize_str(&text.given()),
            Value::Number(number) => number.serialize(out),
            Value::Date(date) => out.collect_str(date),
            Value::Boolean(value) => out.serialize_bool(*value),
            Value::Select(option) => out.serialize_str(option),
            Value::MultiSelect(options) => out.collect_seq(options.iter()),
        }
    }
}

impl Serialize for UncheckedRule {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(out)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        Json::Number(self.get()).serialize(out)
    }
}

impl<'de> Deserialize<'de> for Event {
    /// As [`Event::from_json`]; the message names the member, what was found and what is accepted.
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Event::from_json(Json::read(source)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for UncheckedRule {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Json::read(source).map(UncheckedRule::from)
    }
}

impl Serialize for RuleProblem {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut object = out.serialize_struct("RuleProblem", 9)?;
        object.serialize_field("code", &self.code)?;
        object.serialize_field("pointer", &self.pointer)?;
        object.serialize_field("found", &self.found)?;
        object.serialize_field("accepted", &self.accepted)?;
        object.serialize_field("suggestion", &self.suggestion)?;
        object.serialize_field("field", &self.field)?;
        object.serialize_field("kind", &self.kind)?;
        object.serialize_field("operator", &self.operator)?;
        object.serialize_field("message", &self.to_string())?;
        object.end()
    }
}

impl Serialize for ValueProblem {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut object = out.serialize_struct("ValueProblem", 7)?;
        object.serialize_field("code", &self.code)?;
        object.serialize_field("field", &self.field)?;
        object.serialize_field("kind", &self.kind)?;
        object.serialize_field("found", &self.found)?;
        object.serialize_field("accepted", &self.accepted)?;
        object.serialize_field("suggestion", &self.suggestion)?;
        object.serialize_field("message", &self.to_string())?;
        object.end()
    }
}

impl Serialize for LeftOut {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut object = out.serialize_struct("LeftOut", 2)?;
        object.serialize_field("value", &self.value)?;
        object.serialize_field("problem", &self.problem)?;
        object.end()
    }
}
