//! Fields: their keys, the built-in ones, and the definitions of custom ones.
//!
//! Invariant: a [`FieldKey`] is well formed; the options and the default of a definition suit its kind.

use std::collections::BTreeSet;
use std::fmt;

use compact_str::CompactString;

use crate::error::Error;
use crate::kind::Kind;
use crate::limits::ContentLimits;
use crate::short_text::ShortText;

/// Prefix of the keys of conversation fields.
const CONVERSATION_PREFIX: &str = "conversation.";
/// Maximum length of a key, not counting the prefix.
const KEY_CHARACTERS: usize = 64;

/// The key of a field: `plan`, `conversation.priority`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldKey(CompactString);

/// What a field is an attribute of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A contact.
    Contact,
    /// A conversation.
    Conversation,
}

impl FieldKey {
    /// Checks a key: `[a-z][a-z0-9_]{0,63}`, with the prefix `conversation.` for a conversation field.
    ///
    /// # Errors
    /// [`Error::FieldKey`] if it is anything else.
    pub fn new(key: &str) -> Result<Self, Error> {
        let own = key.strip_prefix(CONVERSATION_PREFIX).unwrap_or(key);
        // The first letter also excludes an empty key.
        let starts_well = own.starts_with(|first: char| first.is_ascii_lowercase());
        let goes_on_well = own.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if starts_well && goes_on_well && own.len() <= KEY_CHARACTERS {
            Ok(FieldKey(key.into()))
        } else {
            Err(Error::FieldKey { found: crate::json::Json::from(key).shown() })
        }
    }

    /// The key as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the key of a contact field or a conversation field.
    pub fn scope(&self) -> Scope {
        if self.0.starts_with(CONVERSATION_PREFIX) { Scope::Conversation } else { Scope::Contact }
    }
}

impl fmt::Display for FieldKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for FieldKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for FieldKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The current definition of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldDefinition {
    /// Its key.
    pub key: FieldKey,
    /// Its kind; it never changes.
    pub kind: Kind,
    /// The options that the field accepts, in the order given; `None` accepts any.
    pub options: Option<Vec<ShortText>>,
    /// What an empty boolean reads as.
    pub default: Option<bool>,
    /// Whether every workspace has it.
    pub built_in: bool,
}

impl FieldDefinition {
    /// A custom field without options or default.
    pub fn new(key: FieldKey, kind: Kind) -> Self {
        FieldDefinition { key, kind, options: None, default: None, built_in: false }
    }

    /// Whether the field accepts an option. A contact or conversation that holds another option already may keep it.
    pub fn takes_option(&self, option: &str) -> bool {
        self.options.as_ref().is_none_or(|options| options.iter().any(|defined| defined == option))
    }

    /// The options that an event gives a field, without duplicates, in the order given.
    ///
    /// # Errors
    /// [`Error::Limit`] if there are more than the limit of a list; duplicates count.
    pub fn options_within(options: &[ShortText], limits: &ContentLimits) -> Result<Vec<ShortText>, Error> {
        let limit = limits.list_values();
        if limit.is_exceeded_by(options.len()) {
            return Err(Error::Limit { found: format!("a list of {} options", options.len()), limit });
        }
        let mut seen = BTreeSet::new();
        let mut kept: Vec<ShortText> =
            options.iter().filter(|option| seen.insert(option.as_str())).cloned().collect();
        // A definition is kept as long as the workspace.
        kept.shrink_to_fit();
        Ok(kept)
    }

    /// The built-in fields, in the order of the contract.
    pub fn built_in() -> Vec<FieldDefinition> {
        BUILT_IN
            .iter()
            .map(|(key, kind)| FieldDefinition {
                key: FieldKey(CompactString::const_new(key)),
                kind: *kind,
                options: None,
                default: None,
                built_in: true,
            })
            .collect()
    }
}

/// `name`
pub const NAME: &str = "name";
/// `created_at`
pub const CREATED_AT: &str = "created_at";
/// `last_activity_at`
pub const LAST_ACTIVITY_AT: &str = "last_activity_at";
/// `labels`
pub const LABELS: &str = "labels";
/// `conversation.created_at`
pub const CONVERSATION_CREATED_AT: &str = "conversation.created_at";
/// `conversation.last_activity_at`
pub const CONVERSATION_LAST_ACTIVITY_AT: &str = "conversation.last_activity_at";

const BUILT_IN: [(&str, Kind); 10] = [
    (NAME, Kind::Text),
    ("email", Kind::Text),
    ("phone", Kind::Phone),
    (CREATED_AT, Kind::Date),
    (LAST_ACTIVITY_AT, Kind::Date),
    (LABELS, Kind::Label),
    ("conversation.channel", Kind::Select),
    ("conversation.status", Kind::Select),
    (CONVERSATION_CREATED_AT, Kind::Date),
    (CONVERSATION_LAST_ACTIVITY_AT, Kind::Date),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_lower_case_ascii_after_an_optional_conversation_prefix() {
        for key in ["plan", "a", "a_1", "conversation.priority", "conversation", &"a".repeat(64)] {
            assert!(FieldKey::new(key).is_ok(), "{key}");
        }
        for key in
            ["", "1a", "_a", "Plan", "plan.x", "conversation.", "conversation.a.b", "pl an", &"a".repeat(65)]
        {
            assert!(FieldKey::new(key).is_err(), "{key}");
        }
    }

    #[test]
    fn every_built_in_key_is_well_formed() {
        for field in FieldDefinition::built_in() {
            assert_eq!(FieldKey::new(field.key.as_str()).unwrap(), field.key);
        }
    }
}
