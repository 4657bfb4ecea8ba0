//! What the flip of a condition does to a rule: for each place at which the rule tests it, what else must hold so that the rule flips
//! with it.
//!
//! A group of `all` becomes true with a part if its other parts hold afterwards, and false if they held before; a group of `any` becomes
//! true with a part if no other held before, and false if none holds afterwards. From the place up to the root these demands add up to a
//! conjunction, or, where a neighbour is a group itself, to several. If a rule flips, then at least one place that flipped has its
//! demands met, and if a place has them met, the rule flips, whatever else flips in the same event. It knows neither segments nor
//! contacts. Invariant: as far as an occurrence is whole, its demands are met exactly if the rule flips with it.

use enlist_model::Match;

use crate::compiled_rule::{CompiledRule, Leaf};
use crate::ids::ConditionNo;

/// How many conjunctions an occurrence has at most; beyond, demands are left out, and it is no longer whole.
const MAXIMUM_CONJUNCTIONS: usize = 8;

/// When a demand is read, seen from the condition that flips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// In the state in which the condition holds: afterwards if it became true, before if it became false.
    Holding,
    /// In the state in which it does not.
    Failing,
}

/// Something that must hold, or must not, on one side of the flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    pub(crate) leaf: Leaf,
    pub(crate) side: Side,
}

/// Demands that must all be met.
pub(crate) type Conjunction = Vec<Demand>;

/// A place at which a rule tests a condition.
#[derive(Clone, Debug)]
pub(crate) struct Occurrence {
    /// Whether the rule becomes true when the condition becomes false.
    pub(crate) is_inverted: bool,
    /// The rule flips if any of these is met.
    pub(crate) conjunctions: Vec<Conjunction>,
    /// Whether no demand was left out.
    pub(crate) is_whole: bool,
}

/// The occurrences of a condition in a rule.
pub(crate) fn of(rule: &CompiledRule, condition: ConditionNo) -> Vec<Occurrence> {
    let (matching, leaves, groups) = rule.parts();
    let mut found: Vec<Occurrence> = Vec::new();
    for (place, leaf) in leaves.iter().enumerate().filter(|(_, leaf)| leaf.condition() == condition) {
        let is_inverted = leaf.is_negated();
        let occurrence = Occurrence { is_inverted, conjunctions: vec![Vec::new()], is_whole: true };
        found.push(within(occurrence, rule, Part::Leaf(place)));
    }
    for (place, group) in groups.iter().enumerate() {
        let occurrences = of(group, condition).into_iter();
        found.extend(occurrences.map(|occurrence| within(occurrence, rule, Part::Group(place))));
    }
    if matching == Match::None {
        for occurrence in &mut found {
            occurrence.is_inverted = !occurrence.is_inverted;
        }
    }
    found
}

/// Whether every occurrence of every condition of a rule is whole, with at most `most` demands.
pub(crate) fn are_whole(rule: &CompiledRule, most: usize) -> bool {
    let (_, leaves, groups) = rule.parts();
    if groups.is_empty() {
        return leaves.len() <= most.saturating_add(1);
    }
    let fits = |occurrence: &Occurrence| {
        occurrence.is_whole && occurrence.conjunctions.iter().all(|demands| demands.len() <= most)
    };
    rule.conditions().iter().all(|condition| of(rule, *condition).iter().all(fits))
}

/// A part of a group, by its position.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Leaf(usize),
    Group(usize),
}

/// Adds the demands on the other parts of a group. `is_inverted` is still that of the part.
fn within(mut occurrence: Occurrence, group: &CompiledRule, part: Part) -> Occurrence {
    let (matching, leaves, groups) = group.parts();
    let all = matching == Match::All;
    let side = if all == occurrence.is_inverted { Side::Failing } else { Side::Holding };
    let others = leaves.iter().enumerate().filter(|(place, _)| part != Part::Leaf(*place));
    for (_, leaf) in others {
        let demand = Demand { leaf: if all { *leaf } else { leaf.inverted() }, side };
        occurrence.conjunctions.iter_mut().for_each(|conjunction| conjunction.push(demand));
    }
    for (_, group) in groups.iter().enumerate().filter(|(place, _)| part != Part::Group(*place)) {
        let product =
            demands(group, all, side).and_then(|demands| product(&occurrence.conjunctions, &demands));
        match product {
            Some(conjunctions) => occurrence.conjunctions = conjunctions,
            None => occurrence.is_whole = false,
        }
    }
    occurrence
}

/// The conjunctions of which one is met exactly if a group has a truth; `None` if they are too many.
fn demands(group: &CompiledRule, truth: bool, side: Side) -> Option<Vec<Conjunction>> {
    let (matching, leaves, groups) = group.parts();
    // The truth that the parts need.
    let part = truth != (matching == Match::None);
    let of_leaf = |leaf: &Leaf| {
        let leaf = if part { *leaf } else { leaf.inverted() };
        Some(vec![vec![Demand { leaf, side }]])
    };
    let mut parts = leaves.iter().map(of_leaf).chain(groups.iter().map(|group| demands(group, part, side)));
    // All parts must have it, or one of them.
    if (matching == Match::All) == part {
        parts.try_fold(vec![Vec::new()], |found, part| product(&found, &part?))
    } else {
        let mut found = Vec::new();
        for part in parts {
            found.extend(part?);
        }
        (found.len() <= MAXIMUM_CONJUNCTIONS).then_some(found)
    }
}

/// Each of some conjunctions with each of others; `None` if they are too many.
fn product(some: &[Conjunction], others: &[Conjunction]) -> Option<Vec<Conjunction>> {
    if some.len() * others.len() > MAXIMUM_CONJUNCTIONS {
        return None;
    }
    let with = |one: &Conjunction| {
        let one = one.clone();
        others.iter().map(move |other| one.iter().chain(other).copied().collect())
    };
    Some(some.iter().flat_map(with).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compiled_rule::Sign;

    fn rule() -> impl Strategy<Value = CompiledRule> {
        let matching = || prop_oneof![Just(Match::All), Just(Match::Any), Just(Match::None)];
        let leaf = || {
            (0..6_u32, any::<bool>())
                .prop_map(|(no, is_negated)| Leaf::new(ConditionNo(no), Sign::negated_if(is_negated)))
        };
        let leaves = move || proptest::collection::vec(leaf(), 0..4);
        let flat = (matching(), proptest::collection::vec(leaf(), 1..4))
            .prop_map(|(matching, leaves)| CompiledRule::new(matching, leaves, Vec::new()));
        flat.prop_recursive(2, 12, 3, move |inner| {
            (matching(), leaves(), proptest::collection::vec(inner, 1..3))
                .prop_map(|(matching, leaves, groups)| CompiledRule::new(matching, leaves, groups))
        })
    }

    proptest! {
        /// Conditions may occur several times, and several may flip at once.
        #[test]
        fn a_rule_flips_exactly_if_an_occurrence_that_flipped_has_its_demands_met(rule in rule(), before in 0..64_u32, after in 0..64_u32) {
            let holds = |bits: u32, leaf: Leaf| (bits >> leaf.condition().0 & 1 == 1) != leaf.is_negated();
            let truth = |bits: u32| rule.holds(&|condition: ConditionNo| bits >> condition.0 & 1 == 1);
            let whole = are_whole(&rule, usize::MAX);
            let mut directions = Vec::new();
            let all = rule.conditions().into_iter().flat_map(|no| of(&rule, no).into_iter().map(move |each| (no, each)));
            for (condition, occurrence) in all {
                let flips = (before ^ after) >> condition.0 & 1 == 1;
                let rises = after >> condition.0 & 1 == 1;
                let state = |side: Side| if rises == (side == Side::Holding) { after } else { before };
                let is_met = |demands: &Conjunction| demands.iter().all(|demand| holds(state(demand.side), demand.leaf));
                if flips && occurrence.conjunctions.iter().any(is_met) {
                    directions.push(rises != occurrence.is_inverted);
                }
            }
            let flipped = truth(before) != truth(after);
            if whole {
                prop_assert_eq!(flipped, !directions.is_empty());
                prop_assert!(directions.iter().all(|enters| *enters == truth(after)));
            } else {
                // Where demands were left out, an occurrence that is met only may flip the rule.
                prop_assert!(!flipped || !directions.is_empty());
            }
        }
    }
}
