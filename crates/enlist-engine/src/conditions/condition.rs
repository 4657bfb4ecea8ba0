//! A distinct condition, and who uses it.
//!
//! It knows neither its number nor for which contacts it holds.

use enlist_model::Predicate;
use smallvec::SmallVec;

use crate::compiled_rule::CompiledRule;
use crate::ids::{ConditionNo, FieldNo, SegmentNo};

/// Something that is true or false for a contact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    /// The contact's value meets the predicate.
    Field { field: FieldNo, predicate: Predicate },
    /// Some conversation's value meets the predicate.
    SomeConversation { field: FieldNo, predicate: Predicate },
    /// A single conversation meets the group. The leaves of the group are `SomeConversation` conditions, read for
    /// that one conversation.
    /// Boxed, because other conditions are smaller.
    SameConversation(Box<CompiledRule>),
    /// The contact is a member of the segment.
    Member(SegmentNo),
}

impl Condition {
    /// The field and predicate, for the two kinds of condition that have them.
    pub(crate) fn on_field(&self) -> Option<(FieldNo, &Predicate)> {
        match self {
            Condition::Field { field, predicate } | Condition::SomeConversation { field, predicate } => {
                Some((*field, predicate))
            }
            Condition::SameConversation(_) | Condition::Member(_) => None,
        }
    }
}

/// Up to this many users of a condition take no allocation, and no more room than a list.
const FEW_USERS: usize = 4;

/// A condition and who uses it.
#[derive(Debug)]
pub(crate) struct ConditionEntry {
    pub(crate) condition: Condition,
    /// The segments whose rule tests it.
    pub(crate) segments: SmallVec<[SegmentNo; FEW_USERS]>,
    /// The `same_conversation` conditions whose group tests it.
    pub(crate) groups: SmallVec<[ConditionNo; FEW_USERS]>,
}
