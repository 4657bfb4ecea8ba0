//! Selects the contacts for which a rule holds, block by block. Conditions that are new, and those that are cheap
//! to read from the columns of values, are computed; the others are read from the truth bits.

use std::collections::BTreeSet;

use enlist_model::Kind;

use crate::backfill::{Backfill, held};
use crate::compiled_rule::CompiledRule;
use crate::conditions::columns::{BLOCK_CONTACTS, COLUMN_WORDS, Column, Columns, LANES};
use crate::conditions::condition::Condition;
use crate::conditions::truths::Truths;
use crate::evaluator::Evaluator;
use crate::ids::{ConditionNo, ContactNo};

/// A rule, prepared to be evaluated for every contact.
pub(crate) struct Selection<'a> {
    compiled: &'a CompiledRule,
    backfill: Backfill<'a>,
    /// The indices of the words of truth bits that are read.
    words: Vec<usize>,
    columns: Columns,
}

impl<'a> Selection<'a> {
    /// Prepares a rule. `computed` has the new conditions, including those that only `same_conversation` groups
    /// test; `find` returns any condition.
    pub(crate) fn new(
        evaluator: Evaluator<'a>,
        compiled: &'a CompiledRule,
        mut computed: Vec<(ConditionNo, &'a Condition)>,
        find: impl Fn(ConditionNo) -> &'a Condition,
    ) -> Self {
        let is_new: BTreeSet<ConditionNo> = computed.iter().map(|(no, _)| *no).collect();
        let mut words = Vec::new();
        for no in compiled.conditions().into_iter().filter(|no| !is_new.contains(no)) {
            if is_cheap(find(no), evaluator) {
                computed.push((no, find(no)));
            } else {
                words.push(no.index() / LANES);
            }
        }
        words.dedup();
        let read_until = words.last().map_or(0, |word| (word + 1) * LANES);
        let computed_until = ConditionNo::room(computed.iter().map(|(no, _)| *no));
        let mut columns = Columns::default();
        columns.reserve(read_until.max(computed_until));
        let backfill = Backfill::new(evaluator, computed.into_iter(), find);
        Selection { compiled, backfill, words, columns }
    }

    /// The contacts of a block for which the rule holds.
    pub(crate) fn evaluate(&mut self, block: usize, truths: &Truths) -> Column {
        let first = |word: usize| ContactNo::at(block * BLOCK_CONTACTS + word * LANES);
        let living = self.backfill.living(block);
        for (word, place) in
            self.words.iter().flat_map(|word| (0..COLUMN_WORDS).map(move |place| (*word, place)))
        {
            truths.read_into(&mut self.columns, first(place), word);
        }
        // After the reads, because these overwrite 64 conditions at a time.
        self.backfill.fill(block, &living, &mut self.columns);
        held(self.compiled, &living, &self.columns)
    }

    /// The truth of a computed condition for the last block evaluated.
    pub(crate) fn column(&self, condition: ConditionNo) -> &[u64] {
        self.columns.column(condition)
    }
}

/// Whether computing a condition reads less memory than its truth bits, each of which is in another cache line.
fn is_cheap(condition: &Condition, evaluator: Evaluator<'_>) -> bool {
    match condition {
        Condition::Field { field, .. } => {
            !matches!(evaluator.definitions.field(*field).kind, Kind::Text | Kind::Phone)
        }
        Condition::Member(_) => true,
        Condition::SomeConversation { .. } | Condition::SameConversation(_) => false,
    }
}
