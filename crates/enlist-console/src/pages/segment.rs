//! The builder of a segment: its rule at the left, at the right what it would hold and what would change.
//!
//! Without a script its buttons send the form, and the page comes back. Invariant: what is unfinished or wrong is never saved.

use axum::extract::Form as Pairs;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use enlist::model::{DayRange, Today};
use enlist::{
    ContactSet, Error, ErrorClass, ExplainedNode, Revision, SegmentId, UncheckedRule, View, Workspace,
};
use enlist_http::meanings;
use maud::{Markup, html};

use crate::access::{Look, Shape, Visit};
use crate::builder::draft::{Draft, Key, Row, Written};
use crate::builder::form::{Form, tree};
use crate::builder::offer::Offer;
use crate::builder::rows::{Remarks, root};
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::pages::explained::node;
use crate::words::number;

/// The id in the address of a segment that is not saved yet. No segment gets it from a name.
const UNSAVED: &str = "-new";
/// How many contacts are shown of each set.
const SAMPLE: usize = 10;

/// A builder at one moment.
struct State {
    /// `None` for one that is not saved yet.
    segment: Option<String>,
    name: String,
    began_at: String,
    contact: String,
    draft: Draft,
    /// What went wrong when it was to be saved.
    refusal: Option<String>,
}

/// What is found out about a draft.
struct Found {
    offer: Offer,
    remarks: Remarks,
    zone: String,
    sentence: String,
    preview: Option<Preview>,
    why: Option<Result<ExplainedNode, String>>,
    used_by: Vec<String>,
}

/// What would change.
struct Preview {
    count: u64,
    total: u64,
    /// How many, and some ids: members, those that enter, those that leave.
    sets: [(&'static str, u64, Vec<String>); 3],
}

/// The builder of a saved segment, or an empty one.
pub(crate) async fn open(visit: Visit<Look>) -> Result<Response, Failure> {
    let id = visit.id("segment");
    let state = if id == UNSAVED {
        let (name, began_at, contact) = (String::new(), String::new(), String::new());
        State { segment: None, name, began_at, contact, draft: Draft::empty(), refusal: None }
    } else {
        let sought = id.clone();
        let found = visit.read(move |view| Ok(saved(view, &sought))).await?;
        found.ok_or_else(|| Failure::unknown("segment", &id))?
    };
    shown(&visit, state).await
}

fn saved(view: View<'_>, id: &str) -> Option<State> {
    let segment = view.segments().find(|segment| segment.id().as_str() == id)?;
    Some(State {
        segment: Some(id.to_owned()),
        name: segment.name().to_owned(),
        began_at: view.segment_revision(id).map(|revision| revision.to_string()).unwrap_or_default(),
        contact: String::new(),
        draft: Draft::of(&segment.rule().to_json())?,
        refusal: None,
    })
}

/// A button of the builder.
pub(crate) async fn act(
    visit: Visit<Shape>,
    Pairs(pairs): Pairs<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let id = visit.id("segment");
    let segment = (id != UNSAVED).then_some(id);
    let own = segment.clone();
    let offer = visit.read(move |view| Offer::of(view, own.as_deref())).await?;
    let form = Form::read(pairs, &offer);
    let Form { name, action, began_at, contact, mut draft } =
        form.ok_or_else(|| Failure::new(StatusCode::BAD_REQUEST, "This is no form of the builder."))?;
    let (action, key) = action.split_once(':').unwrap_or((&action, ""));
    let key: Key = key.parse().unwrap_or_default();
    let mut state = State { segment, name, began_at, contact, draft: Draft::empty(), refusal: None };
    match action {
        "add" => draft.add(key, None),
        "group" => draft.add(key, Some(Row::Group)),
        "same" => draft.add(key, Some(Row::SameConversation)),
        "remove" => draft.remove(key),
        "up" => draft.shift(key, -1),
        "down" => draft.shift(key, 1),
        "save" => match save(&visit, &state, draft.written(&offer)).await? {
            Ok(id) => return Ok(Redirect::to(&visit.pages.segment(&id)).into_response()),
            Err(refusal) => state.refusal = Some(refusal),
        },
        "delete" => match delete(&visit, &state).await? {
            Ok(()) => return Ok(Redirect::to(&visit.pages.page("segments")).into_response()),
            Err(refusal) => state.refusal = Some(refusal),
        },
        // What was typed is shown with what it means.
        _ => {}
    }
    state.draft = draft;
    shown(&visit, state).await
}

/// An id for a new segment: its name in small letters and hyphens, and a number if that is taken.
fn new_id(view: View<'_>, name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter } else { '-' })
        .take(40)
        .collect();
    let plain = plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let plain = if plain.is_empty() { "segment".to_owned() } else { plain };
    let is_taken = |id: &str| view.segments().any(|segment| segment.id().as_str() == id);
    if !is_taken(&plain) {
        return plain;
    }
    // There are fewer segments than numbers up to one more than them.
    let numbers = 2..view.segments().count() + 3;
    numbers.map(|number| format!("{plain}-{number}")).find(|id| !is_taken(id)).unwrap_or(plain)
}

/// Saves the draft; the id, or why not.
async fn save(
    visit: &Visit<Shape>,
    state: &State,
    written: Written,
) -> Result<Result<String, String>, Failure> {
    if !written.unfinished.is_empty() {
        return Ok(Err("Some rows are unfinished: finish or remove them.".to_owned()));
    }
    let (workspace, segment, name) =
        (visit.workspace.blocking().clone(), state.segment.clone(), state.name.clone());
    let expected = state.began_at.parse::<Revision>().ok();
    let saved = visit.shared.access.long_work(move || {
        let id = segment.unwrap_or_else(|| workspace.read(|view| new_id(view, &name)));
        let rule = UncheckedRule::from(written.json);
        workspace.segment(&id)?.save_if(expected, &name, rule)?;
        Ok(id)
    });
    Ok(refused(saved.await.ok_or_else(Failure::busy)?))
}

async fn delete(visit: &Visit<Shape>, state: &State) -> Result<Result<(), String>, Failure> {
    let Some(id) = state.segment.clone() else { return Ok(Ok(())) };
    let workspace = visit.workspace.blocking().clone();
    let deleted = visit.shared.access.long_work(move || workspace.segment(&id)?.delete().map(|_| ()));
    Ok(refused(deleted.await.ok_or_else(Failure::busy)?))
}

fn refused<T>(outcome: Result<T, Error>) -> Result<T, String> {
    outcome.map_err(|error| match error.class() {
        ErrorClass::Changed => "Somebody else has saved this segment since you opened it. Open it again to see what is there now.".to_owned(),
        _ => error.to_string(),
    })
}

async fn shown<P: Send + 'static>(visit: &Visit<P>, state: State) -> Result<Response, Failure> {
    let workspace = visit.workspace.blocking().clone();
    let looked =
        visit.shared.access.long_work(move || find(&workspace, &state).map(|found| (state, found))).await;
    let (state, found) = looked.ok_or_else(Failure::busy)??;
    let title = if state.name.is_empty() { "New segment" } else { &state.name };
    let (title, zone, content) = (title.to_owned(), found.zone.clone(), drawn(&state, &found));
    Ok(framed(visit, &Drawn { tab: Tab::Segments, title, zone, content, live: None }))
}

fn find(workspace: &Workspace, state: &State) -> Result<Found, Error> {
    let id = state.segment.as_deref();
    let now = workspace.clock_now();
    let offer = workspace.read(|view| Offer::of(view, id))?;
    let written = state.draft.written(&offer);
    let mut remarks = Remarks { unfinished: written.unfinished.clone(), ..Remarks::default() };
    let rule = UncheckedRule::from(written.json.clone());
    let segment = id.map(SegmentId::new).transpose()?;
    let (sentence, zone, used_by) = workspace.read(|view| {
        let day = view.today().unwrap_or_else(|| view.day_of(now));
        let today = Today { day, week_start: view.week_start() };
        let users = view
            .segments()
            .filter(|each| each.rule().segments().iter().any(|used| Some(used.as_str()) == id));
        let used_by = users.map(|each| each.name().to_owned()).collect();
        let sentence = match rule.check(segment.as_ref(), view.rule_definitions()) {
            Ok(checked) => {
                note_meanings(&checked, today, view.time_zone(), &written, &mut remarks);
                checked.sentence()
            }
            // A rule without a row is unfinished, not wrong.
            Err(_) if written.places.is_empty() => String::new(),
            Err(error) => {
                for problem in error.rule_problems() {
                    let key = written.key_at(&problem.pointer);
                    remarks.problems.entry(key).or_default().push(problem.reason());
                }
                String::new()
            }
        };
        (sentence, view.time_zone().to_owned(), used_by)
    });
    let preview = if sentence.is_empty() { None } else { Some(preview(workspace, id, &rule)?) };
    let why = (!state.contact.is_empty() && !sentence.is_empty())
        .then(|| workspace.explain_rule(rule, &state.contact).map_err(|error| error.to_string()));
    Ok(Found { offer, remarks, zone, sentence, preview, why, used_by })
}

fn preview(workspace: &Workspace, id: Option<&str>, rule: &UncheckedRule) -> Result<Preview, Error> {
    let (members, enters, leaves) = if let Some(id) = id {
        let preview = workspace.segment(id)?.preview(rule.clone())?;
        (preview.members, preview.enters, preview.leaves)
    } else {
        let members = workspace.matching(rule.clone())?;
        (members.clone(), members.clone(), members.minus(&members))
    };
    workspace.read(|view| {
        let some = |set: &ContactSet| {
            let page = view.page_of(set, &enlist::PageRequest::default().with_size(SAMPLE))?;
            Ok::<_, Error>(page.contacts.iter().map(|id| id.as_str().to_owned()).collect())
        };
        Ok(Preview {
            count: members.len(),
            total: view.contact_count()?,
            sets: [
                ("Members", members.len(), some(&members)?),
                ("Enter", enters.len(), some(&enters)?),
                ("Leave", leaves.len(), some(&leaves)?),
            ],
        })
    })
}

/// Notes which days conditions mean, and which hold without a value.
fn note_meanings(rule: &enlist::Rule, today: Today, zone: &str, written: &Written, remarks: &mut Remarks) {
    for meaning in meanings(rule, today) {
        let said = remarks.meanings.entry(written.key_at(&meaning.pointer)).or_default();
        if let Some(DayRange { first, last }) = meaning.days {
            said.push(match (first, last) {
                (Some(first), Some(last)) if first == last => format!("{first} in {zone}"),
                (Some(first), Some(last)) => format!("{first} – {last} in {zone}"),
                (Some(first), None) => format!("{first} and later, in {zone}"),
                (None, Some(last)) => format!("{last} and earlier, in {zone}"),
                (None, None) => "any day".to_owned(),
            });
        }
        if meaning.includes_empty {
            let who =
                if meaning.pointer.contains("/same_conversation") { "conversations" } else { "contacts" };
            said.push(format!("includes {who} without a value"));
        }
    }
}

fn drawn(state: &State, found: &Found) -> Markup {
    let is_new = state.segment.is_none();
    let is_ready =
        found.preview.is_some() && found.remarks.unfinished.is_empty() && !state.name.trim().is_empty();
    html! {
        // Enter in an input is the first button: it shows the count, and saves nothing.
        form.builder method="post" {
            button.default name="do" value="show" tabindex="-1" { "Show" }
            input type="hidden" name="tree" value=(tree(&state.draft));
            input type="hidden" name="began_at" value=(state.began_at);
            h1.unseen { @if is_new { "New segment" } @else { "Segment" } }
            header {
                input.title name="name" value=(state.name) placeholder="Name" aria-label="Name" autocomplete="off";
                button name="do" value="save" disabled[!is_ready && !is_new] { "Save" }
            }
            @if let Some(refusal) = &state.refusal { p.problem role="alert" { (refusal) } }
            div.columns {
                section { (root(&state.draft.root, &found.offer, &found.remarks)) button name="do" value="show" { "Count" } }
                section aria-live="polite" { (previewed(state, found)) }
            }
            @if !is_new { (deletion(found)) }
        }
    }
}

fn previewed(state: &State, found: &Found) -> Markup {
    let unfinished = found.remarks.unfinished.len();
    html! {
        @if let Some(preview) = &found.preview {
            p.count { strong { (number(preview.count)) } " of " (number(preview.total)) }
            p {
                span.enters { "+" (number(preview.sets[1].1)) " enter" } " "
                span.leaves { "−" (number(preview.sets[2].1)) " leave" } " when you save"
            }
            p.quiet { bdi { (found.sentence) } }
            @for (name, count, some) in &preview.sets {
                details {
                    summary { (name) " " (number(*count)) }
                    ul { @for id in some { li { bdi { (id) } } } }
                }
            }
            label { "Test a contact " input name="contact" value=(state.contact) placeholder="Its id"; }
            button name="do" value="show" { "Why" }
            @match &found.why {
                None => {}
                Some(Ok(root)) => ul.why { (node(root)) },
                Some(Err(error)) => p.problem { (error) },
            }
        } @else if found.remarks.problems.is_empty() {
            p.quiet { "Choose a field to begin." }
        } @else {
            p.quiet { "The count comes when what is marked is mended." }
        }
        @if unfinished > 0 && found.preview.is_some() { p.quiet { "Without " (unfinished) " unfinished." } }
    }
}

fn deletion(found: &Found) -> Markup {
    html! {
        section.delete {
            @if found.used_by.is_empty() {
                p.quiet { "Deletes the rule. No contact is deleted." }
            } @else {
                p { "Used by " @for name in &found.used_by { span.label { bdi { (name) } } } }
            }
            button name="do" value="delete" disabled[!found.used_by.is_empty()] { "Delete the segment" }
        }
    }
}
