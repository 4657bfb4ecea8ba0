//! The conditions of a saved rule, to interpret the flips of its transitions.

use crate::engine::Engine;
use crate::engine::causes::RuleConditions;
use crate::error::Error;

impl Engine {
    /// The conditions of a segment's rule, to interpret
    /// [`BorrowedTransitions::flipped`](crate::BorrowedTransitions).
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn rule_conditions(&self, segment: &str) -> Result<RuleConditions, Error> {
        let segment = self.definitions.segment(self.find_segment(segment)?);
        let conditions = segment
            .rule
            .root()
            .conditions()
            .into_iter()
            .map(|condition| (self.conditions.leaf(condition, &self.definitions), condition.clone()));
        Ok(RuleConditions::new(segment.id.clone(), conditions.collect()))
    }
}
