//! All contacts at once: every truth and every member from the facts alone, and the members of a rule that is new.

use enlist_model::Rule;
use roaring::RoaringBitmap;

use crate::backfill::{Backfill, Columns, LANES, Selection};
use crate::conditions::{Condition, ConditionChanges};
use crate::engine::{Engine, evaluator};
use crate::expression::Expression;
use crate::members::Members;
use crate::number::{ConditionNo, ContactNo, SegmentNo};
use crate::truths::BLOCK_CONTACTS;

impl Engine {
    /// Computes all truth bits, of which none is set, and the members of all segments, which are given each after those
    /// it refers to.
    pub(super) fn compute_all(&mut self, segments: &[SegmentNo]) {
        let conditions: Vec<ConditionNo> = self.conditions.iter().map(|(no, _)| no).collect();
        let find = |no: ConditionNo| &self.conditions.get(no).condition;
        let wanted = conditions.iter().map(|no| (*no, find(*no)));
        let backfill = Backfill::new(evaluator!(self), wanted, find);
        let mut columns = Columns::default();
        columns.reserve(self.conditions.numbers());
        let mut members = vec![Members::default(); segments.len()];
        for block in 0..backfill.blocks() {
            let living = backfill.living(block);
            backfill.fill(block, &living, &mut columns);
            for (segment, members) in segments.iter().zip(&mut members) {
                let expression = self.definitions.expression(*segment);
                let member = self.conditions.member_of(*segment);
                for (word, living) in living.into_iter().enumerate() {
                    let held = expression.holds_in(living, &|condition| columns.word(condition, word));
                    members.push_word(ContactNo::at(block * BLOCK_CONTACTS + word * LANES), held);
                    if let Some(member) = member {
                        columns.column_mut(member)[word] = held;
                    }
                }
            }
            self.truths.write_block(block, &conditions, &columns);
        }
        for (segment, members) in segments.iter().zip(members) {
            self.membership.replace(*segment, members);
        }
    }

    /// The members of a rule that was acquired, and on the way the truth bits of the conditions that are new with it.
    pub(super) fn select_saved(&mut self, expression: &Expression, changes: &ConditionChanges) -> Members {
        let find = |no: ConditionNo| &self.conditions.get(no).condition;
        let mut members = Members::default();
        // Conditions that only a group tests are not in the rule itself.
        let wanted = changes.gained.iter().map(|no| (*no, find(*no)));
        let mut selection = Selection::new(evaluator!(self), expression, wanted.collect(), find);
        for block in 0..selection.blocks() {
            selection.evaluate(block, &self.truths, &mut members);
            for condition in &changes.gained {
                self.truths.write_column(block, *condition, selection.column(*condition));
            }
        }
        members
    }

    /// The contacts of whom a rule holds that is not saved.
    pub(crate) fn select_by_rule(&self, rule: &Rule) -> RoaringBitmap {
        let draft = self.conditions.draft(rule, &self.definitions);
        let find = |no: ConditionNo| draft.find(no, &self.conditions);
        let wanted: Vec<(ConditionNo, &Condition)> = draft.gained().collect();
        let mut selection = Selection::new(self.evaluator(), &draft.expression, wanted, find);
        let mut members = Members::default();
        for block in 0..selection.blocks() {
            selection.evaluate(block, &self.truths, &mut members);
        }
        members.to_roaring()
    }
}
