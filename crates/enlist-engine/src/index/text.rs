//! Conditions on a text or phone: equality by hash; contains, starts with and ends with by one pass of an automaton
//! over the patterns of the field.
//!
//! The automaton is built when the index is used and many patterns were added since, or one was removed. So saving a thousand segments
//! builds it once, and a few that are saved beside a running feed do not build it each time.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use enlist_model::{Predicate, ShortText};
use smallvec::SmallVec;

use crate::bytes;
use crate::ids::ConditionNo;
use crate::seeded_map::{KeyHasher, SeededMap};

/// Up to this many patterns are tested one by one. An automaton would take more memory and hardly less time.
const FEW_PATTERNS: usize = 4;
/// Up to this many patterns that were added to an automaton are tested one by one. Building takes as long as some hundred tests.
const FEW_MORE: usize = 8;
/// Up to this many bytes of patterns the automaton is a DFA, which takes a kilobyte for each byte of pattern and
/// one step for each byte of text.
const QUICK_BYTES: usize = 4_096;

/// Where a pattern must occur in the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    Anywhere,
    Start,
    End,
}

/// The conditions on a text.
#[derive(Debug)]
pub(crate) struct TextIndex {
    equals: SeededMap<ShortText, ConditionNo>,
    /// The conditions on a part of the key.
    patterns: Vec<(Predicate, ConditionNo)>,
    /// `None` if a pattern was removed since it was built, or there are few.
    automaton: Option<Automaton>,
}

/// An automaton over the patterns that were there when it was built.
#[derive(Debug)]
struct Automaton {
    search: AhoCorasick,
    /// How many; later patterns come after them in the list.
    patterns: usize,
}

impl TextIndex {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        TextIndex { equals: SeededMap::new(hasher), patterns: Vec::new(), automaton: None }
    }

    pub(crate) fn insert(&mut self, predicate: &Predicate, condition: ConditionNo) {
        if let Predicate::TextEquals(key) = predicate {
            self.equals.insert(key.clone(), condition);
        } else {
            self.patterns.push((predicate.clone(), condition));
        }
    }

    pub(crate) fn remove(&mut self, predicate: &Predicate, condition: ConditionNo) {
        if let Predicate::TextEquals(key) = predicate {
            self.equals.remove(key);
        } else {
            self.patterns.retain(|(_, each)| *each != condition);
            self.automaton = None;
        }
    }

    /// Builds the automaton, if too many patterns are not in it.
    pub(crate) fn prepare(&mut self) {
        let (known, few) =
            self.automaton.as_ref().map_or((0, FEW_PATTERNS), |automaton| (automaton.patterns, FEW_MORE));
        if self.patterns.len() - known <= few {
            return;
        }
        let bytes: usize = self.patterns.iter().map(|(predicate, _)| part(predicate).0.len()).sum();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind((bytes <= QUICK_BYTES).then_some(AhoCorasickKind::DFA))
            .build(self.patterns.iter().map(|(predicate, _)| part(predicate).0))
            .expect("patterns within the operand limit make an automaton within its limits");
        self.automaton = Some(Automaton { search, patterns: self.patterns.len() });
    }

    /// Collects the conditions that hold for exactly one of two keys. [`prepare`](Self::prepare) must have been
    /// called.
    pub(crate) fn flips(&self, old: Option<&str>, new: Option<&str>, flipped: &mut impl Extend<ConditionNo>) {
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

    /// The memory that it takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.equals.bytes(|key, _| bytes::string(key.len()))
            + bytes::list(&self.patterns)
            + bytes::sampled(self.patterns.len(), |no| bytes::predicate(&self.patterns[no].0))
            + self.automaton.as_ref().map_or(0, |automaton| automaton.search.memory_usage())
    }

    /// Calls `found` for the conditions that hold for a key, several times for some. [`prepare`](Self::prepare) must have
    /// been called.
    pub(crate) fn holding(&self, key: &str, mut found: impl FnMut(ConditionNo)) {
        self.equals.get(key).copied().into_iter().for_each(&mut found);
        self.for_each_match(key, found);
    }

    /// The pattern conditions that hold for a key, in order of their numbers.
    fn matching(&self, key: Option<&str>) -> SmallVec<[ConditionNo; 8]> {
        let mut found = SmallVec::new();
        let Some(key) = key else { return found };
        self.for_each_match(key, |condition| found.push(condition));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Calls `found` for each place at which a pattern occurs in a key as its condition demands.
    fn for_each_match(&self, key: &str, mut found: impl FnMut(ConditionNo)) {
        let known = self.automaton.as_ref().map_or(0, |automaton| automaton.patterns);
        let holds = |(predicate, _): &&(Predicate, ConditionNo)| predicate.holds_of_key(key);
        self.patterns[known..].iter().filter(holds).for_each(|(_, condition)| found(*condition));
        let Some(automaton) = &self.automaton else { return };
        for hit in automaton.search.find_overlapping_iter(key) {
            let (predicate, condition) = &self.patterns[hit.pattern().as_usize()];
            let stands = match part(predicate).1 {
                Anchor::Anywhere => true,
                Anchor::Start => hit.start() == 0,
                Anchor::End => hit.end() == key.len(),
            };
            if stands {
                found(*condition);
            }
        }
    }
}

/// The pattern of a predicate, and where it must occur.
fn part(predicate: &Predicate) -> (&str, Anchor) {
    match predicate {
        Predicate::TextContains(pattern) => (pattern, Anchor::Anywhere),
        Predicate::TextStartsWith(pattern) => (pattern, Anchor::Start),
        Predicate::TextEndsWith(pattern) => (pattern, Anchor::End),
        // `TextEquals` is found by hash, and `HasValue` is handled for all kinds of fields.
        Predicate::HasValue
        | Predicate::TextEquals(_)
        | Predicate::Number(..)
        | Predicate::Day(_)
        | Predicate::Boolean(_)
        | Predicate::OptionEquals(_)
        | Predicate::ContainsAny(_)
        | Predicate::ContainsAll(_)
        | Predicate::Labels(_) => unreachable!("{predicate:?} is no pattern"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded_map::HashSeed;

    #[test]
    fn patterns_that_overlap_and_repeat_are_found_once_each_however_many_there_are() {
        let mut index = TextIndex::new(&KeyHasher::new(HashSeed::new(0)));
        index.insert(&Predicate::TextContains("an".into()), ConditionNo(0));
        index.insert(&Predicate::TextStartsWith("ban".into()), ConditionNo(1));
        index.insert(&Predicate::TextStartsWith("an".into()), ConditionNo(2));
        index.insert(&Predicate::TextEndsWith("ana".into()), ConditionNo(3));
        index.insert(&Predicate::TextEquals("banana".into()), ConditionNo(4));
        for more in 0..=(FEW_PATTERNS + FEW_MORE) as u32 {
            index.insert(&Predicate::TextContains("x".into()), ConditionNo(6 + more));
            index.prepare();
            assert_eq!(index.automaton.is_some(), index.patterns.len() > FEW_PATTERNS);
            assert_eq!(flipped(&index, None, "banana"), [0, 1, 3, 4]);
            assert_eq!(flipped(&index, Some("banana"), "bandana"), [4]);
        }
    }

    #[test]
    fn a_pattern_that_is_added_to_an_automaton_is_found_and_one_that_is_removed_is_not() {
        let mut index = TextIndex::new(&KeyHasher::new(HashSeed::new(0)));
        for no in 0..=FEW_PATTERNS as u32 {
            index.insert(&Predicate::TextContains("an".into()), ConditionNo(no));
        }
        index.prepare();
        let patterns = index.patterns.len();
        index.insert(&Predicate::TextEndsWith("na".into()), ConditionNo(9));
        index.prepare();
        assert!(index.automaton.as_ref().is_some_and(|automaton| automaton.patterns == patterns));
        assert_eq!(flipped(&index, None, "banana"), [0, 1, 2, 3, 4, 9]);
        assert_eq!(flipped(&index, Some("banana"), "bananas"), [9]);
        index.remove(&Predicate::TextContains("an".into()), ConditionNo(2));
        index.prepare();
        assert_eq!(flipped(&index, None, "banana"), [0, 1, 3, 4, 9]);
    }

    fn flipped(index: &TextIndex, old: Option<&str>, new: &str) -> Vec<u32> {
        let mut flipped = Vec::new();
        index.flips(old, Some(new), &mut flipped);
        flipped.sort_unstable();
        flipped.into_iter().map(|condition: ConditionNo| condition.0).collect()
    }
}
