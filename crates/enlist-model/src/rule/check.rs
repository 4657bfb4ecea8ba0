//! Checks a rule: from JSON to a [`Rule`], or to all of its problems, each with its path.
//!
//! It knows fields and segments only through the host's [`Definitions`]. Invariant: it recurses no deeper than the
//! depth limit of rules.

use crate::error::Error;
use crate::field::Scope;
use crate::id::SegmentId;
use crate::json::Json;
use crate::problem::{ProblemCode, RuleProblem};
use crate::rule::condition_check::ConditionCheck;
use crate::rule::cycle::Cycles;
use crate::rule::definitions::Definitions;
use crate::rule::problems::{Path, member, shown};
use crate::rule::{
    Condition, ContactCondition, Group, IS_MEMBER, IS_NOT_MEMBER, Match, Node, NodeForm, Rule,
    SegmentCondition, leaves_below,
};

impl Rule {
    /// Checks a whole rule.
    ///
    /// `segment` is the id under which the rule will be saved, if there is one: a rule that leads back to it is
    /// refused.
    ///
    /// # Errors
    /// [`Error::Rule`] lists every problem (the first 50 of them), each with its place, what was found and what is
    /// accepted, and the number of the others.
    pub fn check(
        json: &Json,
        segment: Option<&SegmentId>,
        definitions: &dyn Definitions,
    ) -> Result<Rule, Error> {
        let mut check = RuleCheck {
            conditions: ConditionCheck::new(definitions),
            cycles: segment.map(|own| Cycles::through(own, definitions)),
            leaves_checked: 0,
        };
        let root = check.group(json, &Path::default(), 1);
        let limits = check.conditions.limits;
        let mut problems = check.conditions.problems;
        let leaves = leaves_below(json, 1, limits.rule_depth());
        if limits.rule_conditions().is_exceeded_by(leaves) {
            let accepted = format!("conditions within {}", limits.rule_conditions());
            let found = format!("{leaves} conditions");
            problems.add_first(RuleProblem::new(ProblemCode::TooManyConditions, found, accepted));
        }
        match root {
            Some(root) if problems.is_empty() => Ok(Rule { root }),
            _ => Err(problems.into_error()),
        }
    }
}

/// One check of one rule.
struct RuleCheck<'a> {
    conditions: ConditionCheck<'a>,
    /// Finds references that lead back to the rule's own segment, if it has an id.
    cycles: Option<Cycles<'a>>,
    leaves_checked: usize,
}

impl<'a> RuleCheck<'a> {
    fn problem(
        &mut self,
        path: &Path,
        code: ProblemCode,
        found: impl Into<String>,
        accepted: impl Into<String>,
    ) {
        self.conditions.problems.add(path, RuleProblem::new(code, found, accepted));
    }

    fn group<C: Checked>(&mut self, json: &'a Json, path: &Path, depth: usize) -> Option<Group<C>> {
        // This comes first because it bounds the recursion.
        let limit = self.conditions.limits.rule_depth();
        if limit.is_exceeded_by(depth) {
            let accepted = format!("groups within {limit}");
            self.problem(path, ProblemCode::TooDeep, format!("a group at depth {depth}"), accepted);
            return None;
        }
        let Json::Object(members) = json else {
            let accepted = "a group: an object with `match` and `conditions`";
            self.problem(path, ProblemCode::NotAGroup, json.shown(), accepted);
            return None;
        };
        self.conditions.unknown_members(members, path, &["match", "conditions"]);
        let matching = self.matching(members, path);
        let path = path.member("conditions");
        let nodes = match member(members, "conditions") {
            Some(Json::List(nodes)) if !nodes.is_empty() => nodes,
            found => {
                let code = match found {
                    None => ProblemCode::MissingMember,
                    Some(Json::List(_)) => ProblemCode::EmptyGroup,
                    Some(_) => ProblemCode::WrongConditions,
                };
                self.problem(&path, code, shown(found), "a list of at least one condition or group");
                return None;
            }
        };
        // After the first problem the other nodes are still checked, for their problems, but no longer collected: a
        // list of a million wrong nodes must not take memory for a million nodes.
        let mut checked = Some(Vec::with_capacity(nodes.len().min(self.conditions.limits.rule_conditions)));
        for (index, node) in nodes.iter().enumerate() {
            match (self.node(node, &path.index(index), depth), &mut checked) {
                (Some(node), Some(checked)) => checked.push(node),
                _ => checked = None,
            }
        }
        Some(Group { matching: matching?, nodes: checked? })
    }

    fn matching(&mut self, members: &[(String, Json)], path: &Path) -> Option<Match> {
        let found = member(members, "match");
        let matching = found.and_then(Json::as_text).and_then(Match::named);
        if matching.is_none() {
            let code = if found.is_none() { ProblemCode::MissingMember } else { ProblemCode::WrongMatch };
            self.problem(&path.member("match"), code, shown(found), "`all`, `any` or `none`");
        }
        matching
    }

    fn node<C: Checked>(&mut self, json: &'a Json, path: &Path, depth: usize) -> Option<Node<C>> {
        match NodeForm::of(json) {
            NodeForm::Group => self.group(json, path, depth + 1).map(Node::Group),
            NodeForm::SameConversation(members, group) => {
                self.conditions.unknown_members(members, path, &["same_conversation"]);
                C::same_conversation(self, group, path, depth).map(Node::Condition)
            }
            NodeForm::Leaf(json) => {
                self.leaves_checked += 1;
                // Leaves beyond the limit are counted but not checked: the rule is refused anyway.
                if self.conditions.limits.rule_conditions().is_exceeded_by(self.leaves_checked) {
                    return None;
                }
                self.leaf(json, path).map(Node::Condition)
            }
        }
    }

    fn leaf<C: Checked>(&mut self, json: &'a Json, path: &Path) -> Option<C> {
        let Json::Object(members) = json else {
            let accepted = "a condition or a group: an object";
            self.problem(path, ProblemCode::NotACondition, json.shown(), accepted);
            return None;
        };
        match member(members, "segment") {
            Some(segment) => {
                self.conditions.unknown_members(members, path, &["segment", "operator", "value"]);
                C::on_segment(self, segment, members, path)
            }
            None => self.conditions.condition(members, path, C::SCOPE).map(C::on_field),
        }
    }

    fn segment(
        &mut self,
        segment: &'a Json,
        members: &[(String, Json)],
        path: &Path,
    ) -> Option<SegmentCondition> {
        let is_member = self.is_member(member(members, "operator"), path);
        if let Some(value) = member(members, "value").filter(|value| !value.is_empty()) {
            self.problem(&path.member("value"), ProblemCode::SurplusValue, value.shown(), "no value");
        }
        let segment = self.referred(segment, &path.member("segment"));
        Some(SegmentCondition { segment: segment?, is_member: is_member? })
    }

    fn is_member(&mut self, operator: Option<&Json>, path: &Path) -> Option<bool> {
        let name = operator.and_then(Json::as_text);
        let is_member = match name {
            Some(IS_MEMBER) => Some(true),
            Some(IS_NOT_MEMBER) => Some(false),
            _ => None,
        };
        if is_member.is_none() {
            let suggestion = name.and_then(|name| self.conditions.meant_on_segment(name));
            let accepted = "`is_member` or `is_not_member`";
            let code =
                if operator.is_none() { ProblemCode::MissingMember } else { ProblemCode::UnknownOperator };
            let problem = RuleProblem::new(code, shown(operator), accepted).suggesting(suggestion);
            self.conditions.problems.add(&path.member("operator"), problem);
        }
        is_member
    }

    /// The segment that a condition refers to: it exists and does not lead back.
    fn referred(&mut self, json: &'a Json, path: &Path) -> Option<SegmentId> {
        let Json::Text(name) = json else {
            let accepted = "the id of a segment, as a string";
            self.problem(path, ProblemCode::WrongSegment, json.shown(), accepted);
            return None;
        };
        // Cycles come before unknown segments: the rule's own segment may not be saved yet, but it is not unknown.
        if let Some(cycle) = self.cycles.as_mut().and_then(|cycles| cycles.cycle(name)) {
            let accepted = "a segment that does not refer back to this one";
            self.problem(path, ProblemCode::SegmentCycle, format!("the cycle {cycle}"), accepted);
            return None;
        }
        if self.conditions.definitions.segment_rule(name).is_none() {
            self.conditions.unknown_segment(name, path);
            return None;
        }
        SegmentId::new(name).ok()
    }
}

/// The conditions of a group, on what they are evaluated. A form that is not possible there is a problem.
trait Checked: Sized {
    /// The contact, whose conditions may be on fields of either scope, or one single conversation.
    const SCOPE: Scope;

    fn on_field(condition: Condition) -> Self;

    fn on_segment<'a>(
        check: &mut RuleCheck<'a>,
        segment: &'a Json,
        members: &[(String, Json)],
        path: &Path,
    ) -> Option<Self>;

    fn same_conversation<'a>(
        check: &mut RuleCheck<'a>,
        group: &'a Json,
        path: &Path,
        depth: usize,
    ) -> Option<Self>;
}

impl Checked for ContactCondition {
    const SCOPE: Scope = Scope::Contact;

    fn on_field(condition: Condition) -> Self {
        ContactCondition::Field(condition)
    }

    fn on_segment<'a>(
        check: &mut RuleCheck<'a>,
        segment: &'a Json,
        members: &[(String, Json)],
        path: &Path,
    ) -> Option<Self> {
        check.segment(segment, members, path).map(ContactCondition::Segment)
    }

    fn same_conversation<'a>(
        check: &mut RuleCheck<'a>,
        group: &'a Json,
        path: &Path,
        depth: usize,
    ) -> Option<Self> {
        let path = path.member("same_conversation");
        check.group(group, &path, depth + 1).map(ContactCondition::SameConversation)
    }
}

/// What `same_conversation` accepts inside.
const ON_CONVERSATIONS: &str = "conditions on conversation fields and groups of them";

impl Checked for Condition {
    const SCOPE: Scope = Scope::Conversation;

    fn on_field(condition: Condition) -> Self {
        condition
    }

    fn on_segment<'a>(
        check: &mut RuleCheck<'a>,
        segment: &'a Json,
        members: &[(String, Json)],
        path: &Path,
    ) -> Option<Self> {
        let found = "a condition on a segment inside `same_conversation`";
        let code = ProblemCode::SegmentInSameConversation;
        check.problem(&path.member("segment"), code, found, ON_CONVERSATIONS);
        // It is checked all the same, so that one check reports its other problems too.
        check.segment(segment, members, path);
        None
    }

    fn same_conversation<'a>(check: &mut RuleCheck<'a>, _: &'a Json, path: &Path, _: usize) -> Option<Self> {
        let found = "`same_conversation` inside `same_conversation`";
        check.problem(path, ProblemCode::NestedSameConversation, found, ON_CONVERSATIONS);
        None
    }
}
