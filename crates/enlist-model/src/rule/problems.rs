//! The problems that one check of a rule finds, with their paths.
//!
//! It does not know what is checked. Invariant: the list is bounded; problems beyond the bound are counted.

use crate::error::Error;
use crate::json::Json;
use crate::problem::RuleProblem;

/// Maximum problems that are listed for one rule.
const LISTED_PROBLEMS: usize = 50;

/// Where in a rule, as a JSON Pointer: `/conditions/2/value`. The names on the way are those of the contract, which have
/// nothing to escape.
#[derive(Clone, Default)]
pub(crate) struct Path(String);

impl Path {
    pub(crate) fn member(&self, name: &str) -> Path {
        Path(format!("{}/{name}", self.0))
    }

    pub(crate) fn index(&self, index: usize) -> Path {
        Path(format!("{}/{index}", self.0))
    }
}

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Problems {
    listed: Vec<RuleProblem>,
    /// Number of problems beyond those listed.
    unlisted: usize,
}

impl Problems {
    pub(crate) fn add(&mut self, path: &Path, problem: RuleProblem) {
        if self.listed.len() >= LISTED_PROBLEMS {
            self.unlisted += 1;
            return;
        }
        self.listed.push(RuleProblem { pointer: path.0.clone(), ..problem });
    }

    /// Puts a problem of the whole rule before all others, even if the list is full.
    pub(crate) fn add_first(&mut self, problem: RuleProblem) {
        self.listed.insert(0, problem);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The error that lists them.
    pub(crate) fn into_error(self) -> Error {
        Error::Rule { problems: self.listed, unlisted: self.unlisted }
    }
}

/// The member of an object with a name.
pub(crate) fn member<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// A member as a problem shows it; it may be missing.
pub(crate) fn shown(found: Option<&Json>) -> String {
    found.map_or_else(|| "no such member".to_owned(), Json::shown)
}

/// Words as a sentence lists them, cut after twenty.
pub(crate) fn listed(words: &[&str]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = words.iter().take(MOST).map(|word| format!("`{word}`")).collect();
    let more = words.len().saturating_sub(MOST);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
