//! Checks of the values that an event sets. All are checked, and the error names all that do not fit.
//!
//! What fits is the model's to say; here the key becomes a number, and the options that are held are looked up.

use enlist_model::{Json, Scope, Value, ValueProblem, check_value};

use crate::check::Validator;
use crate::error::Error;
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
                Err(problem) => problems.push(*problem),
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(Error::Values { problems }) }
    }

    /// Whether a field is one that cannot be emptied.
    pub(super) fn is_creation(&self, field: FieldNo) -> bool {
        let built_in = self.definitions.built_in;
        field == built_in.created_at || field == built_in.conversation_created_at
    }

    fn value(
        &self,
        scope: Scope,
        key: &str,
        json: &Json,
        held: Option<(&Values, usize)>,
    ) -> Result<(FieldNo, Option<Value>), Box<ValueProblem>> {
        let no =
            self.definitions.find_field(key).ok_or_else(|| Box::new(ValueProblem::unknown_field(key)))?;
        let is_held = |option: &str| held.is_some_and(|(values, row)| holds_option(values, row, no, option));
        let value = check_value(
            scope,
            key,
            Some(self.definitions.field(no)),
            json,
            is_held,
            &self.definitions.limits,
        )?;
        Ok((no, value))
    }
}

/// Whether a row holds an option.
pub(super) fn holds_option(held: &Values, row: usize, field: FieldNo, option: &str) -> bool {
    match held.get(row, field) {
        Some(Value::Select(held)) => held == option,
        Some(Value::MultiSelect(held)) => held.contains(option),
        Some(Value::Text(_) | Value::Phone(_) | Value::Number(_) | Value::Date(_) | Value::Boolean(_))
        | None => false,
    }
}
