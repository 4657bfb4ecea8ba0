//! The checks of an event's members that reading and building share, with their errors.
//!
//! They know neither JSON nor a workspace: a member comes in as the Rust value that it holds.

use compact_str::CompactString;

use crate::error::{Error, Unfit};
use crate::event::Label;
use crate::event_type::{EventType, Member};
use crate::json::Json;
use crate::kind::Kind;
use crate::limits;

/// The error of a member: `event` is its event as a message names it.
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
    }
}

/// An event of a type, as a message names it.
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

/// The kind of a field that is defined.
pub(crate) fn definable(kind: Kind) -> Result<Kind, Error> {
    if Kind::DEFINABLE.contains(&kind) { Ok(kind) } else { Err(not_definable(kind.name())) }
}

/// The error of a kind that no field can be defined with.
pub(crate) fn not_definable(name: &str) -> Error {
    let event = named(EventType::FieldDefined);
    let accepted = Kind::DEFINABLE.map(Kind::name).join(", ");
    refused(&event, Member::Kind.name(), Json::from(name).shown(), accepted)
}

/// The options of a field, each kept once.
pub(crate) fn options(
    read: impl ExactSizeIterator<Item = Result<CompactString, Unfit>>,
) -> Result<Vec<CompactString>, Error> {
    if read.len() == 0 {
        return Err(not_options(&Json::List(Vec::new())));
    }
    // Before the options are read: a list over the limit can be of any length.
    if limits::LIST_VALUES.is_exceeded_by(read.len()) {
        let found = format!("a list of {} options", read.len());
        return Err(Error::Limit { found, limit: limits::LIST_VALUES });
    }
    let mut options: Vec<CompactString> = Vec::with_capacity(read.len());
    for (index, option) in read.enumerate() {
        let option = option.map_err(|unfit| {
            let member = format!("{}[{index}]", Member::Options.name());
            refused(&named(EventType::FieldDefined), member, unfit.found, unfit.accepted)
        })?;
        if !options.contains(&option) {
            options.push(option);
        }
    }
    Ok(options)
}

/// The error of what is no list of options.
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

/// The error of what is no label.
pub(crate) fn not_label(list: Member, index: usize, found: String) -> Error {
    let event = named(EventType::ContactSaved);
    let member = format!("{}[{index}]", list.name());
    refused(&event, member, found, "a label: a string that is not blank")
}
