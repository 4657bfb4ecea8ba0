//! Checking a value that an event sets: the field it names, its kind, and the options that the field accepts.
//!
//! It does not know what a contact or conversation holds; the caller says which options are held already.

use std::fmt;

use compact_str::CompactString;

use crate::error::Unfit;
use crate::field::{FieldDefinition, FieldKey, LABELS, Scope};
use crate::json::Json;
use crate::kind::Kind;
use crate::value::Value;

/// A value that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueProblem {
    /// The key of the field as it is in the event; cut if it is very long.
    pub field: String,
    /// Its kind; `None` if the event cannot set the field at all.
    pub kind: Option<Kind>,
    /// What was found.
    pub found: String,
    /// What is accepted.
    pub accepted: String,
}

impl fmt::Display for ValueProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ValueProblem { field, kind, found, accepted } = self;
        match kind {
            Some(kind) => write!(out, "`{field}` (a {kind} field): found {found}; accepted: {accepted}"),
            None => write!(out, "`{field}`: found {found}; accepted: {accepted}"),
        }
    }
}

/// Checks a value that an event sets on a field of a contact or of a conversation. `field` is the definition of the
/// field with that key, if there is one; `is_held` says whether an option that the field no longer accepts is held
/// already, because such an option may be set again. Gives `None` for an empty value.
///
/// # Errors
/// [`ValueProblem`] if the value does not fit.
pub fn check_value(
    scope: Scope,
    key: &str,
    field: Option<&FieldDefinition>,
    value: &Json,
    is_held: impl Fn(&str) -> bool,
) -> Result<Option<Value>, ValueProblem> {
    let problem =
        |kind, found: String, accepted: String| ValueProblem { field: shortened(key), kind, found, accepted };
    let Some(field) = field else {
        return Err(problem(None, "an unknown field".into(), "a field that is defined".into()));
    };
    // Before the scope: `labels` has its own message also in a conversation.
    if key == LABELS {
        let accepted = "labels in `add_labels` and `remove_labels`";
        return Err(problem(Some(Kind::Label), value.shown(), accepted.into()));
    }
    if field.key.scope() != scope {
        let (found, accepted) = match scope {
            Scope::Contact => ("a conversation's field", "fields of a contact; save the conversation"),
            Scope::Conversation => ("a contact's field", "fields of a conversation; save the contact"),
        };
        return Err(problem(None, found.into(), accepted.into()));
    }
    let unfit = |unfit: Unfit| problem(Some(field.kind), unfit.found, unfit.accepted);
    let value = Value::read(field.kind, value).map_err(unfit)?;
    if let Some(value) = &value {
        known_options(field, value, is_held).map_err(unfit)?;
    }
    Ok(value)
}

/// Refuses options that the field does not accept, except those that are held already.
fn known_options(
    field: &FieldDefinition,
    value: &Value,
    is_held: impl Fn(&str) -> bool,
) -> Result<(), Unfit> {
    let Some(accepted) = &field.options else { return Ok(()) };
    let is_unknown = |option: &&str| !field.takes_option(option) && !is_held(option);
    match value.options().into_iter().find(is_unknown) {
        None => Ok(()),
        Some(option) => Err(Unfit {
            found: format!("the unknown option {}", Json::from(option).shown()),
            accepted: listed_options(&field.key, accepted),
        }),
    }
}

fn listed_options(key: &FieldKey, options: &[CompactString]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> =
        options.iter().take(MOST).map(|option| Json::from(option.as_str()).shown()).collect();
    let more = options.len().saturating_sub(MOST);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("an option of `{key}`: {}{more}", shown.join(", "))
}

/// A key as an error shows it; a host can send a very long one.
fn shortened(key: &str) -> String {
    const LONGEST: usize = 80;
    if key.chars().count() <= LONGEST {
        return key.to_owned();
    }
    key.chars().take(LONGEST).chain(['…']).collect()
}
