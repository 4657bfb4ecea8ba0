//! Computes the truth of new conditions for every contact: block by block, and field by field along the columns of
//! values, instead of contact by contact.
//!
//! It reads facts and writes columns of bits, which the caller stores. Invariant: a filled column has the bits that
//! the evaluator would give for contacts that exist, and zeros for all others.

mod held;
mod known_texts;
mod option_sets;
mod ranges;
mod scan;
mod selection;

use std::collections::{BTreeMap, BTreeSet};

use enlist_model::{LabelPredicate, Predicate, Scope};
use smallvec::SmallVec;

pub(crate) use held::held;
pub(crate) use selection::Selection;

use crate::backfill::scan::{FieldScan, OnField};
use crate::compiled_rule::CompiledRule;
use crate::conditions::columns::{BLOCK_CONTACTS, COLUMN_WORDS, Columns, LANES};
use crate::conditions::condition::Condition;
use crate::evaluator::Evaluator;
use crate::ids::{ConditionNo, ContactNo, FieldNo, LabelNo, SegmentNo};

/// Conditions whose truth is wanted, prepared for scanning.
pub(crate) struct Backfill<'a> {
    evaluator: Evaluator<'a>,
    wanted: Vec<ConditionNo>,
    /// Those whose columns are not written whole, but bit by bit where they hold.
    cleared: Vec<ConditionNo>,
    fields: Vec<FieldScan<'a>>,
    labels: LabelConditions,
    conversations: ConversationConditions<'a>,
    memberships: Vec<(ConditionNo, SegmentNo)>,
}

/// The conditions on labels.
#[derive(Default)]
struct LabelConditions {
    /// By label.
    has: Vec<Option<ConditionNo>>,
    has_any: Option<ConditionNo>,
}

/// The conditions on conversations.
#[derive(Default)]
struct ConversationConditions<'a> {
    fields: Vec<FieldScan<'a>>,
    /// For each condition on a conversation field whether it is wanted itself, or only tested by a group.
    is_wanted: Vec<bool>,
    groups: Vec<(ConditionNo, &'a CompiledRule)>,
}

impl<'a> Backfill<'a> {
    /// Prepares conditions. `find` returns the conditions that groups test.
    pub(crate) fn new(
        evaluator: Evaluator<'a>,
        wanted: impl Iterator<Item = (ConditionNo, &'a Condition)>,
        find: impl Fn(ConditionNo) -> &'a Condition,
    ) -> Self {
        let mut fields: BTreeMap<FieldNo, Vec<OnField<'a>>> = BTreeMap::new();
        let mut of_conversations: BTreeMap<FieldNo, BTreeMap<ConditionNo, &'a Predicate>> = BTreeMap::new();
        let (mut labels, mut conversations) = (LabelConditions::default(), ConversationConditions::default());
        let (mut numbers, mut memberships) = (Vec::new(), Vec::new());
        for (no, condition) in wanted {
            numbers.push(no);
            match condition {
                Condition::Field { predicate: Predicate::Labels(predicate), .. } => {
                    labels.add(no, predicate, evaluator);
                }
                Condition::Field { field, predicate } => {
                    fields.entry(*field).or_default().push((no, predicate));
                }
                Condition::SomeConversation { field, predicate } => {
                    of_conversations.entry(*field).or_default().insert(no, predicate);
                    conversations.want(no);
                }
                Condition::SameConversation(group) => {
                    for leaf in group.conditions() {
                        if let Some((field, predicate)) = find(leaf).on_field() {
                            of_conversations.entry(field).or_default().insert(leaf, predicate);
                        }
                    }
                    conversations.groups.push((no, group));
                }
                Condition::Member(segment) => memberships.push((no, *segment)),
            }
        }
        let of_conversation = |(field, conditions): (FieldNo, BTreeMap<_, _>)| {
            FieldScan::new(evaluator, Scope::Conversation, field, conditions.into_iter().collect())
        };
        conversations.fields = of_conversations.into_iter().map(of_conversation).collect();
        let mut cleared: BTreeSet<ConditionNo> = numbers.iter().copied().collect();
        for (condition, _) in &memberships {
            cleared.remove(condition);
        }
        let of_contacts = |(field, conditions): (FieldNo, Vec<OnField<'a>>)| {
            let numbers: Vec<ConditionNo> = conditions.iter().map(|(no, _)| *no).collect();
            let scan = FieldScan::new(evaluator, Scope::Contact, field, conditions);
            if scan.writes_whole_columns() {
                for condition in &numbers {
                    cleared.remove(condition);
                }
            }
            scan
        };
        let fields = fields.into_iter().map(of_contacts).collect();
        Backfill {
            evaluator,
            wanted: numbers,
            cleared: cleared.into_iter().collect(),
            fields,
            labels,
            conversations,
            memberships,
        }
    }

    /// The number of blocks of contacts.
    pub(crate) fn blocks(&self) -> usize {
        self.evaluator.facts.contacts.numbers().div_ceil(BLOCK_CONTACTS)
    }

    /// Fills the columns of the wanted conditions for a block. `living` says which of its contacts exist.
    pub(crate) fn fill(&mut self, block: usize, living: &[u64; COLUMN_WORDS], columns: &mut Columns) {
        for condition in &self.cleared {
            columns.column_mut(*condition).fill(0);
        }
        for field in &mut self.fields {
            field.fill(block, columns);
        }
        let first = block * BLOCK_CONTACTS;
        for (condition, segment) in &self.memberships {
            let members = self.evaluator.membership.of(*segment);
            for (word, held) in columns.column_mut(*condition).iter_mut().enumerate() {
                *held = members.word(ContactNo::at(first + word * LANES));
            }
        }
        if !self.labels.is_empty() || !self.conversations.is_empty() {
            self.fill_from_rows(first, columns);
        }
        // A default holds for the rows of deleted contacts too, but their bits must stay zero.
        if living.iter().any(|word| *word != u64::MAX) {
            for condition in &self.wanted {
                let column = columns.column_mut(*condition).iter_mut();
                column.zip(living).for_each(|(holds, living)| *holds &= living);
            }
        }
    }

    /// Fills the conditions that read a contact's own row: labels and conversations.
    fn fill_from_rows(&self, first: usize, columns: &mut Columns) {
        let mut held = MetConditions::new();
        for place in 0..BLOCK_CONTACTS {
            let Some(contact) = self.evaluator.facts.contacts.living(ContactNo::at(first + place)) else {
                continue;
            };
            self.labels.matching(&contact.labels, |condition| columns.set(condition, place));
            for conversation in &contact.conversations {
                self.conversations.matching(conversation.index(), &mut held, |condition| {
                    columns.set(condition, place);
                });
            }
        }
    }

    /// Which contacts of a block exist.
    pub(crate) fn living(&self, block: usize) -> [u64; COLUMN_WORDS] {
        let contacts = &self.evaluator.facts.contacts;
        std::array::from_fn(|word| {
            let first = block * BLOCK_CONTACTS + word * LANES;
            let is_living = |lane: &usize| contacts.living(ContactNo::at(first + lane)).is_some();
            (0..LANES).filter(is_living).fold(0, |living, lane| living | 1 << lane)
        })
    }
}

impl LabelConditions {
    fn add(&mut self, condition: ConditionNo, predicate: &LabelPredicate, evaluator: Evaluator<'_>) {
        match predicate {
            LabelPredicate::Has(label) => {
                // A label that no contact holds has no number.
                if let Some(no) = evaluator.facts.labels.find(label) {
                    let count = self.has.len().max(no.index() + 1);
                    self.has.resize(count, None);
                    self.has[no.index()] = Some(condition);
                }
            }
            LabelPredicate::HasAny => self.has_any = Some(condition),
        }
    }

    fn is_empty(&self) -> bool {
        self.has.is_empty() && self.has_any.is_none()
    }

    fn matching(&self, labels: &[LabelNo], mut found: impl FnMut(ConditionNo)) {
        for label in labels {
            if let Some(condition) = self.has.get(label.index()).copied().flatten() {
                found(condition);
            }
        }
        if let Some(condition) = self.has_any
            && !labels.is_empty()
        {
            found(condition);
        }
    }
}

/// The conditions that one conversation meets.
type MetConditions = SmallVec<[ConditionNo; 32]>;

impl ConversationConditions<'_> {
    fn want(&mut self, condition: ConditionNo) {
        let count = self.is_wanted.len().max(condition.index() + 1);
        self.is_wanted.resize(count, false);
        self.is_wanted[condition.index()] = true;
    }

    fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Calls `found` for the conditions that hold for a contact because of one conversation.
    fn matching(&self, conversation: usize, held: &mut MetConditions, mut found: impl FnMut(ConditionNo)) {
        held.clear();
        for field in &self.fields {
            field.matching(conversation, |condition| held.push(condition));
        }
        let is_wanted = |condition: &&ConditionNo| self.is_wanted.get(condition.index()) == Some(&true);
        held.iter().filter(is_wanted).for_each(|condition| found(*condition));
        for (condition, group) in &self.groups {
            if group.holds(&|leaf| held.contains(&leaf)) {
                found(*condition);
            }
        }
    }
}
