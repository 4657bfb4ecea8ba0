//! Filling: a scan that will become a segment writes the truth bits of the conditions that it adds, a few blocks of contacts at a
//! time, under exclusive access and with pauses, so that saving the segment has little left to do.
//!
//! The conditions have reserved numbers until then, so nothing reads what is written. Contacts that change meanwhile are written
//! again when all blocks are. An abandoned filling leaves its bits behind: the next conditions with these numbers write all of them.
//! Invariant: once the log is worked off, the bits of the reserved numbers are those of the conditions.

use crate::conditions::ReservedNumbers;
use crate::conditions::columns::COLUMN_WORDS;
use crate::conditions::truths::BitsBefore;
use crate::engine::rule_scan::RuleScan;
use crate::engine::{Engine, evaluator};
use crate::ids::ConditionNo;

/// Blocks of 4,096 contacts in a step, which takes a fraction of a millisecond.
const STEP_BLOCKS: usize = 2;
/// Changed contacts that a step evaluates again, and that saving may.
const STEP_CHANGES: usize = 256;

/// How far the bits of a scan's conditions are written.
#[derive(Debug, Default)]
pub(super) struct Filling {
    reserved: Option<Reserved>,
    /// How many blocks are written.
    blocks: usize,
    /// The length of the log at the end of the last step.
    log_length: usize,
}

#[derive(Debug)]
struct Reserved {
    /// One for each condition that is gained, in their order.
    numbers: ReservedNumbers,
    before: BitsBefore,
}

impl Filling {
    /// The numbers that are reserved.
    pub(super) fn numbers(&self) -> Option<&ReservedNumbers> {
        self.reserved.as_ref().map(|reserved| &reserved.numbers)
    }
}

impl Engine {
    /// Prepares the engine for saving a scan, usually for a fraction of a millisecond: writes a part of what the scan found where only
    /// the saved segment will read it. Returns whether everything is prepared. If not, call [`step_scan`](Self::step_scan) until it
    /// returns `true`, because contacts may have come or definitions may have changed, and then this again.
    ///
    /// Outputs, dumps and reads stay as they are. A scan that is dropped leaves nothing to undo.
    pub fn fill_scan(&mut self, scan: &mut RuleScan) -> bool {
        if !self.is_current(scan) || scan.evaluated < self.contact_blocks() {
            return false;
        }
        self.fill_steps += 1;
        let length = self.dirty.changed.len();
        let come = length - std::mem::replace(&mut scan.filling.log_length, length);
        if scan.filling.blocks < scan.evaluated {
            self.fill_blocks(scan, STEP_BLOCKS);
        } else {
            // Twice as many as have come since the last step, so that fewer are left each time, however fast they come.
            self.fill_changes(scan, STEP_CHANGES.max(2 * come));
        }
        scan.filling.blocks == scan.evaluated && length - scan.corrected <= STEP_CHANGES
    }

    /// Does all that is left of evaluating and filling a current scan.
    pub(super) fn complete(&mut self, scan: &mut RuleScan) {
        self.evaluate(scan, usize::MAX);
        self.fill_blocks(scan, usize::MAX);
        self.fill_changes(scan, usize::MAX);
    }

    /// Writes the bits of the next blocks, at most `most`.
    fn fill_blocks(&mut self, scan: &mut RuleScan, most: usize) {
        let gained = &scan.gained;
        let Filling { reserved, blocks, .. } = &mut scan.filling;
        let Reserved { numbers, before } = reserved.get_or_insert_with(|| {
            let numbers = self.conditions.reserve(gained.len());
            let before = self.truths.bits_before(&numbers);
            Reserved { numbers, before }
        });
        let last = scan.evaluated.min(blocks.saturating_add(most));
        for block in *blocks..last {
            let parts = gained.iter().map(|column| &column[block * COLUMN_WORDS..][..COLUMN_WORDS]);
            let columns: Vec<(ConditionNo, &[u64])> = numbers.iter().copied().zip(parts).collect();
            self.truths.write_columns(block, *before, &columns);
        }
        *blocks = last;
        if last == scan.evaluated {
            // All rows are wide enough by now, so this copies none.
            self.truths.reserve_conditions(ConditionNo::room(numbers.iter().copied()));
        }
    }

    /// Evaluates contacts that changed meanwhile again, and writes their bits.
    fn fill_changes(&mut self, scan: &mut RuleScan, most: usize) {
        let changed = self.correct(scan, most);
        let Some(numbers) = scan.filling.numbers() else { return };
        let evaluator = evaluator!(self);
        let find = |no| scan.draft.find(no, evaluator.conditions);
        for contact in changed {
            let living = self.facts.contacts.living(contact).is_some();
            for (no, (_, condition)) in numbers.iter().zip(scan.draft.gained()) {
                let holds = living && evaluator.meets(contact, condition, &find);
                if self.truths.get(contact, *no) != holds {
                    self.truths.flip(contact, &[*no]);
                }
            }
        }
    }
}
