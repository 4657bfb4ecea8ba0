//! The door for rules: from JSON to a checked [`Rule`], or all that is wrong with it, each problem with its path.
//!
//! It asks the host's [`Definitions`] which fields and segments there are, and knows nothing else of them. It recurses
//! no deeper than a rule may nest.

use std::collections::BTreeMap;

use compact_str::CompactString;

use crate::error::{Error, RuleProblem};
use crate::field::{FieldDefinition, Scope};
use crate::id::SegmentId;
use crate::json::Json;
use crate::kind::Kind;
use crate::limits;
use crate::operator::Operator;
use crate::predicate::Predicate;
use crate::rule::{Condition, Group, IS_MEMBER, IS_NOT_MEMBER, Match, Node, Rule, SegmentCondition};

/// What a rule is checked against: the fields and segments of a workspace.
pub trait Definitions {
    /// The field of that key.
    fn field(&self, key: &str) -> Option<&FieldDefinition>;
    /// The keys of all fields, for suggestions.
    fn field_keys(&self) -> Vec<&str>;
    /// The rule of a saved segment.
    fn segment_rule(&self, segment: &str) -> Option<&Rule>;
    /// The ids of all segments, for suggestions.
    fn segment_ids(&self) -> Vec<&str>;
}

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
        let mut check = Check { definitions, segment, conditions: 0, problems: Vec::new() };
        let root = check.group(json, &Path::default(), 1, Place::Contact);
        if limits::RULE_CONDITIONS.is_exceeded_by(check.conditions) {
            let problem = RuleProblem {
                path: "conditions".into(),
                found: format!("{} conditions in the whole rule", check.conditions),
                accepted: format!("conditions within {}", limits::RULE_CONDITIONS),
                suggestion: None,
            };
            check.problems.insert(0, problem);
        }
        match root {
            Some(root) if check.problems.is_empty() => Ok(Rule { root }),
            _ => Err(Error::Rule { problems: check.problems }),
        }
    }
}

/// Where in a rule, as errors write it: `conditions[2].value`.
#[derive(Clone, Default)]
struct Path(String);

impl Path {
    fn member(&self, name: &str) -> Path {
        Path(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    fn index(&self, index: usize) -> Path {
        Path(format!("{}[{index}]", self.0))
    }
}

/// Whose fields a group may name.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Contact,
    SameConversation,
}

struct Check<'a> {
    definitions: &'a dyn Definitions,
    segment: Option<&'a SegmentId>,
    /// Leaves seen so far.
    conditions: usize,
    problems: Vec<RuleProblem>,
}

impl<'a> Check<'a> {
    fn problem(&mut self, path: &Path, found: impl Into<String>, accepted: impl Into<String>) {
        self.suggest(path, found, accepted, None);
    }

    fn suggest(
        &mut self,
        path: &Path,
        found: impl Into<String>,
        accepted: impl Into<String>,
        suggestion: Option<String>,
    ) {
        if self.problems.len() < LISTED_PROBLEMS {
            let path = if path.0.is_empty() { "the rule".to_owned() } else { path.0.clone() };
            self.problems.push(RuleProblem {
                path,
                found: found.into(),
                accepted: accepted.into(),
                suggestion,
            });
        }
    }

    fn unknown_members(&mut self, members: &[(String, Json)], path: &Path, accepted: &[&str]) {
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

    fn group(&mut self, json: &Json, path: &Path, depth: usize, place: Place) -> Option<Group> {
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
        let checked: Vec<Option<Node>> = nodes
            .iter()
            .enumerate()
            .map(|(index, node)| self.node(node, &path.index(index), depth, place))
            .collect();
        Some(Group { matching: matching?, nodes: checked.into_iter().collect::<Option<_>>()? })
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

    fn node(&mut self, json: &Json, path: &Path, depth: usize, place: Place) -> Option<Node> {
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
        members: &[(String, Json)],
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

    fn segment(&mut self, members: &[(String, Json)], path: &Path, place: Place) -> Option<Node> {
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
    fn referred(&mut self, json: &Json, path: &Path) -> Option<SegmentId> {
        let Json::Text(name) = json else {
            self.problem(path, json.shown(), "the id of a segment, as a string");
            return None;
        };
        let referred = SegmentId::new(name).ok();
        if let (Some(own), Some(referred)) = (self.segment, &referred)
            && let Some(cycle) = cycle(own, referred, self.definitions)
        {
            self.problem(
                path,
                format!("the cycle {cycle}"),
                "a segment that does not refer back to this one",
            );
            return None;
        }
        if self.definitions.segment_rule(name).is_none() {
            let suggestion = nearest(name, self.definitions.segment_ids());
            self.suggest(
                path,
                format!("the unknown segment {}", json.shown()),
                "the id of a segment",
                suggestion,
            );
            return None;
        }
        referred
    }

    fn condition(&mut self, members: &[(String, Json)], path: &Path, place: Place) -> Option<Condition> {
        self.unknown_members(members, path, &["field", "operator", "value"]);
        let field = self.field(member(members, "field"), path, place);
        let operator = self.operator(member(members, "operator"), path, field);
        let (field, operator) = (field?, operator?);
        let value = member(members, "value").unwrap_or(&Json::Null);
        let path = path.member("value");
        let predicate = match operator.predicate(field.kind, value) {
            Ok(predicate) => predicate,
            Err(unfit) => {
                let accepted = format!(
                    "{} (for `{operator}` on the {} field `{}`)",
                    unfit.accepted, field.kind, field.key
                );
                self.problem(&path, unfit.found, accepted);
                return None;
            }
        };
        self.known_options(field, &predicate, &path).then(|| Condition {
            field: field.key.clone(),
            operator,
            value: if value.is_empty() { Json::Null } else { value.clone() },
            predicate,
        })
    }

    fn field(&mut self, json: Option<&Json>, path: &Path, place: Place) -> Option<&'a FieldDefinition> {
        let field_path = path.member("field");
        let Some(json) = json else {
            let accepted = "a condition (`field`, `operator`, `value`), a group (`match`, `conditions`), \
                            `same_conversation` or `segment`";
            self.problem(path, "an object that is none of these", accepted);
            return None;
        };
        let definitions = self.definitions;
        let known = match json {
            Json::Text(key) => definitions.field(key),
            _ => None,
        };
        let Some(field) = known else {
            let suggestion = match json {
                Json::Text(key) => nearest(key, definitions.field_keys()),
                _ => None,
            };
            let found = format!("the unknown field {}", json.shown());
            self.suggest(&field_path, found, "the key of a defined field", suggestion);
            return None;
        };
        if place == Place::SameConversation && field.key.scope() == Scope::Contact {
            let found = format!("the contact field `{}`", field.key);
            self.problem(&field_path, found, "a conversation field, inside `same_conversation`");
        }
        Some(field)
    }

    fn operator(
        &mut self,
        json: Option<&Json>,
        path: &Path,
        field: Option<&FieldDefinition>,
    ) -> Option<Operator> {
        let named = match json {
            Some(Json::Text(name)) => Operator::named(name),
            _ => None,
        };
        if let Some(operator) = named
            && field.is_none_or(|field| operator.kinds().contains(&field.kind))
        {
            return Some(operator);
        }
        let kind: Option<Kind> = field.map(|field| field.kind);
        let accepted: Vec<&str> = Operator::ALL
            .iter()
            .filter(|each| kind.is_none_or(|kind| each.kinds().contains(&kind)))
            .map(|each| each.name())
            .collect();
        let suggestion = match json {
            Some(Json::Text(name)) => nearest(name, accepted.clone()),
            _ => None,
        };
        let found = json.map_or_else(|| "no such member".to_owned(), Json::shown);
        let accepted = match kind {
            Some(kind) => format!("an operator of kind {kind}: {}", listed(&accepted)),
            None => "an operator".to_owned(),
        };
        self.suggest(&path.member("operator"), found, accepted, suggestion);
        None
    }

    /// Whether the field takes every option that the predicate names.
    fn known_options(&mut self, field: &FieldDefinition, predicate: &Predicate, path: &Path) -> bool {
        let unknown: Vec<String> = named_options(predicate)
            .into_iter()
            .filter(|option| !field.takes_option(option))
            .map(|option| Json::from(option).shown())
            .collect();
        if unknown.is_empty() {
            return true;
        }
        let accepted: Vec<&str> = field.options.iter().flatten().map(CompactString::as_str).collect();
        let found = format!("the unknown option {}", unknown.join(", "));
        self.problem(path, found, format!("an option of the field `{}`: {}", field.key, listed(&accepted)));
        false
    }
}

/// The options that a predicate names.
pub fn named_options(predicate: &Predicate) -> Vec<&str> {
    match predicate {
        Predicate::OptionEquals(option) => vec![option],
        Predicate::ContainsAny(options) | Predicate::ContainsAll(options) => options.iter().collect(),
        _ => Vec::new(),
    }
}

fn member<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Words as a sentence lists them, cut after twenty.
fn listed(words: &[&str]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = words.iter().take(MOST).map(|word| format!("`{word}`")).collect();
    let more = words.len().saturating_sub(MOST);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// The word nearest to a misspelled one, if it is near enough to be meant.
pub(crate) fn nearest(name: &str, words: Vec<&str>) -> Option<String> {
    const NEAR_ENOUGH: f64 = 0.7;
    const LONGEST: usize = 128;
    if name.len() > LONGEST {
        return None;
    }
    words
        .into_iter()
        .map(|word| (strsim::normalized_damerau_levenshtein(name, word), word))
        .filter(|(likeness, _)| *likeness >= NEAR_ENOUGH)
        .max_by(|one, two| one.0.total_cmp(&two.0).then_with(|| two.1.cmp(one.1)))
        .map(|(_, word)| word.to_owned())
}

/// The way from a segment back to itself through one that it would refer to: `a → b → a`.
fn cycle(own: &SegmentId, referred: &SegmentId, definitions: &dyn Definitions) -> Option<String> {
    let mut reached_from: BTreeMap<&SegmentId, &SegmentId> = BTreeMap::from([(referred, own)]);
    let mut waiting = vec![referred];
    while let Some(segment) = waiting.pop() {
        if segment == own {
            break;
        }
        for next in definitions.segment_rule(segment.as_str()).map(Rule::segments).unwrap_or_default() {
            reached_from.entry(next).or_insert_with(|| {
                waiting.push(next);
                segment
            });
        }
    }
    let mut way = vec![own.as_str()];
    let mut step = *reached_from.get(own)?;
    while step != own {
        way.push(step.as_str());
        step = reached_from.get(step)?;
    }
    way.push(own.as_str());
    way.reverse();
    Some(way.join(" → "))
}
