//! Conditions on a number: each holds within a range of numbers.

use enlist_model::{Comparison, Number};

use crate::ids::ConditionNo;
use crate::index::ranges::{Range, Ranges};

/// The conditions on a number.
#[derive(Debug, Default)]
pub(crate) struct NumberIndex {
    ranges: Ranges,
}

impl NumberIndex {
    /// The memory that it allocates.
    pub(crate) fn bytes(&self) -> usize {
        self.ranges.bytes()
    }

    pub(crate) fn insert(&mut self, comparison: Comparison, operand: Number, condition: ConditionNo) {
        // Orders are integers, and neither the first nor the last of them, so the next number has the next order.
        let order = operand.order();
        let (first, last) = match comparison {
            Comparison::Equal => (order, order),
            Comparison::Greater => (order + 1, i64::MAX),
            Comparison::GreaterOrEqual => (order, i64::MAX),
            Comparison::Less => (i64::MIN, order - 1),
            Comparison::LessOrEqual => (i64::MIN, order),
        };
        self.ranges.insert(Range { first, last }, condition);
    }

    pub(crate) fn remove(&mut self, condition: ConditionNo) {
        self.ranges.remove(condition);
    }

    pub(crate) fn flips(
        &self,
        old: Option<Number>,
        new: Option<Number>,
        flipped: &mut impl Extend<ConditionNo>,
    ) {
        self.ranges.flips(old.map(Number::order), new.map(Number::order), flipped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_comparisons_that_hold_for_one_of_two_numbers_flip() {
        let comparisons = [
            Comparison::Equal,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
        ];
        // The extremes, zero, and numbers that are next to each other.
        let next = f64::from_bits(1.0_f64.to_bits() + 1);
        let operands = [f64::MIN, -1.5, -0.0, f64::MIN_POSITIVE, 1.0, next, f64::MAX]
            .map(|number| Number::new(number).unwrap());
        let mut index = NumberIndex::default();
        let cases: Vec<_> =
            operands.iter().flat_map(|operand| comparisons.map(|each| (each, *operand))).collect();
        for (condition, (comparison, operand)) in (0..).map(ConditionNo).zip(&cases) {
            index.insert(*comparison, *operand, condition);
        }
        let holds = |(comparison, operand): (Comparison, Number), value: Option<Number>| {
            value.is_some_and(|value| match comparison {
                Comparison::Equal => value == operand,
                Comparison::Greater => value.get() > operand.get(),
                Comparison::GreaterOrEqual => value.get() >= operand.get(),
                Comparison::Less => value.get() < operand.get(),
                Comparison::LessOrEqual => value.get() <= operand.get(),
            })
        };
        let values = || operands.into_iter().map(Some).chain([None]);
        for (old, new) in values().flat_map(|old| values().map(move |new| (old, new))) {
            let mut flipped = Vec::new();
            index.flips(old, new, &mut flipped);
            flipped.sort_unstable();
            let expected: Vec<ConditionNo> = (0..)
                .map(ConditionNo)
                .zip(&cases)
                .filter(|(_, case)| holds(**case, old) != holds(**case, new))
                .map(|(condition, _)| condition)
                .collect();
            assert_eq!(flipped, expected, "{old:?} to {new:?}");
        }
    }
}
