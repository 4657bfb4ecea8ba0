//! A field: added, edited, deleted. Its kind stays.
//!
//! It does not know what is accepted: the engine says so. Invariant: a form that is refused changes nothing, and has all that was typed.

use std::collections::BTreeMap;

use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use enlist::model::{Kind, Scope};
use enlist::{EngineError, Error, Event};
use maud::{Markup, html};

use crate::access::{Look, Shape, Visit};
use crate::address::Pages;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, chip, framed};
use crate::pages::contact::refusals::{sentence, users};
use crate::pages::fields::list::{FieldUse, all, held, kind_words, of_scope};
use crate::words;

/// The id in the address of a field that is not defined yet. No key begins so.
const UNDEFINED: &str = "-new";
/// What the keys of conversation fields begin with.
const CONVERSATION: &str = "conversation.";
/// How many options are shown with their use.
const OPTIONS: usize = 200;

/// What is typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    scope: String,
    key: String,
    kind: String,
    /// One a line.
    options: String,
    /// `true`, `false`, or nothing.
    default: String,
}

/// The input that a refusal is said under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Key,
    Options,
    /// The whole form.
    Form,
}

/// Why nothing was changed.
#[derive(Clone, Debug)]
struct Refusal {
    place: Place,
    sentence: String,
    /// The ids of the segments that use what was to go.
    users: Vec<String>,
}

impl Refusal {
    fn new(place: Place, sentence: impl Into<String>) -> Self {
        Refusal { place, sentence: sentence.into(), users: Vec::new() }
    }

    fn of(error: &Error) -> Self {
        Refusal { place: place(error), sentence: sentence(error), users: users(error) }
    }
}

fn place(error: &Error) -> Place {
    match error {
        Error::Refused(refused) => place(&refused.reason),
        Error::Engine(
            EngineError::Model(enlist::model::Error::FieldKey { .. })
            | EngineError::BuiltInField { .. }
            | EngineError::FieldKind { .. },
        ) => Place::Key,
        Error::Engine(
            EngineError::OptionsInUse { .. }
            | EngineError::FieldPart { .. }
            | EngineError::Limit { .. }
            | EngineError::Model(enlist::model::Error::Member { .. }),
        ) => Place::Options,
        // Everything else is about no single input, errors of later versions too.
        _ => Place::Form,
    }
}

/// A page of a field, and what it needs of the workspace.
struct Found {
    zone: String,
    /// `None` for one that is not defined yet.
    field: Option<FieldUse>,
    /// The ids and names of segments.
    segments: Vec<(String, String)>,
}

/// The page of a field, or of a new one.
pub(crate) async fn open(visit: Visit<Look>) -> Result<Response, Failure> {
    let found = find(&visit).await?;
    let typed = found.field.as_ref().map(Typed::of).unwrap_or_default();
    Ok(framed(&visit, &drawn(&visit.pages, &found, &typed, None)))
}

/// A button of the page.
pub(crate) async fn act(
    visit: Visit<Shape>,
    Form(pairs): Form<BTreeMap<String, String>>,
) -> Result<Response, Failure> {
    let found = find(&visit).await?;
    let given = |name: &str| pairs.get(name).cloned().unwrap_or_default();
    let typed = Typed {
        scope: given("scope"),
        key: given("key"),
        kind: given("kind"),
        options: given("options"),
        default: given("default"),
    };
    let outcome = match (&found.field, given("do").as_str()) {
        (Some(field), "delete") => delete(&visit, &field.key).await.map(|()| visit.pages.page("fields")),
        (Some(field), _) => edit(&visit, field, &typed, &given("was")).await,
        (None, _) => add(&visit, &typed).await,
    };
    match outcome {
        Ok(address) => Ok(Redirect::to(&address).into_response()),
        Err(refusal) => {
            // As it is now, which may be why.
            let found = find(&visit).await?;
            let page = framed(&visit, &drawn(&visit.pages, &found, &typed, Some(&refusal)));
            let status = if refusal.users.is_empty() {
                StatusCode::UNPROCESSABLE_ENTITY
            } else {
                StatusCode::CONFLICT
            };
            Ok((status, page).into_response())
        }
    }
}

async fn find<P>(visit: &Visit<P>) -> Result<Found, Failure> {
    let key = visit.id("field");
    let sought = key.clone();
    let found = visit
        .read(move |view| {
            let segments = view.segments();
            Ok(Found {
                zone: view.time_zone().to_owned(),
                field: all(view)?.into_iter().find(|field| field.key == sought),
                segments: segments
                    .map(|each| (each.id().as_str().to_owned(), each.name().to_owned()))
                    .collect(),
            })
        })
        .await?;
    if found.field.is_none() && key != UNDEFINED {
        return Err(Failure::unknown("field", &key));
    }
    Ok(found)
}

async fn add(visit: &Visit<Shape>, typed: &Typed) -> Result<String, Refusal> {
    let key = typed.key.trim();
    let is_of_conversations = key.starts_with(CONVERSATION);
    if is_of_conversations && typed.scope != "conversation" {
        return Err(Refusal::new(
            Place::Key,
            "That is the key of a conversation's field. Choose Conversations.",
        ));
    }
    let prefix = if typed.scope == "conversation" && !is_of_conversations { CONVERSATION } else { "" };
    let key = format!("{prefix}{key}");
    let sought = key.clone();
    // Defining it again would change the one that is there.
    let kind = visit
        .workspace
        .read(move |view| view.fields().find(|field| field.key.as_str() == sought).map(|field| field.kind))
        .await
        .map_err(|error| Refusal::of(&error))?;
    if let Some(kind) = kind {
        let sentence = format!(
            "There is a field {key} already, of kind {}. Choose another key, or edit that one.",
            kind_words(kind)
        );
        return Err(Refusal::new(Place::Key, sentence));
    }
    let Some(kind) = Kind::named(&typed.kind) else {
        return Err(Refusal::new(Place::Form, "Choose a kind."));
    };
    define(visit, &key, kind, typed).await?;
    Ok(visit.pages.field(&key))
}

async fn edit(visit: &Visit<Shape>, field: &FieldUse, typed: &Typed, was: &str) -> Result<String, Refusal> {
    let accepted = field.accepted.clone().unwrap_or_default();
    if field.kind.has_options() && lines(was) != accepted {
        let now = if accepted.is_empty() { "any".to_owned() } else { accepted.join(", ") };
        let sentence = format!(
            "Somebody else has changed the options since you opened this; now accepted: {now}. Check yours and save again."
        );
        return Err(Refusal::new(Place::Options, sentence));
    }
    define(visit, &field.key, field.kind, typed).await?;
    Ok(visit.pages.field(&field.key))
}

async fn define(visit: &Visit<Shape>, key: &str, kind: Kind, typed: &Typed) -> Result<(), Refusal> {
    let options = lines(&typed.options);
    let mut event = Event::field_defined(visit.workspace.blocking().clock_now(), key, kind);
    // Options of a kind without them are sent too, so that the engine says that it has none.
    if !options.is_empty() {
        event = event.options(options);
    } else if kind.has_options() {
        event = event.any_option();
    }
    event = match typed.default.as_str() {
        "true" => event.default_value(true),
        "false" => event.default_value(false),
        _ if kind == Kind::Boolean => event.no_default(),
        _ => event,
    };
    let event = event.build().map_err(|error| Refusal::of(&error.into()))?;
    visit.workspace.apply_event(event).await.map_err(|error| Refusal::of(&error))?;
    Ok(())
}

async fn delete(visit: &Visit<Shape>, key: &str) -> Result<(), Refusal> {
    visit.workspace.delete_field(key).await.map_err(|error| Refusal::of(&error))?;
    Ok(())
}

/// The lines of a text that are not blank. A form sends them with either end.
fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

impl Typed {
    /// What the form of a field has at first.
    fn of(field: &FieldUse) -> Self {
        Typed {
            options: field.accepted.clone().unwrap_or_default().join("\n"),
            default: field.default.map(|default| default.to_string()).unwrap_or_default(),
            ..Typed::default()
        }
    }
}

fn drawn(pages: &Pages, found: &Found, typed: &Typed, refusal: Option<&Refusal>) -> Drawn {
    let title = found.field.as_ref().map_or("New field".to_owned(), |field| words::field(&field.key));
    let content = html! {
        header {
            div { h1 { (title) } @if let Some(field) = &found.field { p.quiet { (field.key) } } }
            @if found.field.as_ref().is_some_and(|field| !field.built_in) {
                button type="button" popovertarget="deletion" { "Delete…" }
            }
        }
        @match &found.field {
            None => (new_form(pages, found, typed, refusal)),
            Some(field) => {
                dl.facts {
                    dt { "Of" } dd { (of_scope(field.scope)) }
                    dt { "Kind" } dd { (kind_words(field.kind)) }
                    @if field.kind.has_options() { dt { "In use" } dd { @if field.options.is_empty() { "no option" } (held(&field.options, OPTIONS)) } }
                    dt { "Used by" } dd {
                        @for (id, name) in &field.used_by { (chip(&pages.segment(id), id, name)) }
                        @if field.used_by.is_empty() { "no segment" }
                    }
                }
                @if field.built_in {
                    p.quiet { "It is built in: every workspace has it, and it can be neither changed nor deleted." }
                } @else {
                    (edit_form(pages, found, field, typed, refusal))
                    (deletion(pages, field))
                }
            }
        }
    };
    Drawn { tab: Tab::Fields, title, zone: found.zone.clone(), content, live: None }
}

fn new_form(pages: &Pages, found: &Found, typed: &Typed, refusal: Option<&Refusal>) -> Markup {
    html! {
        form.draft method="post" action=(pages.field(UNDEFINED)) {
            div.value {
                label for="scope" { "Of" }
                select #scope name="scope" {
                    @for (name, scope) in [("contact", Scope::Contact), ("conversation", Scope::Conversation)] {
                        option value=(name) selected[typed.scope == name] { (of_scope(scope)) }
                    }
                }
            }
            div.value {
                label for="key" { "Key" }
                input #key name="key" value=(typed.key) autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="key-hint";
                p.quiet #key-hint { "Letters a–z, digits and _, a letter first, 64 at most. “conversation.” is put before that of a conversation." }
                (said(pages, found, refusal, Place::Key))
            }
            div.value {
                label for="kind" { "Kind" }
                select #kind name="kind" {
                    @for kind in Kind::DEFINABLE { option value=(kind.name()) selected[typed.kind == kind.name()] { (kind_words(kind)) } }
                }
            }
            (options_input(pages, found, "Options, of select and multi select", typed, refusal))
            button { "Add the field" }
            (said(pages, found, refusal, Place::Form))
        }
    }
}

fn edit_form(
    pages: &Pages,
    found: &Found,
    field: &FieldUse,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Markup {
    let was = field.accepted.clone().unwrap_or_default().join("\n");
    html! {
        form.draft method="post" action=(pages.field(&field.key)) {
            @if field.kind.has_options() {
                (options_input(pages, found, "Options", typed, refusal))
                input type="hidden" name="was" value=(was);
            }
            @if field.kind == Kind::Boolean {
                div.value {
                    label for="default" { "An empty value reads as" }
                    select #default name="default" {
                        @for (value, shown) in [("", "—"), ("true", "yes"), ("false", "no")] {
                            option value=(value) selected[typed.default == value] { (shown) }
                        }
                    }
                }
            }
            @if field.kind.has_options() || field.kind == Kind::Boolean { button name="do" value="save" { "Save" } }
            (said(pages, found, refusal, Place::Key))
            (said(pages, found, refusal, Place::Form))
        }
    }
}

fn options_input(
    pages: &Pages,
    found: &Found,
    name: &str,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Markup {
    html! {
        div.value {
            label for="options" { (name) }
            // The parser drops a line break that comes first.
            textarea #options name="options" rows="6" dir="auto" aria-describedby="options-hint" { "\n" (typed.options) }
            p.quiet #options-hint { "One a line. Without any, every option is accepted. Who holds one that you take away keeps it." }
            (said(pages, found, refusal, Place::Options))
        }
    }
}

/// What was refused at a place, with links to the segments that are why.
fn said(pages: &Pages, found: &Found, refusal: Option<&Refusal>, place: Place) -> Markup {
    html! {
        @if let Some(refusal) = refusal.filter(|refusal| refusal.place == place) {
            p.problem role="alert" { bdi { (refusal.sentence) } }
            @for (id, name) in found.segments.iter().filter(|(id, _)| refusal.users.contains(id)) {
                (chip(&pages.segment(id), id, name))
            }
        }
    }
}

fn deletion(pages: &Pages, field: &FieldUse) -> Markup {
    html! {
        div.popover #deletion popover {
            @if field.used_by.is_empty() {
                p { "Deletes the field and its values. No contact is deleted." }
            } @else {
                p { "These segments use it; change or delete them first:" }
                @for (id, name) in &field.used_by { (chip(&pages.segment(id), id, name)) }
            }
            form method="post" action=(pages.field(&field.key)) {
                button name="do" value="delete" disabled[!field.used_by.is_empty()] { "Delete the field" }
                " " button type="button" popovertarget="deletion" popovertargetaction="hide" { "Cancel" }
            }
        }
    }
}
