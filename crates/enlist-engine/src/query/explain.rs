//! Why a contact is in a segment or out of it: the rule's tree with the truth of every node and the values it saw.

use enlist_model::{
    Comparable, Condition, ContactCondition, Date, Day, Group, Instant, Json, Match, Node, Predicate, Rule,
    Scope, SegmentId, Value,
};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::engine::Engine;
use crate::error::Error;
use crate::ids::{ContactNo, ConversationNo, FieldNo};

/// The maximum number of conversations shown for one condition.
const SHOWN_CONVERSATIONS: usize = 10;

/// Why a contact is a member of a segment, or is not.
///
/// serde writes it as `{"segment", "is_member", "rule"}`. `rule` is the root in the form of the rule's JSON; each node has `holds`,
/// and each condition what it `saw`, and a condition on a date the day on which it changes by itself (`changes_on`), if it will.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The segment.
    pub segment: SegmentId,
    /// Whether the contact is a member.
    pub is_member: bool,
    /// The outermost group of the rule.
    pub root: ExplainedNode,
}

/// A node of a rule, its truth for one contact, and what it saw.
#[derive(Clone, Debug, PartialEq)]
pub enum ExplainedNode {
    /// A group of nodes.
    Group {
        /// How many of the nodes must hold.
        matching: Match,
        /// Whether the group holds.
        holds: bool,
        /// Its nodes.
        nodes: Vec<ExplainedNode>,
    },
    /// A condition on a field.
    Condition {
        /// The condition.
        condition: Condition,
        /// Whether it holds.
        holds: bool,
        /// The values that were compared: the contact's own, or one for each conversation that has a value (the
        /// first ten).
        saw: Vec<Seen>,
        /// The local date as of which its truth next changes if nothing else does; `None` if it never will, as that of a
        /// condition on anything but a date. A date that the time zone skips is the next one that it has.
        changes_on: Option<Day>,
    },
    /// A `same_conversation` group.
    SameConversation {
        /// Whether any conversation meets it.
        holds: bool,
        /// The group, explained for each conversation (ten at most, those that meet it first).
        conversations: Vec<(String, ExplainedNode)>,
    },
    /// A condition on another segment.
    Segment {
        /// That segment.
        segment: SegmentId,
        /// Whether the condition is `is_member`, not `is_not_member`.
        is_member: bool,
        /// Whether it holds.
        holds: bool,
    },
}

/// A value that a condition compared.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Seen {
    /// The conversation that the value belongs to; `None` for the contact's own.
    pub conversation: Option<String>,
    /// The stored value, or the field's default; `null` if empty. An instant is shown in the workspace's time zone
    /// with its offset, a calendar date as it is.
    pub value: Json,
}

impl ExplainedNode {
    /// Whether the node holds.
    pub fn holds(&self) -> bool {
        match self {
            ExplainedNode::Group { holds, .. }
            | ExplainedNode::Condition { holds, .. }
            | ExplainedNode::SameConversation { holds, .. }
            | ExplainedNode::Segment { holds, .. } => *holds,
        }
    }
}

impl Engine {
    /// Explains why a contact is a member of a segment, or is not.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`], [`Error::UnknownContact`].
    pub fn explain(&self, segment: &str, contact: &str) -> Result<Explanation, Error> {
        let (no, contact) = (self.find_segment(segment)?, self.find_contact(contact)?);
        let segment = self.definitions.segment(no);
        let root = self.explain_for(contact, &segment.rule);
        Ok(Explanation {
            segment: segment.id.clone(),
            is_member: self.membership.contains(no, contact),
            root,
        })
    }

    /// Explains a rule that is not saved for a contact; [`holds`](ExplainedNode::holds) says whether it holds.
    ///
    /// # Errors
    /// [`Error::UnknownContact`]; [`Error::Model`] with all that is wrong with the rule.
    pub fn explain_rule(&self, rule: &Json, contact: &str) -> Result<ExplainedNode, Error> {
        let rule = Rule::check(rule, None, &self.definitions)?;
        Ok(self.explain_for(self.find_contact(contact)?, &rule))
    }

    fn explain_for(&self, contact: ContactNo, rule: &Rule) -> ExplainedNode {
        explain_group(rule.root(), &|condition| self.explain_condition(contact, condition))
    }

    fn explain_condition(&self, contact: ContactNo, condition: &ContactCondition) -> ExplainedNode {
        let holds = self.evaluator().condition_holds(contact, condition);
        match condition {
            ContactCondition::Field(condition) => {
                let saw = self.seen_of_contact(contact, condition);
                let changes_on = self.next_change(condition, self.days_of_contact(contact, condition));
                ExplainedNode::Condition { condition: condition.clone(), holds, saw, changes_on }
            }
            ContactCondition::SameConversation(group) => {
                let explain = |no: &ConversationNo| {
                    let id = self.facts.conversations.get(*no).id.as_str().to_owned();
                    (id, explain_group(group, &|condition| self.explain_of_conversation(*no, condition)))
                };
                let mut conversations: Vec<_> =
                    self.facts.contacts.get(contact).conversations.iter().map(explain).collect();
                conversations.sort_by_key(|(_, node)| !node.holds());
                conversations.truncate(SHOWN_CONVERSATIONS);
                ExplainedNode::SameConversation { holds, conversations }
            }
            ContactCondition::Segment(condition) => ExplainedNode::Segment {
                segment: condition.segment.clone(),
                is_member: condition.is_member,
                holds,
            },
        }
    }

    fn explain_of_conversation(&self, conversation: ConversationNo, condition: &Condition) -> ExplainedNode {
        let field = self.definitions.field_no(&condition.field);
        ExplainedNode::Condition {
            condition: condition.clone(),
            holds: self.evaluator().holds_for_conversation(conversation, condition),
            saw: vec![self.seen_of_conversation(conversation, field)],
            changes_on: self.next_change(condition, self.day_of_conversation(conversation, field)),
        }
    }

    fn next_change(&self, condition: &Condition, days: impl IntoIterator<Item = Day>) -> Option<Day> {
        // A negation changes when what it negates does.
        let Predicate::Day(window) = condition.predicate else { return None };
        let change = window.next_change(days, self.today)?;
        // No day begins after the last instant.
        (change <= self.calendar.day(Instant::MAX)).then_some(change)
    }

    /// The days that a condition on a date compares: the contact's own, or those of all its conversations.
    fn days_of_contact(&self, contact: ContactNo, condition: &Condition) -> Vec<Day> {
        let field = self.definitions.field_no(&condition.field);
        match condition.field.scope() {
            Scope::Contact => day(self.evaluator().of_contact(contact, field)).into_iter().collect(),
            Scope::Conversation => {
                let conversations = self.facts.contacts.get(contact).conversations.iter();
                conversations.filter_map(|no| self.day_of_conversation(*no, field)).collect()
            }
        }
    }

    fn day_of_conversation(&self, conversation: ConversationNo, field: FieldNo) -> Option<Day> {
        day(self.evaluator().of_conversation(conversation, field))
    }

    fn seen_of_contact(&self, contact: ContactNo, condition: &Condition) -> Vec<Seen> {
        let field = self.definitions.field_no(&condition.field);
        let row = self.facts.contacts.get(contact);
        if field == self.definitions.built_in.labels {
            let labels = self.facts.labels.shown_in_order(&row.labels).map(Json::from);
            return vec![Seen { conversation: None, value: Json::List(labels.collect()) }];
        }
        match condition.field.scope() {
            Scope::Contact => {
                vec![Seen {
                    conversation: None,
                    value: self.shown(field, self.facts.contacts.value(contact, field)),
                }]
            }
            Scope::Conversation => row
                .conversations
                .iter()
                .map(|conversation| self.seen_of_conversation(*conversation, field))
                .filter(|seen| seen.value != Json::Null)
                .take(SHOWN_CONVERSATIONS)
                .collect(),
        }
    }

    fn seen_of_conversation(&self, conversation: ConversationNo, field: FieldNo) -> Seen {
        let row = self.facts.conversations.get(conversation);
        Seen {
            conversation: Some(row.id.as_str().to_owned()),
            value: self.shown(field, self.facts.conversations.value(conversation, field)),
        }
    }

    /// A stored value as JSON, or the default of an empty one. An instant is shown in the workspace's time zone,
    /// because conditions compare the day that it has there. A calendar date has no zone and is shown as it is.
    fn shown(&self, field: FieldNo, value: Option<Value>) -> Json {
        match value {
            Some(Value::Date(Date::Instant(at))) => Json::Text(self.calendar.local_text(at)),
            Some(value) => value.to_json(),
            None => self.definitions.field(field).default.map_or(Json::Null, Json::Bool),
        }
    }
}

/// The day that an operator compares; `None` of anything but a date.
fn day(value: Comparable<'_>) -> Option<Day> {
    if let Comparable::Day(day) = value { Some(day) } else { None }
}

/// Explains a group, given how each of its conditions is explained.
fn explain_group<C>(group: &Group<C>, explain: &impl Fn(&C) -> ExplainedNode) -> ExplainedNode {
    let nodes = group.nodes.iter().map(|node| match node {
        Node::Condition(condition) => explain(condition),
        Node::Group(group) => explain_group(group, explain),
    });
    let nodes: Vec<ExplainedNode> = nodes.collect();
    let holds = group.matching.holds(nodes.iter().map(ExplainedNode::holds));
    ExplainedNode::Group { matching: group.matching, holds, nodes }
}

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("segment", &self.segment)?;
        map.serialize_entry("is_member", &self.is_member)?;
        map.serialize_entry("rule", &self.root)?;
        map.end()
    }
}

impl Serialize for ExplainedNode {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("holds", &self.holds())?;
        match self {
            ExplainedNode::Group { matching, nodes, .. } => {
                map.serialize_entry("match", matching.name())?;
                map.serialize_entry("conditions", nodes)?;
            }
            ExplainedNode::Condition { condition, saw, changes_on, .. } => {
                map.serialize_entry("field", condition.field.as_str())?;
                map.serialize_entry("operator", condition.operator.name())?;
                if condition.value != Json::Null {
                    map.serialize_entry("value", &condition.value)?;
                }
                map.serialize_entry("saw", saw)?;
                if let Some(day) = changes_on {
                    map.serialize_entry("changes_on", day)?;
                }
            }
            ExplainedNode::SameConversation { conversations, .. } => {
                map.serialize_entry("same_conversation", conversations)?;
            }
            ExplainedNode::Segment { segment, is_member, .. } => {
                map.serialize_entry("segment", segment)?;
                map.serialize_entry("operator", if *is_member { "is_member" } else { "is_not_member" })?;
            }
        }
        map.end()
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        if let Some(conversation) = &self.conversation {
            map.serialize_entry("conversation", conversation)?;
        }
        map.serialize_entry("value", &self.value)?;
        map.end()
    }
}
