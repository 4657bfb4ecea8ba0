//! The contacts of a block for which a rule holds: each condition that it tests is read along its column, so that one
//! leaf is a loop over 4,096 contacts without a branch.
//!
//! It knows neither segments nor what a condition says. Invariant: the result is what evaluating the rule contact by
//! contact would give, and no bit outside `living` is set.

use enlist_model::Match;

use crate::compiled_rule::CompiledRule;
use crate::conditions::columns::{Column, Columns};

/// The contacts among `living` for which the rule holds.
pub(crate) fn held(rule: &CompiledRule, living: &Column, columns: &Columns) -> Column {
    let (matching, leaves, groups) = rule.parts();
    let all = matching == Match::All;
    // For `All`: the contacts for which every part so far holds. For `Any` and `None`: those for which no part so far
    // does.
    let mut open = *living;
    for leaf in leaves {
        let inverted = u64::from(leaf.is_negated() == all).wrapping_neg();
        for (open, truth) in open.iter_mut().zip(columns.column(leaf.condition())) {
            *open &= truth ^ inverted;
        }
    }
    for group in groups {
        let inverted = u64::from(!all).wrapping_neg();
        for (open, truth) in open.iter_mut().zip(held(group, living, columns)) {
            *open &= truth ^ inverted;
        }
    }
    if matching == Match::Any {
        for (open, living) in open.iter_mut().zip(living) {
            *open = living & !*open;
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiled_rule::{Leaf, Sign};
    use crate::conditions::columns::{COLUMN_WORDS, LANES};
    use crate::ids::ConditionNo;

    #[test]
    fn a_rule_holds_along_columns_where_it_holds_contact_by_contact() {
        let mut columns = Columns::default();
        columns.reserve(4);
        for condition in 0..4 {
            *columns.column_mut(ConditionNo(condition)) = std::array::from_fn(|word| {
                (word as u64 * 4 + u64::from(condition) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            });
        }
        let living: Column = std::array::from_fn(|word| if word < 40 { !(word as u64) } else { 0 });
        let leaf = |no, sign| Leaf::new(ConditionNo(no), sign);
        for (outer, inner) in Match::ALL.into_iter().flat_map(|one| Match::ALL.map(|two| (one, two))) {
            let leaves = vec![leaf(2, Sign::Negated), leaf(3, Sign::Positive)];
            let group = CompiledRule::new(inner, leaves, Vec::new());
            let rule =
                CompiledRule::new(outer, vec![leaf(0, Sign::Positive), leaf(1, Sign::Negated)], vec![group]);
            let found = held(&rule, &living, &columns);
            for (word, lane) in (0..COLUMN_WORDS).flat_map(|word| (0..LANES).map(move |lane| (word, lane))) {
                let holds = rule.holds(&|no| columns.column(no)[word] >> lane & 1 == 1);
                let lives = living[word] >> lane & 1 == 1;
                assert_eq!(found[word] >> lane & 1 == 1, holds && lives, "{outer:?} {inner:?} {word} {lane}");
            }
        }
    }
}
