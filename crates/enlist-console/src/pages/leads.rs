//! The board: columns, each with a segment, its count, and its newest contacts.
//!
//! The columns are in the address. No card is dragged from one to another: membership is the rule's.

use axum::extract::RawQuery;
use axum::response::Response;
use enlist::model::Change;
use enlist::{Error, PageOrder, PageRequest, Published, PublishedTransition, View};
use maud::{Markup, html};

use crate::access::{Look, Visit};
use crate::address::{Pages, encoded};
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::stream;
use crate::pages::contact::cause;
use crate::values::shown;
use crate::words::{hue, number};

/// How many cards a column has.
const CARDS: usize = 30;
/// How many columns there are, unless the address says.
const COLUMNS: usize = 4;
/// How far back it is looked for what led a card to its column.
const LATEST: usize = 1_000;

/// A column.
struct Column {
    id: String,
    /// `None` if the segment was deleted.
    found: Option<Found>,
}

struct Found {
    name: String,
    count: u64,
    cards: Vec<Card>,
}

/// A contact in a column.
struct Card {
    id: String,
    name: String,
    channel: String,
    labels: Vec<String>,
    /// Why it is here, while that is retained.
    entered: Option<String>,
}

/// The page.
pub(crate) async fn show(visit: Visit<Look>, RawQuery(query): RawQuery) -> Result<Response, Failure> {
    Ok(framed(&visit, &draw(&visit, chosen(query)).await?))
}

/// The page, again and again.
pub(crate) async fn live(visit: Visit<Look>, RawQuery(query): RawQuery) -> Response {
    let chosen = chosen(query);
    stream(visit, move |visit| {
        let chosen = chosen.clone();
        async move { draw(&visit, chosen).await }
    })
}

/// The segments of the columns, in their order.
fn chosen(query: Option<String>) -> Vec<String> {
    let query = query.unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.strip_prefix("column="));
    let decoded = pairs.map(|id| {
        percent_encoding::percent_decode_str(&id.replace('+', " ")).decode_utf8_lossy().into_owned()
    });
    decoded.filter(|id| !id.is_empty()).collect()
}

fn path(columns: &[String]) -> String {
    let query = columns.iter().map(|id| format!("column={}", encoded(id))).collect::<Vec<_>>().join("&");
    format!("leads?{query}")
}

async fn draw(visit: &Visit<Look>, chosen: Vec<String>) -> Result<Drawn, Failure> {
    let latest = visit.workspace.blocking().recently_published(LATEST);
    let latest: Vec<PublishedTransition> =
        latest.into_iter().filter_map(Published::into_transition).collect();
    let (zone, segments, columns) = visit
        .read(move |view| {
            let segments: Vec<(String, String)> = view
                .segments()
                .map(|segment| (segment.id().as_str().to_owned(), segment.name().to_owned()))
                .collect();
            let chosen = if chosen.is_empty() {
                segments.iter().take(COLUMNS).map(|(id, _)| id.clone()).collect()
            } else {
                chosen
            };
            let columns = chosen.into_iter().map(|id| column(view, id, &segments, &latest));
            let columns = columns.collect::<Result<Vec<_>, Error>>()?;
            Ok((view.time_zone().to_owned(), segments, columns))
        })
        .await?;
    let ids: Vec<String> = columns.iter().map(|column| column.id.clone()).collect();
    let content = html! {
        header { h1 { "Leads" } (add(&ids, &segments)) }
        div.board { @for (at, column) in columns.iter().enumerate() { (drawn(&visit.pages, &ids, at, column, &columns)) } }
    };
    let live = Some(visit.pages.live(&path(&ids)));
    Ok(Drawn { tab: Tab::Leads, title: "Leads".to_owned(), zone, content, live })
}

fn column(
    view: View<'_>,
    id: String,
    segments: &[(String, String)],
    latest: &[PublishedTransition],
) -> Result<Column, Error> {
    let Some((_, name)) = segments.iter().find(|(each, _)| *each == id) else {
        return Ok(Column { id, found: None });
    };
    let newest = PageRequest::default().with_order(PageOrder::Arrival { descending: true }).with_size(CARDS);
    let page = view.page(&id, &newest)?;
    let cards = page.contacts.iter().map(|contact| {
        let held = view.contact(contact.as_str())?;
        let name = held.value("name").as_ref().map_or_else(|| contact.as_str().to_owned(), shown);
        let channel = held.conversations().last().and_then(|each| each.value("conversation.channel"));
        let entry = latest.iter().find(|each| {
            each.contact() == contact && each.segment().as_str() == id && each.change() == Change::Entered
        });
        Ok(Card {
            id: contact.as_str().to_owned(),
            name,
            channel: channel.as_ref().map(shown).unwrap_or_default(),
            labels: held.labels().map(str::to_owned).collect(),
            entered: entry.map(|entry| format!("entered {}: {}", entry.at(), cause(entry.cause()))),
        })
    });
    let found = Found { name: name.clone(), count: page.total, cards: cards.collect::<Result<_, Error>>()? };
    Ok(Column { id, found: Some(found) })
}

/// The form that adds a column.
fn add(ids: &[String], segments: &[(String, String)]) -> Markup {
    html! {
        form method="get" {
            @for id in ids { input type="hidden" name="column" value=(id); }
            select name="column" aria-label="Segment of the new column" {
                @for (id, name) in segments.iter().filter(|(id, _)| !ids.contains(id)) { option value=(id) { (name) } }
            }
            " " button { "+ Column" }
        }
    }
}

fn drawn(pages: &Pages, ids: &[String], at: usize, column: &Column, columns: &[Column]) -> Markup {
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut ids = ids.to_vec();
        change(&mut ids);
        pages.page(&path(&ids))
    };
    html! {
        section.column.(hue(&column.id)) {
            header {
                @if let Some(found) = &column.found {
                    h2 { bdi { (found.name) } " " span.quiet { (number(found.count)) } }
                } @else {
                    h2 { bdi { (column.id) } }
                }
                @if at > 0 { a href=(changed(&|ids| ids.swap(at, at - 1))) aria-label="Move the column left" { "←" } }
                @if at + 1 < ids.len() { a href=(changed(&|ids| ids.swap(at, at + 1))) aria-label="Move the column right" { "→" } }
                @if ids.len() > 1 { a href=(changed(&|ids| { ids.remove(at); })) aria-label="Remove the column" { "×" } }
            }
            @match &column.found {
                None => p.problem { "This segment was deleted." },
                Some(found) => {
                    @for card in &found.cards { (self::card(pages, &column.id, card, columns)) }
                    @if found.count > found.cards.len() as u64 { a href=(pages.members(&column.id)) { "All " (number(found.count)) } }
                }
            }
        }
    }
}

fn card(pages: &Pages, column: &str, card: &Card, columns: &[Column]) -> Markup {
    let also = columns.iter().filter(|each| each.id != column).filter_map(|each| each.found.as_ref());
    let also = also.filter(|found| found.cards.iter().any(|other| other.id == card.id));
    html! {
        article.card {
            a.name href=(pages.contact(&card.id)) dir="auto" { (card.name) }
            @if !card.channel.is_empty() { span.quiet { " · " (card.channel) } }
            p { @for label in &card.labels { span.label dir="auto" { (label) } } }
            @if let Some(entered) = &card.entered { p.quiet { (entered) } }
            @for found in also { p.quiet { "also in " bdi { (found.name) } } }
        }
    }
}
