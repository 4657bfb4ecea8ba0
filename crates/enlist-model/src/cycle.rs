//! Cycles of segments: whether a segment that a rule refers to leads back to the one whose rule is checked.
//!
//! It knows segments and the rules they have, and nothing of fields. What always holds: one check walks each segment
//! and each reference at most once, however many references the rule has, and never recurses.

use std::collections::{BTreeMap, BTreeSet};

use crate::definitions::Definitions;
use crate::id::SegmentId;
use crate::rule::Rule;

/// The most segments of one cycle that are named.
const NAMED: usize = 100;

/// What one check has learned of the segments that its rule refers to.
pub(crate) struct Cycles<'a> {
    definitions: &'a dyn Definitions,
    /// The segment whose rule is checked.
    own: &'a str,
    /// Whether it is not saved yet, so that no segment refers to it.
    is_unknown_to_others: bool,
    /// Segments walked, or being walked. Those that are not `leading` do not lead to `own`.
    seen: BTreeSet<&'a str>,
    /// Segments that lead to `own`, with the next one on their way.
    leading: BTreeMap<&'a str, &'a str>,
}

/// A segment on the way that is being walked, with the references it has left.
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

    /// The way back to the checked segment through one that it refers to, as `a → b → a`, if there is one.
    pub(crate) fn cycle(&mut self, referred: &'a str) -> Option<String> {
        if referred != self.own && (self.is_unknown_to_others || !self.leads(referred)) {
            return None;
        }
        let mut way = vec![self.own, referred];
        while let Some(next) = way.last().and_then(|last| self.leading.get(last)) {
            way.push(next);
        }
        Some(shown(&way))
    }

    /// Whether a segment leads to `own`, by depth first.
    fn leads(&mut self, from: &'a str) -> bool {
        let mut way = Vec::new();
        way.extend(self.step(from));
        while let Some(step) = way.last_mut() {
            let Some(next) = step.left.next().map(SegmentId::as_str) else {
                way.pop();
                continue;
            };
            if next == self.own || self.leading.contains_key(next) {
                let nexts = way.iter().skip(1).map(|step| step.segment).chain([next]);
                self.leading.extend(way.iter().map(|step| step.segment).zip(nexts));
                break;
            }
            way.extend(self.step(next));
        }
        self.leading.contains_key(from)
    }

    /// A segment to walk on from, if it is saved and was not walked before.
    fn step(&mut self, segment: &'a str) -> Option<Step<'a>> {
        if !self.seen.insert(segment) {
            return None;
        }
        let left = self.definitions.segment_rule(segment).map(Rule::segments)?.into_iter();
        Some(Step { segment, left })
    }
}

/// The way as a message shows it; the middle of a very long one is left out.
fn shown(way: &[&str]) -> String {
    if way.len() <= NAMED {
        return way.join(" → ");
    }
    let (start, end) = (&way[..NAMED / 2], &way[way.len() - NAMED / 2..]);
    format!("{} → … {} more … → {}", start.join(" → "), way.len() - NAMED, end.join(" → "))
}
