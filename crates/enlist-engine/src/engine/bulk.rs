//! All contacts at once: computes every truth and every member from the facts alone.

use crate::backfill::{Backfill, held};
use crate::conditions::columns::{BLOCK_CONTACTS, Columns};
use crate::engine::{Engine, evaluator};
use crate::ids::{ConditionNo, ContactNo, SegmentNo};
use crate::membership::members::Members;

impl Engine {
    /// Computes all truth bits, none of which may be set, and the members of all segments. `segments` must have
    /// each after those it refers to.
    pub(super) fn compute_all(&mut self, segments: &[SegmentNo]) {
        let conditions: Vec<ConditionNo> = self.conditions.iter().map(|(no, _)| no).collect();
        let find = |no: ConditionNo| &self.conditions.get(no).condition;
        let wanted = conditions.iter().map(|no| (*no, find(*no)));
        let mut backfill = Backfill::new(evaluator!(self), wanted, find);
        let mut columns = Columns::default();
        columns.reserve(self.conditions.numbers());
        let mut members = vec![Members::default(); segments.len()];
        for block in 0..backfill.blocks() {
            let living = backfill.living(block);
            backfill.fill(block, &living, &mut columns);
            let first = ContactNo::at(block * BLOCK_CONTACTS);
            for (segment, members) in segments.iter().zip(&mut members) {
                let held = held(self.definitions.compiled_rule(*segment), &living, &columns);
                members.push_words(first, &held);
                // Segments that refer to this one come later and read this column.
                if let Some(member) = self.conditions.member_of(*segment) {
                    *columns.column_mut(member) = held;
                }
            }
            self.truths.write_block(block, &conditions, &columns);
        }
        // It reads the members that are put now.
        drop(backfill);
        for (segment, members) in segments.iter().zip(members) {
            self.membership.put(*segment, members);
        }
    }
}
