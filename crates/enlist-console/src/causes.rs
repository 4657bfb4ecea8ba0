//! What led a contact into a segment or out of it, in words.
//!
//! It decides nothing: the engine says which conditions flipped, and the model how a condition reads.

use enlist::model::Change;
use enlist::{Cause, PublishedTransition, SegmentId};

/// "plan is pro", "no longer: label VIP", "a day began". `name` is how segments are called.
pub(crate) fn cause(transition: &PublishedTransition, name: impl Fn(&SegmentId) -> String) -> String {
    let flip = |(condition, holds): (&enlist::ContactCondition, bool)| {
        let not = if holds { "" } else { "no longer: " };
        format!("{not}{}", condition.sentence_naming(&name))
    };
    match transition.cause() {
        Cause::Clock => "a day began".to_owned(),
        Cause::Settings(_) => "the settings changed".to_owned(),
        Cause::Event(_) => {
            let flips: Vec<String> = transition.flipped().into_iter().map(flip).collect();
            match (flips.as_slice(), transition.change()) {
                ([], Change::Left) => "deleted or merged".to_owned(),
                ([], Change::Entered) => "an event".to_owned(),
                _ => flips.join(", "),
            }
        }
        // One that this version does not know.
        _ => "another cause".to_owned(),
    }
}
