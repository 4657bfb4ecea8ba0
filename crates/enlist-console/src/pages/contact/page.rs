//! A contact: its values, labels and conversations, edited in place; the segments it is in and is not in, each with its why; its entries
//! and exits.
//!
//! It does not know which values fit. Invariant: each form has an id and is sent alone; with a script only that form is drawn again, so
//! what is typed in the others stays.

use std::collections::BTreeMap;

use axum::extract::Form as Pairs;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use enlist::model::{Change, Day, Scope};
use enlist::{Error, Event, Explanation, View};
use maud::{Markup, html};

use crate::access::{Edit, Look, Visit};
use crate::address::{Pages, encoded, part};
use crate::causes;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::stream;
use crate::moments;
use crate::pages::contact::form::{Part, Refused, Sent};
use crate::pages::contact::found::{Conversation, Found, find};
use crate::pages::contact::value_input::{Editable, Held, row};
use crate::pages::contact::{explained, outlook};
use crate::words;

/// The page.
pub(crate) async fn show(visit: Visit<Look>) -> Result<Response, Failure> {
    answered(&visit, None).await
}

/// The page, again and again.
pub(crate) async fn live(visit: Visit<Look>) -> Response {
    stream(visit, |visit| async move { Ok(draw(&visit, None).await?.1) })
}

/// A button of the page.
pub(crate) async fn act(
    visit: Visit<Edit>,
    Pairs(pairs): Pairs<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let (id, sent) = (visit.id("contact"), Sent::read(pairs));
    let (contact, sent_part) = (id.clone(), sent.part.clone());
    // A contact that is gone is not created again, and a conversation that is another's now is not taken from it.
    let Some(fields) = visit.read(move |view| editable(view, &contact, &sent_part)).await? else {
        return match &sent.part {
            Part::Conversation(conversation) if has_contact(&visit, &id).await? => Err(taken(conversation)),
            Part::Conversation(_) | Part::Values | Part::Labels => answered(&visit, None).await,
        };
    };
    if sent.is_deletion() {
        let now = visit.workspace.blocking().clock_now();
        visit.workspace.apply_event(Event::contact_deleted(now, &id).build().map_err(Error::from)?).await?;
        return Ok(Redirect::to(&visit.pages.page("contacts")).into_response());
    }
    match sent.save(&visit, &id, &fields).await {
        Ok(()) => Ok(Redirect::to(&visit.pages.contact(&id)).into_response()),
        Err(refused) => answered(&visit, Some(*refused)).await,
    }
}

/// The fields that a form may change; `None` if the contact, or the conversation, is not there any more.
fn editable(view: View<'_>, contact: &str, sent_part: &Part) -> Result<Option<Vec<Editable>>, Error> {
    if !view.has_contact(contact)? {
        return Ok(None);
    }
    let scope = match sent_part {
        Part::Values | Part::Labels => Scope::Contact,
        Part::Conversation(id) => {
            if view.contact(contact)?.conversations().all(|each| each.id().as_str() != id) {
                return Ok(None);
            }
            Scope::Conversation
        }
    };
    Ok(Some(Editable::all(view)?.into_iter().filter(|field| field.scope == scope).collect()))
}

async fn has_contact(visit: &Visit<Edit>, contact: &str) -> Result<bool, Failure> {
    let contact = contact.to_owned();
    visit.read(move |view| view.has_contact(&contact)).await
}

fn taken(conversation: &str) -> Failure {
    let sentence = format!("The conversation {conversation:?} was deleted, or is another contact's now.");
    Failure::new(StatusCode::CONFLICT, sentence)
}

async fn answered<P>(visit: &Visit<P>, refused: Option<Refused>) -> Result<Response, Failure> {
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (is_there, drawn) = draw(visit, refused).await?;
    Ok((if is_there { status } else { StatusCode::NOT_FOUND }, framed(visit, &drawn)).into_response())
}

/// Whether the contact is there, and its page.
async fn draw<P>(visit: &Visit<P>, refused: Option<Refused>) -> Result<(bool, Drawn), Failure> {
    let (id, workspace) = (visit.id("contact"), visit.workspace.blocking().clone());
    let sought = id.clone();
    let found = visit.shared.access.long_work(move || find(&workspace, &sought)).await;
    let (zone, found) = found.ok_or_else(Failure::busy)??;
    let live = Some(visit.pages.live(&format!("contacts/{}", part(&id))));
    let Some(found) = found else {
        let content = html! {
            header { h1 { "There is no contact " bdi { (id) } } }
            p { "It was deleted, or merged into another, or never was here. " a href=(visit.pages.page("contacts")) { "Contacts" } }
        };
        return Ok((
            false,
            Drawn { tab: Tab::Contacts, title: "No such contact".to_owned(), zone, content, live },
        ));
    };
    let title = if found.name.is_empty() { &id } else { &found.name };
    let content = drawn(&visit.pages, &id, title, &found, refused.as_ref());
    Ok((true, Drawn { tab: Tab::Contacts, title: title.clone(), zone, content, live }))
}

fn drawn(pages: &Pages, id: &str, title: &str, found: &Found, refused: Option<&Refused>) -> Markup {
    let changes = outlook::changes(&found.why);
    let change = |why: &Explanation| changes.get(why.segment.as_str()).copied();
    let all: Vec<(&String, &Explanation, Option<Day>)> =
        found.names.iter().zip(&found.why).map(|(name, why)| (name, why, change(why))).collect();
    let (inside, outside): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, why, _)| why.is_member);
    html! {
        header {
            div { h1 { bdi { (title) } } p.quiet { bdi { (id) } } }
            button type="button" popovertarget="deletion" { "Delete…" }
        }
        (deletion(pages, id))
        div.columns {
            section {
                h2 { "Fields" }
                (values_form(pages, id, found, of(refused, &Part::Values)))
                h2 { "Labels" }
                (labels_form(pages, id, found, of(refused, &Part::Labels)))
                h2 { "Conversations " span.quiet { (found.conversation_count) } }
                @if found.conversations.is_empty() { p.quiet { "None." } }
                @for conversation in &found.conversations { (conversation_form(pages, id, found, conversation, refused)) }
                @if found.conversation_count > found.conversations.len() {
                    p.quiet { (found.conversation_count - found.conversations.len()) " older ones are not shown." }
                }
            }
            section {
                h2 { "In " (inside.len()) @if inside.len() == 1 { " segment" } @else { " segments" } }
                @for (name, why, change) in &inside { (explained::segment(pages, name, why, *change)) }
                h2 { "Not in " (outside.len()) }
                @for (name, why, change) in &outside { (explained::segment(pages, name, why, *change)) }
                h2 { "Entries and exits" }
                (entries(pages, found))
            }
        }
    }
}

/// What was refused, if it was this form.
fn of<'a>(refused: Option<&'a Refused>, sent_part: &Part) -> Option<&'a Refused> {
    refused.filter(|refused| refused.sent.part == *sent_part)
}

fn deletion(pages: &Pages, id: &str) -> Markup {
    html! {
        div.popover #deletion popover {
            p { "Deletes the contact, its labels and conversations." }
            form method="post" action=(pages.contact(id)) {
                button name="do" value="delete" { "Delete the contact" }
                " " button type="button" popovertarget="deletion" popovertargetaction="hide" { "Cancel" }
            }
        }
    }
}

/// A form that is sent alone. One that was refused is not drawn again by the stream, which knows nothing of what was typed.
fn form(pages: &Pages, contact: &str, id: &str, refused: Option<&Refused>, inputs: &Markup) -> Markup {
    let address = pages.contact(contact);
    html! {
        form.draft id=(id) method="post" action=(address) hx-post=(address) hx-target="this" hx-select={"[id='" (id) "']"} hx-swap="outerHTML" hx-morph-skip[refused.is_some()] {
            (inputs)
            @if let Some(sentence) = refused.and_then(|refused| refused.sentence.as_ref()) { p.problem role="alert" { bdi { (sentence) } } }
        }
    }
}

fn values_form(pages: &Pages, id: &str, found: &Found, refused: Option<&Refused>) -> Markup {
    let inputs = html! {
        (rows("values", Scope::Contact, found, &found.held, refused))
        (set(&found.set_itself))
        button name="do" value="save" { "Save" }
    };
    form(pages, id, "values", refused, &inputs)
}

fn conversation_form(
    pages: &Pages,
    contact: &str,
    found: &Found,
    conversation: &Conversation,
    refused: Option<&Refused>,
) -> Markup {
    let refused = of(refused, &Part::Conversation(conversation.id.clone()));
    let id = format!("conversation-{}", encoded(&conversation.id));
    let inputs = html! {
        h3 { bdi { (conversation.id) } }
        input type="hidden" name="conversation" value=(conversation.id);
        (rows(&id, Scope::Conversation, found, &conversation.held, refused))
        (set(&conversation.set_itself))
        button name="do" value="save" { "Save" span.unseen { " the conversation " (conversation.id) } }
    };
    form(pages, contact, &id, refused, &inputs)
}

fn rows(
    form: &str,
    scope: Scope,
    found: &Found,
    held: &BTreeMap<String, Held>,
    refused: Option<&Refused>,
) -> Markup {
    let empty = Held::default();
    html! {
        // Enter in an input is the first button.
        button.unseen name="do" value="save" tabindex="-1" { "Save" }
        @for field in found.fields.iter().filter(|field| field.scope == scope) {
            @let given = refused.and_then(|refused| refused.sent.value(&field.key));
            @let problem = refused.and_then(|refused| refused.problem(&field.key));
            (row(form, field, held.get(&field.key).unwrap_or(&empty), given.as_deref(), problem, &found.zone))
        }
    }
}

/// What Enlist sets itself.
fn set(values: &[(String, String)]) -> Markup {
    html! {
        dl { @for (field, value) in values { dt { (field) } dd { (value) } } }
    }
}

fn labels_form(pages: &Pages, id: &str, found: &Found, refused: Option<&Refused>) -> Markup {
    let typed = refused.map_or("", |refused| refused.sent.label());
    let inputs = html! {
        button.unseen name="do" value="label" tabindex="-1" { "Add" }
        p {
            @for label in &found.labels {
                span.label { bdi { (label) } " " button.remove name="do" value={"unlabel:" (label)} aria-label={"Remove the label " (label)} { "×" } }
            }
            @if found.labels.is_empty() { span.quiet { "None." } }
        }
        div.value {
            label for="label" { "Add a label" }
            input #label name="label" value=(typed) list="labels-in-use" dir="auto" autocomplete="off" aria-invalid=[refused.map(|_| "true")];
        }
        datalist #labels-in-use {
            @for (label, count) in &found.in_use { option value=(label) label={(label) " · " (words::number(*count))} {} }
        }
        button name="do" value="label" { "Add" }
    };
    form(pages, id, "labels", refused, &inputs)
}

fn entries(pages: &Pages, found: &Found) -> Markup {
    let name_of = |id: &str| {
        let at = found.why.iter().position(|why| why.segment.as_str() == id)?;
        found.names.get(at).map(String::as_str)
    };
    html! {
        @if found.latest.is_empty() { p.quiet { "None that is still retained." } }
        ul.bare {
            @for each in &found.latest {
                li {
                    @match each.change() { Change::Entered => span.enters { "entered " }, Change::Left => span.leaves { "left " } }
                    (explained::mentioned(pages, each.segment().as_str(), name_of(each.segment().as_str())))
                    " " span.quiet { (moments::since(each.at(), found.now, &found.zone)) ": " bdi { (causes::cause(each, |id| name_of(id.as_str()).unwrap_or(id.as_str()).to_owned())) } }
                }
            }
        }
    }
}
