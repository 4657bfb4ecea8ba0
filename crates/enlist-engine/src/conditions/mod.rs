//! The distinct conditions of all segments: each pair of field and predicate once, however many rules use it.
//!
//! It knows which segments and which `same_conversation` groups use a condition, and nothing about contacts.
//! Invariant: a condition exists exactly as long as something uses it. Its number is the position of its truth bit,
//! and is reused for another condition once nothing uses this one. Numbers are reserved for conditions whose bits are
//! written before something uses them.

mod assembly;
pub(crate) mod candidates;
pub(crate) mod columns;
mod compile;
pub(crate) mod condition;
pub(crate) mod hits;
pub(crate) mod occurrences;
pub(crate) mod row_flips;
pub(crate) mod sides;
pub(crate) mod truths;

use std::collections::BTreeSet;
use std::sync::Arc;

use enlist_model::{ContactCondition, Predicate, Rule};
use roaring::RoaringBitmap;
use smallvec::SmallVec;

use crate::bytes;
use crate::compiled_rule::{CompiledRule, Leaf};
use crate::conditions::candidates::{Candidates, DEMANDS};
use crate::conditions::compile::{compile, leaf};
use crate::conditions::condition::{Condition, ConditionEntry};
use crate::conditions::hits::Hits;
use crate::conditions::sides::Sides;
use crate::conditions::truths::Truths;
use crate::definitions::Definitions;
use crate::growth;
use crate::ids::{ConditionNo, FieldNo, SegmentNo};
use crate::seeded_map::KeyHasher;
use crate::seeded_numbers::SeededNumbers;

/// How saving or deleting a segment changed the set of conditions.
#[derive(Debug, Default)]
pub(crate) struct ConditionChanges {
    /// Conditions that nothing used before, each after the conditions that it tests.
    pub(crate) gained: Vec<ConditionNo>,
    /// Conditions that nothing uses any longer. They can be looked up until [`Conditions::forget`].
    pub(crate) lost: Vec<ConditionNo>,
    /// Conditions with other users, or with users that have another rule: their [`Candidates`] are not those that they were.
    pub(crate) touched: Vec<ConditionNo>,
}

/// Numbers that a scan holds for the conditions that it will add.
pub(crate) type ReservedNumbers = Arc<[ConditionNo]>;

/// All distinct conditions.
#[derive(Debug)]
pub(crate) struct Conditions {
    entries: Vec<Option<ConditionEntry>>,
    /// The segments whose rules need no evaluation where the demands of a candidate are met.
    fitting: RoaringBitmap,
    by_condition: SeededNumbers<ConditionNo>,
    /// The last one is used next.
    free: Vec<ConditionNo>,
    /// Numbers that are neither in use nor free while somebody else holds them.
    reserved: Vec<ReservedNumbers>,
    /// All `same_conversation` conditions.
    same_conversation: BTreeSet<ConditionNo>,
    /// For each segment the condition "is a member of it", if a rule uses it.
    members_of: Vec<Option<ConditionNo>>,
    /// The number of contacts when it was last estimated which demands are rare.
    contacts_at_estimate: usize,
}

impl Conditions {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Conditions {
            entries: Vec::new(),
            fitting: RoaringBitmap::new(),
            by_condition: SeededNumbers::new(hasher),
            free: Vec::new(),
            reserved: Vec::new(),
            same_conversation: BTreeSet::new(),
            members_of: Vec::new(),
            contacts_at_estimate: 0,
        }
    }

    pub(crate) fn get(&self, no: ConditionNo) -> &ConditionEntry {
        self.entry(no).expect("a condition that something uses has an entry")
    }

    /// The condition with this number, if there is one.
    pub(crate) fn entry(&self, no: ConditionNo) -> Option<&ConditionEntry> {
        self.entries[no.index()].as_ref()
    }

    pub(crate) fn find(&self, condition: &Condition) -> Option<ConditionNo> {
        self.by_condition.find(condition, |no| self.get(no).condition == *condition)
    }

    /// All `same_conversation` conditions, in order of their numbers.
    pub(crate) fn same_conversation(&self) -> impl Iterator<Item = ConditionNo> {
        self.same_conversation.iter().copied()
    }

    /// The condition "is a member of the segment", if a rule uses it.
    pub(crate) fn member_of(&self, segment: SegmentNo) -> Option<ConditionNo> {
        self.members_of.get(segment.index()).copied().flatten()
    }

    /// Notes the segments that the flips of some conditions flip, or may flip. `candidates` gains the slices that it lacks.
    #[inline]
    pub(crate) fn find_candidates(
        &self,
        candidates: &mut Candidates,
        flipped: &[ConditionNo],
        sides: &Sides,
        definitions: &Definitions,
        truths: &Truths,
        hits: &mut Hits,
    ) {
        candidates.fit(truths.width(), self.numbers());
        for no in flipped {
            let slice = candidates
                .slice(*no)
                .unwrap_or_else(|| candidates.store(*no, self.candidates_of(*no, definitions, truths)));
            candidates.find(slice, sides.of(*no), hits);
        }
    }

    /// Estimates again which demands are rare when the number of contacts has doubled, because what was rare then may not be now.
    pub(crate) fn note_contacts(&mut self, contacts: usize, candidates: &mut Candidates) {
        if contacts > 2 * self.contacts_at_estimate {
            self.contacts_at_estimate = contacts;
            candidates.forget_all();
        }
    }

    /// The conditions on fields that `is_touched` accepts, and the groups that test one of them.
    pub(crate) fn touching(&self, is_touched: impl Fn(FieldNo, &Predicate) -> bool) -> Vec<ConditionNo> {
        let mut found = BTreeSet::new();
        for (no, entry) in self.iter() {
            if entry.condition.on_field().is_some_and(|(field, predicate)| is_touched(field, predicate)) {
                found.insert(no);
                found.extend(entry.groups.iter().copied());
            }
        }
        found.into_iter().collect()
    }

    /// All conditions, in order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ConditionNo, &ConditionEntry)> {
        self.entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| Some((ConditionNo::at(index), entry.as_ref()?)))
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let of_condition = |condition: &Condition| match condition {
            Condition::Field { predicate, .. } | Condition::SomeConversation { predicate, .. } => {
                bytes::predicate(predicate)
            }
            Condition::SameConversation(group) => bytes::room::<CompiledRule>(1) + group.bytes(),
            Condition::Member(_) => 0,
        };
        let of_entry = |no: usize| {
            self.entries[no].as_ref().map_or(0, |entry| {
                of_condition(&entry.condition)
                    + bytes::small_list(&entry.segments)
                    + bytes::small_list(&entry.groups)
            })
        };
        bytes::list(&self.entries)
            + bytes::allocated(self.fitting.serialized_size())
            + bytes::sampled(self.entries.len(), of_entry)
            + self.by_condition.bytes()
            + bytes::list(&self.free)
            + bytes::list(&self.reserved)
            + bytes::tree::<ConditionNo>(self.same_conversation.len())
            + bytes::list(&self.members_of)
    }

    /// The number of condition numbers in use, reserved, or free to reuse.
    pub(crate) fn numbers(&self) -> usize {
        self.entries.len()
    }

    /// Compiles a rule and registers the segment as a user of its conditions.
    pub(crate) fn acquire(
        &mut self,
        segment: SegmentNo,
        rule: &Rule,
        definitions: &Definitions,
        changes: &mut ConditionChanges,
    ) -> CompiledRule {
        let mut intern = |condition| self.intern(condition, changes);
        let compiled = compile(rule.root(), &mut |condition| leaf(condition, definitions, &mut intern));
        if occurrences::are_whole(&compiled, DEMANDS) {
            self.fitting.insert(segment.0);
        } else {
            self.fitting.remove(segment.0);
        }
        for condition in compiled.conditions() {
            self.entry_mut(condition).segments.push(segment);
            changes.touched.push(condition);
        }
        compiled
    }

    /// Compiles a rule without registering a user.
    pub(crate) fn draft(&self, rule: &Rule, definitions: &Definitions) -> Draft {
        let first_gained = self.numbers();
        let mut gained: Vec<Condition> = Vec::new();
        let mut intern = |condition| {
            self.find(&condition).unwrap_or_else(|| {
                let index = gained.iter().position(|each| *each == condition).unwrap_or_else(|| {
                    gained.push(condition);
                    gained.len() - 1
                });
                ConditionNo::at(first_gained + index)
            })
        };
        let compiled = compile(rule.root(), &mut |condition| leaf(condition, definitions, &mut intern));
        Draft { compiled, gained, first_gained }
    }

    /// The leaf of a condition of a saved rule.
    pub(crate) fn leaf(&self, condition: &ContactCondition, definitions: &Definitions) -> Leaf {
        leaf(condition, definitions, &mut |condition| {
            self.find(&condition).expect("the conditions of a saved rule are there")
        })
    }

    /// Removes the segment from the users of its conditions.
    pub(crate) fn release(
        &mut self,
        segment: SegmentNo,
        compiled: &CompiledRule,
        changes: &mut ConditionChanges,
    ) {
        for condition in compiled.conditions() {
            // Removes one entry only: when a segment is edited, its new rule is acquired before the old one is
            // released, so it may be registered twice.
            changes.touched.push(condition);
            let users = &mut self.entry_mut(condition).segments;
            if let Some(index) = users.iter().position(|user| *user == segment) {
                users.remove(index);
            }
            self.lose_if_unused(condition, changes);
        }
    }

    /// Reserves numbers for conditions to come. They are free again when the result is dropped, or passed to
    /// [`free_reserved`](Self::free_reserved).
    pub(crate) fn reserve(&mut self, count: usize) -> ReservedNumbers {
        let (dropped, held) = std::mem::take(&mut self.reserved)
            .into_iter()
            .partition::<Vec<_>, _>(|numbers| Arc::strong_count(numbers) == 1);
        self.reserved = held;
        self.free.extend(dropped.iter().flat_map(|numbers| numbers.iter()));
        let numbers: ReservedNumbers = (0..count).map(|_| self.free_number()).collect();
        self.reserved.push(Arc::clone(&numbers));
        numbers
    }

    /// Frees reserved numbers. The conditions that are gained next have them, in their order.
    pub(crate) fn free_reserved(&mut self, numbers: &ReservedNumbers) {
        self.reserved.retain(|each| !Arc::ptr_eq(each, numbers));
        self.free.extend(numbers.iter().rev());
    }

    /// Takes a number that is neither in use nor reserved.
    fn free_number(&mut self) -> ConditionNo {
        self.free.pop().unwrap_or_else(|| {
            growth::push(&mut self.entries, None);
            ConditionNo::at(self.entries.len() - 1)
        })
    }

    /// Frees the numbers of lost conditions.
    pub(crate) fn forget(&mut self, lost: &[ConditionNo]) {
        for no in lost {
            self.entries[no.index()] = None;
            self.free.push(*no);
        }
    }

    fn lose_if_unused(&mut self, no: ConditionNo, changes: &mut ConditionChanges) {
        let entry = self.get(no);
        if !entry.segments.is_empty() || !entry.groups.is_empty() {
            return;
        }
        let condition = entry.condition.clone();
        self.by_condition.remove(no, &condition);
        changes.lost.push(no);
        if let Condition::Member(segment) = &condition {
            self.members_of[segment.index()] = None;
        }
        if let Condition::SameConversation(group) = condition {
            self.same_conversation.remove(&no);
            for inner in group.conditions() {
                self.entry_mut(inner).groups.retain(|user| *user != no);
                self.lose_if_unused(inner, changes);
            }
        }
    }

    fn entry_mut(&mut self, no: ConditionNo) -> &mut ConditionEntry {
        self.entries[no.index()].as_mut().expect("a condition that something uses has an entry")
    }

    fn intern(&mut self, condition: Condition, changes: &mut ConditionChanges) -> ConditionNo {
        if let Some(no) = self.find(&condition) {
            return no;
        }
        let no = self.free_number();
        if let Condition::Member(segment) = &condition {
            if segment.index() >= self.members_of.len() {
                self.members_of.resize(segment.index() + 1, None);
            }
            self.members_of[segment.index()] = Some(no);
        }
        if let Condition::SameConversation(group) = &condition {
            self.same_conversation.insert(no);
            for inner in group.conditions() {
                self.entry_mut(inner).groups.push(no);
            }
        }
        let (segments, groups) = (SmallVec::new(), SmallVec::new());
        self.entries[no.index()] = Some(ConditionEntry { condition, segments, groups });
        let Conditions { entries, by_condition, .. } = self;
        by_condition.insert(no, |no| condition_of(entries, no));
        changes.gained.push(no);
        no
    }
}

fn condition_of(entries: &[Option<ConditionEntry>], no: ConditionNo) -> &Condition {
    &entries[no.index()].as_ref().expect("a condition that is found has an entry").condition
}

/// A compiled rule that is not saved, over existing conditions and those that saving it would add.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) compiled: CompiledRule,
    /// The conditions that saving would add, numbered from `first_gained` on.
    gained: Vec<Condition>,
    first_gained: usize,
}

impl Draft {
    /// The conditions that saving would add.
    pub(crate) fn gained(&self) -> impl Iterator<Item = (ConditionNo, &Condition)> {
        let number = |index| ConditionNo::at(self.first_gained + index);
        self.gained.iter().enumerate().map(move |(index, condition)| (number(index), condition))
    }

    /// Any condition of the rule.
    pub(crate) fn find<'a>(&'a self, no: ConditionNo, conditions: &'a Conditions) -> &'a Condition {
        match no.index().checked_sub(self.first_gained) {
            Some(index) => &self.gained[index],
            None => &conditions.get(no).condition,
        }
    }
}
