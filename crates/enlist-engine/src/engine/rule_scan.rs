//! Rule scans: a rule is evaluated for every contact a few blocks at a time, under shared access and with pauses,
//! so that other readers and writers do not wait. The result is then previewed, or becomes a segment, in one short
//! step.
//!
//! Contacts that change meanwhile are logged and evaluated again at the end. A change of a definition or of the
//! local date restarts the scan. Invariant: the result of a scan, when it is used, is what evaluating its rule at
//! that moment would give.

use std::sync::Arc;

use enlist_model::{Event, Json, Rule, SegmentId};
use roaring::RoaringBitmap;

use crate::backfill::Selection;
use crate::compiled_rule::CompiledRule;
use crate::conditions::columns::{COLUMN_WORDS, LANES};
use crate::conditions::{Condition, ConditionChanges, Draft};
use crate::engine::{Engine, Preview, Sink, evaluator};
use crate::error::Error;
use crate::ids::{ConditionNo, ContactNo};
use crate::membership::members::Members;

/// Blocks of 4,096 contacts in a step, which takes less than a millisecond.
const STEP_BLOCKS: usize = 4;

/// A rule that is being evaluated for every contact in steps.
///
/// [`Engine::start_scan`] begins it and [`Engine::step_scan`] continues it. [`Engine::select_scan`],
/// [`Engine::preview_scan`] and [`Engine::apply_with_scan`] use its result. A host that keeps the engine behind a lock releases the lock between
/// the steps.
#[derive(Debug)]
#[must_use = "nothing is evaluated before it is stepped"]
pub struct RuleScan {
    json: Json,
    against: Option<SegmentId>,
    rule: Rule,
    draft: Draft,
    /// The members in the blocks that were evaluated.
    members: Members,
    /// The truth of each condition that saving would add, block after block.
    gained: Vec<Vec<u64>>,
    blocks: usize,
    /// The length of the log when the scan began.
    first_change: usize,
    epoch: u64,
    /// While this lives, the engine logs changes.
    _watching: Arc<()>,
}

impl Engine {
    /// Begins to evaluate a rule for every contact; with `against`, as an edit of that segment.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`]; [`Error::Model`] with all that is wrong with the rule.
    pub fn start_scan(&self, rule: &Json, against: Option<&str>) -> Result<RuleScan, Error> {
        if let Some(segment) = against {
            self.find_segment(segment)?;
        }
        let against = against.map(SegmentId::new).transpose()?;
        let checked = Rule::check(rule, against.as_ref(), &self.definitions)?;
        let draft = self.conditions.draft(&checked, &self.definitions);
        Ok(RuleScan {
            json: rule.clone(),
            against,
            rule: checked,
            gained: vec![Vec::new(); draft.gained().count()],
            draft,
            members: Members::default(),
            blocks: 0,
            first_change: self.dirty.changed.len(),
            epoch: self.dirty.epoch,
            _watching: Arc::clone(&self.dirty.scans),
        })
    }

    /// Continues a scan, usually for less than a millisecond. Returns whether every contact has been evaluated.
    ///
    /// # Errors
    /// The same as [`start_scan`](Self::start_scan), if definitions have changed and the rule is no longer valid.
    pub fn step_scan(&self, scan: &mut RuleScan) -> Result<bool, Error> {
        if scan.epoch != self.dirty.epoch {
            let against = scan.against.as_ref().map(SegmentId::as_str);
            *scan = self.start_scan(&scan.json, against)?;
        }
        let RuleScan { draft, members, gained, blocks, .. } = scan;
        let wanted: Vec<(ConditionNo, &Condition)> = draft.gained().collect();
        let numbers: Vec<ConditionNo> = wanted.iter().map(|(no, _)| *no).collect();
        let find = |no| draft.find(no, &self.conditions);
        let mut selection = Selection::new(self.evaluator(), &draft.compiled, wanted, find);
        for _ in 0..STEP_BLOCKS {
            if *blocks == selection.blocks() {
                return Ok(true);
            }
            selection.evaluate(*blocks, &self.truths, members);
            for (no, columns) in numbers.iter().zip(&mut *gained) {
                columns.extend_from_slice(selection.column(*no));
            }
            *blocks += 1;
        }
        Ok(*blocks == selection.blocks())
    }

    /// Completes a scan: evaluates the remaining blocks, then the contacts that changed meanwhile.
    pub(crate) fn finish_scan(&self, scan: &mut RuleScan) -> Result<(), Error> {
        while !self.step_scan(scan)? {}
        let evaluator = self.evaluator();
        for contact in self.changed_since(scan) {
            let living = self.facts.contacts.living(contact).is_some();
            if living && evaluator.rule_holds(contact, &scan.rule) {
                scan.members.insert(contact);
            } else {
                scan.members.remove(contact);
            }
        }
        Ok(())
    }

    fn changed_since(&self, scan: &RuleScan) -> Vec<ContactNo> {
        let mut changed = self.dirty.changed[scan.first_change..].to_vec();
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// The contacts that a scan's rule holds for now, as [numbers](Self::contact_ids).
    ///
    /// # Errors
    /// The same as [`step_scan`](Self::step_scan).
    pub fn select_scan(&self, mut scan: RuleScan) -> Result<RoaringBitmap, Error> {
        self.finish_scan(&mut scan)?;
        Ok(scan.members.to_roaring())
    }

    /// The members that a scan's rule would have now, compared with the segment that the scan began with.
    ///
    /// # Errors
    /// The same as [`step_scan`](Self::step_scan).
    pub fn preview_scan(&self, scan: RuleScan) -> Result<Preview, Error> {
        let against = scan.against.clone();
        let members = self.select_scan(scan)?;
        let saved = against.map(|segment| self.bitmap(segment.as_str())).transpose()?;
        Ok(Preview::new(members, saved))
    }

    /// Applies an event as [`apply`](Self::apply) does. If the event saves a segment with the rule of the scan, the
    /// members are taken from the scan, which is fast where evaluating the rule takes long.
    ///
    /// # Errors
    /// The same as [`apply`](Self::apply).
    pub fn apply_with_scan(
        &mut self,
        event: &Event,
        scan: RuleScan,
        out: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.apply_with(event, Some(scan), out)
    }

    /// The members of an acquired rule, and with them the truth bits of the conditions that it adds: from the scan
    /// if it is current, otherwise evaluated now.
    pub(super) fn select_saved(
        &mut self,
        rule: &Rule,
        compiled: &CompiledRule,
        changes: &ConditionChanges,
        scan: Option<RuleScan>,
    ) -> Members {
        // A scan of another rule, or one that a definition or date has overtaken, would give wrong members.
        let fits = |scan: &RuleScan| {
            scan.epoch == self.dirty.epoch && scan.rule == *rule && scan.gained.len() == changes.gained.len()
        };
        if let Some(mut scan) = scan.filter(fits)
            && self.finish_scan(&mut scan).is_ok()
        {
            self.take_over(&mut scan, changes);
            return scan.members;
        }
        let find = |no: ConditionNo| &self.conditions.get(no).condition;
        let wanted = changes.gained.iter().map(|no| (*no, find(*no))).collect();
        let mut members = Members::default();
        let mut selection = Selection::new(evaluator!(self), compiled, wanted, find);
        for block in 0..selection.blocks() {
            selection.evaluate(block, &self.truths, &mut members);
            let columns: Vec<(ConditionNo, &[u64])> =
                changes.gained.iter().map(|no| (*no, selection.column(*no))).collect();
            self.truths.write_columns(block, &columns);
        }
        members
    }

    /// Writes the truths that a scan computed. `changes.gained` and the scan's draft have the same conditions in
    /// the same order.
    fn take_over<'s>(&mut self, scan: &'s mut RuleScan, changes: &ConditionChanges) {
        let contacts = self.changed_since(scan);
        for (no, column) in changes.gained.iter().zip(&mut scan.gained) {
            for contact in &contacts {
                let living = self.facts.contacts.living(*contact).is_some();
                let holds = living && self.evaluator().holds(*contact, *no);
                let (word, bit) = (contact.index() / LANES, 1 << (contact.index() % LANES));
                column[word] = if holds { column[word] | bit } else { column[word] & !bit };
            }
        }
        for block in 0..scan.blocks {
            let part = |column: &'s Vec<u64>| &column[block * COLUMN_WORDS..][..COLUMN_WORDS];
            let columns: Vec<(ConditionNo, &[u64])> =
                changes.gained.iter().copied().zip(scan.gained.iter().map(part)).collect();
            self.truths.write_columns(block, &columns);
        }
    }
}
