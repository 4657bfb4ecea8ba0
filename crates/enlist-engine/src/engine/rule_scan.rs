//! Rule scans: a rule is evaluated for every contact a few blocks at a time, under shared access and with pauses,
//! so that other readers and writers do not wait. The result is then previewed, or becomes a segment.
//!
//! Contacts that change meanwhile are logged and evaluated again at the end. A change of a definition or of the
//! local date restarts the scan. Invariant: the result of a scan, when it is used, is what evaluating its rule at
//! that moment would give.

use std::sync::Arc;

use enlist_model::{Change, Event, Json, Rule, SegmentId};
use roaring::RoaringBitmap;

use crate::backfill::Selection;
use crate::conditions::Draft;
use crate::conditions::columns::{BLOCK_CONTACTS, Column, LANES};
use crate::conditions::condition::Condition;
use crate::engine::scan_filling::Filling;
use crate::engine::{Engine, Preview, Sink};
use crate::error::Error;
use crate::ids::{ConditionNo, ContactNo, SegmentNo};
use crate::membership::members::Members;

/// Blocks of 4,096 contacts in a step, which takes less than a millisecond.
const STEP_BLOCKS: usize = 4;

/// A rule that is being evaluated for every contact in steps.
///
/// [`Engine::start_scan`] begins it and [`Engine::step_scan`] continues it, under shared access. [`Engine::select_scan`] and
/// [`Engine::preview_scan`] use its result. To save it, [`Engine::fill_scan`] prepares the engine in steps under exclusive access,
/// and [`Engine::apply_with_scan`] makes it a segment. A host that keeps the engine behind a lock releases the lock between the
/// steps, fairly, so that others have their turn:
///
/// ```
/// # use std::sync::RwLock;
/// # use enlist_engine::{Engine, HashSeed};
/// # use enlist_model::{Event, Instant, Json};
/// # let engine = RwLock::new(Engine::new(HashSeed::new(1)));
/// let rule = Json::parse(r#"{"match":"all","conditions":[{"field":"name","operator":"is_empty"}]}"#)?;
/// let mut scan = engine.read().unwrap().start_scan(&rule, None)?;
/// loop {
///     while !engine.read().unwrap().step_scan(&mut scan)? {}
///     if engine.write().unwrap().fill_scan(&mut scan) {
///         break;
///     }
/// }
/// let at = Instant::parse("2026-11-23T09:00:00Z").unwrap();
/// let event = Event::segment_saved(at, "unnamed", "Unnamed", rule).build()?;
/// engine.write().unwrap().apply_with_scan(&event, scan, &mut Vec::new())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is evaluated before it is stepped"]
pub struct RuleScan {
    /// The segment that it edits.
    pub(super) against: Option<SegmentId>,
    pub(super) rule: Rule,
    pub(super) draft: Draft,
    /// How many blocks of contacts were evaluated.
    pub(super) evaluated: usize,
    /// The members in these blocks.
    pub(super) members: Members,
    /// Those of them who are not in the segment that it edits.
    pub(super) entered: RoaringBitmap,
    /// Who is in that segment, and would not be.
    pub(super) left: RoaringBitmap,
    /// The truth of each condition that saving would add, block after block.
    pub(super) gained: Vec<Vec<u64>>,
    pub(super) filling: Filling,
    /// The position in the log of changes up to which contacts were evaluated again.
    pub(super) corrected: usize,
    epoch: u64,
    /// While this lives, the engine logs changes.
    watching: Arc<()>,
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
        Ok(self.scan_of(checked, against))
    }

    /// A scan of a checked rule, which has evaluated nothing yet.
    pub(super) fn scan_of(&self, rule: Rule, against: Option<SegmentId>) -> RuleScan {
        let draft = self.conditions.draft(&rule, &self.definitions);
        RuleScan {
            against,
            rule,
            gained: vec![Vec::new(); draft.gained().count()],
            draft,
            evaluated: 0,
            members: Members::default(),
            entered: RoaringBitmap::new(),
            left: RoaringBitmap::new(),
            filling: Filling::default(),
            corrected: self.dirty.changed.len(),
            epoch: self.dirty.epoch,
            watching: Arc::clone(&self.dirty.scans),
        }
    }

    /// Continues a scan, usually for less than a millisecond. Returns whether every contact has been evaluated.
    ///
    /// # Errors
    /// The same as [`start_scan`](Self::start_scan), if definitions have changed and the rule is no longer valid.
    pub fn step_scan(&self, scan: &mut RuleScan) -> Result<bool, Error> {
        if !self.is_current(scan) {
            let against = scan.against.as_ref().map(SegmentId::as_str);
            *scan = self.start_scan(&scan.rule.to_json(), against)?;
        }
        self.evaluate(scan, STEP_BLOCKS);
        Ok(scan.evaluated == self.contact_blocks())
    }

    /// Whether a scan is of this engine, and no change has overtaken it that is not in the log.
    pub(super) fn is_current(&self, scan: &RuleScan) -> bool {
        scan.epoch == self.dirty.epoch && Arc::ptr_eq(&scan.watching, &self.dirty.scans)
    }

    /// The number of blocks of contacts.
    pub(super) fn contact_blocks(&self) -> usize {
        self.facts.contacts.numbers().div_ceil(BLOCK_CONTACTS)
    }

    /// Evaluates the next blocks of a current scan, at most `most`.
    pub(super) fn evaluate(&self, scan: &mut RuleScan, most: usize) {
        let blocks = scan.evaluated..self.contact_blocks().min(scan.evaluated.saturating_add(most));
        if blocks.is_empty() {
            return;
        }
        let before = self.edited_by(scan).map(|segment| self.membership.of(segment));
        let RuleScan { draft, members, entered, left, gained, evaluated, .. } = scan;
        let wanted: Vec<(ConditionNo, &Condition)> = draft.gained().collect();
        let numbers: Vec<ConditionNo> = wanted.iter().map(|(no, _)| *no).collect();
        let find = |no| draft.find(no, &self.conditions);
        let mut selection = Selection::new(self.evaluator(), &draft.compiled, wanted, find);
        for block in blocks {
            let first = ContactNo::at(block * BLOCK_CONTACTS);
            let held = selection.evaluate(block, &self.truths);
            members.push_words(first, &held);
            let before: Column = std::array::from_fn(|word| {
                before.map_or(0, |members| members.word(ContactNo::at(first.index() + word * LANES)))
            });
            *entered |= contacts_of(first, &std::array::from_fn(|word| held[word] & !before[word]));
            *left |= contacts_of(first, &std::array::from_fn(|word| before[word] & !held[word]));
            for (no, columns) in numbers.iter().zip(&mut *gained) {
                columns.extend_from_slice(selection.column(*no));
            }
            *evaluated += 1;
        }
    }

    /// The segment that a current scan edits.
    fn edited_by(&self, scan: &RuleScan) -> Option<SegmentNo> {
        scan.against.as_ref().and_then(|segment| self.definitions.find_segment(segment.as_str()))
    }

    /// Evaluates contacts that changed meanwhile again, at most `most` entries of the log, and returns them. Every contact has been
    /// evaluated before.
    pub(super) fn correct(&self, scan: &mut RuleScan, most: usize) -> Vec<ContactNo> {
        let end = self.dirty.changed.len().min(scan.corrected.saturating_add(most));
        let mut changed = self.dirty.changed[scan.corrected..end].to_vec();
        changed.sort_unstable();
        changed.dedup();
        scan.corrected = end;
        let segment = self.edited_by(scan);
        let evaluator = self.evaluator();
        for contact in &changed {
            let living = self.facts.contacts.living(*contact).is_some();
            let holds = living && evaluator.rule_holds(*contact, &scan.rule);
            let held = segment.is_some_and(|segment| self.membership.contains(segment, *contact));
            scan.members.change(*contact, if holds { Change::Entered } else { Change::Left });
            scan.entered.remove(contact.0);
            scan.left.remove(contact.0);
            if holds != held {
                let set = if holds { &mut scan.entered } else { &mut scan.left };
                set.insert(contact.0);
            }
        }
        changed
    }

    /// Completes a scan: evaluates the remaining blocks, then the contacts that changed meanwhile.
    fn finish_scan(&self, scan: &mut RuleScan) -> Result<(), Error> {
        while !self.step_scan(scan)? {}
        self.correct(scan, usize::MAX);
        Ok(())
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
    pub fn preview_scan(&self, mut scan: RuleScan) -> Result<Preview, Error> {
        self.finish_scan(&mut scan)?;
        let RuleScan { members, entered, left, .. } = scan;
        Ok(Preview { count: members.len(), members: members.to_roaring(), enters: entered, leaves: left })
    }

    /// Applies an event as [`apply`](Self::apply) does. If the event saves a segment with the rule of the scan, as an edit of the
    /// segment that the scan began with or as a new one, what the scan found is taken over. That is fast where evaluating the rule
    /// takes long, and less than a millisecond if the scan is [filled](Self::fill_scan) and no segment refers to this one.
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
}

/// The contacts of a block whose bits are set.
fn contacts_of(first: ContactNo, words: &Column) -> RoaringBitmap {
    if words.iter().all(|word| *word == 0) {
        return RoaringBitmap::new();
    }
    RoaringBitmap::from_lsb0_bytes(first.0, words.map(u64::to_le_bytes).as_flattened())
}
