//! A rule as it is evaluated: groups over numbers of distinct conditions, so that every test is one bit.
//!
//! It knows neither fields nor operators, only which condition must hold, or must not. What always holds: a group's own
//! leaves come before its nested groups, so that most rules are one run over a few bits.

use enlist_model::Match;

use crate::number::ConditionNo;

/// A rule, or the group inside `same_conversation`, over distinct conditions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Expression {
    matching: Match,
    leaves: Box<[Leaf]>,
    groups: Box<[Expression]>,
}

/// A condition that must hold or, negated, must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Leaf {
    pub(crate) condition: ConditionNo,
    pub(crate) is_negated: bool,
}

impl Expression {
    pub(crate) fn new(matching: Match, leaves: Vec<Leaf>, groups: Vec<Expression>) -> Self {
        Expression { matching, leaves: leaves.into(), groups: groups.into() }
    }

    /// An expression that holds of nobody.
    pub(crate) fn nothing() -> Self {
        Expression::new(Match::Any, Vec::new(), Vec::new())
    }

    /// Whether the rule holds, given the truth of each condition.
    pub(crate) fn holds(&self, truth: &impl Fn(ConditionNo) -> bool) -> bool {
        let leaves = self.leaves.iter().map(|leaf| truth(leaf.condition) != leaf.is_negated);
        if self.groups.is_empty() {
            return self.matching.holds(leaves);
        }
        self.matching.holds(leaves.chain(self.groups.iter().map(|group| group.holds(truth))))
    }

    /// Of which of 64 contacts the rule holds, given of which of them each condition does.
    pub(crate) fn holds_of_many(&self, truths: &impl Fn(ConditionNo) -> u64) -> u64 {
        let leaves = self
            .leaves
            .iter()
            .map(|leaf| truths(leaf.condition) ^ if leaf.is_negated { u64::MAX } else { 0 });
        let groups = self.groups.iter().map(|group| group.holds_of_many(truths));
        let parts = leaves.chain(groups);
        match self.matching {
            Match::All => parts.fold(u64::MAX, |all, part| all & part),
            Match::Any => parts.fold(0, |any, part| any | part),
            Match::None => !parts.fold(0, |any, part| any | part),
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
        found.extend(self.leaves.iter().map(|leaf| leaf.condition));
        self.groups.iter().for_each(|group| group.collect(found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_match_all_any_or_none_of_leaves_and_groups_alike() {
        let leaf = |no, is_negated| Leaf { condition: ConditionNo(no), is_negated };
        let inner = Expression::new(Match::None, vec![leaf(1, false)], Vec::new());
        let outer = |matching| Expression::new(matching, vec![leaf(0, true)], vec![inner.clone()]);
        for (zero, one) in [(false, false), (false, true), (true, false), (true, true)] {
            let truth = |no: ConditionNo| if no == ConditionNo(0) { zero } else { one };
            assert_eq!(outer(Match::All).holds(&truth), !zero && !one);
            assert_eq!(outer(Match::Any).holds(&truth), !zero || !one);
            assert_eq!(outer(Match::None).holds(&truth), zero && one);
            for matching in Match::ALL {
                let many = outer(matching).holds_of_many(&|no| if truth(no) { u64::MAX } else { 0 });
                assert_eq!(many, if outer(matching).holds(&truth) { u64::MAX } else { 0 });
            }
        }
        assert_eq!(outer(Match::All).conditions(), [ConditionNo(0), ConditionNo(1)]);
        assert!(!Expression::nothing().holds(&|_| true));
    }
}
