//! "Did you mean …?": the known word nearest to a misspelled one.
//!
//! What always holds: the work of one check is bounded, however many words there are and however long they get; where
//! it is used up, there are no more suggestions.

/// How much comparing is left, in pairs of bytes.
pub(crate) struct Suggestions {
    left: usize,
}

impl Suggestions {
    pub(crate) fn new() -> Self {
        // Some tens of milliseconds at most; enough for every unknown name of a rule among hundreds of fields.
        Suggestions { left: 2_000_000 }
    }

    /// The word nearest to a misspelled one, if one is near enough to be meant.
    pub(crate) fn nearest<'w>(
        &mut self,
        name: &str,
        words: impl IntoIterator<Item = &'w str>,
    ) -> Option<String> {
        const NEAR_ENOUGH: f64 = 0.65;
        const LONGEST: usize = 128;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_and_of_equals_the_first() {
        let mut suggestions = Suggestions::new();
        assert_eq!(suggestions.nearest("plna", ["name", "plan", "plane"]), Some("plan".to_owned()));
        assert_eq!(suggestions.nearest("aab", ["aac", "aaa"]), Some("aaa".to_owned()));
        assert_eq!(suggestions.nearest("aab", ["acc"]), None);
        assert_eq!(suggestions.nearest("statuss", ["status2", "status1"]), Some("status1".to_owned()));
        assert_eq!(suggestions.nearest("x", ["name"]), None);
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
