//! Detects cycles between segments: whether a rule refers, directly or through others, to its own segment.
//!
//! It knows segments and their rules, not fields. Invariant: one check visits each segment and each reference at most
//! once, however many references the rule has, and never recurses.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::SegmentId;
use crate::rule::Rule;
use crate::rule::definitions::Definitions;

/// Maximum segments of one cycle that an error names.
const NAMED: usize = 100;

/// What one check has found out about the segments its rule refers to.
pub(crate) struct Cycles<'a> {
    definitions: &'a dyn Definitions,
    /// The segment whose rule is checked.
    own: &'a str,
    /// Whether it is not saved yet. Then no segment can refer to it.
    is_unknown_to_others: bool,
    /// Segments visited or being visited. Those not in `leading` do not lead to `own`.
    seen: BTreeSet<&'a str>,
    /// Segments that lead to `own`, each with the next segment on its path.
    leading: BTreeMap<&'a str, &'a str>,
}

/// A segment on the current path, with its references that are not visited yet.
struct Step<'a> {
    segment: &'a str,
    left: std::vec::IntoIter<&'a SegmentId>,
}

impl<'a> Cycles<'a> {
    pub(crate) fn through(own: &'a SegmentId, definitions: &'a dyn Definitions) -> Self {
        Cycles {
            definitions,
            own: own.as_str(),
            is_unknown_to_others: definitions.segment_rule(own.as_str()).is_none(),
            seen: BTreeSet::new(),
            leading: BTreeMap::new(),
        }
    }

    /// The path from the checked segment back to itself through `referred`, as `a → b → a`, if there is one.
    pub(crate) fn cycle(&mut self, referred: &'a str) -> Option<String> {
        // A segment that is not saved yet can only be in a cycle with itself.
        if referred != self.own && (self.is_unknown_to_others || !self.leads(referred)) {
            return None;
        }
        let mut path = vec![self.own, referred];
        while let Some(next) = path.last().and_then(|last| self.leading.get(last)) {
            path.push(next);
        }
        Some(shown(&path))
    }

    /// Whether a segment leads to `own`; a depth-first search.
    fn leads(&mut self, from: &'a str) -> bool {
        let mut path = Vec::new();
        path.extend(self.step(from));
        while let Some(step) = path.last_mut() {
            let Some(next) = step.left.next().map(SegmentId::as_str) else {
                path.pop();
                continue;
            };
            // Also stop at a segment that is known to lead to `own`: searching it again for every reference would make
            // the check quadratic.
            if next == self.own || self.leading.contains_key(next) {
                // Every segment on the path leads to `own` through the next one, so later references find it without a
                // search.
                let nexts = path.iter().skip(1).map(|step| step.segment).chain([next]);
                self.leading.extend(path.iter().map(|step| step.segment).zip(nexts));
                break;
            }
            path.extend(self.step(next));
        }
        self.leading.contains_key(from)
    }

    /// The next step of the search, if the segment is saved and was not visited before.
    fn step(&mut self, segment: &'a str) -> Option<Step<'a>> {
        // Before the rule is looked up: a segment that many others share is visited once.
        if !self.seen.insert(segment) {
            return None;
        }
        let left = self.definitions.segment_rule(segment).map(Rule::segments)?.into_iter();
        Some(Step { segment, left })
    }
}

/// The path as a message shows it; the middle of a very long path is omitted.
fn shown(path: &[&str]) -> String {
    if path.len() <= NAMED {
        return path.join(" → ");
    }
    let (start, end) = (&path[..NAMED / 2], &path[path.len() - NAMED / 2..]);
    format!("{} → … {} more … → {}", start.join(" → "), path.len() - NAMED, end.join(" → "))
}
