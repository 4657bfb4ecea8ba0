//! Conditions that hold within a range of an ordered key: only those with a bound between the old and the new key can flip.
//!
//! It knows keys as integers, not what they order. Invariant: bounds are sorted, and each range has a bound at each of its ends that is
//! not open.

use crate::bytes;
use crate::ids::ConditionNo;

/// The keys from `first` to `last`, both included. `i64::MIN` and `i64::MAX` are open ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Range {
    fn contains(self, key: i64) -> bool {
        self.first <= key && key <= self.last
    }

    /// The keys at which the truth differs from that of the key before, each with the other one. Where that end is open, it is a key that
    /// nothing crosses.
    fn bounds(self) -> impl Iterator<Item = (i64, i64)> {
        let after = if self.last < i64::MAX { self.last + 1 } else { i64::MIN };
        let both = [(self.first, after), (after, self.first)];
        // A range without a key has no bound.
        both.into_iter().filter(move |(bound, _)| *bound > i64::MIN && self.first <= self.last)
    }
}

/// Ranges and their conditions.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// The bounds in order, apart from the rest, so that a search reads little.
    bounds: Vec<i64>,
    /// What each bound is of, and the other bound of that.
    of: Vec<(i64, ConditionNo)>,
    all: Vec<(Range, ConditionNo)>,
}

impl Ranges {
    /// Ranges that are all new.
    pub(super) fn renew(&mut self, all: impl Iterator<Item = (Range, ConditionNo)>) {
        self.all.clear();
        self.all.extend(all);
        let bounds = |(range, condition): &(Range, ConditionNo)| {
            let condition = *condition;
            range.bounds().map(move |(bound, other)| (bound, (other, condition)))
        };
        let mut bounds: Vec<_> = self.all.iter().flat_map(bounds).collect();
        // By the condition too, so that the order does not depend on that of the insertions.
        bounds.sort_unstable_by_key(|(bound, (_, condition))| (*bound, *condition));
        (self.bounds, self.of) = bounds.into_iter().unzip();
    }

    pub(super) fn insert(&mut self, range: Range, condition: ConditionNo) {
        self.all.push((range, condition));
        for (bound, other) in range.bounds() {
            let place = self.bounds.partition_point(|each| *each < bound);
            self.bounds.insert(place, bound);
            self.of.insert(place, (other, condition));
        }
    }

    pub(super) fn remove(&mut self, condition: ConditionNo) {
        self.all.retain(|(_, each)| *each != condition);
        let mut of = self.of.iter();
        self.bounds.retain(|_| of.next().is_some_and(|(_, each)| *each != condition));
        self.of.retain(|(_, each)| *each != condition);
    }

    /// Collects the conditions that hold for exactly one of two keys. None holds without a key.
    #[inline]
    pub(super) fn flips(&self, old: Option<i64>, new: Option<i64>, flipped: &mut impl Extend<ConditionNo>) {
        let (low, high) = match (old, new) {
            (Some(old), Some(new)) => (old.min(new), old.max(new)),
            (Some(key), None) | (None, Some(key)) => {
                let holding = self.all.iter().filter(|(range, _)| range.contains(key));
                flipped.extend(holding.map(|(_, condition)| *condition));
                return;
            }
            (None, None) => return,
        };
        let crossed = self.bounds.partition_point(|bound| *bound <= low)
            ..self.bounds.partition_point(|bound| *bound <= high);
        // A range with both of its bounds there lies between the keys, and does not flip.
        let flips = |(other, _): &&(i64, ConditionNo)| *other <= low || *other > high;
        flipped.extend(self.of[crossed].iter().filter(flips).map(|(_, condition)| *condition));
    }

    /// The memory that they allocate.
    pub(super) fn bytes(&self) -> usize {
        bytes::list(&self.bounds) + bytes::list(&self.of) + bytes::list(&self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: std::ops::RangeInclusive<i64> = -2..=6;

    /// All ranges over a few keys, those without a key and with open ends included.
    fn all() -> Vec<(Range, ConditionNo)> {
        let ends = |open: i64| (0..5).chain([open]);
        let ranges = ends(i64::MIN).flat_map(|first| ends(i64::MAX).map(move |last| Range { first, last }));
        (0..).map(ConditionNo).zip(ranges).map(|(condition, range)| (range, condition)).collect()
    }

    fn flipped(ranges: &Ranges, old: Option<i64>, new: Option<i64>) -> Vec<ConditionNo> {
        let mut flipped = Vec::new();
        ranges.flips(old, new, &mut flipped);
        flipped.sort_unstable();
        flipped
    }

    #[test]
    fn exactly_the_conditions_that_hold_for_one_of_two_keys_flip() {
        let (mut inserted, mut renewed) = (Ranges::default(), Ranges::default());
        all().into_iter().rev().for_each(|(range, condition)| inserted.insert(range, condition));
        renewed.renew(all().into_iter());
        let keys = || KEYS.map(Some).chain([None]);
        for (old, new) in keys().flat_map(|old| keys().map(move |new| (old, new))) {
            let holds = |range: Range, key: Option<i64>| key.is_some_and(|key| range.contains(key));
            let differ = all().into_iter().filter(|(range, _)| holds(*range, old) != holds(*range, new));
            let expected: Vec<ConditionNo> = differ.map(|(_, condition)| condition).collect();
            assert_eq!(flipped(&inserted, old, new), expected, "{old:?} to {new:?}");
            assert_eq!(flipped(&renewed, old, new), expected, "{old:?} to {new:?}");
        }
    }

    #[test]
    fn a_condition_that_is_removed_flips_no_longer() {
        let mut ranges = Ranges::default();
        ranges.renew(all().into_iter());
        for (_, condition) in all().iter().skip(1) {
            ranges.remove(*condition);
        }
        assert_eq!((ranges.bounds.len(), ranges.of.len(), ranges.all.len()), (2, 2, 1));
        assert_eq!(flipped(&ranges, Some(-1), Some(0)), [ConditionNo(0)]);
        assert_eq!(flipped(&ranges, Some(0), Some(3)), [ConditionNo(0)]);
    }
}
