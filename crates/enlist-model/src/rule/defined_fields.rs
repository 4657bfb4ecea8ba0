//! The fields of a workspace that is not there yet, to check events against before they are loaded.
//!
//! It has no segments. Invariant: it has the built-in fields, and each key once.

use std::collections::BTreeMap;

use crate::field::FieldDefinition;
use crate::rule::Rule;
use crate::rule::definitions::Definitions;

/// The built-in fields and those that a host defines: [`Definitions`] without segments.
///
/// ```
/// use enlist_model::{DefinedFields, Event, FieldDefinition, FieldKey, Instant, Kind};
///
/// let mut plan = FieldDefinition::new(FieldKey::new("plan")?, Kind::Select);
/// plan.options = Some(["free", "pro"].map(Into::into).to_vec());
/// let fields = DefinedFields::new([plan]);
///
/// // An old row: this plan does not exist any more.
/// let at = Instant::parse("2026-11-23T10:00:00Z").unwrap();
/// let event = Event::contact_saved(at, "c1").set("name", "Ada").set("plan", "gold").build()?;
/// let (fitting, left_out) = event.fitting(&fields);
/// assert_eq!(fitting, Event::contact_saved(at, "c1").set("name", "Ada").build()?);
/// assert_eq!(left_out[0].problem.field, "plan");
/// # Ok::<(), enlist_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DefinedFields(BTreeMap<String, FieldDefinition>);

impl DefinedFields {
    /// The built-in fields and these. A definition with the key of an earlier one replaces it.
    pub fn new(custom: impl IntoIterator<Item = FieldDefinition>) -> Self {
        let fields = FieldDefinition::built_in().into_iter().chain(custom);
        DefinedFields(fields.map(|field| (field.key.as_str().to_owned(), field)).collect())
    }
}

impl Definitions for DefinedFields {
    fn field(&self, key: &str) -> Option<&FieldDefinition> {
        self.0.get(key)
    }

    fn field_keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn segment_rule(&self, _segment: &str) -> Option<&Rule> {
        None
    }

    fn segment_ids(&self) -> Vec<&str> {
        Vec::new()
    }
}
