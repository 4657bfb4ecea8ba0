//! Definitions of fields as objects: `{"field", "kind", "options", "default", "built_in"}`, the members of `field_defined`
//! and whether the field is built in.
//!
//! Invariant: a definition that is deserialized is one that a workspace can have.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::error::Error;
use crate::event::checks::{definable, not_options, options};
use crate::field::{FieldDefinition, FieldKey};
use crate::json::Json;
use crate::kind::Kind;
use crate::limits::ContentLimits;
use crate::value::options::read_option;

const MEMBERS: [&str; 5] = ["field", "kind", "options", "default", "built_in"];

impl Serialize for FieldDefinition {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut object = out.serialize_struct("FieldDefinition", MEMBERS.len())?;
        object.serialize_field("field", &self.key)?;
        object.serialize_field("kind", &self.kind)?;
        object.serialize_field("options", &self.options)?;
        object.serialize_field("default", &self.default)?;
        object.serialize_field("built_in", &self.built_in)?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for FieldDefinition {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let json = Json::read(source)?;
        let Json::Object(mut members) = json else {
            return Err(refused("the definition", &json, "an object"));
        };
        if let Some((unknown, _)) = members.iter().find(|(key, _)| !MEMBERS.contains(&key.as_str())) {
            let accepted = format!("the members {}", MEMBERS.join(", "));
            return Err(refused("the definition", &Json::from(unknown), &accepted));
        }
        let mut take = |name: &str| {
            let index = members.iter().position(|(key, _)| key == name)?;
            Some(members.swap_remove(index).1).filter(|json| *json != Json::Null)
        };
        let field: FieldKey = word(take("field"), "field")?;
        let kind: Kind = word(take("kind"), "kind")?;
        let (options, default) = (take("options"), take("default"));
        let is_built_in = match take("built_in") {
            None => false,
            Some(Json::Bool(value)) => value,
            Some(other) => return Err(refused("built_in", &other, "`true` or `false`")),
        };
        if is_built_in {
            let built_in = FieldDefinition::built_in().into_iter();
            let known = built_in.into_iter().find(|known| known.key == field && known.kind == kind);
            return match known {
                Some(known) if options.is_none() && default.is_none() => Ok(known),
                _ => Err(refused("built_in", &Json::Bool(true), "a built-in field as it is")),
            };
        }
        if FieldDefinition::built_in().iter().any(|known| known.key == field) {
            return Err(refused(
                "field",
                &Json::from(field.as_str()),
                "a field that is not built in, or `built_in`",
            ));
        }
        definition(field, kind, options, default).map_err(D::Error::custom)
    }
}

/// The definition of a custom field.
fn definition(
    field: FieldKey,
    kind: Kind,
    listed: Option<Json>,
    default: Option<Json>,
) -> Result<FieldDefinition, String> {
    let read = |listed: Json| match listed.as_list() {
        Some(members) => options(members.iter().map(read_option)),
        None => Err(not_options(&listed)),
    };
    let kind = definable(kind).map_err(|error: Error| error.to_string())?;
    let within = |options: Vec<_>| FieldDefinition::options_within(&options, &ContentLimits::MAXIMA);
    let options = listed.map(|listed| read(listed).and_then(within));
    let options = options.transpose().map_err(|error| error.to_string())?;
    if options.is_some() && !kind.has_options() {
        return Err(format!("`options`: a {kind} field has none"));
    }
    let default = match default {
        None => None,
        Some(Json::Bool(value)) if kind == Kind::Boolean => Some(value),
        Some(other) => {
            return Err(format!(
                "`default`: found {}; accepted: a boolean, of a boolean field",
                other.shown()
            ));
        }
    };
    Ok(FieldDefinition { options, default, ..FieldDefinition::new(field, kind) })
}

/// A member that is a word.
fn word<'de, T: Deserialize<'de>, E: serde::de::Error>(found: Option<Json>, member: &str) -> Result<T, E> {
    match found {
        Some(Json::Text(text)) => T::deserialize(serde::de::value::StringDeserializer::<E>::new(text)),
        Some(other) => Err(refused(member, &other, "a string")),
        None => Err(E::custom(format_args!("`{member}`: found no such member"))),
    }
}

fn refused<E: serde::de::Error>(member: &str, found: &Json, accepted: &str) -> E {
    E::custom(format_args!("`{member}`: found {}; accepted: {accepted}", found.shown()))
}
