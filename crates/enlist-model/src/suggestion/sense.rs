//! Opposites: whether two names mean the opposite of each other, so that one is never suggested for the other.
//!
//! It knows English words, not what a name does. Names are in snake case.

/// Groups of alternatives. A name with a word of one alternative is never suggested for a name with a word of another
/// alternative of the same group.
const EXCLUSIVE: &[&[&str]] = &[
    &["after later newer", "before earlier older"],
    &["greater more above over", "less fewer below under"],
    &["least", "most"],
    &["next coming upcoming future", "last past previous prior", "this current"],
    &["today", "yesterday", "tomorrow"],
    &["day days", "week weeks", "month months", "quarter quarters", "year years"],
    &["any some", "all every"],
    &["true yes", "false no"],
    &["starts start begins begin", "ends end"],
    &["add added insert", "remove removed delete deleted"],
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
];

/// Words that turn a name into its opposite.
const NEGATING: &str = "not no none never without isnt doesnt";

/// Beginnings of words that turn them into their opposite: `unequal`, `nonempty`.
const NEGATING_PREFIXES: [&str; 6] = ["un", "non", "not", "isnt", "doesnt", "neq"];

/// Words that only look as if they had such a beginning.
const NOT_NEGATING: &str = "under until";

/// Words for changes that cannot be undone. A merge deletes a contact.
const DESTROYING: &str =
    "deleted delete removed remove destroyed destroy erased erase purged purge merged merge";

/// Whether two known names mean the opposite of each other, or only one of them deletes something.
pub(crate) fn opposes(one: &str, other: &str) -> bool {
    excludes(one, other) || is_negated(one) != is_negated(other) || destroys(one) != destroys(other)
}

/// Whether a written name, which may have typos, contradicts a known one. A word that seems to be missing may be
/// misspelled, so only words that the written name does have count, unless a negating word is all that is missing.
pub(crate) fn speaks_against(written: &str, name: &str) -> bool {
    excludes(written, name)
        || (is_negated(name) && without_negation(name) == written)
        || (is_negated(written) && !is_negated(name))
        || (destroys(written) && !destroys(name))
}

/// Whether a name stands for a deletion or a merge.
pub(crate) fn destroys(name: &str) -> bool {
    has_word(name, DESTROYING)
}

/// Whether a name has a word that negates it, or a word with such a beginning.
pub(crate) fn is_negated(name: &str) -> bool {
    let has_prefix = |word: &str| NEGATING_PREFIXES.iter().any(|prefix| word.starts_with(prefix));
    has_word(name, NEGATING) || name.split('_').any(|word| has_prefix(word) && !has_word(word, NOT_NEGATING))
}

/// A name without the words that negate it.
fn without_negation(name: &str) -> String {
    name.split('_').filter(|word| !has_word(word, NEGATING)).collect::<Vec<_>>().join("_")
}

/// Whether two names have words of different alternatives.
pub(crate) fn excludes(one: &str, other: &str) -> bool {
    EXCLUSIVE.iter().any(|group| {
        let lines_of = |name: &str| group.iter().map(|line| has_word(name, line)).collect::<Vec<_>>();
        let (one, other) = (lines_of(one), lines_of(other));
        let is_common = one.iter().zip(&other).any(|(one, other)| *one && *other);
        // A name can have words of several alternatives ("first day of the week"); it excludes none of them.
        one.contains(&true) && other.contains(&true) && !is_common
    })
}

fn has_word(name: &str, words: &str) -> bool {
    name.split('_').any(|word| words.split(' ').any(|each| each == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_opposite_sense_are_recognized() {
        for (one, other) in [
            ("is_after", "is_before"),
            ("greater_than", "less_than_or_equal"),
            ("is_in_next_n_days", "is_in_last_n_days"),
            ("is_this_month", "is_last_month"),
            ("add_labels", "remove_labels"),
            ("is", "is_not"),
            ("contains", "does_not_contain"),
            ("contact_saved", "contact_deleted"),
            ("contact_saved", "contact_merged"),
            ("starts_with", "ends_with"),
            ("contains_any", "contains_all"),
            ("is_true", "is_false"),
            ("monday", "sunday"),
        ] {
            assert!(opposes(one, other) && opposes(other, one), "{one} {other}");
            assert!(!opposes(one, one) && !opposes(other, other), "{one} {other}");
        }
        for (one, other) in
            [("equals", "contains"), ("greater_than", "greater_than_or_equal"), ("is", "is_after")]
        {
            assert!(!opposes(one, other), "{one} {other}");
        }
    }
}
