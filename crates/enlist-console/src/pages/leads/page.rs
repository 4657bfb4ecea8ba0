//! The board: which columns it has, and what is in each as of one state.
//!
//! Its columns are those that are kept, or others that the address names, which are not kept. No card is dragged from one to another:
//! membership is the rule's.

use std::collections::BTreeMap;

use axum::extract::RawQuery;
use axum::response::Response;
use enlist::model::Change;
use enlist::{Error, Instant, PageOrder, PageRequest, Published, PublishedTransition, SegmentId, View};

use crate::access::{Look, Visit};
use crate::address::encoded;
use crate::causes::cause;
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::stream;
use crate::pages::leads::board::drawn;
use crate::pages::leads::columns::{distinct, first};
use crate::values::shown;

/// How many cards a column has.
const CARDS: usize = 30;
/// How far back it is looked for what led a card to its column.
const LATEST: usize = 1_000;

/// Where the columns come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Kept,
    Address,
}

/// What the board shows.
pub(crate) struct Board {
    pub(crate) source: Source,
    pub(crate) zone: String,
    pub(crate) now: Instant,
    /// All segments: id and name.
    pub(crate) segments: Vec<(String, String)>,
    pub(crate) columns: Vec<Column>,
}

/// A column.
pub(crate) struct Column {
    /// The segment's id.
    pub(crate) id: String,
    /// `None` if the segment was deleted.
    pub(crate) found: Option<Found>,
}

/// What is in a column.
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) count: u64,
    pub(crate) cards: Vec<Card>,
}

/// A contact in a column.
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) channel: String,
    pub(crate) labels: Vec<String>,
    /// When it came and why, while that is retained.
    pub(crate) entered: Option<(Instant, String)>,
    /// The other columns in which it is, by position.
    pub(crate) also: Vec<usize>,
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

/// The segments of the columns that an address names, in their order.
fn chosen(query: Option<String>) -> Vec<String> {
    let query = query.unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.strip_prefix("column="));
    let decoded = pairs.map(|id| {
        percent_encoding::percent_decode_str(&id.replace('+', " ")).decode_utf8_lossy().into_owned()
    });
    distinct(decoded.filter(|id| !id.is_empty()))
}

async fn draw(visit: &Visit<Look>, chosen: Vec<String>) -> Result<Drawn, Failure> {
    let source = if chosen.is_empty() { Source::Kept } else { Source::Address };
    let columns = match source {
        Source::Address => Some(chosen),
        Source::Kept => visit.arrangement().await?.columns,
    };
    let path = match (source, &columns) {
        (Source::Address, Some(columns)) => {
            let named: Vec<String> = columns.iter().map(|id| format!("column={}", encoded(id))).collect();
            format!("leads?{}", named.join("&"))
        }
        (Source::Address | Source::Kept, _) => "leads".to_owned(),
    };
    let workspace = visit.workspace.blocking();
    let (now, latest) = (workspace.clock_now(), workspace.recently_published(LATEST));
    let board = visit.read(move |view| board(view, source, columns, latest, now)).await?;
    let content = drawn(&visit.pages, &board);
    let live = Some(visit.pages.live(&path));
    Ok(Drawn { tab: Tab::Leads, title: "Leads".to_owned(), zone: board.zone, content, live })
}

fn board(
    view: View<'_>,
    source: Source,
    columns: Option<Vec<String>>,
    latest: Vec<Published>,
    now: Instant,
) -> Result<Board, Error> {
    let segments: Vec<(String, String)> = view
        .segments()
        .map(|segment| (segment.id().as_str().to_owned(), segment.name().to_owned()))
        .collect();
    let ids = columns.map_or_else(|| first(segments.iter().map(|(id, _)| id)), distinct);
    let latest: Vec<PublishedTransition> =
        latest.into_iter().filter_map(Published::into_transition).collect();
    let entries = entries(&latest, &ids);
    let known: Vec<Option<&str>> = ids
        .iter()
        .map(|id| segments.iter().find(|(each, _)| each == id).map(|(_, name)| name.as_str()))
        .collect();
    let name_of = |id: &SegmentId| {
        let found = segments.iter().find(|(each, _)| each == id.as_str());
        found.map_or(id.as_str(), |(_, name)| name.as_str()).to_owned()
    };
    let columns = ids.iter().enumerate().map(|(at, id)| {
        let Some(name) = known[at] else { return Ok(Column { id: id.clone(), found: None }) };
        let newest =
            PageRequest::default().with_order(PageOrder::Arrival { descending: true }).with_size(CARDS);
        let page = view.page(id, &newest)?;
        let cards = page.contacts.iter().map(|contact| {
            let contact = contact.as_str();
            let mut also = Vec::new();
            for (other, id) in ids.iter().enumerate() {
                if other != at && known[other].is_some() && view.contains(id, contact)? {
                    also.push(other);
                }
            }
            let entered = entries.get(&(at, contact)).map(|entry| (entry.at(), cause(entry, name_of)));
            card(view, contact, entered, also)
        });
        let cards = cards.collect::<Result<_, Error>>()?;
        Ok(Column { id: id.clone(), found: Some(Found { name: name.to_owned(), count: page.total, cards }) })
    });
    let columns = columns.collect::<Result<_, Error>>()?;
    Ok(Board { source, zone: view.time_zone().to_owned(), now, columns, segments })
}

/// The latest entry of each contact into each column, by the column's position.
fn entries<'a>(
    latest: &'a [PublishedTransition],
    columns: &[String],
) -> BTreeMap<(usize, &'a str), &'a PublishedTransition> {
    let positions: BTreeMap<&str, usize> =
        columns.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let mut entries = BTreeMap::new();
    // The newest first, which stays.
    for transition in latest.iter().filter(|each| each.change() == Change::Entered) {
        if let Some(at) = positions.get(transition.segment().as_str()) {
            entries.entry((*at, transition.contact().as_str())).or_insert(transition);
        }
    }
    entries
}

fn card(
    view: View<'_>,
    id: &str,
    entered: Option<(Instant, String)>,
    also: Vec<usize>,
) -> Result<Card, Error> {
    let held = view.contact(id)?;
    let channel = held.conversations().last().and_then(|each| each.value("conversation.channel"));
    Ok(Card {
        id: id.to_owned(),
        name: held.value("name").as_ref().map(shown).unwrap_or_default(),
        channel: channel.as_ref().map(shown).unwrap_or_default(),
        labels: held.labels().map(str::to_owned).collect(),
        entered,
        also,
    })
}
