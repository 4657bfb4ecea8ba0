//! A rule as an English sentence about its contacts: "created in the last 7 days and label VIP".
//!
//! For people to read, not for programs: long lists are cut. It says what is checked and no more, so a condition on a
//! conversation field reads "with a conversation whose …", its complement "with no conversation whose …". Parentheses
//! stand where the sentence could be read in two ways, and nowhere else.

use crate::field::{
    CONVERSATION_CREATED_AT, CONVERSATION_LAST_ACTIVITY_AT, CREATED_AT, LAST_ACTIVITY_AT, Scope,
};
use crate::id::SegmentId;
use crate::json::Json;
use crate::operator::Operator;
use crate::rule::{Condition, Group, Match, Node, Rule};

/// The most members of a list that are named.
const NAMED: usize = 10;

impl Rule {
    /// The rule as an English sentence, segments by their ids.
    pub fn sentence(&self) -> String {
        self.sentence_naming(|segment| segment.as_str().to_owned())
    }

    /// The rule as an English sentence, segments by the names that the caller knows.
    pub fn sentence_naming(&self, name: impl Fn(&SegmentId) -> String) -> String {
        Writer { name: &name }.group(&self.root, About::Contact, true)
    }
}

/// What a condition is said of.
#[derive(Clone, Copy, PartialEq)]
enum About {
    /// Of the contact, or of any of its conversations.
    Contact,
    /// Of the conversation that was just mentioned.
    Conversation,
}

struct Writer<'a> {
    name: &'a dyn Fn(&SegmentId) -> String,
}

impl Writer<'_> {
    /// A group in words. `bare`: nothing stands beside it that it could be read together with.
    fn group(&self, group: &Group, about: About, bare: bool) -> String {
        let group = core(group);
        let bare = bare && group.nodes.len() == 1;
        let nodes: Vec<String> =
            group.nodes.iter().map(|node| self.node(node, group.matching, about, bare)).collect();
        match group.matching {
            Match::All => nodes.join(" and "),
            Match::Any => nodes.join(" or "),
            Match::None => format!("none of ({})", nodes.join(", ")),
        }
    }

    fn node(&self, node: &Node, parent: Match, about: About, bare: bool) -> String {
        match node {
            Node::Condition(condition) => sentence_of(condition, about),
            Node::Segment(condition) => {
                let not = if condition.is_member { "" } else { "not " };
                format!("{not}in segment {}", quoted(&(self.name)(&condition.segment)))
            }
            Node::Group(group) => {
                let inner = self.group(group, about, bare);
                if bare || core(group).matching == parent || reads_as_one(group) {
                    inner
                } else {
                    format!("({inner})")
                }
            }
            Node::SameConversation(group) => {
                let inner = self.group(group, About::Conversation, bare);
                if bare || reads_as_one(group) {
                    format!("with one conversation {inner}")
                } else {
                    format!("with one conversation ({inner})")
                }
            }
        }
    }
}

/// The group that a group stands for: a group of one group is that group.
fn core(group: &Group) -> &Group {
    let mut core = group;
    while let (Match::All | Match::Any, [Node::Group(inner)]) = (core.matching, core.nodes.as_slice()) {
        core = inner;
    }
    core
}

/// Whether a group in words needs no parentheses, whatever stands beside it.
fn reads_as_one(group: &Group) -> bool {
    let group = core(group);
    group.matching == Match::None || group.nodes.len() == 1
}

fn sentence_of(condition: &Condition, about: About) -> String {
    let (operator, value) = (condition.operator, &condition.value);
    let field = Field::of(condition);
    match (condition.field.scope(), about) {
        (Scope::Contact, _) => field.says(operator, value, ""),
        (Scope::Conversation, About::Conversation) => field.says(operator, value, "whose "),
        (Scope::Conversation, About::Contact) => {
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

/// How a sentence speaks of a field.
struct Field {
    /// Its own name, underscores as spaces.
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
        let own = if participle.is_some() { own.trim_end_matches("_at") } else { own };
        Field { name: own.replace('_', " "), participle }
    }

    /// The condition in words; `whose` goes before the name of the field.
    fn says(&self, operator: Operator, value: &Json, whose: &str) -> String {
        if let Some(labels) = labels(operator, value) {
            return labels;
        }
        let name = &self.name;
        match (when(operator, value), self.participle) {
            (Some((true, when)), Some(participle)) => format!("{participle} {when}"),
            (Some((false, when)), Some(participle)) => format!("not {participle} {when}"),
            (Some((true, when)), None) => format!("{whose}{name} is {}", when.trim_start_matches("on ")),
            (Some((false, when)), None) => format!("{whose}{name} is not {}", when.trim_start_matches("on ")),
            (None, _) => format!("{whose}{name} {}", verb(operator, value)),
        }
    }
}

/// What an operator over days says, and whether it affirms it.
fn when(operator: Operator, value: &Json) -> Option<(bool, String)> {
    let days = || if shown(value) == "1" { "1 day".to_owned() } else { format!("{} days", shown(value)) };
    Some(match operator {
        Operator::Is => (true, format!("on {}", shown(value))),
        Operator::IsNot => (false, format!("on {}", shown(value))),
        Operator::IsAfter => (true, format!("after {}", shown(value))),
        Operator::IsBefore => (true, format!("before {}", shown(value))),
        Operator::IsToday => (true, "today".to_owned()),
        Operator::IsYesterday => (true, "yesterday".to_owned()),
        Operator::IsThisWeek => (true, "this week".to_owned()),
        Operator::IsThisMonth => (true, "this month".to_owned()),
        Operator::IsLastMonth => (true, "last month".to_owned()),
        Operator::IsInLast7Days => (true, "in the last 7 days".to_owned()),
        Operator::IsInLastNDays => (true, format!("in the last {}", days())),
        Operator::IsInNextNDays => (true, format!("in the next {}", days())),
        Operator::IsMoreThanNDaysAgo => (true, format!("more than {} ago", days())),
        _ => return None,
    })
}

/// What any other operator says of a field.
fn verb(operator: Operator, value: &Json) -> String {
    let words = match operator {
        Operator::Equals => "is",
        Operator::NotEquals => "is not",
        Operator::Contains => "contains",
        Operator::DoesNotContain => "does not contain",
        Operator::StartsWith => "starts with",
        Operator::EndsWith => "ends with",
        Operator::GreaterThan => "is greater than",
        Operator::GreaterThanOrEqual => "is at least",
        Operator::LessThan => "is less than",
        Operator::LessThanOrEqual => "is at most",
        Operator::IsTrue => return "is true".to_owned(),
        Operator::IsFalse => return "is false".to_owned(),
        Operator::IsEmpty => return "is empty".to_owned(),
        Operator::IsNotEmpty => return "is not empty".to_owned(),
        Operator::ContainsAny => "contains any of",
        Operator::ContainsAll => "contains all of",
        Operator::DoesNotContainAny => "does not contain any of",
        Operator::DoesNotContainAll => "does not contain all of",
        // Labels and days have sentences of their own.
        other => other.name(),
    };
    format!("{words} {}", shown(value))
}

/// What an operator over labels says.
fn labels(operator: Operator, value: &Json) -> Option<String> {
    Some(match operator {
        Operator::HasLabel => format!("label {}", shown(value)),
        Operator::DoesNotHaveLabel => format!("without label {}", shown(value)),
        Operator::HasAnyLabel => "with any label".to_owned(),
        Operator::HasNoLabels => "without labels".to_owned(),
        _ => return None,
    })
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
        other => other.to_string(),
    }
}

/// A word as it is, anything else between quotation marks.
fn quoted(text: &str) -> String {
    let is_of_a_word = |character: char| character.is_alphanumeric() || "-_.@+".contains(character);
    let is_word =
        !text.is_empty() && text.chars().all(is_of_a_word) && !["and", "or", "none"].contains(&text);
    if is_word { text.to_owned() } else { format!("{text:?}") }
}
