//! Conditions that compare with an operand: only those whose operand lies between the old and the new value flip.
//!
//! A threshold lies just below or just above its operand, so that strict and inclusive comparisons are the same.

use enlist_model::{Comparison, Number};

use crate::bytes;
use crate::ids::ConditionNo;
use crate::seeded_map::{KeyHasher, SeededMap};

/// Where a threshold lies relative to its operand. A value lies exactly `At` itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    JustBelow,
    At,
    JustAbove,
}

type Threshold<K> = (K, Side);

/// Thresholds in order, each with its condition.
type List<K> = Vec<(Threshold<K>, ConditionNo)>;

/// Thresholds over an ordered key, in sorted lists.
#[derive(Debug)]
pub(crate) struct Thresholds<K> {
    /// Conditions that are true for values above the threshold.
    above: List<K>,
    /// Conditions that are true for values below the threshold.
    below: List<K>,
}

impl<K> Default for Thresholds<K> {
    fn default() -> Self {
        Thresholds { above: Vec::new(), below: Vec::new() }
    }
}

impl<K: Copy + Ord> Thresholds<K> {
    /// The list and the threshold of a comparison; equality has none.
    fn place(&mut self, comparison: Comparison, operand: K) -> Option<(&mut List<K>, Threshold<K>)> {
        match comparison {
            Comparison::Greater => Some((&mut self.above, (operand, Side::JustAbove))),
            Comparison::GreaterOrEqual => Some((&mut self.above, (operand, Side::JustBelow))),
            Comparison::Less => Some((&mut self.below, (operand, Side::JustBelow))),
            Comparison::LessOrEqual => Some((&mut self.below, (operand, Side::JustAbove))),
            Comparison::Equal => None,
        }
    }

    pub(crate) fn insert(&mut self, comparison: Comparison, operand: K, condition: ConditionNo) {
        let Some((list, threshold)) = self.place(comparison, operand) else { return };
        let index = list.partition_point(|(each, _)| *each < threshold);
        list.insert(index, (threshold, condition));
    }

    pub(crate) fn remove(&mut self, comparison: Comparison, operand: K, condition: ConditionNo) {
        let Some((list, _)) = self.place(comparison, operand) else { return };
        list.retain(|(_, each)| *each != condition);
    }

    /// The memory that they allocate.
    pub(crate) fn bytes(&self) -> usize {
        bytes::room::<(Threshold<K>, ConditionNo)>(self.above.capacity() + self.below.capacity())
    }

    /// Collects the conditions that are true for exactly one of two values. All are false without a value.
    pub(crate) fn flips(&self, old: Option<K>, new: Option<K>, flipped: &mut impl Extend<ConditionNo>) {
        let upto = |list: &[(Threshold<K>, ConditionNo)], value: Option<K>, without: usize| {
            value.map_or(without, |value| list.partition_point(|(each, _)| *each < (value, Side::At)))
        };
        // Above: a value makes the thresholds before it true; no value makes none true.
        let (one, two) = (upto(&self.above, old, 0), upto(&self.above, new, 0));
        flipped.extend(self.above[one.min(two)..one.max(two)].iter().map(|(_, condition)| *condition));
        // Below: a value makes the thresholds after it true; no value makes none true, which is the position at the
        // end.
        let none = self.below.len();
        let (one, two) = (upto(&self.below, old, none), upto(&self.below, new, none));
        flipped.extend(self.below[one.min(two)..one.max(two)].iter().map(|(_, condition)| *condition));
    }
}

/// The conditions on a number.
#[derive(Debug)]
pub(crate) struct NumberIndex {
    equals: SeededMap<Number, ConditionNo>,
    thresholds: Thresholds<Number>,
}

impl NumberIndex {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        NumberIndex { equals: SeededMap::new(hasher), thresholds: Thresholds::default() }
    }

    /// The memory that it allocates.
    pub(crate) fn bytes(&self) -> usize {
        self.equals.table_bytes() + self.thresholds.bytes()
    }

    pub(crate) fn insert(&mut self, comparison: Comparison, operand: Number, condition: ConditionNo) {
        if comparison == Comparison::Equal {
            self.equals.insert(operand, condition);
        } else {
            self.thresholds.insert(comparison, operand, condition);
        }
    }

    pub(crate) fn remove(&mut self, comparison: Comparison, operand: Number, condition: ConditionNo) {
        if comparison == Comparison::Equal {
            self.equals.remove(&operand);
        } else {
            self.thresholds.remove(comparison, operand, condition);
        }
    }

    pub(crate) fn flips(
        &self,
        old: Option<Number>,
        new: Option<Number>,
        flipped: &mut impl Extend<ConditionNo>,
    ) {
        if old != new {
            flipped.extend(old.into_iter().chain(new).filter_map(|value| self.equals.get(&value)).copied());
            self.thresholds.flips(old, new, flipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_thresholds_between_the_old_and_the_new_value_flip() {
        let mut thresholds = Thresholds::default();
        let comparisons =
            [Comparison::Greater, Comparison::GreaterOrEqual, Comparison::Less, Comparison::LessOrEqual];
        let mut conditions = Vec::new();
        for operand in 0..5 {
            for comparison in comparisons {
                let condition = ConditionNo::at(conditions.len());
                thresholds.insert(comparison, operand, condition);
                conditions.push((comparison, operand));
            }
        }
        let holds = |(comparison, operand): (Comparison, i32), value: Option<i32>| {
            value.is_some_and(|value| match comparison {
                Comparison::Greater => value > operand,
                Comparison::GreaterOrEqual => value >= operand,
                Comparison::Less => value < operand,
                Comparison::LessOrEqual => value <= operand,
                Comparison::Equal => value == operand,
            })
        };
        let values: Vec<Option<i32>> = std::iter::once(None).chain((-1..6).map(Some)).collect();
        for (old, new) in values.iter().flat_map(|old| values.iter().map(move |new| (*old, *new))) {
            let mut flipped = Vec::new();
            thresholds.flips(old, new, &mut flipped);
            flipped.sort_unstable();
            let expected: Vec<ConditionNo> = (0..conditions.len())
                .filter(|index| holds(conditions[*index], old) != holds(conditions[*index], new))
                .map(ConditionNo::at)
                .collect();
            assert_eq!(flipped, expected, "{old:?} to {new:?}");
        }
    }
}
