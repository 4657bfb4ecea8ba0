//! Checks of the values that an event sets. All are checked, and the error names all that do not fit.

use enlist_model::{FieldDefinition, FieldKey, Json, Kind, Scope, Unfit, Value};

use crate::check::Validator;
use crate::check::definitions::shortened;
use crate::error::{Error, ValueProblem};
use crate::facts::{NewValues, Values};
use crate::ids::FieldNo;

impl Validator<'_> {
    /// Reads the values that an event sets on fields of a scope. `held` is the row of the contact or conversation,
    /// if it exists.
    pub(super) fn values(
        &self,
        set: &[(String, Json)],
        scope: Scope,
        held: Option<(&Values, usize)>,
    ) -> Result<NewValues, Error> {
        let mut values = NewValues::with_capacity(set.len());
        let mut problems = Vec::new();
        for (key, json) in set {
            match self.value(scope, key, json, held) {
                Ok((field, value)) => {
                    // `null` for `created_at` counts as not given, so that a contact always has one.
                    let is_given = value.is_some() || !self.is_creation(field);
                    if is_given {
                        values.push((field, value));
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(Error::Values { problems }) }
    }

    /// Whether a field is one that cannot be emptied.
    fn is_creation(&self, field: FieldNo) -> bool {
        let built_in = self.definitions.built_in;
        field == built_in.created_at || field == built_in.conversation_created_at
    }

    fn value(
        &self,
        scope: Scope,
        key: &str,
        json: &Json,
        held: Option<(&Values, usize)>,
    ) -> Result<(FieldNo, Option<Value>), ValueProblem> {
        let problem = |kind, found: String, accepted: String| ValueProblem {
            field: shortened(key),
            kind,
            found,
            accepted,
        };
        let Some(no) = self.definitions.find_field(key) else {
            return Err(problem(None, "an unknown field".into(), "a field that is defined".into()));
        };
        let definition = self.definitions.field(no);
        if no == self.definitions.built_in.labels {
            let accepted = "labels in `add_labels` and `remove_labels`";
            return Err(problem(Some(Kind::Label), json.shown(), accepted.into()));
        }
        if definition.key.scope() != scope {
            let (found, accepted) = match scope {
                Scope::Contact => ("a conversation's field", "fields of a contact; save the conversation"),
                Scope::Conversation => ("a contact's field", "fields of a conversation; save the contact"),
            };
            return Err(problem(None, found.into(), accepted.into()));
        }
        let unfit = |unfit: Unfit| problem(Some(definition.kind), unfit.found, unfit.accepted);
        let value = Value::read(definition.kind, json).map_err(unfit)?;
        if let Some(value) = &value {
            let held = || held.and_then(|(values, row)| values.get(row, no));
            known_options(definition, value, held).map_err(unfit)?;
        }
        Ok((no, value))
    }
}

/// Refuses options that the field does not have, except those that are held already.
fn known_options(
    definition: &FieldDefinition,
    value: &Value,
    held: impl Fn() -> Option<Value>,
) -> Result<(), Unfit> {
    let Some(options) = &definition.options else { return Ok(()) };
    let is_held = |option: &str| match held() {
        Some(Value::Select(held)) => held == option,
        Some(Value::MultiSelect(held)) => held.contains(option),
        _ => false,
    };
    let is_unknown = |option: &&str| !definition.takes_option(option) && !is_held(option);
    let unknown = match value {
        Value::Select(option) => [option.as_str()].into_iter().find(is_unknown),
        Value::MultiSelect(options) => options.iter().find(is_unknown),
        Value::Text(_) | Value::Phone(_) | Value::Number(_) | Value::Date(_) | Value::Boolean(_) => None,
    };
    match unknown {
        None => Ok(()),
        Some(option) => Err(Unfit {
            found: format!("the unknown option {}", Json::from(option).shown()),
            accepted: listed(&definition.key, options),
        }),
    }
}

fn listed(key: &FieldKey, options: &[compact_str::CompactString]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> =
        options.iter().take(MOST).map(|option| Json::from(option.as_str()).shown()).collect();
    let more = options.len().saturating_sub(MOST);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("an option of `{key}`: {}{more}", shown.join(", "))
}
