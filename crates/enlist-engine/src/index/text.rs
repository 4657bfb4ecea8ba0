//! Conditions on a text or phone: equality by hash; contains, starts and ends by one pass of an automaton over all
//! patterns of the field.
//!
//! The automaton is built when it is first asked after a pattern came or went, so that saving a thousand segments
//! builds it once.

use aho_corasick::{AhoCorasick, MatchKind};
use compact_str::CompactString;
use enlist_model::Predicate;
use rustc_hash::FxHashMap;

use crate::number::ConditionNo;

/// Where a pattern must stand in the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Anywhere,
    Start,
    End,
}

/// The conditions on a text.
#[derive(Debug, Default)]
pub(crate) struct TextIndex {
    equals: FxHashMap<CompactString, ConditionNo>,
    patterns: Vec<(CompactString, Position, ConditionNo)>,
    /// `None` when patterns have changed since it was built.
    automaton: Option<AhoCorasick>,
}

impl TextIndex {
    pub(crate) fn insert(&mut self, predicate: &Predicate, condition: ConditionNo) {
        let (pattern, position) = match predicate {
            Predicate::TextEquals(key) => {
                self.equals.insert(key.clone(), condition);
                return;
            }
            Predicate::TextContains(pattern) => (pattern, Position::Anywhere),
            Predicate::TextStartsWith(pattern) => (pattern, Position::Start),
            Predicate::TextEndsWith(pattern) => (pattern, Position::End),
            other => unreachable!("a checked rule has no {other:?} on a text"),
        };
        self.patterns.push((pattern.clone(), position, condition));
        self.automaton = None;
    }

    pub(crate) fn remove(&mut self, predicate: &Predicate, condition: ConditionNo) {
        if let Predicate::TextEquals(key) = predicate {
            self.equals.remove(key);
        } else {
            self.patterns.retain(|(_, _, each)| *each != condition);
            self.automaton = None;
        }
    }

    pub(crate) fn flips(
        &mut self,
        old: Option<&str>,
        new: Option<&str>,
        flipped: &mut impl Extend<ConditionNo>,
    ) {
        if old == new {
            return;
        }
        flipped.extend(old.into_iter().chain(new).filter_map(|key| self.equals.get(key)).copied());
        if self.patterns.is_empty() {
            return;
        }
        let (before, after) = (self.matching(old), self.matching(new));
        flipped.extend(before.iter().filter(|each| after.binary_search(each).is_err()).copied());
        flipped.extend(after.iter().filter(|each| before.binary_search(each).is_err()).copied());
    }

    /// The pattern conditions that hold of a key, in order of their numbers.
    fn matching(&mut self, key: Option<&str>) -> Vec<ConditionNo> {
        let Some(key) = key else { return Vec::new() };
        let patterns = &self.patterns;
        let automaton = self.automaton.get_or_insert_with(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .build(patterns.iter().map(|(pattern, _, _)| pattern.as_str()))
                .expect("patterns within the operand limit make an automaton within its limits")
        });
        let mut found: Vec<ConditionNo> = automaton
            .find_overlapping_iter(key)
            .filter_map(|hit| {
                let (_, position, condition) = &patterns[hit.pattern().as_usize()];
                let stands = match position {
                    Position::Anywhere => true,
                    Position::Start => hit.start() == 0,
                    Position::End => hit.end() == key.len(),
                };
                stands.then_some(*condition)
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_overlap_and_repeat_are_found_once_each() {
        let mut index = TextIndex::default();
        index.insert(&Predicate::TextContains("an".into()), ConditionNo(0));
        index.insert(&Predicate::TextStartsWith("ban".into()), ConditionNo(1));
        index.insert(&Predicate::TextStartsWith("an".into()), ConditionNo(2));
        index.insert(&Predicate::TextEndsWith("ana".into()), ConditionNo(3));
        index.insert(&Predicate::TextEquals("banana".into()), ConditionNo(4));
        let mut flipped = Vec::new();
        index.flips(None, Some("banana"), &mut flipped);
        flipped.sort_unstable();
        assert_eq!(flipped, [0, 1, 3, 4].map(ConditionNo));
        flipped.clear();
        index.flips(Some("banana"), Some("bandana"), &mut flipped);
        assert_eq!(flipped, [4].map(ConditionNo));
    }
}
