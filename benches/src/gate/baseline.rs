//! The baseline: the instruction count of each operation, as a file that people can read. First the settings that the
//! counts hold for, then one line for each operation.
//!
//! It knows no counter. Invariant: [`Baseline::parse`] reads back what [`Baseline::to_text`] writes; an operation is
//! compared only with the same operation done the same number of times.

use std::fmt::Write;

use crate::failure::Failure;
use crate::gate::callgrind::Count;
use crate::gate::operations::Operation;

/// How much more an operation may cost, in percent.
const TOLERANCE: u64 = 3;
const HEADING: &str = "\
# What operations of the engine cost, in instructions counted by callgrind. `cargo run --release -p enlist-bench --bin
# instructions` compares, the same with `-- --write` writes this file. The counts hold for the following alone.
";
const TABLE: &str = "# operation | times | instructions of all times";

/// The known costs of operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// What the counts hold for: the compiler, the target and others, each with a name.
    pub settings: Vec<(String, String)>,
    /// The counts.
    pub counts: Vec<Count>,
}

/// How the cost of an operation compares with the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Equal, within the tolerance.
    Same,
    /// Cheaper by more than the tolerance.
    Cheaper,
    /// More expensive by more than the tolerance.
    Dearer,
    /// Not in the baseline.
    Unknown,
}

impl Baseline {
    /// Reads a baseline; `path` is only for messages.
    ///
    /// # Errors
    /// [`Failure::Baseline`] if a line does not belong to a baseline.
    pub fn parse(text: &str, path: &str) -> Result<Self, Failure> {
        let mut baseline = Baseline::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let wrong = || Failure::Baseline { path: path.to_owned(), line: line.to_owned() };
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            if let [name, times, instructions] = columns[..] {
                let times = times.parse().map_err(|_| wrong())?;
                let instructions = instructions.parse().map_err(|_| wrong())?;
                let operation = Operation { name: name.to_owned(), times };
                baseline.counts.push(Count { operation, instructions });
            } else {
                let (name, value) = line.split_once(": ").ok_or_else(wrong)?;
                baseline.settings.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(baseline)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let settings = self.settings.iter().map(|(name, value)| format!("{name}: {value}\n"));
        let counts = self.counts.iter().map(|count| {
            let Count { operation: Operation { name, times }, instructions } = count;
            format!("{name:<50} | {times:>5} | {instructions:>12}\n")
        });
        format!("{HEADING}{}\n{TABLE}\n{}", settings.collect::<String>(), counts.collect::<String>())
    }

    /// The settings that differ, one sentence each.
    pub fn differences(&self, here: &[(String, String)]) -> Vec<String> {
        let differs = |(name, value): &(String, String)| {
            let there = self.settings.iter().find(|(known, _)| known == name);
            let there = there.map_or("nothing", |(_, value)| value);
            (there != value).then(|| format!("{name}: the baseline holds for {there}; here it is {value}"))
        };
        here.iter().filter_map(differs).collect()
    }

    /// The known cost of an operation.
    pub fn known(&self, count: &Count) -> Option<u64> {
        let known = self.counts.iter().find(|known| known.operation == count.operation);
        known.map(|known| known.instructions)
    }

    /// How the cost of an operation compares with the baseline.
    pub fn verdict(&self, count: &Count) -> Verdict {
        match self.known(count) {
            None => Verdict::Unknown,
            Some(known) if count.instructions * 100 > known * (100 + TOLERANCE) => Verdict::Dearer,
            Some(known) if count.instructions * 100 < known * (100 - TOLERANCE) => Verdict::Cheaper,
            Some(_) => Verdict::Same,
        }
    }

    /// A line for each operation, and a sentence for each whose cost has changed. If there are any, the last sentence
    /// says that the command `rewrite` makes the new counts the baseline.
    pub fn report(&self, counts: &[Count], rewrite: &str) -> String {
        let mut text = String::new();
        let mut sentences = String::new();
        for count in counts {
            let Count { operation: Operation { name, times }, instructions } = count;
            let each = |instructions: u64| instructions as f64 / *times as f64;
            let Some(known) = self.known(count) else {
                let _ = writeln!(sentences, "{name}, {times} times: not in the baseline");
                continue;
            };
            let percent = (*instructions as f64 / known as f64 - 1.0) * 100.0;
            let (now, before) = (each(*instructions), each(known));
            let _ = writeln!(text, "{name:<50} {now:>14.1} {before:>14.1} {percent:>+8.2} %");
            let sentence = |word: &str, rest: &str| {
                let percent = percent.abs();
                format!(
                    "{name}: {now:.1} instructions, {before:.1} in the baseline, {percent:.2} % {word}{rest}\n"
                )
            };
            sentences += &match self.verdict(count) {
                Verdict::Dearer => sentence("more", &format!("; at most {TOLERANCE} % more is allowed")),
                Verdict::Cheaper => sentence("less", ""),
                Verdict::Same | Verdict::Unknown => String::new(),
            };
        }
        let gone =
            self.counts.iter().filter(|known| counts.iter().all(|count| count.operation != known.operation));
        for Count { operation: Operation { name, times }, .. } in gone {
            let _ = writeln!(sentences, "{name}, {times} times: in the baseline, but not counted");
        }
        if !sentences.is_empty() {
            let _ = writeln!(sentences, "If that is intended: {rewrite} makes it the baseline.");
        }
        let (now, before) = ("instructions", "baseline");
        format!("{:<50} {now:>14} {before:>14} {:>10}\n{text}\n{sentences}", "operation", "change")
    }

    /// Whether every operation is known and none costs too much.
    pub fn lets_through(&self, counts: &[Count]) -> bool {
        let passes = |count| matches!(self.verdict(count), Verdict::Same | Verdict::Cheaper);
        counts.len() == self.counts.len() && counts.iter().all(passes)
    }
}
