//! Checking a value that an event sets: the field it names, its kind, and the options that the field accepts.
//!
//! It does not know what a contact or conversation holds; the caller says which options are held already.

use std::collections::BTreeSet;

use crate::field::{FieldDefinition, FieldKey, Scope};
use crate::json::Json;
use crate::kind::Kind;
use crate::limits::ContentLimits;
use crate::problem::{ProblemCode, Unfit, ValueProblem};
use crate::short_text::ShortText;
use crate::suggestion::Suggestions;
use crate::value::Value;

/// Checks a value that an event sets on a field of a contact or of a conversation. `field` is the definition of the
/// field with that key, if there is one; `is_held` says whether an option that the field no longer accepts is held
/// already, because such an option may be set again. The limits are those of the workspace
/// ([`Definitions::limits`](crate::Definitions::limits)). Gives `None` for an empty value.
///
/// # Errors
/// [`ValueProblem`] if the value does not fit. It is boxed because it is larger than every value, and this runs for
/// every value of every event.
pub fn check_value(
    scope: Scope,
    key: &str,
    field: Option<&FieldDefinition>,
    value: &Json,
    is_held: impl Fn(&str) -> bool,
    limits: &ContentLimits,
) -> Result<Option<Value>, Box<ValueProblem>> {
    let Some(field) = field else { return Err(Box::new(ValueProblem::unknown_field(key))) };
    check_settable(scope, field, || value.shown())?;
    let read = Value::read_within(field.kind, value, limits)
        .map_err(|unfit| Box::new(ValueProblem::unfit(key, field.kind, unfit)))?;
    if let Some(value) = &read {
        check_options(field, value, is_held)?;
    }
    Ok(read)
}

/// As [`check_value`], for a value that is typed already. A value that was made under other limits, or for another
/// field, is refused like one of JSON.
///
/// # Errors
/// [`ValueProblem`] if the value does not fit.
pub fn check_typed_value(
    scope: Scope,
    field: &FieldDefinition,
    value: Option<&Value>,
    is_held: impl Fn(&str) -> bool,
    limits: &ContentLimits,
) -> Result<(), Box<ValueProblem>> {
    check_settable(scope, field, || value.map_or(Json::Null, Value::to_json).shown())?;
    let Some(value) = value else { return Ok(()) };
    value
        .check_within(field.kind, limits)
        .map_err(|unfit| Box::new(ValueProblem::unfit(field.key.as_str(), field.kind, unfit)))?;
    check_options(field, value, is_held)
}

/// Checks that events can set a field, and in this scope.
fn check_settable(
    scope: Scope,
    field: &FieldDefinition,
    shown: impl Fn() -> String,
) -> Result<(), Box<ValueProblem>> {
    let key = field.key.as_str();
    // Before the scope: `labels` has its own message also in a conversation.
    if field.kind == Kind::Label {
        let accepted = "labels in `add_labels` and `remove_labels`";
        let unfit = Unfit::new(ProblemCode::LabelsInSet, shown(), accepted);
        return Err(Box::new(ValueProblem::unfit(key, Kind::Label, unfit)));
    }
    if field.key.scope() != scope {
        let (found, accepted) = match scope {
            Scope::Contact => ("a conversation's field", "fields of a contact; save the conversation"),
            Scope::Conversation => ("a contact's field", "fields of a conversation; save the contact"),
        };
        return Err(Box::new(ValueProblem::not_settable(ProblemCode::WrongScope, key, found, accepted)));
    }
    Ok(())
}

/// Checks that the field accepts the options of a value, or that they are held already.
fn check_options(
    field: &FieldDefinition,
    value: &Value,
    is_held: impl Fn(&str) -> bool,
) -> Result<(), Box<ValueProblem>> {
    let Some(accepted) = &field.options else { return Ok(()) };
    let Some(unknown) = unknown_option(field, value, is_held) else { return Ok(()) };
    let found = format!("the unknown option {}", Json::from(unknown).shown());
    let unfit = Unfit::new(ProblemCode::UnknownOption, found, listed_options(&field.key, accepted));
    let names = accepted.iter().map(ShortText::as_str);
    let suggestion = Suggestions::of_one_value().nearest(unknown, names);
    let problem = ValueProblem::unfit(field.key.as_str(), field.kind, unfit);
    Err(Box::new(ValueProblem { suggestion, ..problem }))
}

/// Up to this many options of a value are searched for one by one.
const FEW: usize = 16;

/// The first option that the field does not accept and that is not held already.
fn unknown_option<'v>(
    field: &FieldDefinition,
    value: &'v Value,
    is_held: impl Fn(&str) -> bool,
) -> Option<&'v str> {
    let is_unknown = |option: &&str| !field.takes_option(option) && !is_held(option);
    // Without a list of the options: this runs for every event.
    match value {
        Value::Select(option) => Some(option.as_str()).filter(is_unknown),
        Value::MultiSelect(options) if options.iter().len() <= FEW => options.iter().find(is_unknown),
        // A search through the field's options for each of ten thousand would take longer than all else.
        Value::MultiSelect(options) => {
            let accepted = field.options.iter().flatten().map(ShortText::as_str).collect::<BTreeSet<&str>>();
            options.iter().find(|option| !accepted.contains(option) && !is_held(option))
        }
        Value::Text(_) | Value::Phone(_) | Value::Number(_) | Value::Date(_) | Value::Boolean(_) => None,
    }
}

fn listed_options(key: &FieldKey, options: &[ShortText]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> =
        options.iter().take(MOST).map(|option| Json::from(option.as_str()).shown()).collect();
    let more = options.len().saturating_sub(MOST);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("an option of `{key}`: {}{more}", shown.join(", "))
}
