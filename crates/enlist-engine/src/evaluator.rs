//! The truth of a condition or of a whole rule, evaluated on the facts.
//!
//! It is used where there is no change to start from: for a new condition, when a date changes, for previews,
//! explanations and `verify`. It only reads.

use enlist_model::{Comparable, ContactCondition, Predicate, Rule, Scope, Today, Value};

use crate::calendar::Calendar;
use crate::compiled_rule::CompiledRule;
use crate::conditions::Conditions;
use crate::conditions::condition::Condition;
use crate::definitions::Definitions;
use crate::facts::{ContactLabels, Facts, Values};
use crate::ids::{ConditionNo, ContactNo, ConversationNo, FieldNo};
use crate::membership::Membership;
use crate::seeded_map::KeyHasher;

/// The facts, and what is needed to evaluate conditions on them.
#[derive(Clone, Copy)]
pub(crate) struct Evaluator<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) definitions: &'a Definitions,
    pub(crate) conditions: &'a Conditions,
    pub(crate) membership: &'a Membership,
    pub(crate) calendar: &'a Calendar,
    pub(crate) today: Today,
    /// For hash tables that an evaluation builds temporarily.
    pub(crate) hasher: &'a KeyHasher,
}

impl<'a> Evaluator<'a> {
    /// What operators compare for a stored value of a field; the field's default if it is empty.
    pub(crate) fn comparable<'v>(&self, field: FieldNo, value: Option<&'v Value>) -> Comparable<'v> {
        match value {
            Some(value) => value.comparable(|instant| self.calendar.day(instant)),
            None => self.definitions.field(field).default.map_or(Comparable::Empty, Comparable::Boolean),
        }
    }

    /// What operators compare for a contact's own field.
    pub(crate) fn of_contact(&self, contact: ContactNo, field: FieldNo) -> Comparable<'a> {
        self.read(&self.facts.contacts.values, contact.index(), field)
    }

    /// What operators compare for a conversation's field.
    pub(crate) fn of_conversation(&self, conversation: ConversationNo, field: FieldNo) -> Comparable<'a> {
        self.read(&self.facts.conversations.values, conversation.index(), field)
    }

    /// What operators compare for a row's value of a field.
    pub(crate) fn read(&self, values: &'a Values, row: usize, field: FieldNo) -> Comparable<'a> {
        let value = values.comparable(row, field, |instant| self.calendar.day(instant));
        if matches!(value, Comparable::Empty) { self.comparable(field, None) } else { value }
    }

    /// The labels of a contact.
    pub(crate) fn labels(&self, contact: ContactNo) -> ContactLabels<'a> {
        ContactLabels { labels: &self.facts.contacts.get(contact).labels, directory: &self.facts.labels }
    }

    /// Whether a contact's own field meets a predicate.
    pub(crate) fn contact_meets(&self, contact: ContactNo, field: FieldNo, predicate: &Predicate) -> bool {
        if field == self.definitions.built_in.labels {
            return predicate.holds(Comparable::Labels(&self.labels(contact)), self.today);
        }
        predicate.holds(self.of_contact(contact, field), self.today)
    }

    /// Whether a conversation's field meets a predicate.
    pub(crate) fn conversation_meets(
        &self,
        conversation: ConversationNo,
        field: FieldNo,
        predicate: &Predicate,
    ) -> bool {
        predicate.holds(self.of_conversation(conversation, field), self.today)
    }

    /// Whether any conversation of a contact has a property.
    fn some_conversation(&self, contact: ContactNo, property: impl Fn(ConversationNo) -> bool) -> bool {
        self.facts.contacts.get(contact).conversations.iter().any(|conversation| property(*conversation))
    }

    /// Whether a conversation meets the group of a `same_conversation` condition.
    pub(crate) fn conversation_meets_group(
        &self,
        conversation: ConversationNo,
        group: &CompiledRule,
    ) -> bool {
        self.meets_group(conversation, group, &|leaf| &self.conditions.get(leaf).condition)
    }

    fn meets_group<'c>(
        &self,
        conversation: ConversationNo,
        group: &CompiledRule,
        find: &impl Fn(ConditionNo) -> &'c Condition,
    ) -> bool {
        group.holds(&|leaf| {
            let (field, predicate) = find(leaf).on_field().expect("a group tests conversation fields only");
            self.conversation_meets(conversation, field, predicate)
        })
    }

    /// Whether a condition holds for a contact.
    pub(crate) fn holds(&self, contact: ContactNo, condition: ConditionNo) -> bool {
        let find = |no: ConditionNo| &self.conditions.get(no).condition;
        self.meets(contact, find(condition), &find)
    }

    /// Whether a condition, of a saved rule or not, holds for a contact. `find` returns the conditions that groups test.
    pub(crate) fn meets<'c>(
        &self,
        contact: ContactNo,
        condition: &Condition,
        find: &impl Fn(ConditionNo) -> &'c Condition,
    ) -> bool {
        match condition {
            Condition::Field { field, predicate } => self.contact_meets(contact, *field, predicate),
            Condition::SomeConversation { field, predicate } => {
                self.some_conversation(contact, |each| self.conversation_meets(each, *field, predicate))
            }
            Condition::SameConversation(group) => {
                self.some_conversation(contact, |each| self.meets_group(each, group, find))
            }
            Condition::Member(segment) => self.membership.contains(*segment, contact),
        }
    }

    /// Whether a rule, saved or not, holds for a contact.
    pub(crate) fn rule_holds(&self, contact: ContactNo, rule: &Rule) -> bool {
        rule.root().holds(&|condition| self.condition_holds(contact, condition))
    }

    /// Whether a condition of a rule holds for a contact.
    pub(crate) fn condition_holds(&self, contact: ContactNo, condition: &ContactCondition) -> bool {
        match condition {
            ContactCondition::Field(condition) => {
                let field = self.definitions.field_no(&condition.field);
                let predicate = &condition.predicate;
                let holds = match condition.field.scope() {
                    Scope::Contact => self.contact_meets(contact, field, predicate),
                    Scope::Conversation => self
                        .some_conversation(contact, |each| self.conversation_meets(each, field, predicate)),
                };
                holds != condition.is_negated()
            }
            ContactCondition::SameConversation(group) => self.some_conversation(contact, |conversation| {
                group.holds(&|condition| self.holds_for_conversation(conversation, condition))
            }),
            ContactCondition::Segment(condition) => {
                let segment = self.definitions.segment_no(&condition.segment);
                self.membership.contains(segment, contact) == condition.is_member
            }
        }
    }

    /// Whether a condition of a `same_conversation` group holds for a conversation.
    pub(crate) fn holds_for_conversation(
        &self,
        conversation: ConversationNo,
        condition: &enlist_model::Condition,
    ) -> bool {
        let field = self.definitions.field_no(&condition.field);
        self.conversation_meets(conversation, field, &condition.predicate) != condition.is_negated()
    }
}
