//! The problems that one check of a rule finds, with their paths.
//!
//! It does not know what is checked. Invariant: the list is bounded; problems beyond the bound are counted.

use crate::error::RuleProblem;
use crate::json::Json;

/// Maximum problems that are listed for one rule.
const LISTED_PROBLEMS: usize = 50;

/// The path of the rule itself.
const WHOLE: &str = "the rule";

/// Where in a rule, as errors write it: `conditions[2].value`.
#[derive(Clone, Default)]
pub(crate) struct Path(String);

impl Path {
    pub(crate) fn member(&self, name: &str) -> Path {
        Path(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    pub(crate) fn index(&self, index: usize) -> Path {
        Path(format!("{}[{index}]", self.0))
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
    pub(crate) fn add(&mut self, path: &Path, found: impl Into<String>, accepted: impl Into<String>) {
        self.add_suggesting(path, found, accepted, None);
    }

    pub(crate) fn add_suggesting(
        &mut self,
        path: &Path,
        found: impl Into<String>,
        accepted: impl Into<String>,
        suggestion: Option<String>,
    ) {
        if self.listed.len() >= LISTED_PROBLEMS {
            self.unlisted += 1;
            return;
        }
        let path = if path.0.is_empty() { WHOLE.to_owned() } else { path.0.clone() };
        self.listed.push(RuleProblem { path, found: found.into(), accepted: accepted.into(), suggestion });
    }

    /// Puts a problem of the whole rule before all others, even if the list is full.
    pub(crate) fn add_first(&mut self, found: String, accepted: String) {
        self.listed.insert(0, RuleProblem { path: WHOLE.into(), found, accepted, suggestion: None });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The list. If it omits problems, its last entry says how many.
    pub(crate) fn into_list(mut self) -> Vec<RuleProblem> {
        if self.unlisted > 0 {
            self.listed.push(RuleProblem {
                path: WHOLE.into(),
                found: format!("{} more problems, not listed here", self.unlisted),
                accepted: "a rule without any".into(),
                suggestion: None,
            });
        }
        self.listed
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
