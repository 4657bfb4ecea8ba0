//! What came and went lately, the newest first.

use std::collections::BTreeMap;

use axum::response::Response;
use enlist::model::Change;
use enlist::{Error, Published, PublishedTransition, View};
use maud::{Markup, html};

use crate::access::{Look, Visit};
use crate::address::Pages;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, chip, framed};
use crate::live::stream;
use crate::pages::contact::cause;
use crate::values::shown;

/// How many are shown.
const LATEST: usize = 200;

/// An entry or exit.
struct Row {
    contact: String,
    name: String,
    segment: String,
    segment_name: String,
    transition: PublishedTransition,
}

/// The page.
pub(crate) async fn list(visit: Visit<Look>) -> Result<Response, Failure> {
    Ok(framed(&visit, &draw(&visit).await?))
}

/// The page, again and again.
pub(crate) async fn live(visit: Visit<Look>) -> Response {
    stream(visit, async move |visit| draw(&visit).await)
}

async fn draw(visit: &Visit<Look>) -> Result<Drawn, Failure> {
    let latest = visit.workspace.blocking().recently_published(LATEST);
    let (rows, zone) = visit.read(move |view| Ok((rows(view, latest)?, view.time_zone().to_owned()))).await?;
    let content = html! {
        header { h1 { "Activity" } }
        @if rows.is_empty() { section.empty { p { "Nothing has come or gone yet." } } } @else { (table(&visit.pages, &rows)) }
    };
    let live = Some(visit.pages.live("activity"));
    Ok(Drawn { tab: Tab::Activity, title: "Activity".to_owned(), zone, content, live })
}

fn rows(view: View<'_>, latest: Vec<Published>) -> Result<Vec<Row>, Error> {
    let names: BTreeMap<&str, &str> =
        view.segments().map(|segment| (segment.id().as_str(), segment.name())).collect();
    let rows = latest.into_iter().filter_map(Published::into_transition).map(|transition| {
        let (contact, segment) =
            (transition.contact().as_str().to_owned(), transition.segment().as_str().to_owned());
        // One that was deleted since has only its id.
        let name = view.contact(&contact).ok().and_then(|held| held.value("name")).as_ref().map(shown);
        Row {
            name: name.unwrap_or_else(|| contact.clone()),
            segment_name: names.get(segment.as_str()).map_or(segment.as_str(), |name| *name).to_owned(),
            contact,
            segment,
            transition,
        }
    });
    Ok(rows.collect())
}

fn table(pages: &Pages, rows: &[Row]) -> Markup {
    html! {
        table {
            tbody {
                @for row in rows {
                    tr {
                        td { a.name href=(pages.contact(&row.contact)) dir="auto" { (row.name) } }
                        td {
                            @match row.transition.change() { Change::Entered => span.enters { "entered " }, Change::Left => span.leaves { "left " } }
                            (chip(&pages.segment(&row.segment), &row.segment, &row.segment_name))
                        }
                        td { (cause(row.transition.cause())) }
                        td.quiet { (row.transition.at()) }
                    }
                }
            }
        }
    }
}
