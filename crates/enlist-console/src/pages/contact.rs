//! A contact: its values, labels and conversations; the segments it is in and is not in, each with its why; its entries and exits.

use axum::response::Response;
use enlist::model::{Change, Condition, Match, Scope};
use enlist::{Cause, Error, ExplainedNode, Explanation, PublishedTransition, View};
use maud::{Markup, html};

use crate::access::{Look, Visit};
use crate::address::Pages;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, chip, framed};
use crate::pages::contacts::fields_of;
use crate::values::shown;
use crate::words;

/// How many entries and exits are shown.
const LATEST: usize = 20;

/// What the page shows.
struct Found {
    zone: String,
    values: Vec<(String, String)>,
    labels: Vec<String>,
    conversations: Vec<(String, Vec<(String, String)>)>,
    /// Every segment's name, and why the contact is in it or not.
    why: Vec<(String, Explanation)>,
}

/// The page.
pub(crate) async fn show(visit: Visit<Look>) -> Result<Response, Failure> {
    let id = visit.id("contact");
    let sought = id.clone();
    let found = visit.read(move |view| find(view, &sought)).await?;
    let (workspace, sought) = (visit.workspace.blocking().clone(), id.clone());
    let latest = visit.shared.access.long_work(move || workspace.recent_transitions(&sought, LATEST)).await;
    let latest = latest.ok_or_else(Failure::busy)?;
    let named = found.values.iter().find(|(field, _)| field == "name").map(|(_, name)| name.as_str());
    let title = named.filter(|name| !name.is_empty()).unwrap_or(&id);
    let (inside, outside): (Vec<_>, Vec<_>) = found.why.iter().partition(|(_, why)| why.is_member);
    let content = html! {
        header { h1 dir="auto" { (title) } p.quiet { (id) } }
        div.columns {
            section {
                h2 { "Fields" }
                (values(&found.values))
                p { @for label in &found.labels { span.label dir="auto" { (label) } } }
                @for (conversation, held) in &found.conversations {
                    h3 { "Conversation " bdi { (conversation) } }
                    (values(held))
                }
            }
            section {
                h2 { "In " (inside.len()) @if inside.len() == 1 { " segment" } @else { " segments" } }
                @for (name, why) in inside { (explained(&visit.pages, name, why)) }
                h2 { "Not in " (outside.len()) }
                @for (name, why) in outside { (explained(&visit.pages, name, why)) }
                h2 { "Entries and exits" }
                (entries(&visit.pages, &latest, &found.why))
            }
        }
    };
    let (title, zone, content) = (title.to_owned(), found.zone.clone(), content);
    Ok(framed(&visit, &Drawn { tab: Tab::Contacts, title, zone, content, live: None }))
}

fn find(view: View<'_>, id: &str) -> Result<Found, Error> {
    let contact = view.contact(id)?;
    let of_contacts = fields_of(&view, Scope::Contact);
    let given = |field: &str| contact.value(field).as_ref().map(shown).unwrap_or_default();
    let why = view
        .segments()
        .map(|segment| Ok((segment.name().to_owned(), view.explain(segment.id().as_str(), id)?)));
    Ok(Found {
        zone: view.time_zone().to_owned(),
        values: of_contacts
            .keys()
            .filter(|key| **key != "labels")
            .map(|key| ((*key).to_owned(), given(key)))
            .collect(),
        labels: contact.labels().map(str::to_owned).collect(),
        conversations: contact
            .conversations()
            .map(|conversation| {
                let held =
                    conversation.values().map(|(field, value)| (field.as_str().to_owned(), shown(&value)));
                (conversation.id().as_str().to_owned(), held.collect())
            })
            .collect(),
        why: why.collect::<Result<_, Error>>()?,
    })
}

fn values(values: &[(String, String)]) -> Markup {
    html! {
        dl {
            @for (field, value) in values {
                dt { (words::field(field)) }
                dd dir="auto" { @if value.is_empty() { span.quiet { "—" } } @else { (value) } }
            }
        }
    }
}

/// A segment, with its why to be opened.
fn explained(pages: &Pages, name: &str, why: &Explanation) -> Markup {
    let id = why.segment.as_str();
    html! {
        details {
            summary { span.chip.(words::hue(id)) { bdi { (name) } } }
            p { a href=(pages.segment(id)) { "Open the segment" } }
            ul.why { (node(&why.root)) }
        }
    }
}

/// A node of a rule, and whether it holds.
pub(crate) fn node(node: &ExplainedNode) -> Markup {
    html! {
        li.holds[node.holds()].fails[!node.holds()] {
            span.mark { @if node.holds() { "✓" } @else { "✗" } } " "
            @match node {
                ExplainedNode::Group { matching, nodes, .. } => {
                    (group_words(*matching))
                    ul { @for each in nodes { (self::node(each)) } }
                }
                ExplainedNode::Condition { condition, saw, changes_on, holds } => {
                    (condition_words(condition))
                    @for seen in saw {
                        span.quiet { " — " @if let Some(conversation) = &seen.conversation { bdi { (conversation) } ": " } bdi { (seen.value) } }
                    }
                    @if let Some(day) = changes_on {
                        span.quiet { @if *holds { " · ends on " } @else { " · begins on " } (day) " unless something changes" }
                    }
                }
                ExplainedNode::SameConversation { conversations, .. } => {
                    "One conversation where"
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
    let operand = if condition.value.is_empty() { String::new() } else { format!(" {}", condition.value) };
    format!("{} {}{operand}", words::field(condition.field.as_str()), words::operator(condition.operator))
}

fn entries(pages: &Pages, latest: &[PublishedTransition], why: &[(String, Explanation)]) -> Markup {
    // A segment that was deleted since has only its id.
    let name_of = |id: &'_ str| -> String {
        why.iter()
            .find(|(_, why)| why.segment.as_str() == id)
            .map_or(id, |(name, _)| name.as_str())
            .to_owned()
    };
    html! {
        @if latest.is_empty() { p.quiet { "None that is still retained." } }
        ul {
            @for each in latest {
                li {
                    @match each.change() { Change::Entered => span.enters { "entered " }, Change::Left => span.leaves { "left " } }
                    (chip(&pages.segment(each.segment().as_str()), each.segment().as_str(), &name_of(each.segment().as_str())))
                    span.quiet { " " (each.at()) ", " (cause(each.cause())) }
                }
            }
        }
    }
}

/// What led to an entry or exit.
pub(crate) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Event(_) => "an event",
        Cause::Settings(_) => "the settings changed",
        Cause::Clock => "a day began",
        // One that this version does not know.
        _ => "another cause",
    }
}
