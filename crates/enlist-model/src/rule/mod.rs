//! Rules: a tree of groups over conditions.
//!
//! Groups are generic over their conditions: those of a rule are on a contact, those inside `same_conversation` on one
//! single conversation. It does not know how a rule is checked. Invariant: a rule that exists is valid, because only
//! `Rule::check` makes one.

pub(crate) mod check;
pub(crate) mod condition_check;
pub(crate) mod cycle;
pub(crate) mod defined_fields;
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

/// Nodes under one `match`; never empty. The conditions are on a contact, or on one single conversation
/// (`Group<Condition>`).
#[derive(Clone, Debug, PartialEq)]
pub struct Group<C = ContactCondition> {
    /// How many of the nodes must hold.
    pub matching: Match,
    /// The nodes, in the order given.
    pub nodes: Vec<Node<C>>,
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
pub enum Node<C = ContactCondition> {
    /// A condition.
    Condition(C),
    /// A nested group of conditions of the same type.
    Group(Group<C>),
}

/// What a rule tests of a contact.
#[derive(Clone, Debug, PartialEq)]
pub enum ContactCondition {
    /// A condition on a field. On a conversation field, any conversation may meet it.
    Field(Condition),
    /// A group of conditions on conversation fields that one single conversation must meet.
    SameConversation(Group<Condition>),
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

    fn to_json(&self) -> Json {
        let mut members = vec![
            ("field".to_owned(), Json::from(self.field.as_str())),
            ("operator".to_owned(), Json::from(self.operator.name())),
        ];
        // An operator without an operand is written without `value`, also if it was given a blank one.
        if !self.value.is_empty() {
            members.push(("value".to_owned(), self.value.clone()));
        }
        Json::Object(members)
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
        self.root.visit(&mut |condition| match condition {
            ContactCondition::Field(condition) => found.push(condition),
            ContactCondition::SameConversation(group) => group.visit(&mut |condition| found.push(condition)),
            ContactCondition::Segment(_) => {}
        });
        found
    }

    /// Every segment that the rule refers to, in the order given, duplicates included.
    pub fn segments(&self) -> Vec<&SegmentId> {
        let mut found = Vec::new();
        self.root.visit(&mut |condition| {
            if let ContactCondition::Segment(condition) = condition {
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
        self.root.visit(&mut |condition| match condition {
            ContactCondition::Field(_) | ContactCondition::Segment(_) => leaves += 1,
            ContactCondition::SameConversation(group) => group.visit(&mut |_| leaves += 1),
        });
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
        self.root.to_json(&ContactCondition::to_json)
    }
}

// Recursion over groups is bounded by the depth limit of rules.
impl<C> Group<C> {
    /// Whether the group holds, given whether each of its conditions does.
    pub fn holds(&self, condition_holds: &impl Fn(&C) -> bool) -> bool {
        self.matching.holds(self.nodes.iter().map(|node| match node {
            Node::Condition(condition) => condition_holds(condition),
            Node::Group(group) => group.holds(condition_holds),
        }))
    }

    /// Its conditions and those of the groups nested in it, in the order given. A `same_conversation` group is one
    /// condition.
    pub fn conditions(&self) -> Vec<&C> {
        let mut found = Vec::new();
        self.visit(&mut |condition| found.push(condition));
        found
    }

    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a C)) {
        for node in &self.nodes {
            match node {
                Node::Condition(condition) => see(condition),
                Node::Group(group) => group.visit(see),
            }
        }
    }

    fn to_json(&self, condition_to_json: &impl Fn(&C) -> Json) -> Json {
        let nodes = self.nodes.iter().map(|node| match node {
            Node::Condition(condition) => condition_to_json(condition),
            Node::Group(group) => group.to_json(condition_to_json),
        });
        Json::Object(vec![
            ("match".to_owned(), Json::from(self.matching.name())),
            ("conditions".to_owned(), Json::List(nodes.collect())),
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

impl ContactCondition {
    /// Its conditions on fields: itself, or those of its group, in the order given.
    pub fn conditions(&self) -> Vec<&Condition> {
        match self {
            ContactCondition::Field(condition) => vec![condition],
            ContactCondition::SameConversation(group) => group.conditions(),
            ContactCondition::Segment(_) => Vec::new(),
        }
    }

    /// The condition as JSON, as a node of a rule; operands as they were given.
    pub fn to_json(&self) -> Json {
        match self {
            ContactCondition::Field(condition) => condition.to_json(),
            ContactCondition::SameConversation(group) => {
                let group = group.to_json(&Condition::to_json);
                Json::Object(vec![("same_conversation".to_owned(), group)])
            }
            ContactCondition::Segment(condition) => Json::Object(vec![
                ("segment".to_owned(), Json::from(condition.segment.as_str())),
                ("operator".to_owned(), Json::from(condition.operator())),
            ]),
        }
    }
}

impl fmt::Display for Rule {
    /// The rule's JSON.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(out)
    }
}
