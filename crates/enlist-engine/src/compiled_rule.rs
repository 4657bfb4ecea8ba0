//! A rule in the form in which it is evaluated: groups over numbers of distinct conditions, so that every test
//! reads one bit.
//!
//! It knows neither fields nor operators, only which condition must hold and which must not. Invariant: the leaves
//! of a group come before its nested groups, so that most rules are one loop over a few bits.

use std::num::NonZeroU32;

use enlist_model::Match;
use smallvec::SmallVec;

use crate::bytes;
use crate::ids::ConditionNo;

/// A rule, or the group inside `same_conversation`, over distinct conditions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CompiledRule {
    matching: Match,
    leaves: SmallVec<[Leaf; ROOM]>,
    groups: Box<[CompiledRule]>,
}

/// Rules with up to this many leaves need no allocation for them.
const ROOM: usize = 6;

/// A condition that must hold or, negated, must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Leaf {
    /// Twice the condition's number, plus one if negated, plus one, so that an `Option` of a leaf takes no extra
    /// space.
    packed: NonZeroU32,
}

/// Whether a condition must hold or must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Positive,
    Negated,
}

impl Sign {
    pub(crate) fn negated_if(is_negated: bool) -> Self {
        if is_negated { Sign::Negated } else { Sign::Positive }
    }
}

impl Leaf {
    pub(crate) fn new(condition: ConditionNo, sign: Sign) -> Self {
        let negated = u32::from(sign == Sign::Negated);
        Leaf { packed: NonZeroU32::MIN.saturating_add(condition.0 << 1 | negated) }
    }

    pub(crate) fn condition(self) -> ConditionNo {
        ConditionNo((self.packed.get() - 1) >> 1)
    }

    pub(crate) fn is_negated(self) -> bool {
        (self.packed.get() - 1) & 1 == 1
    }

    /// The same condition, which must hold if it must not, and the other way round.
    pub(crate) fn inverted(self) -> Self {
        Leaf::new(self.condition(), Sign::negated_if(!self.is_negated()))
    }
}

impl CompiledRule {
    pub(crate) fn new(matching: Match, leaves: Vec<Leaf>, groups: Vec<CompiledRule>) -> Self {
        CompiledRule { matching, leaves: leaves.into(), groups: groups.into() }
    }

    /// A rule that holds for no contact.
    pub(crate) fn nothing() -> Self {
        CompiledRule::new(Match::Any, Vec::new(), Vec::new())
    }

    /// Whether the rule holds, given the truth of each condition.
    pub(crate) fn holds(&self, truth: &impl Fn(ConditionNo) -> bool) -> bool {
        self.holds_in(1, &|condition| u64::from(truth(condition))) != 0
    }

    /// The lanes in which the rule holds, given the lanes in which each condition holds. A lane is one of 64
    /// contacts, or one contact before or after a change. Bits outside `lanes` are never set.
    #[inline]
    pub(crate) fn holds_in(&self, lanes: u64, truths: &impl Fn(ConditionNo) -> u64) -> u64 {
        let all = self.matching == Match::All;
        // For `All`: the lanes in which every part so far holds. For `Any` and `None`: those in which no part so
        // far does.
        let mut open = lanes;
        for leaf in &self.leaves {
            open &= truths(leaf.condition()) ^ u64::from(leaf.is_negated() == all).wrapping_neg();
        }
        if !self.groups.is_empty() {
            open = self.groups_in(open, truths);
        }
        if self.matching == Match::Any { lanes & !open } else { open }
    }

    fn groups_in(&self, mut open: u64, truths: &impl Fn(ConditionNo) -> u64) -> u64 {
        for group in &self.groups {
            if open == 0 {
                break;
            }
            let truth = group.holds_in(open, truths);
            open &= if self.matching == Match::All { truth } else { !truth };
        }
        open
    }

    /// How many parts must hold, the leaves, and the nested groups.
    pub(crate) fn parts(&self) -> (Match, &[Leaf], &[CompiledRule]) {
        (self.matching, &self.leaves, &self.groups)
    }

    /// The memory that it allocates.
    pub(crate) fn bytes(&self) -> usize {
        let groups = self.groups.iter().map(CompiledRule::bytes).sum::<usize>();
        bytes::small_list(&self.leaves) + bytes::room::<CompiledRule>(self.groups.len()) + groups
    }

    /// The conditions that it tests, each once, in order of their numbers.
    pub(crate) fn conditions(&self) -> Vec<ConditionNo> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn collect(&self, found: &mut Vec<ConditionNo>) {
        found.extend(self.leaves.iter().map(|leaf| leaf.condition()));
        self.groups.iter().for_each(|group| group.collect(found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_match_all_any_or_none_of_leaves_and_groups_alike() {
        let leaf = |no, sign| Leaf::new(ConditionNo(no), sign);
        let inner = CompiledRule::new(Match::None, vec![leaf(1, Sign::Positive)], Vec::new());
        let outer = |matching| CompiledRule::new(matching, vec![leaf(0, Sign::Negated)], vec![inner.clone()]);
        for (zero, one) in [(false, false), (false, true), (true, false), (true, true)] {
            let truth = |no: ConditionNo| if no == ConditionNo(0) { zero } else { one };
            assert_eq!(outer(Match::All).holds(&truth), !zero && !one);
            assert_eq!(outer(Match::Any).holds(&truth), !zero || !one);
            assert_eq!(outer(Match::None).holds(&truth), zero && one);
            for matching in Match::ALL {
                let lanes = outer(matching).holds_in(0b1010, &|no| if truth(no) { u64::MAX } else { 0 });
                assert_eq!(lanes, if outer(matching).holds(&truth) { 0b1010 } else { 0 });
            }
        }
        assert_eq!(outer(Match::All).conditions(), [ConditionNo(0), ConditionNo(1)]);
        assert!(!CompiledRule::nothing().holds(&|_| true));
    }
}
