//! A rule as an English sentence about its contacts: "created in the last 7 days and label VIP".
//!
//! For people, not for programs: long lists are cut. The sentence says exactly what is checked, so a condition on a
//! conversation field reads "with a conversation whose …", its complement "with no conversation whose …". Invariant:
//! parentheses appear exactly where the sentence would otherwise be ambiguous.

use crate::field::{
    CONVERSATION_CREATED_AT, CONVERSATION_LAST_ACTIVITY_AT, CREATED_AT, LAST_ACTIVITY_AT, Scope,
};
use crate::id::SegmentId;
use crate::json::Json;
use crate::operator::Operator;
use crate::rule::{Condition, ContactCondition, Group, Match, Node, Rule};

/// Maximum members of a list that a sentence names.
const NAMED: usize = 10;

impl Rule {
    /// The rule as an English sentence that names segments by their ids.
    pub fn sentence(&self) -> String {
        self.sentence_naming(|segment| segment.as_str().to_owned())
    }

    /// The rule as an English sentence that names segments as the caller does.
    pub fn sentence_naming(&self, name: impl Fn(&SegmentId) -> String) -> String {
        let in_words = |condition: &_, position| contact_condition(condition, position, &name);
        group_in_words(&self.root, Position::Alone, &in_words)
    }
}

impl ContactCondition {
    /// The condition alone as an English sentence about a contact, which names segments as the caller does: "plan is pro",
    /// "created in the last 7 days", "with a conversation whose status is open".
    pub fn sentence_naming(&self, name: impl Fn(&SegmentId) -> String) -> String {
        contact_condition(self, Position::Alone, &name)
    }
}

/// Whether a group has neighbours in the sentence that it could be read together with.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    Alone,
    AmongOthers,
}

/// A group in words, given its conditions in words. Their position says whether they need parentheses.
fn group_in_words<C>(
    group: &Group<C>,
    position: Position,
    in_words: &impl Fn(&C, Position) -> String,
) -> String {
    let group = core(group);
    // Only the single member of a group stands alone; several are separated by "and" or "or".
    let position = if group.nodes.len() == 1 { position } else { Position::AmongOthers };
    let nodes = group.nodes.iter().map(|node| match node {
        Node::Condition(condition) => in_words(condition, position),
        Node::Group(nested) => {
            let words = group_in_words(nested, position, in_words);
            let is_clear = core(nested).matching == group.matching || reads_as_one(nested);
            if position == Position::Alone || is_clear { words } else { format!("({words})") }
        }
    });
    let nodes: Vec<String> = nodes.collect();
    match group.matching {
        Match::All => nodes.join(" and "),
        Match::Any => nodes.join(" or "),
        Match::None => format!("none of ({})", nodes.join(", ")),
    }
}

fn contact_condition(
    condition: &ContactCondition,
    position: Position,
    name: &impl Fn(&SegmentId) -> String,
) -> String {
    match condition {
        ContactCondition::Field(condition) => sentence_of(condition, Scope::Contact),
        ContactCondition::SameConversation(group) => {
            // The conditions are about the conversation that was just mentioned.
            let in_words = |condition: &_, _| sentence_of(condition, Scope::Conversation);
            let words = group_in_words(group, position, &in_words);
            if position == Position::Alone || reads_as_one(group) {
                format!("with one conversation {words}")
            } else {
                format!("with one conversation ({words})")
            }
        }
        ContactCondition::Segment(condition) => {
            let not = if condition.is_member { "" } else { "not " };
            format!("{not}in segment {}", quoted(&name(&condition.segment)))
        }
    }
}

/// The innermost equivalent of a group: a group that contains only one group equals that group.
fn core<C>(group: &Group<C>) -> &Group<C> {
    let mut core = group;
    while let (Match::All | Match::Any, [Node::Group(inner)]) = (core.matching, core.nodes.as_slice()) {
        core = inner;
    }
    core
}

/// Whether a group in words never needs parentheses.
fn reads_as_one<C>(group: &Group<C>) -> bool {
    let group = core(group);
    group.matching == Match::None || group.nodes.len() == 1
}

fn sentence_of(condition: &Condition, scope: Scope) -> String {
    let (operator, value) = (condition.operator, &condition.value);
    let field = Field::of(condition);
    match (condition.field.scope(), scope) {
        (Scope::Contact, _) => field.says(operator, value, ""),
        (Scope::Conversation, Scope::Conversation) => field.says(operator, value, "whose "),
        (Scope::Conversation, Scope::Contact) => {
            // On conversations, a negated operator means that no conversation meets the positive one.
            let some = if operator.negates().is_some() { "no" } else { "a" };
            let positive = operator.negates().unwrap_or(operator);
            let which = if positive == Operator::IsNotEmpty {
                format!("that has any {}", field.name)
            } else {
                field.says(positive, value, "whose ")
            };
            format!("with {some} conversation {which}")
        }
    }
}

/// A field in words.
struct Field {
    /// Its name, with spaces for underscores.
    name: String,
    /// `created` for `created_at`, as in "created today".
    participle: Option<&'static str>,
}

impl Field {
    fn of(condition: &Condition) -> Self {
        let key = condition.field.as_str();
        let participle = match key {
            CREATED_AT | CONVERSATION_CREATED_AT => Some("created"),
            LAST_ACTIVITY_AT | CONVERSATION_LAST_ACTIVITY_AT => Some("last active"),
            _ => None,
        };
        let own = key.rsplit('.').next().unwrap_or(key);
        // "created" already says when, so "created at is empty" is shortened to "created is empty".
        let own = if participle.is_some() { own.trim_end_matches("_at") } else { own };
        Field { name: own.replace('_', " "), participle }
    }

    /// The condition in words; `whose` goes before the name of the field.
    fn says(&self, operator: Operator, value: &Json, whose: &str) -> String {
        let name = &self.name;
        match (Phrase::of(operator, value), self.participle) {
            (Phrase::Labels(words), _) => words,
            (Phrase::Verb(words), _) => format!("{whose}{name} {words}"),
            (Phrase::When(when), Some(participle)) => format!("{participle} {when}"),
            (Phrase::NotWhen(when), Some(participle)) => format!("not {participle} {when}"),
            // "created on 2026-11-23" needs the "on", "renewal date is 2026-11-23" does not.
            (Phrase::When(when), None) => format!("{whose}{name} is {}", when.trim_start_matches("on ")),
            (Phrase::NotWhen(when), None) => {
                format!("{whose}{name} is not {}", when.trim_start_matches("on "))
            }
        }
    }
}

/// An operator and its operand in words, by how they combine with the field.
enum Phrase {
    /// When something happened: "created **in the last 7 days**", "renewal date is **today**".
    When(String),
    /// When it did not happen.
    NotWhen(String),
    /// A statement about the field: "plan **is pro**".
    Verb(String),
    /// The whole condition, without the name of the field: "**label vip**".
    Labels(String),
}

impl Phrase {
    fn of(operator: Operator, value: &Json) -> Self {
        let operand = || shown(value);
        let with = |words: &str| Phrase::Verb(format!("{words} {}", operand()));
        let plain = |words: &str| Phrase::Verb(words.to_owned());
        let when = |words: &str| Phrase::When(words.to_owned());
        let days = || if operand() == "1" { "1 day".to_owned() } else { format!("{} days", operand()) };
        match operator {
            Operator::Equals => with("is"),
            Operator::NotEquals => with("is not"),
            Operator::Contains => with("contains"),
            Operator::DoesNotContain => with("does not contain"),
            Operator::StartsWith => with("starts with"),
            Operator::EndsWith => with("ends with"),
            Operator::GreaterThan => with("is greater than"),
            Operator::GreaterThanOrEqual => with("is at least"),
            Operator::LessThan => with("is less than"),
            Operator::LessThanOrEqual => with("is at most"),
            Operator::Is => Phrase::When(format!("on {}", operand())),
            Operator::IsNot => Phrase::NotWhen(format!("on {}", operand())),
            Operator::IsAfter => Phrase::When(format!("after {}", operand())),
            Operator::IsBefore => Phrase::When(format!("before {}", operand())),
            Operator::IsToday => when("today"),
            Operator::IsYesterday => when("yesterday"),
            Operator::IsThisWeek => when("this week"),
            Operator::IsThisMonth => when("this month"),
            Operator::IsLastMonth => when("last month"),
            Operator::IsInLast7Days => when("in the last 7 days"),
            Operator::IsInLastNDays => Phrase::When(format!("in the last {}", days())),
            Operator::IsInNextNDays => Phrase::When(format!("in the next {}", days())),
            Operator::IsMoreThanNDaysAgo => Phrase::When(format!("more than {} ago", days())),
            Operator::IsTrue => plain("is true"),
            Operator::IsFalse => plain("is false"),
            Operator::ContainsAny => with("contains any of"),
            Operator::ContainsAll => with("contains all of"),
            Operator::DoesNotContainAny => with("does not contain any of"),
            Operator::DoesNotContainAll => with("does not contain all of"),
            Operator::HasLabel => Phrase::Labels(format!("label {}", operand())),
            Operator::DoesNotHaveLabel => Phrase::Labels(format!("without label {}", operand())),
            Operator::HasAnyLabel => Phrase::Labels("with any label".to_owned()),
            Operator::HasNoLabels => Phrase::Labels("without labels".to_owned()),
            Operator::IsNotEmpty => plain("is not empty"),
            Operator::IsEmpty => plain("is empty"),
        }
    }
}

/// An operand in a sentence.
fn shown(value: &Json) -> String {
    match value {
        Json::Text(text) => quoted(text.trim()),
        Json::List(members) => {
            let named: Vec<String> = members.iter().take(NAMED).map(shown).collect();
            match members.len() - named.len() {
                0 => named.join(", "),
                more => format!("{} and {more} more", named.join(", ")),
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) | Json::TooDeep => value.to_string(),
    }
}

/// A single word unchanged, anything else in quotation marks.
fn quoted(text: &str) -> String {
    let is_of_a_word = |character: char| character.is_alphanumeric() || "-_.@+".contains(character);
    let is_word =
        !text.is_empty() && text.chars().all(is_of_a_word) && !["and", "or", "none"].contains(&text);
    if is_word { text.to_owned() } else { format!("{text:?}") }
}
