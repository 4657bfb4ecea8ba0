//! What came and went lately, in all segments or in one, the newest first.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use enlist::model::Change;
use enlist::{Error, Instant, Published, PublishedTransition, View};
use maud::{Markup, html};
use serde::Deserialize;

use crate::access::{Look, Visit};
use crate::address::{Pages, encoded};
use crate::causes::cause;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, chip, framed};
use crate::live::stream;
use crate::moments::since;
use crate::values::shown;
use crate::words::hue;

/// How many are shown.
const LATEST: usize = 200;
/// How far back it is looked for those of one segment.
const LOOKED_AT: usize = 5_000;

/// Which.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    segment: String,
}

/// What the page shows.
struct Found {
    zone: String,
    now: Instant,
    /// All segments: name by id.
    segments: Vec<(String, String)>,
    rows: Vec<Row>,
}

/// An entry or exit.
struct Row {
    contact: String,
    /// `None` if the contact was deleted.
    name: Option<String>,
    segment: String,
    /// `None` if the segment was deleted.
    segment_name: Option<String>,
    /// What led to it, in words.
    cause: String,
    transition: PublishedTransition,
}

/// The page.
pub(crate) async fn list(visit: Visit<Look>, Query(sought): Query<Sought>) -> Result<Response, Failure> {
    Ok(framed(&visit, &draw(&visit, sought).await?))
}

/// The page, again and again.
pub(crate) async fn live(visit: Visit<Look>, Query(sought): Query<Sought>) -> Response {
    stream(visit, move |visit| {
        let sought = sought.clone();
        async move { draw(&visit, sought).await }
    })
}

async fn draw(visit: &Visit<Look>, sought: Sought) -> Result<Drawn, Failure> {
    let workspace = visit.workspace.blocking();
    let (now, segment) = (workspace.clock_now(), sought.segment.clone());
    let looked_at = if segment.is_empty() { LATEST } else { LOOKED_AT };
    let latest: Vec<PublishedTransition> = workspace
        .recently_published(looked_at)
        .into_iter()
        .filter_map(Published::into_transition)
        .filter(|each| segment.is_empty() || each.segment().as_str() == segment)
        .take(LATEST)
        .collect();
    let found = visit.read(move |view| find(view, latest, now)).await?;
    let content = html! {
        header { h1 { "Activity" } }
        (choice(&sought, &found))
        @if found.rows.is_empty() { (nothing(&visit.pages, &sought)) } @else { (list_of(&visit.pages, &found)) }
    };
    let live = Some(visit.pages.live(&format!("activity?segment={}", encoded(&sought.segment))));
    Ok(Drawn { tab: Tab::Activity, title: "Activity".to_owned(), zone: found.zone, content, live })
}

fn find(view: View<'_>, latest: Vec<PublishedTransition>, now: Instant) -> Result<Found, Error> {
    let names: BTreeMap<&str, &str> =
        view.segments().map(|segment| (segment.id().as_str(), segment.name())).collect();
    let rows = latest.into_iter().map(|transition| {
        let contact = transition.contact().as_str().to_owned();
        let segment = transition.segment().as_str().to_owned();
        let name = if view.has_contact(&contact)? {
            let name = view.contact(&contact)?.value("name").as_ref().map(shown).unwrap_or_default();
            Some(if name.is_empty() { contact.clone() } else { name })
        } else {
            None
        };
        let segment_name = names.get(segment.as_str()).map(|name| (*name).to_owned());
        let cause =
            cause(&transition, |id| names.get(id.as_str()).map_or(id.as_str(), |name| *name).to_owned());
        Ok(Row { contact, name, segment, segment_name, cause, transition })
    });
    let rows = rows.collect::<Result<_, Error>>()?;
    let segments = view
        .segments()
        .map(|segment| (segment.id().as_str().to_owned(), segment.name().to_owned()))
        .collect();
    Ok(Found { zone: view.time_zone().to_owned(), now, segments, rows })
}

fn choice(sought: &Sought, found: &Found) -> Markup {
    let is_gone = !sought.segment.is_empty() && found.segments.iter().all(|(id, _)| *id != sought.segment);
    html! {
        form.bar method="get" {
            select name="segment" aria-label="Segment" data-submit {
                option value="" { "All segments" }
                @if is_gone { option value=(sought.segment) selected { (sought.segment) " (deleted)" } }
                @for (id, name) in &found.segments { option value=(id) selected[*id == sought.segment] { (name) } }
            }
            noscript { button { "Show" } }
        }
    }
}

fn nothing(pages: &Pages, sought: &Sought) -> Markup {
    html! {
        section.empty {
            @if sought.segment.is_empty() {
                p { "Nobody has entered or left a segment lately." }
                p.quiet { "Entries and exits show here by themselves, each with what led to it." }
            } @else {
                p { "Nobody has entered or left this segment lately." }
                a href=(pages.page("activity")) { "Show all segments" }
            }
        }
    }
}

fn list_of(pages: &Pages, found: &Found) -> Markup {
    html! {
        ol.happened {
            @for row in &found.rows {
                li id={ "n" (number_of(&row.transition)) } {
                    span.what {
                        @match &row.name {
                            Some(name) => a.name href=(pages.contact(&row.contact)) dir="auto" { (name) },
                            None => span.name dir="auto" { (row.contact) },
                        }
                        @match row.transition.change() { Change::Entered => span.enters { " entered " }, Change::Left => span.leaves { " left " } }
                        span.joined {
                            @match &row.segment_name {
                                Some(name) => (chip(&pages.segment(&row.segment), &row.segment, name)),
                                None => span.chip.(hue(&row.segment)) { bdi { (row.segment) } },
                            }
                            ":"
                        }
                        " " bdi { (row.cause) }
                    }
                    span.quiet { (since(row.transition.at(), found.now, &found.zone)) }
                }
            }
        }
    }
}

/// The number of an entry or exit, which no other of the page has.
fn number_of(transition: &PublishedTransition) -> String {
    let sequence = transition.sequence().to_string();
    sequence.rsplit('-').next().unwrap_or_default().to_owned()
}
