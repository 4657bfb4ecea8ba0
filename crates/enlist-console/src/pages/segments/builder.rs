//! The builder of a segment: its rule at the left, at the right what it would hold and what would change.
//!
//! Without a script its buttons send the form, and the page comes back; with scripts what is typed sends it too, and only the form comes
//! back. Invariant: what is unfinished or wrong is never saved.

use axum::extract::{Form as Pairs, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use enlist::{Error, ErrorClass, Revision, UncheckedRule, View};
use serde::Deserialize;

use crate::access::{Look, Shape, Visit};
use crate::builder::draft::{Draft, Key, Row, Written};
use crate::builder::finding::{Sought, find};
use crate::builder::form::Form;
use crate::builder::offer::Offer;
use crate::builder::starters::Starter;
use crate::failure::{Failure, page_type};
use crate::frame::{Drawn, Tab, framed};
use crate::pages::segments::form::{NAME, Refusal, State, form};
use crate::pages::segments::uses::uses;

/// The id in the address of a segment that is not saved yet. No segment gets it from a name.
const UNSAVED: &str = "-new";

/// What a builder begins from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Beginning {
    starter: String,
}

/// The builder of a saved segment, or one of a starter, or an empty one.
pub(crate) async fn open(
    visit: Visit<Look>,
    Query(beginning): Query<Beginning>,
) -> Result<Response, Failure> {
    let id = visit.id("segment");
    let state = if id == UNSAVED {
        let starter = Starter::named(&beginning.starter);
        let (name, draft) =
            starter.map_or_else(|| ("", Draft::empty()), |starter| (starter.name, starter.draft()));
        State { name: name.to_owned(), draft, focus: Some(NAME), ..State::empty() }
    } else {
        let sought = id.clone();
        let found = visit.read(move |view| Ok(saved(view, &sought))).await?;
        found.ok_or_else(|| Failure::unknown("segment", &id))?
    };
    let (title, zone, content, _) = drawn(&visit, state).await?;
    Ok(framed(&visit, &Drawn { tab: Tab::Segments, title, zone, content, live: None }))
}

fn saved(view: View<'_>, id: &str) -> Option<State> {
    let segment = view.segments().find(|segment| segment.id().as_str() == id)?;
    Some(State {
        segment: Some(id.to_owned()),
        name: segment.name().to_owned(),
        began_at: view.segment_revision(id).map(|revision| revision.to_string()).unwrap_or_default(),
        draft: Draft::of(&segment.rule().to_json())?,
        ..State::empty()
    })
}

/// A button of the builder, or something typed.
pub(crate) async fn act(
    visit: Visit<Shape>,
    headers: HeaderMap,
    Pairs(pairs): Pairs<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let id = visit.id("segment");
    let segment = (id != UNSAVED).then_some(id);
    let own = segment.clone();
    let offer = visit.read(move |view| Offer::of(view, own.as_deref())).await?;
    let form = Form::read(pairs, &offer);
    let Form { name, action, began_at, contact, mut draft } =
        form.ok_or_else(|| Failure::new(StatusCode::BAD_REQUEST, "This is no form of the builder."))?;
    let by_script = headers.contains_key("hx-request");
    let (action, operand) = action.split_once(':').unwrap_or((&action, ""));
    let key: Key = operand.split(':').next().and_then(|key| key.parse().ok()).unwrap_or_default();
    let mut state = State { segment, name, began_at, contact, ..State::empty() };
    match action {
        "add" => state.focus = draft.add(key, None),
        "group" => state.focus = draft.add(key, Some(Row::Group)),
        "same" => state.focus = draft.add(key, Some(Row::SameConversation)),
        "remove" => state.focus = draft.remove(key),
        "up" => draft.shift(key, -1),
        "down" => draft.shift(key, 1),
        "take" => {
            let mut parts = operand.splitn(3, ':').skip(1);
            if let (Some(member), Some(suggestion)) = (parts.next(), parts.next()) {
                draft.take(key, member, suggestion);
            }
        }
        "test" => operand.clone_into(&mut state.contact),
        "save" | "overwrite" => {
            if action == "overwrite" {
                operand.clone_into(&mut state.began_at);
            }
            match save(&visit, &state, draft.written(&offer)).await? {
                Ok(id) => return Ok(away(&visit.pages.segment(&id), by_script)),
                Err(refusal) => state.refusal = Some(refusal),
            }
        }
        "delete" => match delete(&visit, &state).await? {
            Ok(()) => return Ok(away(&visit.pages.page("segments"), by_script)),
            Err(refusal) => state.refusal = Some(refusal),
        },
        // What was typed is shown with what it means.
        _ => {}
    }
    state.draft = draft;
    let (title, zone, content, form) = drawn(&visit, state).await?;
    Ok(if by_script {
        (page_type(), form).into_response()
    } else {
        framed(&visit, &Drawn { tab: Tab::Segments, title, zone, content, live: None })
    })
}

/// To another page.
fn away(address: &str, by_script: bool) -> Response {
    if by_script { [("hx-redirect", address)].into_response() } else { Redirect::to(address).into_response() }
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
) -> Result<Result<String, Refusal>, Failure> {
    if state.name.trim().is_empty() {
        return Ok(Err(Refusal::Sentence("The segment has no name yet.".to_owned())));
    }
    if !written.unfinished.is_empty() {
        let sentence = "Some rows are unfinished: finish or remove them.".to_owned();
        return Ok(Err(Refusal::Sentence(sentence)));
    }
    let (workspace, segment, name) =
        (visit.workspace.blocking().clone(), state.segment.clone(), state.name.clone());
    let expected = state.began_at.parse::<Revision>().ok();
    let saved = visit.shared.access.long_work(move || {
        let id = segment.unwrap_or_else(|| workspace.read(|view| new_id(view, &name)));
        let rule = UncheckedRule::from(written.json);
        let saved = workspace.segment(&id)?.save_if(expected, &name, rule);
        match saved {
            Err(error) if error.class() == ErrorClass::Changed => {
                Ok(Err(workspace.read(|view| changed(view, &id))))
            }
            saved => saved.map(|_| Ok(id)),
        }
    });
    Ok(match saved.await.ok_or_else(Failure::busy)? {
        Ok(saved) => saved,
        Err(error) => Err(Refusal::Sentence(Error::to_string(&error))),
    })
}

/// What somebody else has made of a segment.
fn changed(view: View<'_>, id: &str) -> Refusal {
    let found = view.segments().find(|segment| segment.id().as_str() == id);
    let Some(segment) = found else {
        return Refusal::Sentence("Somebody else has deleted this segment since you opened it.".to_owned());
    };
    Refusal::Changed {
        name: segment.name().to_owned(),
        sentence: segment.rule().sentence(),
        revision: view.segment_revision(id).map(|revision| revision.to_string()).unwrap_or_default(),
    }
}

async fn delete(visit: &Visit<Shape>, state: &State) -> Result<Result<(), Refusal>, Failure> {
    let Some(id) = state.segment.clone() else { return Ok(Ok(())) };
    if !uses(&visit.arrangement().await?, &id).is_empty() {
        let sentence = "The board or a campaign uses this segment: take it out there first.".to_owned();
        return Ok(Err(Refusal::Sentence(sentence)));
    }
    let workspace = visit.workspace.blocking().clone();
    let deleted = visit.shared.access.long_work(move || workspace.segment(&id)?.delete().map(|_| ()));
    let deleted: Result<(), Error> = deleted.await.ok_or_else(Failure::busy)?;
    Ok(deleted.map_err(|error| Refusal::Sentence(error.to_string())))
}

/// The title, the time zone, the page, and the form alone as a script gets it.
async fn drawn<P: Send + 'static>(
    visit: &Visit<P>,
    state: State,
) -> Result<(String, String, maud::Markup, String), Failure> {
    let workspace = visit.workspace.blocking().clone();
    let looked = visit.shared.access.long_work(move || {
        let State { segment, name, draft, contact, focus, .. } = &state;
        let sought = Sought { segment: segment.as_deref(), name, draft, contact, focus: *focus };
        find(&workspace, &sought).map(|found| (state, found))
    });
    let (state, found) = looked.await.ok_or_else(Failure::busy)??;
    let title = if state.name.is_empty() { "New segment" } else { &state.name };
    let title = title.to_owned();
    let address = state
        .segment
        .as_deref()
        .map_or_else(|| visit.pages.page(&format!("segments/{UNSAVED}")), |id| visit.pages.segment(id));
    let uses = match &state.segment {
        Some(id) => uses(&visit.arrangement().await?, id),
        None => Vec::new(),
    };
    let form = form(&visit.pages, &address, &state, &found, &uses);
    let text = form.0.clone();
    Ok((title, found.zone, form, text))
}
