//! The conditions that hold for texts met before. Most fields have few different texts: cities, campaigns, job titles.
//!
//! Where nearly all texts differ, as e-mail addresses do, they are no longer kept. It knows neither fields nor
//! predicates. Invariant: what is returned for a text is what was given for it.

use crate::ids::ConditionNo;
use crate::seeded_map::{KeyHasher, SeededMap};

/// The maximum number of texts.
const MOST: usize = 4_096;
/// How many texts are asked for until it is decided whether they are worth keeping.
const TRIAL: usize = 4 * MOST;

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

    /// The conditions that hold for a text, which `find` computes if it is not known.
    pub(super) fn holding(
        &mut self,
        text: &'a str,
        find: impl FnOnce() -> Box<[ConditionNo]>,
        found: impl FnMut(ConditionNo),
    ) {
        if !self.is_worth_it {
            find().into_iter().for_each(found);
            return;
        }
        self.asked += 1;
        if let Some(known) = self.conditions.get(text) {
            self.found += 1;
            known.iter().copied().for_each(found);
            return;
        }
        let held = find();
        held.iter().copied().for_each(found);
        if self.conditions.len() < MOST {
            self.conditions.insert(text, held);
        }
        if self.asked > TRIAL && self.found < self.asked / 2 {
            self.is_worth_it = false;
            self.conditions.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded_map::HashSeed;

    #[test]
    fn texts_that_repeat_are_computed_once_and_others_are_not_kept() {
        let mut known = KnownTexts::new(&KeyHasher::new(HashSeed::new(0)));
        let texts: Vec<String> = (0..3 * TRIAL).map(|no| no.to_string()).collect();
        let mut computed = 0;
        let mut ask = |known: &mut KnownTexts<'_>, no: usize, text| {
            let mut held = Vec::new();
            let find = || {
                computed += 1;
                Box::from([ConditionNo::at(no)])
            };
            known.holding(text, find, |condition| held.push(condition));
            assert_eq!(held, [ConditionNo::at(no)]);
        };
        let mut repeated = KnownTexts::new(&KeyHasher::new(HashSeed::new(0)));
        for no in 0..2 * TRIAL {
            ask(&mut repeated, no % 10, texts[no % 10].as_str());
        }
        for (no, text) in texts.iter().enumerate() {
            ask(&mut known, no, text.as_str());
        }
        assert_eq!(computed, 10 + texts.len());
        assert!(repeated.is_worth_it && !known.is_worth_it);
        assert_eq!(known.conditions.len(), 0);
    }
}
