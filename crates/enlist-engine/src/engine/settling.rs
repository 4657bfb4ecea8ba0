//! Settling: from what flipped for a contact to its membership changes; and its working memory.
//!
//! Finding the changes reads the engine and writes only here. It is kept between events only to reuse what it has: another one settles in
//! the same way. Invariant: for one contact, each segment is settled at most once, and after all
//! segments that it refers to, because those have lower ranks.

use enlist_model::Change;

use crate::conditions::Conditions;
use crate::conditions::candidates::Candidates;
use crate::conditions::hits::Hits;
use crate::conditions::sides::Sides;
use crate::conditions::truths::{Flipped, RowChange, Truths};
use crate::definitions::Definitions;
use crate::engine::Engine;
use crate::engine::causes::Flip;
use crate::facts::ContactAge;
use crate::ids::{ConditionNo, ContactNo, SegmentOrder};
use crate::membership::{FlipRange, MembershipChange};
use crate::work::Work;

/// The buffers that are reused from contact to contact and from event to event.
#[derive(Debug, Default)]
pub(super) struct Settling {
    /// The conditions that flipped for the current contact.
    pub(super) flipped: Flipped,
    /// The bits of the current contact before and after.
    pub(super) sides: Sides,
    /// What the flips flip, or may flip.
    pub(super) hits: Hits,
    /// From flips to hits. They are kept as long as the rules that they come from.
    pub(super) candidates: Candidates,
    /// The segments whose rule must be evaluated, in the order in which they are settled.
    pub(super) waiting: Waiting,
    /// The membership changes of the event so far.
    pub(super) changes: Vec<MembershipChange>,
    /// Of how many contacts these are. Those of a single contact are in the order of the contract.
    pub(super) contacts_changed: usize,
    /// The flipped conditions of each contact that has membership changes, contact after contact.
    flips: Vec<Flip>,
}

/// What settling reads.
#[derive(Clone, Copy)]
pub(super) struct Rooms<'a> {
    pub(super) definitions: &'a Definitions,
    pub(super) conditions: &'a Conditions,
    /// The bits before the change.
    pub(super) truths: &'a Truths,
}

impl Settling {
    /// Records the cause of a contact's membership changes, those from `first` on: the conditions that have
    /// flipped.
    pub(super) fn note_cause(&mut self, first: usize, bits_before: &[u64]) {
        let flip = |no: &ConditionNo| {
            let (word, bit) = no.word_and_bit();
            Flip::new(*no, bits_before[word] & bit == 0)
        };
        self.contacts_changed += 1;
        let start = self.flips.len();
        self.flips.extend(self.flipped.list().iter().map(flip));
        let range = FlipRange::new(start, self.flips.len());
        self.changes[first..].iter_mut().for_each(|change| change.flips = range);
    }

    /// The conditions that flipped for the contact of a membership change.
    pub(super) fn flips(&self, range: FlipRange) -> &[Flip] {
        &self.flips[range.start()..range.end()]
    }

    /// Takes the membership changes in the order of the contract. Their [flips](Self::flips) stay until [`reuse`](Self::reuse).
    pub(super) fn take_changes(&mut self) -> Vec<MembershipChange> {
        let mut changes = std::mem::take(&mut self.changes);
        if self.contacts_changed > 1 {
            changes.sort_unstable_by_key(MembershipChange::order);
        }
        changes
    }

    /// Takes back the memory of reported membership changes.
    pub(super) fn reuse(&mut self, changes: Vec<MembershipChange>) {
        self.changes = changes;
        self.changes.clear();
        self.contacts_changed = 0;
        self.flips.clear();
    }

    /// Settles the segments that the flipped conditions of a contact can affect: most are found to flip by the entries of the
    /// conditions; the others are evaluated, after those that they refer to. A new contact was in no segment, although no condition was
    /// true for it before: it enters the segments that hold a contact without any true condition.
    ///
    /// The rooms are read, not written. The work is counted in `work`.
    pub(super) fn settle(&mut self, contact: ContactNo, age: ContactAge, rooms: Rooms<'_>, work: &mut Work) {
        let is_new = age == ContactAge::New;
        let Rooms { definitions, conditions, truths } = rooms;
        let row = truths.row(contact);
        let Settling { flipped, sides, hits, candidates, waiting, changes, .. } = self;
        let first_change = changes.len();
        // Before its creation a contact was in no segment, whatever the rule says of an empty row: a rule of
        // negations would give true before and after, and the contact would never enter.
        let lanes = if is_new { RowChange::AFTER } else { RowChange::BEFORE | RowChange::AFTER };
        work.contacts_settled += 1;
        if !is_new && flipped.list().is_empty() {
            return;
        }
        sides.fill(RowChange::new(row, flipped));
        hits.begin(definitions.segment_numbers());
        if is_new {
            for segment in definitions.unconditional() {
                hits.leave_out(*segment);
                waiting.add(definitions.order(*segment));
            }
        }
        let (mut spread, mut evaluated, mut is_evaluated) = (0, 0, false);
        loop {
            // The list grows below, when a membership that is itself a condition flips; `spread` continues where it left off.
            let flips = &flipped.list()[spread..];
            conditions.find_candidates(candidates, flips, sides, definitions, truths, hits);
            spread = flipped.list().len();
            hits.take(|hit| {
                let segment = hit.segment();
                // What refers to other segments is evaluated, so all that is found has the first rank.
                if hit.is_filter() {
                    waiting.add(definitions.order(segment));
                } else {
                    evaluated += 1;
                    let order = SegmentOrder::first_rank(segment);
                    changes.push(MembershipChange::of(order, contact, hit.direction()));
                    note_member(conditions.member_of(segment), flipped, sides);
                }
            });
            if spread < flipped.list().len() {
                continue;
            }
            let Some(order) = waiting.next() else { break };
            evaluated += 1;
            let change = RowChange::new(row, flipped);
            let rule = definitions.compiled_rule(order.no());
            let truth = rule.holds_in(lanes, &|condition| change.lanes(condition));
            // The same before and after: the membership stays, and its set is not touched.
            if truth != 0 && truth != RowChange::BEFORE | RowChange::AFTER {
                let direction = if truth == RowChange::AFTER { Change::Entered } else { Change::Left };
                changes.push(MembershipChange::of(order, contact, direction));
                is_evaluated = true;
                // The segments that test this membership have greater ranks, so they are still to come.
                note_member(conditions.member_of(order.no()), flipped, sides);
            }
        }
        work.conditions_flipped += flipped.list().len() as u64;
        work.segments_evaluated += evaluated;
        if changes.len() > first_change {
            // A new contact's segments without a condition, and rules that are too long for entries, may have the first rank and come
            // after what was found at once. Stable, because it is quick where parts are in order.
            if is_evaluated {
                changes[first_change..].sort_by_key(MembershipChange::order);
            }
            self.note_cause(first_change, row);
        }
    }
}

impl Engine {
    /// Settles what flipped for a contact, and writes its bits.
    pub(super) fn settle_and_write(&mut self, contact: ContactNo, age: ContactAge) {
        let Engine { definitions, conditions, truths, settling, work, .. } = self;
        settling.settle(contact, age, Rooms { definitions, conditions, truths }, work);
        // The bits are written after all segments are settled, which need them as they were.
        truths.flip(contact, settling.flipped.list());
        self.dirty.note(contact);
    }
}

/// Notes that a membership flipped, if it is a condition of a rule.
fn note_member(condition: Option<ConditionNo>, flipped: &mut Flipped, sides: &mut Sides) {
    if let Some(condition) = condition {
        flipped.push(condition);
        sides.flip(condition);
    }
}

/// Segments whose rule must be evaluated, by rank and then by number.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The last one is next, where the list is in order.
    list: Vec<SegmentOrder>,
    is_in_order: bool,
}

impl Waiting {
    /// Adds a segment, once for a contact. Its rank is above that of the last segment taken.
    pub(super) fn add(&mut self, segment: SegmentOrder) {
        self.list.push(segment);
        self.is_in_order = false;
    }

    /// Takes the next segment.
    pub(super) fn next(&mut self) -> Option<SegmentOrder> {
        if !self.is_in_order {
            self.list.sort_unstable_by(|one, other| other.cmp(one));
            self.is_in_order = true;
        }
        self.list.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_come_by_rank_and_number() {
        let mut waiting = Waiting::default();
        let add = |waiting: &mut Waiting, segments: &[(u32, u32)]| {
            for (rank, number) in segments {
                waiting.add(SegmentOrder::of(*rank, *number));
            }
        };
        add(&mut waiting, &[(1, 5), (0, 9_000), (0, 63), (1, 4)]);
        let first = [waiting.next(), waiting.next()];
        assert_eq!(first, [Some(SegmentOrder::of(0, 63)), Some(SegmentOrder::of(0, 9_000))]);
        add(&mut waiting, &[(2, 0), (1, 3)]);
        let rest: Vec<u32> = std::iter::from_fn(|| waiting.next()).map(|segment| segment.number).collect();
        assert_eq!(rest, [3, 4, 5, 0]);
    }
}
