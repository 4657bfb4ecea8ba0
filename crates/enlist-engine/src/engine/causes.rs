//! Why a membership changed: which conditions of the segment's rule flipped.
//!
//! The conditions that an event flips are recorded as numbers, in one list for all segments that they affect. Only
//! a reader who asks looks up what a number means in a rule. Invariant: flips are read with the `RuleConditions` of
//! the same engine, taken while the segment had the rule that was evaluated.

use enlist_model::{ContactCondition, SegmentId};

use crate::bytes;
use crate::compiled_rule::{Leaf, Sign};
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

    /// A flip that was kept outside the engine; `condition` is a number given to [`RuleConditions::kept`].
    pub fn kept(condition: u32, holds: bool) -> Self {
        Flip::new(ConditionNo(condition), holds)
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

    /// Conditions that were kept outside the engine, in the order of the rule, each with a number that [`Flip::kept`] uses.
    pub fn kept(segment: SegmentId, conditions: impl IntoIterator<Item = (u32, ContactCondition)>) -> Self {
        let conditions = conditions
            .into_iter()
            .map(|(number, condition)| (Leaf::new(ConditionNo(number), Sign::Positive), condition));
        RuleConditions { segment, conditions: conditions.collect() }
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
        self.flipped_positions(flips).map(|(position, holds)| (&self.conditions[position].1, holds))
    }

    /// As [`flipped`](Self::flipped), with the positions of the conditions in the rule. They are the same in all engines that have
    /// the rule.
    pub fn flipped_positions<'a>(&'a self, flips: &'a [Flip]) -> impl Iterator<Item = (usize, bool)> + 'a {
        self.conditions.iter().enumerate().filter_map(|(position, (leaf, _))| {
            let flip = flips.iter().find(|flip| flip.condition() == leaf.condition())?;
            Some((position, flip.holds() != leaf.is_negated()))
        })
    }

    /// The condition at a position of the rule.
    pub fn at(&self, position: usize) -> Option<&ContactCondition> {
        self.conditions.get(position).map(|(_, condition)| condition)
    }
}
