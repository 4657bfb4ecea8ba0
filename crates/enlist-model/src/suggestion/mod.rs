//! "Did you mean …?": the name that a user meant by an unknown name.
//!
//! For names of the contract, it looks up other products' words first and then allows for typos. For names of a
//! workspace (fields, segments, options), the nearest name counts. It does not know what a name does. Invariants: a
//! suggestion is a name that the place accepts, never of the opposite sense, and never a deletion unless the user meant
//! one. The work of one check is bounded; when it is used up, there are no more suggestions.

pub(crate) mod foreign_words;
pub(crate) mod sense;

use crate::suggestion::foreign_words::ForeignWord;
use crate::suggestion::sense::{destroys, opposes, speaks_against};

/// Maximum typos in a misspelled name of the contract.
const MOST_TYPOS: usize = 2;
/// Maximum typos in the name of a deletion or a merge: "selected" is only two letters away from "deleted".
const MOST_TYPOS_OF_A_DELETION: usize = 1;
/// The longest name that is compared, in bytes.
const LONGEST: usize = 128;

/// A source of suggestions with a bounded amount of work.
pub(crate) struct Suggestions {
    /// Work that is left, in pairs of compared bytes.
    left: usize,
}

/// A known word that is near to a misspelled one.
struct Near<'w, 'a> {
    typos: usize,
    word: &'w str,
    /// The accepted name that the word stands for, if there is one.
    name: Option<&'a str>,
    /// The meaning of the word: that name, or the word itself.
    sense: &'w str,
}

impl Suggestions {
    pub(crate) fn new() -> Self {
        // Some tens of milliseconds at most; enough for every unknown name of a rule among hundreds of fields.
        Suggestions { left: 2_000_000 }
    }

    /// The same for one value of an event. An event can have hundreds of wrong values, and a host may skip millions of
    /// wrong events, so one may only cost a fraction of a millisecond.
    pub(crate) fn of_one_value() -> Self {
        Suggestions { left: 20_000 }
    }

    /// The accepted name that a name of the contract stands for: by its spelling, by a table of other products' words,
    /// or by its typos.
    pub(crate) fn meant<'a>(
        &mut self,
        name: &str,
        accepted: &[&'a str],
        foreign: &[ForeignWord],
    ) -> Option<&'a str> {
        if name.len() > LONGEST {
            return None;
        }
        let written = snake_case(name);
        if let Some(same) = accepted.iter().find(|each| **each == written) {
            return Some(same);
        }
        // Two separators in a row may be what is left of a word: `has__labels` was perhaps `has_no_labels`, and other
        // products' `has_labels` is its opposite.
        if has_empty_word(name) {
            return None;
        }
        for spelling in [name, &written] {
            if let Some((_, names)) = foreign.iter().find(|(word, _)| word == spelling) {
                // The word is known, so it is not misspelled. If it has no counterpart here, there is no suggestion.
                return counterpart(names, accepted);
            }
        }
        self.misspelled(&written, accepted, foreign)
    }

    /// The accepted name that a misspelled word stands for. There is no suggestion if a word of the opposite sense is
    /// within reach of the same typos: the user may have meant that one.
    fn misspelled<'a>(
        &mut self,
        written: &str,
        accepted: &[&'a str],
        foreign: &[ForeignWord],
    ) -> Option<&'a str> {
        let near = self.near(written, accepted, foreign)?;
        let best = near.iter().filter(|each| each.is_near_enough(written)).min_by_key(|each| {
            // Among equally near words, the contract's own come first, then the alphabet decides.
            (each.typos, each.name != Some(each.word), each.word)
        })?;
        let name = best.name?;
        let is_doubtful = near.iter().any(|each| {
            // An accepted name, or a word without a counterpart, may be what the user misspelled even if it is not the
            // nearest. Another word for an accepted name counts only if it is as near as the best.
            let may_be_meant = each.name.is_none_or(|own| own == each.word) || each.typos <= best.typos;
            may_be_meant && opposes(each.sense, name)
        });
        (!is_doubtful && !speaks_against(written, name)).then_some(name)
    }

    /// All known words that at most `MOST_TYPOS` typos turn into the written one; `None` if the work is used up.
    fn near<'w, 'a: 'w>(
        &mut self,
        written: &str,
        accepted: &[&'a str],
        foreign: &'w [ForeignWord],
    ) -> Option<Vec<Near<'w, 'a>>> {
        let own = accepted.iter().map(|name| (*name, Some(*name), *name));
        let others = foreign.iter().map(|(word, names)| {
            let name = counterpart(names, accepted);
            let sense = name.or_else(|| names.split(' ').find(|name| !name.is_empty()));
            (&**word, name, sense.unwrap_or(word))
        });
        let length = written.chars().count();
        let mut near = Vec::new();
        for (word, name, sense) in own.chain(others) {
            // A typo changes the length by at most one, so words of very different lengths are skipped without any
            // work. Known words are ASCII, so their bytes are their characters.
            if word.len().abs_diff(length) > MOST_TYPOS {
                continue;
            }
            self.left = self.left.checked_sub(written.len() * word.len()).or_else(|| {
                self.left = 0;
                None
            })?;
            let typos = strsim::damerau_levenshtein(written, word);
            if typos <= MOST_TYPOS {
                near.push(Near { typos, word, name, sense });
            }
        }
        Some(near)
    }

    /// The name of a workspace nearest to a misspelled one, if one is near enough to be meant.
    pub(crate) fn nearest<'w>(
        &mut self,
        name: &str,
        words: impl IntoIterator<Item = &'w str>,
    ) -> Option<String> {
        const NEAR_ENOUGH: f64 = 0.65;
        if name.len() > LONGEST {
            return None;
        }
        let mut best: Option<(f64, &str)> = None;
        for word in words {
            // Words of very different lengths are never near, so they cost nothing. Bytes stand in for characters
            // here, which are up to four of them.
            let (short, long) = (name.len().min(word.len()), name.len().max(word.len()));
            if short * 8 < long {
                continue;
            }
            let work = name.len() * word.len();
            if work > self.left {
                self.left = 0;
                break;
            }
            self.left -= work;
            let likeness = strsim::normalized_damerau_levenshtein(name, word);
            let is_better = best.is_none_or(|(most, nearest)| {
                likeness.total_cmp(&most).then_with(|| nearest.cmp(word)).is_gt()
            });
            if likeness >= NEAR_ENOUGH && is_better {
                best = Some((likeness, word));
            }
        }
        best.map(|(_, word)| word.to_owned())
    }
}

impl Near<'_, '_> {
    /// Whether the typos are few enough for the length of the word and for its meaning.
    fn is_near_enough(&self, written: &str) -> bool {
        let most = if destroys(self.sense) { MOST_TYPOS_OF_A_DELETION } else { MOST_TYPOS };
        // Two typos can change a short word completely, so at least two thirds of the letters must be right.
        self.typos <= most && self.typos * 3 <= self.word.len().max(written.len())
    }
}

/// The name, of those that a foreign word may stand for, that a place accepts.
fn counterpart<'a>(names: &str, accepted: &[&'a str]) -> Option<&'a str> {
    accepted.iter().copied().find(|name| names.split(' ').any(|each| each == *name))
}

/// Characters between the words of a name.
const SEPARATORS: &str = "_ -.:/";

/// Whether there is nothing between two separators.
fn has_empty_word(name: &str) -> bool {
    name.as_bytes().windows(2).any(|pair| pair.iter().all(|byte| SEPARATORS.as_bytes().contains(byte)))
}

/// A name in the spelling of the contract: `isAfter`, `IS AFTER` and `is-after` become `is_after`. A number becomes
/// `n`, except 7, because an operator has it in its name.
fn snake_case(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for character in name.chars() {
        if was_lower && character.is_uppercase() {
            spelled.push('_');
        }
        was_lower = character.is_lowercase() || character.is_ascii_digit();
        if SEPARATORS.contains(character) {
            spelled.push('_');
        } else {
            spelled.extend(character.to_lowercase());
        }
    }
    let is_number = |word: &str| word != "7" && word.bytes().all(|byte| byte.is_ascii_digit());
    let words = spelled.split('_').filter(|word| !word.is_empty());
    words.map(|word| if is_number(word) { "n" } else { word }).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_and_among_equals_the_first() {
        let mut suggestions = Suggestions::new();
        assert_eq!(suggestions.nearest("plna", ["name", "plan", "plane"]), Some("plan".to_owned()));
        assert_eq!(suggestions.nearest("aab", ["aac", "aaa"]), Some("aaa".to_owned()));
        assert_eq!(suggestions.nearest("aab", ["acc"]), None);
        assert_eq!(suggestions.nearest("statuss", ["status2", "status1"]), Some("status1".to_owned()));
        assert_eq!(suggestions.nearest("x", ["name"]), None);
    }

    #[test]
    fn a_word_that_may_be_missing_prevents_a_suggestion() {
        let foreign = [("has_labels".into(), "has_any_label")];
        let meant = |name| Suggestions::new().meant(name, &["has_any_label", "has_no_labels"], &foreign);
        assert_eq!(meant("has labels"), Some("has_any_label"));
        assert_eq!(meant("has__labels"), None);
        assert_eq!(meant("has__no_labels"), Some("has_no_labels"));
    }

    #[test]
    fn the_work_of_one_check_is_bounded() {
        let words: Vec<String> = (0..10_000).map(|number| format!("{number:0128}")).collect();
        let mut suggestions = Suggestions::new();
        for _ in 0..100 {
            let _ = suggestions.nearest(&"1".repeat(128), words.iter().map(String::as_str));
        }
        assert_eq!(suggestions.left, 0);
        assert_eq!(suggestions.nearest("plna", ["plan"]), None);
    }
}
