//! What led a contact into a segment or out of it, in words.
//!
//! It decides nothing: the engine says which conditions flipped.

use enlist::model::Change;
use enlist::{Cause, ContactCondition, PublishedTransition};

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
        ContactCondition::Field(condition) => format!("{not}{}", condition.sentence()),
        ContactCondition::SameConversation(_) => format!("{not}with one conversation that fits"),
        ContactCondition::Segment(condition) => {
            let (one, other) = if condition.is_member == holds { ("in", "") } else { ("", "not in ") };
            format!("{one}{other} segment {}", condition.segment).replace("  ", " ")
        }
    }
}
