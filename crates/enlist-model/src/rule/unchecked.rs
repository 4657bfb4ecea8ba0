//! A rule before its check: JSON from a host, from whatever form the host has it in.
//!
//! It does not say whether the rule is valid; only a workspace knows the fields and segments that a rule names.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::id::SegmentId;
use crate::json::Json;
use crate::rule::Rule;
use crate::rule::definitions::Definitions;

/// A rule that is not checked yet.
///
/// It is made from a [`Rule`], from [`Json`] or `serde_json::Value`, or from JSON text. Text is parsed here, so text
/// that is no JSON is refused at once.
///
/// ```
/// use enlist_model::UncheckedRule;
///
/// let text = r#"{"match": "all", "conditions": [{"field": "email", "operator": "is_not_empty"}]}"#;
/// let rule = UncheckedRule::try_from(text)?;
/// assert_eq!(rule, serde_json::from_str(text).unwrap());
/// assert!(UncheckedRule::try_from("email is not empty").is_err());
/// # Ok::<(), enlist_model::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct UncheckedRule(Json);

impl UncheckedRule {
    /// Its JSON.
    pub fn json(&self) -> &Json {
        &self.0
    }

    /// Checks it, as the rule of a segment if it has an id.
    ///
    /// # Errors
    /// As [`Rule::check`].
    pub fn check(&self, segment: Option<&SegmentId>, definitions: &dyn Definitions) -> Result<Rule, Error> {
        Rule::check(&self.0, segment, definitions)
    }
}

impl fmt::Display for UncheckedRule {
    /// The rule's JSON.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl From<UncheckedRule> for Json {
    fn from(rule: UncheckedRule) -> Self {
        rule.0
    }
}

impl FromStr for UncheckedRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Json::parse(text).map(UncheckedRule)
    }
}

/// Forms of a rule that are JSON text.
macro_rules! from_text {
    ($($form:ty),*) => {$(
        impl TryFrom<$form> for UncheckedRule {
            type Error = Error;

            fn try_from(text: $form) -> Result<Self, Error> {
                text.parse()
            }
        }
    )*};
}
from_text!(&str, &String, String);

/// Forms of a rule that are JSON already.
macro_rules! from_json {
    ($($form:ty, $json:expr;)*) => {$(
        impl From<$form> for UncheckedRule {
            fn from(form: $form) -> Self {
                let json: fn($form) -> Json = $json;
                UncheckedRule(json(form))
            }
        }
    )*};
}
from_json! {
    Json, |json| json;
    &Json, Json::clone;
    serde_json::Value, Json::from;
    &serde_json::Value, |value| Json::from(value.clone());
    Rule, |rule| rule.to_json();
    &Rule, Rule::to_json;
    &UncheckedRule, |rule| rule.0.clone();
}
