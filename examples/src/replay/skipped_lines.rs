//! The lines that `--skip-bad` went past, grouped by the reason.
//!
//! Invariant: the memory it takes is bounded, however many lines are bad and however many reasons there are.

use std::collections::BTreeMap;
use std::fmt;

use super::failure::REASON_CHARACTERS;
use super::printable::printable;

/// Different reasons that are kept; lines of further ones are counted together.
const MOST_REASONS: usize = 1_000;
/// Line numbers that are kept for each reason.
const FIRST_LINES: usize = 3;
/// The name of all reasons beyond [`MOST_REASONS`].
const OTHER_REASONS: &str = "other reasons";

/// Bad lines by reason.
#[derive(Default)]
pub(super) struct SkippedLines {
    by_reason: BTreeMap<String, Lines>,
    others: Lines,
}

/// Lines with one reason.
#[derive(Default)]
struct Lines {
    count: u64,
    /// The numbers of the first of them, in the order of the log.
    first: Vec<u64>,
}

impl Lines {
    fn add(&mut self, line: u64) {
        self.count += 1;
        if self.first.len() < FIRST_LINES {
            self.first.push(line);
        }
    }
}

impl SkippedLines {
    /// Adds a line; lines come in the order of the log.
    pub(super) fn add(&mut self, line: u64, reason: &str) {
        // A reason from a log can be long; what is not shown need not be kept.
        let reason = printable(reason, REASON_CHARACTERS);
        let lines = if self.by_reason.len() < MOST_REASONS || self.by_reason.contains_key(&reason) {
            self.by_reason.entry(reason).or_default()
        } else {
            &mut self.others
        };
        lines.add(line);
    }

    /// One sentence a reason: those of most lines first, then those that came earliest; further reasons at the end.
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut reasons: Vec<(&str, &Lines)> =
            self.by_reason.iter().map(|(reason, lines)| (reason.as_str(), lines)).collect();
        // No two reasons have the same first line, so the order is complete.
        reasons.sort_unstable_by_key(|(_, lines)| {
            (std::cmp::Reverse(lines.count), lines.first.first().copied())
        });
        // Last although they may be many: they are no reason of their own.
        let others = (self.others.count > 0).then_some((OTHER_REASONS, &self.others));
        reasons.into_iter().chain(others).map(|(reason, lines)| sentence(reason, lines)).collect()
    }
}

/// `3 lines skipped: the reason (lines 4, 9, 12)`.
fn sentence(reason: &str, lines: &Lines) -> String {
    let (ending, more) = (plural(lines.count), if lines.count > FIRST_LINES as u64 { ", …" } else { "" });
    let count = lines.count;
    format!("{count} line{ending} skipped: {reason} (line{ending} {}{more})", Numbers(&lines.first))
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Numbers with commas between them.
struct Numbers<'a>(&'a [u64]);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(out, "{separator}{number}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_most_lines_come_first_then_the_earliest() {
        let mut skipped = SkippedLines::default();
        for (line, reason) in
            [(2, "z"), (3, "a"), (5, "b"), (6, "b"), (7, "b"), (9, "b"), (11, "y"), (12, "y")]
        {
            skipped.add(line, reason);
        }
        let expected = [
            "4 lines skipped: b (lines 5, 6, 7, …)",
            "2 lines skipped: y (lines 11, 12)",
            "1 line skipped: z (line 2)",
            "1 line skipped: a (line 3)",
        ];
        assert_eq!(skipped.sentences(), expected);
    }

    #[test]
    fn reasons_beyond_the_bound_are_counted_together_and_come_last() {
        let mut skipped = SkippedLines::default();
        for line in 1..=2 * MOST_REASONS as u64 {
            skipped.add(line, &format!("reason {line}"));
        }
        skipped.add(9_999, "reason 1");
        let sentences = skipped.sentences();
        assert_eq!(sentences.len(), MOST_REASONS + 1);
        assert_eq!(sentences[0], "2 lines skipped: reason 1 (lines 1, 9999)");
        assert_eq!(sentences[MOST_REASONS], "1000 lines skipped: other reasons (lines 1001, 1002, 1003, …)");
    }
}
