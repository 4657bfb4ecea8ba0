//! The checks of an event's members that reading and building share, with their errors.
//!
//! They know no workspace. Invariant: an event that is built passes the same checks as one that is read.

use serde::Serialize;

use crate::error::Error;
use crate::event::Label;
use crate::event_type::{EventType, Member};
use crate::json::Json;
use crate::kind::Kind;
use crate::limits;
use crate::problem::Unfit;
use crate::short_text::ShortText;
use crate::suggestion::Suggestions;
use crate::suggestion::foreign_words;

/// The error for a member; `event` names the event in the message.
pub(crate) fn refused(
    event: &str,
    member: impl Into<String>,
    found: impl Into<String>,
    accepted: impl Into<String>,
) -> Error {
    Error::Member {
        event: event.to_owned(),
        member: member.into(),
        found: found.into(),
        accepted: accepted.into(),
        suggestion: None,
    }
}

/// An error with a suggestion for the unknown name in it.
pub(crate) fn suggesting(error: Error, meant: Option<&'static str>) -> Error {
    if let Error::Member { event, member, found, accepted, .. } = error {
        return Error::Member { event, member, found, accepted, suggestion: meant };
    }
    error
}

/// The name of an event in a message.
pub(crate) fn named(event_type: EventType) -> String {
    format!("`{event_type}`")
}

/// The name of a segment.
pub(crate) fn segment_name(name: String) -> Result<String, Error> {
    if name.trim().is_empty() {
        let event = named(EventType::SegmentSaved);
        return Err(refused(&event, Member::Name.name(), "a blank name", "a string that is not blank"));
    }
    Ok(name)
}

/// The members of a value that serializes as an object.
pub(crate) fn members(event_type: EventType, values: &impl Serialize) -> Result<Vec<(String, Json)>, Error> {
    // By way of text, so that each number is the one that the same JSON has: an `f32` of 0.1 is 0.1.
    let found = match serde_json::to_string(values) {
        Ok(text) => {
            let json = Json::parse(&text)?;
            if let Json::Object(members) = json {
                return Ok(members);
            }
            json.shown()
        }
        Err(error) => format!("a value that does not serialize ({error})"),
    };
    Err(refused(&named(event_type), Member::Set.name(), found, "a value that serializes as an object"))
}

/// The kind of a field that is defined.
pub(crate) fn definable(kind: Kind) -> Result<Kind, Error> {
    if Kind::DEFINABLE.contains(&kind) { Ok(kind) } else { Err(not_definable(kind.name())) }
}

/// The error for a kind with which no field can be defined.
pub(crate) fn not_definable(name: &str) -> Error {
    let event = named(EventType::FieldDefined);
    let names = Kind::DEFINABLE.map(Kind::name);
    let suggestion = Suggestions::new().meant(name, &names, &foreign_words::kinds());
    let found = Json::from(name).shown();
    suggesting(refused(&event, Member::Kind.name(), found, names.join(", ")), suggestion)
}

/// The options of a field, without duplicates if they are within the limit of the contract.
pub(crate) fn options(
    read: impl ExactSizeIterator<Item = Result<ShortText, Unfit>>,
) -> Result<Vec<ShortText>, Error> {
    if read.len() == 0 {
        return Err(not_options(&Json::List(Vec::new())));
    }
    // A longer list stays as it is: only the workspace knows whether it is within the limit, which counts duplicates.
    let drops_duplicates = !limits::LIST_VALUES.is_exceeded_by(read.len());
    let mut options: Vec<ShortText> = Vec::with_capacity(read.len());
    for (index, option) in read.enumerate() {
        let option = option.map_err(|unfit| {
            let member = format!("{}[{index}]", Member::Options.name());
            refused(&named(EventType::FieldDefined), member, unfit.found, unfit.accepted)
        })?;
        // A linear search is enough for at most 1,000 options, and keeps their order.
        if !drops_duplicates || !options.contains(&option) {
            options.push(option);
        }
    }
    Ok(options)
}

/// The error for a value that is not a list of options.
pub(crate) fn not_options(found: &Json) -> Error {
    let event = named(EventType::FieldDefined);
    let accepted = "a list of at least one option, or `null`";
    refused(&event, Member::Options.name(), found.shown(), accepted)
}

/// A label of a contact, at an index of a list.
pub(crate) fn label(list: Member, index: usize, text: &str) -> Result<Label, Error> {
    if text.trim().is_empty() {
        return Err(not_label(list, index, "a blank label".to_owned()));
    }
    Label::new(text)
}

/// The error for a value that is not a label.
pub(crate) fn not_label(list: Member, index: usize, found: String) -> Error {
    let event = named(EventType::ContactSaved);
    let member = format!("{}[{index}]", list.name());
    refused(&event, member, found, "a label: a string that is not blank")
}
