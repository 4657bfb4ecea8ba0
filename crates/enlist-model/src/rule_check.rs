//! The door for rules: from JSON to a checked [`Rule`], or all that is wrong with it, each problem with its path.
//!
//! It asks the host's [`Definitions`] which fields and segments there are, and knows nothing else of them. It recurses
//! no deeper than a rule may nest.

use crate::cycle::Cycles;
use crate::definitions::Definitions;
use crate::error::{Error, RuleProblem};
use crate::id::SegmentId;
use crate::json::Json;
use crate::limits;
use crate::rule::{Group, IS_MEMBER, IS_NOT_MEMBER, Match, Node, Rule, SegmentCondition};
use crate::suggestion::Suggestions;

/// The most problems that are listed for one rule.
const LISTED_PROBLEMS: usize = 50;

impl Rule {
    /// Checks a rule whole.
    ///
    /// `segment` is the id under which the rule is to be saved, if there is one: a rule that leads back to it is
    /// refused.
    ///
    /// # Errors
    /// [`Error::Rule`] lists every problem (the first 50 of them), each with its path, what was found and what is
    /// accepted.
    pub fn check(
        json: &Json,
        segment: Option<&SegmentId>,
        definitions: &dyn Definitions,
    ) -> Result<Rule, Error> {
        let mut check = Check {
            definitions,
            cycles: segment.map(|own| Cycles::through(own, definitions)),
            suggestions: Suggestions::new(),
            conditions: 0,
            problems: Vec::new(),
            unlisted: 0,
        };
        let root = check.group(json, &Path::default(), 1, Place::Contact);
        if limits::RULE_CONDITIONS.is_exceeded_by(check.conditions) {
            let problem = RuleProblem {
                path: WHOLE.into(),
                found: format!("{} conditions", check.conditions),
                accepted: format!("conditions within {}", limits::RULE_CONDITIONS),
                suggestion: None,
            };
            check.problems.insert(0, problem);
        }
        if check.unlisted > 0 {
            check.problems.push(RuleProblem {
                path: WHOLE.into(),
                found: format!("{} more problems, not listed here", check.unlisted),
                accepted: "a rule without any".into(),
                suggestion: None,
            });
        }
        match root {
            Some(root) if check.problems.is_empty() => Ok(Rule { root }),
            _ => Err(Error::Rule { problems: check.problems }),
        }
    }
}

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

/// Whose fields a group may name.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Contact,
    SameConversation,
}

pub(crate) struct Check<'a> {
    pub(crate) definitions: &'a dyn Definitions,
    /// Where the rule's segment has an id: what it would refer back to.
    cycles: Option<Cycles<'a>>,
    pub(crate) suggestions: Suggestions,
    /// Leaves seen so far.
    conditions: usize,
    problems: Vec<RuleProblem>,
    /// How many problems were found beyond those listed.
    unlisted: usize,
}

impl<'a> Check<'a> {
    pub(crate) fn problem(&mut self, path: &Path, found: impl Into<String>, accepted: impl Into<String>) {
        self.suggest(path, found, accepted, None);
    }

    pub(crate) fn suggest(
        &mut self,
        path: &Path,
        found: impl Into<String>,
        accepted: impl Into<String>,
        suggestion: Option<String>,
    ) {
        if self.problems.len() >= LISTED_PROBLEMS {
            self.unlisted += 1;
            return;
        }
        let path = if path.0.is_empty() { WHOLE.to_owned() } else { path.0.clone() };
        self.problems.push(RuleProblem { path, found: found.into(), accepted: accepted.into(), suggestion });
    }

    pub(crate) fn unknown_members(&mut self, members: &[(String, Json)], path: &Path, accepted: &[&str]) {
        for (key, _) in members {
            if !accepted.contains(&key.as_str()) {
                let accepted = format!("the members {}", listed(accepted));
                self.problem(
                    path,
                    format!("an unknown member {}", Json::from(key.as_str()).shown()),
                    accepted,
                );
            }
        }
    }

    fn group(&mut self, json: &'a Json, path: &Path, depth: usize, place: Place) -> Option<Group> {
        if limits::RULE_DEPTH.is_exceeded_by(depth) {
            self.problem(
                path,
                format!("a group at depth {depth}"),
                format!("groups within {}", limits::RULE_DEPTH),
            );
            return None;
        }
        let Json::Object(members) = json else {
            self.problem(path, json.shown(), "a group: an object with `match` and `conditions`");
            return None;
        };
        self.unknown_members(members, path, &["match", "conditions"]);
        let matching = self.matching(members, path);
        let path = path.member("conditions");
        let nodes = match member(members, "conditions") {
            Some(Json::List(nodes)) if !nodes.is_empty() => nodes,
            found => {
                let found = found.map_or_else(|| "no such member".to_owned(), Json::shown);
                self.problem(&path, found, "a list of at least one condition or group");
                return None;
            }
        };
        // Once one is wrong the others are checked for their problems alone, and no room is taken for them.
        let mut checked = Some(Vec::with_capacity(nodes.len().min(limits::RULE_CONDITIONS.most)));
        for (index, node) in nodes.iter().enumerate() {
            match (self.node(node, &path.index(index), depth, place), &mut checked) {
                (Some(node), Some(checked)) => checked.push(node),
                _ => checked = None,
            }
        }
        Some(Group { matching: matching?, nodes: checked? })
    }

    fn matching(&mut self, members: &[(String, Json)], path: &Path) -> Option<Match> {
        let found = member(members, "match");
        if let Some(Json::Text(name)) = found
            && let Some(matching) = Match::named(name)
        {
            return Some(matching);
        }
        let found = found.map_or_else(|| "no such member".to_owned(), Json::shown);
        self.problem(&path.member("match"), found, "`all`, `any` or `none`");
        None
    }

    fn node(&mut self, json: &'a Json, path: &Path, depth: usize, place: Place) -> Option<Node> {
        let Json::Object(members) = json else {
            self.conditions += 1;
            self.problem(path, json.shown(), "a condition or a group: an object");
            return None;
        };
        let has = |name| member(members, name).is_some();
        if has("match") || has("conditions") {
            return self.group(json, path, depth + 1, place).map(Node::Group);
        }
        if has("same_conversation") {
            return self.same_conversation(members, path, depth, place);
        }
        self.conditions += 1;
        if limits::RULE_CONDITIONS.is_exceeded_by(self.conditions) {
            return None;
        }
        if has("segment") {
            self.segment(members, path, place)
        } else {
            self.condition(members, path, place).map(Node::Condition)
        }
    }

    fn same_conversation(
        &mut self,
        members: &'a [(String, Json)],
        path: &Path,
        depth: usize,
        place: Place,
    ) -> Option<Node> {
        self.unknown_members(members, path, &["same_conversation"]);
        if place == Place::SameConversation {
            self.problem(
                path,
                "`same_conversation` inside `same_conversation`",
                "conditions on conversation fields and groups of them",
            );
            return None;
        }
        let group = member(members, "same_conversation")?;
        let path = path.member("same_conversation");
        self.group(group, &path, depth + 1, Place::SameConversation).map(Node::SameConversation)
    }

    fn segment(&mut self, members: &'a [(String, Json)], path: &Path, place: Place) -> Option<Node> {
        self.unknown_members(members, path, &["segment", "operator", "value"]);
        if place == Place::SameConversation {
            self.problem(
                &path.member("segment"),
                "a condition on a segment inside `same_conversation`",
                "conditions on conversation fields and groups of them",
            );
        }
        let is_member = match member(members, "operator") {
            Some(Json::Text(name)) if name == IS_MEMBER => Some(true),
            Some(Json::Text(name)) if name == IS_NOT_MEMBER => Some(false),
            found => {
                let found = found.map_or_else(|| "no such member".to_owned(), Json::shown);
                self.problem(&path.member("operator"), found, "`is_member` or `is_not_member`");
                None
            }
        };
        if let Some(value) = member(members, "value").filter(|value| !value.is_empty()) {
            self.problem(&path.member("value"), value.shown(), "no value");
        }
        let segment = self.referred(member(members, "segment")?, &path.member("segment"));
        Some(Node::Segment(SegmentCondition { segment: segment?, is_member: is_member? }))
    }

    /// The segment that a condition refers to: it exists and does not lead back.
    fn referred(&mut self, json: &'a Json, path: &Path) -> Option<SegmentId> {
        let Json::Text(name) = json else {
            self.problem(path, json.shown(), "the id of a segment, as a string");
            return None;
        };
        if let Some(cycle) = self.cycles.as_mut().and_then(|cycles| cycles.cycle(name)) {
            self.problem(
                path,
                format!("the cycle {cycle}"),
                "a segment that does not refer back to this one",
            );
            return None;
        }
        if self.definitions.segment_rule(name).is_none() {
            let suggestion = self.suggestions.nearest(name, self.definitions.segment_ids());
            let found = format!("the unknown segment {}", json.shown());
            self.suggest(path, found, "the id of a segment", suggestion);
            return None;
        }
        SegmentId::new(name).ok()
    }
}

pub(crate) fn member<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Words as a sentence lists them, cut after twenty.
pub(crate) fn listed(words: &[&str]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = words.iter().take(MOST).map(|word| format!("`{word}`")).collect();
    let more = words.len().saturating_sub(MOST);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
