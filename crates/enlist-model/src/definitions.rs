//! What rules and values are checked against: the fields and segments of one workspace, as the host keeps them.

use crate::field::FieldDefinition;
use crate::rule::Rule;

/// What a rule is checked against: the fields and segments of a workspace.
pub trait Definitions {
    /// The field of that key.
    fn field(&self, key: &str) -> Option<&FieldDefinition>;
    /// The keys of all fields, for suggestions.
    fn field_keys(&self) -> Vec<&str>;
    /// The rule of a saved segment. It refers to saved segments only.
    fn segment_rule(&self, segment: &str) -> Option<&Rule>;
    /// The ids of all segments, for suggestions.
    fn segment_ids(&self) -> Vec<&str>;
}
