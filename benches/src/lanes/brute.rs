//! The lane that evaluates every segment before and after each change and compares.
//!
//! It is the better of two brute forces: compiled closures stop at the first condition that decides, and the old
//! truth is evaluated, not looked up in a thousand bitmaps.

use crate::digest::Flip;
use crate::failure::Failure;
use crate::lanes::closure::Closure;
use crate::lanes::{Lane, Lap, Part};
use crate::stopwatch::timed;
use crate::workload::columns::{Change, Columns};

/// Evaluates every segment before and after.
pub struct Brute<'a> {
    facts: Columns,
    rules: &'a [Closure],
}

impl<'a> Brute<'a> {
    /// Over these facts and rules; a rule's index is the number of its segment.
    pub fn new(facts: Columns, rules: &'a [Closure]) -> Self {
        Brute { facts, rules }
    }
}

impl Lane for Brute<'_> {
    fn name(&self) -> &'static str {
        "brute"
    }

    fn run(&mut self, part: &Part) -> Result<Lap, Failure> {
        let everyone: Vec<u32> = (0..self.rules.len() as u32).collect();
        Ok(evaluate(&mut self.facts, self.rules, part, |_| &everyone))
    }
}

/// Evaluates the segments that may flip, for each change of a prefix of the part.
pub(crate) fn evaluate<'s>(
    facts: &mut Columns,
    rules: &[Closure],
    part: &Part,
    segments_of: impl Fn(&Change) -> &'s [u32],
) -> Lap {
    let (beginning, rest) = part.changes.split_at(part.prefix);
    let mut flips = Vec::new();
    let mut before = Vec::with_capacity(rules.len());
    let ((), time) = timed(|| {
        for (event, change) in (0..).zip(beginning) {
            let contact = change.contact as usize;
            let segments = segments_of(change);
            before.clear();
            before.extend(segments.iter().map(|segment| rules[*segment as usize](facts, contact)));
            facts.write(change);
            for (segment, before) in segments.iter().zip(&before) {
                let entered = rules[*segment as usize](facts, contact);
                if entered != *before {
                    flips.push(Flip { event, segment: *segment, contact: change.contact, entered });
                }
            }
        }
    });
    for change in rest {
        facts.write(change);
    }
    let agrees = flips.into_iter().collect::<crate::digest::Digest>() == part.beginning;
    Lap { time, events: beginning.len(), agrees }
}
