//! The conditions that hold for texts met before. Most fields have few different texts: cities, campaigns, job titles.
//!
//! Where most texts differ, as e-mail addresses do, none is kept any longer. It knows neither fields nor predicates.
//! Invariant: what is returned for a text is what was given for it.

use crate::ids::ConditionNo;
use crate::seeded_map::{KeyHasher, SeededMap};

/// The maximum number of texts.
const MOST: usize = 32_768;
/// How many texts are asked for until it is decided whether they are worth keeping.
const TRIAL: usize = 2 * MOST;

/// Texts, each with the conditions that hold for it.
pub(super) struct KnownTexts<'a> {
    conditions: SeededMap<&'a str, Box<[ConditionNo]>>,
    asked: usize,
    found: usize,
    is_worth_it: bool,
}

impl<'a> KnownTexts<'a> {
    pub(super) fn new(hasher: &KeyHasher) -> Self {
        KnownTexts { conditions: SeededMap::new(hasher), asked: 0, found: 0, is_worth_it: true }
    }

    /// The conditions that hold for a text, if they are known.
    pub(super) fn get(&mut self, text: &str) -> Option<&[ConditionNo]> {
        if !self.is_worth_it {
            return None;
        }
        self.asked += 1;
        if self.asked == TRIAL && self.found < TRIAL / 2 {
            self.is_worth_it = false;
            self.conditions.clear();
        }
        let known = self.conditions.get(text)?;
        self.found += 1;
        Some(known)
    }

    /// Whether another text would be kept.
    pub(super) fn has_room(&self) -> bool {
        self.is_worth_it && self.conditions.len() < MOST
    }

    /// Keeps the conditions that hold for a text.
    pub(super) fn insert(&mut self, text: &'a str, conditions: &[ConditionNo]) {
        self.conditions.insert(text, conditions.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded_map::HashSeed;

    /// Asks for texts, `different` of them distinct, and returns the number of those that were not known.
    fn asked(known: &mut KnownTexts<'_>, different: usize) -> usize {
        let texts: &'static [String] = Vec::leak((0..different).map(|no| no.to_string()).collect());
        let mut unknown = 0;
        for no in 0..TRIAL + 1_000 {
            let expected = [ConditionNo::at(no % different)];
            let text = &texts[no % different];
            if let Some(found) = known.get(text) {
                assert_eq!(found, expected);
            } else {
                unknown += 1;
                if known.has_room() {
                    known.insert(text, &expected);
                }
            }
        }
        unknown
    }

    #[test]
    fn texts_that_repeat_are_known_and_others_are_not_kept() {
        let known = || KnownTexts::new(&KeyHasher::new(HashSeed::new(0)));
        let (mut few, mut many) = (known(), known());
        assert_eq!(asked(&mut few, 10), 10);
        assert_eq!(asked(&mut many, TRIAL), TRIAL + 1_000);
        assert!(few.has_room() && !many.has_room());
        assert_eq!(many.conditions.len(), 0);
    }
}
