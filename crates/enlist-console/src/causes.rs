//! What led a contact into a segment or out of it, in words.
//!
//! It decides nothing: the engine says which conditions flipped.

use enlist::model::{Change, Condition, Operator};
use enlist::{Cause, ContactCondition, PublishedTransition};

use crate::words;

/// "plan is pro", "no longer label VIP", "a day began".
pub(crate) fn cause(transition: &PublishedTransition) -> String {
    let flipped: Vec<String> =
        transition.flipped().into_iter().map(|(condition, holds)| flip(condition, holds)).collect();
    match transition.cause() {
        Cause::Clock => "a day began".to_owned(),
        Cause::Settings(_) => "the settings changed".to_owned(),
        Cause::Event(_) if !flipped.is_empty() => flipped.join(", "),
        Cause::Event(_) if transition.change() == Change::Left => "deleted or merged".to_owned(),
        Cause::Event(_) => "an event".to_owned(),
        // One that this version does not know.
        _ => "another cause".to_owned(),
    }
}

fn flip(condition: &ContactCondition, holds: bool) -> String {
    let not = if holds { "" } else { "no longer " };
    match condition {
        ContactCondition::Field(condition) => format!("{not}{}", condition_words(condition)),
        ContactCondition::SameConversation(_) => format!("{not}one conversation that fits"),
        ContactCondition::Segment(condition) => {
            let (one, other) = if condition.is_member == holds { ("in", "") } else { ("", "not in ") };
            format!("{one}{other} segment {}", condition.segment).replace("  ", " ")
        }
    }
}

/// A condition in few words: "label VIP", "plan is pro", "revenue greater than 500".
pub(crate) fn condition_words(condition: &Condition) -> String {
    let value = condition.value.to_string();
    let field = words::field(condition.field.as_str());
    let said = if condition.operator == Operator::HasLabel {
        return format!("label {value}");
    } else if condition.operator == Operator::DoesNotHaveLabel {
        return format!("no label {value}");
    } else if condition.operator == Operator::Equals {
        "is".to_owned()
    } else if condition.operator == Operator::NotEquals {
        "is not".to_owned()
    } else {
        words::operator(condition.operator)
    };
    let mut letters = field.chars();
    let field: String =
        letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default();
    format!("{field} {said} {value}").trim_end().to_owned()
}
