//! The fields and segments of one workspace, as rules and values are checked against them. Workspaces and engines
//! implement it.

use crate::field::FieldDefinition;
use crate::limits::ContentLimits;
use crate::rule::Rule;

/// What rules and values are checked against: the fields and segments of a workspace.
///
/// A workspace's are `View::rule_definitions` of the crate `enlist`. [`DefinedFields`](crate::DefinedFields) are those of a workspace
/// that is not there yet.
pub trait Definitions {
    /// The field with a key.
    fn field(&self, key: &str) -> Option<&FieldDefinition>;
    /// The keys of all fields, for suggestions.
    fn field_keys(&self) -> Vec<&str>;
    /// The rule of a saved segment. It refers to saved segments only.
    fn segment_rule(&self, segment: &str) -> Option<&Rule>;
    /// The ids of all segments, for suggestions.
    fn segment_ids(&self) -> Vec<&str>;
    /// The limits of rules, lists and values; those of the contract unless the host chooses others. A limit above its
    /// [maximum](ContentLimits::MAXIMA) counts as the maximum.
    fn limits(&self) -> ContentLimits {
        ContentLimits::CONTRACT
    }
}
