//! A rule as it is evaluated: groups over numbers of distinct conditions, so that every test is one bit.
//!
//! It knows neither fields nor operators, only which condition must hold, or must not.

use enlist_model::Match;

use crate::number::ConditionNo;

/// A rule, or the group inside `same_conversation`, over distinct conditions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Expression {
    /// The condition holds or, negated, does not.
    Leaf { condition: ConditionNo, is_negated: bool },
    /// So many of the parts hold.
    Group { matching: Match, parts: Vec<Expression> },
}

impl Expression {
    /// Whether the rule holds, given the truth of each condition.
    pub(crate) fn holds(&self, truth: &impl Fn(ConditionNo) -> bool) -> bool {
        match self {
            Expression::Leaf { condition, is_negated } => truth(*condition) != *is_negated,
            Expression::Group { matching, parts } => {
                matching.holds(parts.iter().map(|part| part.holds(truth)))
            }
        }
    }

    /// The conditions in it, each once, in order of their numbers.
    pub(crate) fn conditions(&self) -> Vec<ConditionNo> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn collect(&self, found: &mut Vec<ConditionNo>) {
        match self {
            Expression::Leaf { condition, .. } => found.push(*condition),
            Expression::Group { parts, .. } => parts.iter().for_each(|part| part.collect(found)),
        }
    }
}
