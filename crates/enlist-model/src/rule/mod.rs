//! Rules: a tree of groups over conditions.
//!
//! It does not know how a rule is checked. Invariant: a rule that exists is valid, because only `Rule::check` makes
//! one.

pub(crate) mod check;
pub(crate) mod condition_check;
pub(crate) mod cycle;
pub(crate) mod definitions;
pub(crate) mod problems;
pub(crate) mod sentence;
pub(crate) mod unchecked;

use std::fmt;

use crate::field::FieldKey;
use crate::id::SegmentId;
use crate::json::Json;
use crate::limits::{ContentLimits, Limit};
use crate::operator::Operator;
use crate::operator::predicate::Predicate;

/// The rule of a segment: its outermost group.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub(crate) root: Group,
}

/// Nodes under one `match`; never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// How many of the nodes must hold.
    pub matching: Match,
    /// The nodes, in the order given.
    pub nodes: Vec<Node>,
}

/// How many nodes of a group must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// Every one.
    All,
    /// At least one.
    Any,
    /// None.
    None,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A condition on a field.
    Condition(Condition),
    /// A nested group.
    Group(Group),
    /// A group that one single conversation must meet. It contains only conditions on conversation fields, and groups
    /// of them.
    SameConversation(Group),
    /// A condition on the membership of another segment.
    Segment(SegmentCondition),
}

/// One field, one operator, its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The field.
    pub field: FieldKey,
    /// The operator.
    pub operator: Operator,
    /// Its operand as it was given; `null` if it takes none.
    pub value: Json,
    /// The predicate of the operator, or of the operator it negates.
    pub predicate: Predicate,
}

impl Condition {
    /// Whether the condition is the complement of its predicate.
    pub fn is_negated(&self) -> bool {
        self.operator.negates().is_some()
    }
}

/// Whether a contact is a member of another segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentCondition {
    /// That segment.
    pub segment: SegmentId,
    /// `true` for `is_member`, `false` for `is_not_member`.
    pub is_member: bool,
}

impl SegmentCondition {
    /// The name of the operator.
    pub fn operator(&self) -> &'static str {
        if self.is_member { IS_MEMBER } else { IS_NOT_MEMBER }
    }
}

/// `is_member`
pub(crate) const IS_MEMBER: &str = "is_member";
/// `is_not_member`
pub(crate) const IS_NOT_MEMBER: &str = "is_not_member";

impl Match {
    /// Every way of matching.
    pub const ALL: [Match; 3] = [Match::All, Match::Any, Match::None];

    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Match::All => "all",
            Match::Any => "any",
            Match::None => "none",
        }
    }

    /// The way of matching with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|matching| matching.name() == name)
    }

    /// Whether a group holds, given the truth of its nodes. Stops at the first node that decides.
    pub fn holds(self, mut truths: impl Iterator<Item = bool>) -> bool {
        match self {
            Match::All => truths.all(|truth| truth),
            Match::Any => truths.any(|truth| truth),
            Match::None => !truths.any(|truth| truth),
        }
    }
}

impl Rule {
    /// The outermost group.
    pub fn root(&self) -> &Group {
        &self.root
    }

    /// Every condition on a field, including those in `same_conversation` groups, in the order given.
    pub fn conditions(&self) -> Vec<&Condition> {
        let mut found = Vec::new();
        self.root.visit(&mut |node| {
            if let Node::Condition(condition) = node {
                found.push(condition);
            }
        });
        found
    }

    /// Every segment that the rule refers to, in the order given, duplicates included.
    pub fn segments(&self) -> Vec<&SegmentId> {
        let mut found = Vec::new();
        self.root.visit(&mut |node| {
            if let Node::Segment(condition) = node {
                found.push(&condition.segment);
            }
        });
        found
    }

    /// The number of its leaves: conditions on fields and on segments, as the limit `conditions` counts them.
    ///
    /// ```
    /// # use enlist_model::{Definitions, FieldDefinition, Json, Rule};
    /// # struct NoFields(Vec<FieldDefinition>);
    /// # impl Definitions for NoFields {
    /// #     fn field(&self, key: &str) -> Option<&FieldDefinition> { self.0.iter().find(|field| field.key.as_str() == key) }
    /// #     fn field_keys(&self) -> Vec<&str> { Vec::new() }
    /// #     fn segment_rule(&self, _: &str) -> Option<&Rule> { None }
    /// #     fn segment_ids(&self) -> Vec<&str> { Vec::new() }
    /// # }
    /// # let definitions = NoFields(FieldDefinition::built_in());
    /// let json = Json::parse(
    ///     r#"{"match": "all", "conditions": [
    ///         {"field": "email", "operator": "is_not_empty"},
    ///         {"match": "any", "conditions": [
    ///             {"field": "labels", "operator": "has_label", "value": "vip"},
    ///             {"field": "name", "operator": "starts_with", "value": "Dr."}]}]}"#,
    /// )?;
    /// assert_eq!(Rule::check(&json, None, &definitions)?.leaf_count(), 3);
    /// # Ok::<(), enlist_model::Error>(())
    /// ```
    pub fn leaf_count(&self) -> usize {
        let mut leaves = 0;
        self.root.visit(&mut |node| leaves += usize::from(node.is_leaf()));
        leaves
    }

    /// The number of leaves of a rule that is not checked yet: the same number as the checked rule's
    /// [`leaf_count`](Self::leaf_count), if the check accepts it. Groups deeper than the
    /// [maximum](ContentLimits::MAXIMA) count nothing.
    pub fn leaf_count_of(json: &Json) -> usize {
        leaves_below(json, 1, ContentLimits::MAXIMA.rule_depth())
    }

    /// The rule as JSON, operands as they were given.
    pub fn to_json(&self) -> Json {
        self.root.to_json()
    }
}

impl Group {
    /// Calls `see` for every node below, outer nodes first. The recursion is bounded by the depth limit of rules.
    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Node)) {
        for node in &self.nodes {
            see(node);
            if let Node::Group(group) | Node::SameConversation(group) = node {
                group.visit(see);
            }
        }
    }

    fn to_json(&self) -> Json {
        Json::Object(vec![
            ("match".to_owned(), Json::from(self.matching.name())),
            ("conditions".to_owned(), Json::List(self.nodes.iter().map(Node::to_json).collect())),
        ])
    }
}

/// The form of a node, which decides how it is read.
pub(crate) enum NodeForm<'a> {
    Group,
    /// With all members of the node, and the group inside.
    SameConversation(&'a [(String, Json)], &'a Json),
    /// A condition on a field or on a segment, or anything that is not a group.
    Leaf(&'a Json),
}

impl<'a> NodeForm<'a> {
    pub(crate) fn of(node: &'a Json) -> Self {
        let Json::Object(members) = node else { return NodeForm::Leaf(node) };
        let has = |name: &str| members.iter().any(|(key, _)| key == name);
        // A group that lacks one of its two members is still a group, so that the error is about what it lacks.
        if has("match") || has("conditions") {
            return NodeForm::Group;
        }
        match members.iter().find(|(key, _)| key == "same_conversation") {
            Some((_, group)) => NodeForm::SameConversation(members, group),
            None => NodeForm::Leaf(node),
        }
    }
}

/// The number of leaves below a group at a depth, valid or not; groups deeper than the limit count nothing.
pub(crate) fn leaves_below(group: &Json, depth: usize, limit: Limit) -> usize {
    // This bounds the recursion, as it does for the check.
    if limit.is_exceeded_by(depth) {
        return 0;
    }
    let nodes = group.as_object().and_then(|members| members.iter().find(|(key, _)| key == "conditions"));
    let Some((_, Json::List(nodes))) = nodes else { return 0 };
    let leaves = nodes.iter().map(|node| match NodeForm::of(node) {
        NodeForm::Group => leaves_below(node, depth + 1, limit),
        NodeForm::SameConversation(_, group) => leaves_below(group, depth + 1, limit),
        NodeForm::Leaf(_) => 1,
    });
    leaves.sum()
}

impl Node {
    fn is_leaf(&self) -> bool {
        match self {
            Node::Condition(_) | Node::Segment(_) => true,
            Node::Group(_) | Node::SameConversation(_) => false,
        }
    }

    pub(crate) fn to_json(&self) -> Json {
        match self {
            Node::Group(group) => group.to_json(),
            Node::SameConversation(group) => {
                Json::Object(vec![("same_conversation".to_owned(), group.to_json())])
            }
            Node::Segment(condition) => Json::Object(vec![
                ("segment".to_owned(), Json::from(condition.segment.as_str())),
                ("operator".to_owned(), Json::from(condition.operator())),
            ]),
            Node::Condition(condition) => {
                let mut members = vec![
                    ("field".to_owned(), Json::from(condition.field.as_str())),
                    ("operator".to_owned(), Json::from(condition.operator.name())),
                ];
                // An operator without an operand is written without `value`, also if it was given a blank one.
                if !condition.value.is_empty() {
                    members.push(("value".to_owned(), condition.value.clone()));
                }
                Json::Object(members)
            }
        }
    }
}

impl fmt::Display for Rule {
    /// The rule's JSON.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(out)
    }
}
