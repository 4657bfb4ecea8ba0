//! The candidates of a condition, made from the rules of the segments that test it.
//!
//! It decides which demands an entry has, and in which order; [`candidates`](super::candidates) tests them. Invariant: an entry that is not
//! a filter has all demands of its conjunction.

use crate::conditions::Conditions;
use crate::conditions::candidates::{Candidate, DEMANDS};
use crate::conditions::condition::Condition;
use crate::conditions::hits::Hit;
use crate::conditions::occurrences::{self, Demand};
use crate::conditions::truths::Truths;
use crate::definitions::Definitions;
use crate::ids::ConditionNo;

impl Conditions {
    /// The entries of a condition: one for each conjunction of each of its occurrences.
    pub(super) fn candidates_of(
        &self,
        no: ConditionNo,
        definitions: &Definitions,
        truths: &Truths,
    ) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for segment in &self.get(no).segments {
            // A rule that refers to another segment waits until that one is settled.
            let is_filter = definitions.rank(*segment) > 0 || !self.fitting.contains(segment.0);
            for occurrence in occurrences::of(definitions.compiled_rule(*segment), no) {
                let hit = Hit::new(*segment, occurrence.is_inverted, is_filter);
                let conjunctions = occurrence.conjunctions.into_iter();
                candidates.extend(
                    conjunctions.map(|demands| Candidate { hit, demands: self.rarest(no, demands, truths) }),
                );
            }
        }
        candidates
    }

    /// The demands that can be tested when the condition flips, those that are met most seldom first, and no more than fit. Those on
    /// another field are preferred: what is on the same field tends to flip together with the condition. Memberships are not known yet.
    fn rarest(&self, no: ConditionNo, mut demands: Vec<Demand>, truths: &Truths) -> Vec<Demand> {
        let field = |no: ConditionNo| self.get(no).condition.on_field().map(|(field, _)| field);
        let own = field(no);
        let contacts = self.contacts_at_estimate as u32;
        let is_known =
            |demand: &Demand| !matches!(self.get(demand.leaf.condition()).condition, Condition::Member(_));
        demands.retain(is_known);
        demands.sort_by_key(|demand| {
            let condition = demand.leaf.condition();
            let count = truths.count(condition);
            let meet = if demand.leaf.is_negated() { contacts.saturating_sub(count) } else { count };
            (own.is_some() && field(condition) == own, meet, demand.leaf.is_negated())
        });
        demands.truncate(DEMANDS);
        demands
    }
}
