//! Values as text for a page.

use enlist::model::Value;

/// A value as people read it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Phone(text) => text.given().into_owned(),
        Value::Number(number) => enlist::Json::Number(number.get()).to_string(),
        Value::Date(date) => date.to_string(),
        Value::Boolean(true) => "yes".to_owned(),
        Value::Boolean(false) => "no".to_owned(),
        Value::Select(option) => option.as_str().to_owned(),
        Value::MultiSelect(options) => options.iter().collect::<Vec<_>>().join(", "),
    }
}
