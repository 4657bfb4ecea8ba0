//! Why a contact is in a segment or out of it, as a tree of ✓ and ✗ with the values that were seen.

use enlist::model::{Condition, Day, Match, Predicate};
use enlist::{ExplainedNode, Explanation, Json};
use maud::{Markup, html};

use crate::address::{Pages, encoded};
use crate::frame::chip;
use crate::{moments, words};

/// A segment, with its why to be opened, and the day on which the contact leaves or enters it by itself.
pub(crate) fn segment(pages: &Pages, name: &str, why: &Explanation, changes_on: Option<Day>) -> Markup {
    let id = why.segment.as_str();
    html! {
        // With an id, so that it stays open when the page is drawn again.
        details.explained #{"why-" (encoded(id))} {
            summary {
                span.chip.(words::hue(id)) { bdi { (name) } }
                @if let Some(day) = changes_on {
                    " " span.quiet { @if why.is_member { "leaves on " } @else { "enters on " } (moments::day(day)) " unless something changes" }
                }
            }
            ul.why { (node(&why.root)) }
            p { a href=(pages.segment(id)) { "Open the segment" } " · " a href=(pages.members(id)) { "its contacts" } }
        }
    }
}

/// A segment whose page may be gone, in a sentence.
pub(crate) fn mentioned(pages: &Pages, id: &str, name: Option<&str>) -> Markup {
    html! {
        @match name {
            Some(name) => (chip(&pages.segment(id), id, name)),
            None => { span.chip.(words::hue(id)) { bdi { (id) } } span.quiet { "deleted since" } }
        }
    }
}

/// A node of a rule, and whether it holds.
pub(crate) fn node(node: &ExplainedNode) -> Markup {
    html! {
        li.holds[node.holds()].fails[!node.holds()] {
            span.mark role="img" aria-label=(if node.holds() { "holds" } else { "does not hold" }) { @if node.holds() { "✓" } @else { "✗" } } " "
            @match node {
                ExplainedNode::Group { matching, nodes, .. } => {
                    (group_words(*matching))
                    ul { @for each in nodes { (self::node(each)) } }
                }
                ExplainedNode::Condition { condition, saw, changes_on, holds } => {
                    bdi { (condition_words(condition)) }
                    @for seen in saw {
                        span.quiet { " — " @if let Some(conversation) = &seen.conversation { bdi { (conversation) } ": " } bdi { (seen_words(condition, &seen.value)) } }
                    }
                    @if saw.is_empty() { span.quiet { " — no conversation has a value" } }
                    @if let Some(day) = changes_on {
                        span.quiet { @if *holds { " · ends on " } @else { " · begins on " } (moments::day(*day)) " unless something changes" }
                    }
                }
                ExplainedNode::SameConversation { conversations, .. } => {
                    "One conversation where"
                    @if conversations.is_empty() { span.quiet { " — there is no conversation" } }
                    ul { @for (id, each) in conversations { li { bdi { (id) } ul { (self::node(each)) } } } }
                }
                ExplainedNode::Segment { segment, is_member, .. } => {
                    @if *is_member { "Is in " } @else { "Is not in " } bdi { (segment) }
                }
            }
        }
    }
}

fn group_words(matching: Match) -> &'static str {
    match matching {
        Match::All => "All of these",
        Match::Any => "Any of these",
        Match::None => "None of these",
    }
}

fn condition_words(condition: &Condition) -> String {
    let (field, operator) = (words::field(condition.field.as_str()), words::operator(condition.operator));
    format!("{field} {operator} {}", operand_words(&condition.value)).trim_end().to_owned()
}

/// What a condition compares with: a text as it is, members of a list with commas; empty for nothing.
fn operand_words(value: &Json) -> String {
    match (value.as_text(), value.as_list()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(values)) => values.iter().map(operand_words).collect::<Vec<_>>().join(", "),
        (None, None) if value.is_empty() => String::new(),
        (None, None) => value.to_string(),
    }
}

/// A value that was compared. An instant is as in the workspace's time zone.
fn seen_words(condition: &Condition, value: &Json) -> String {
    if value.is_empty() {
        return "no value".to_owned();
    }
    let date = value.as_text().filter(|_| matches!(condition.predicate, Predicate::Day(_)));
    let day = date.and_then(|text| Some((Day::parse(text.get(..10)?)?, text.get(11..16))));
    match day {
        Some((day, None)) => moments::day(day),
        Some((day, Some(time))) => format!("{}, {time}", moments::day(day)),
        None => operand_words(value),
    }
}
