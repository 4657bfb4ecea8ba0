//! Why a membership changed: which conditions of the segment's rule flipped.
//!
//! The conditions that an event flips are recorded as numbers, in one list for all segments that they affect. Only
//! a reader who asks looks up what a number means in a rule. Invariant: flips are read with the `RuleConditions` of
//! the same engine, taken while the segment had the rule that was evaluated.

use enlist_model::{ContactCondition, SegmentId};

use crate::bytes;
use crate::compiled_rule::Leaf;
use crate::ids::ConditionNo;

/// A distinct condition that flipped for a contact, and whether it holds now. Only [`RuleConditions`] can say what
/// the condition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// Twice the condition's number, plus one if it holds now.
    packed: u32,
}

impl Flip {
    pub(crate) fn new(condition: ConditionNo, holds: bool) -> Self {
        Flip { packed: condition.0 << 1 | u32::from(holds) }
    }

    fn condition(self) -> ConditionNo {
        ConditionNo(self.packed >> 1)
    }

    fn holds(self) -> bool {
        self.packed & 1 == 1
    }
}

/// The conditions of one segment's rule, by the numbers that the flips of its engine use.
#[derive(Clone, Debug)]
pub struct RuleConditions {
    segment: SegmentId,
    /// In the order of the rule.
    conditions: Vec<(Leaf, ContactCondition)>,
}

impl RuleConditions {
    pub(crate) fn new(segment: SegmentId, conditions: Vec<(Leaf, ContactCondition)>) -> Self {
        RuleConditions { segment, conditions }
    }

    /// The segment.
    pub fn segment(&self) -> &SegmentId {
        &self.segment
    }

    /// The heap memory that it takes, estimated.
    pub fn bytes(&self) -> usize {
        let conditions = self.conditions.iter().map(|(_, condition)| bytes::contact_condition(condition));
        bytes::list(&self.conditions) + conditions.sum::<usize>() + bytes::string(self.segment.as_str().len())
    }

    /// The conditions of the rule that are among `flips`, in the order of the rule, each with whether it holds now.
    pub fn flipped<'a>(&'a self, flips: &'a [Flip]) -> impl Iterator<Item = (&'a ContactCondition, bool)> {
        self.conditions.iter().filter_map(|(leaf, condition)| {
            let flip = flips.iter().find(|flip| flip.condition() == leaf.condition())?;
            Some((condition, flip.holds() != leaf.is_negated()))
        })
    }
}
