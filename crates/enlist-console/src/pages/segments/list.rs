//! All segments: name, sentence, count, what came and went today, what uses each.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use enlist::{Error, SegmentId, View};
use maud::{Markup, html};
use serde::Deserialize;

use crate::access::{Look, Visit};
use crate::address::{Pages, encoded};
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::stream;
use crate::pages::segments::starters::welcome;
use crate::pages::segments::uses::{Use, used_by, uses};
use crate::words::{hue, number};

/// How many days a line of counts has.
const DAYS: usize = 30;

/// What is sought, and the order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    q: String,
    sort: String,
}

/// An order of segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Created,
    Name,
    Count,
}

impl Order {
    const ALL: [Order; 3] = [Order::Created, Order::Name, Order::Count];

    /// The order of a name; as they were created, if no order has it.
    fn of(name: &str) -> Self {
        Order::ALL.into_iter().find(|order| order.name() == name).unwrap_or(Order::Created)
    }

    fn name(self) -> &'static str {
        match self {
            Order::Created => "created",
            Order::Name => "name",
            Order::Count => "count",
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Order::Created => "Created",
            Order::Name => "Name",
            Order::Count => "Members",
        }
    }
}

/// A segment in the list.
struct Row {
    id: String,
    name: String,
    sentence: String,
    count: u64,
    entered: u64,
    left: u64,
    /// The counts of the latest days, the oldest first.
    days: Vec<u64>,
    /// The segments whose rules name it: id and name.
    users: Vec<(String, String)>,
}

/// The list.
pub(crate) async fn list(visit: Visit<Look>, Query(sought): Query<Sought>) -> Result<Response, Failure> {
    Ok(framed(&visit, &draw(&visit, sought).await?))
}

/// The list, again and again.
pub(crate) async fn live(visit: Visit<Look>, Query(sought): Query<Sought>) -> Response {
    stream(visit, move |visit| {
        let sought = sought.clone();
        async move { draw(&visit, sought).await }
    })
}

async fn draw(visit: &Visit<Look>, sought: Sought) -> Result<Drawn, Failure> {
    let arrangement = visit.arrangement().await?;
    let (mut rows, zone) = visit.read(|view| Ok((rows(view)?, view.time_zone().to_owned()))).await?;
    let is_empty = rows.is_empty();
    let (q, order) = (sought.q.trim().to_lowercase(), Order::of(&sought.sort));
    rows.retain(|row| row.name.to_lowercase().contains(&q) || row.sentence.to_lowercase().contains(&q));
    match order {
        Order::Created => {}
        Order::Name => rows.sort_by_key(|row| row.name.to_lowercase()),
        Order::Count => rows.sort_by_key(|row| Reverse(row.count)),
    }
    let content = html! {
        header {
            h1 { "Segments" }
            a.button href=(visit.pages.page("segments/-new")) { "New segment" }
        }
        @if is_empty {
            (welcome(&visit.pages))
        } @else {
            (search(&sought, order))
            @if rows.is_empty() {
                section.empty {
                    p { "No segment has “" bdi { (sought.q.trim()) } "” in its name or its sentence." }
                    a href=(visit.pages.page(&format!("segments?sort={}", order.name()))) { "Clear the search" }
                }
            } @else {
                (table(&visit.pages, &rows, |id| uses(&arrangement, id)))
            }
        }
    };
    let live = visit.pages.live(&format!("segments?q={}&sort={}", encoded(&sought.q), order.name()));
    Ok(Drawn { tab: Tab::Segments, title: "Segments".to_owned(), zone, content, live: Some(live) })
}

fn search(sought: &Sought, shown: Order) -> Markup {
    html! {
        form.bar method="get" {
            input type="search" name="q" value=(sought.q) placeholder="Search segments" aria-label="Search segments";
            select name="sort" aria-label="Order" data-submit {
                @for order in Order::ALL {
                    option value=(order.name()) selected[order == shown] { (order.shown()) }
                }
            }
            button { "Show" }
        }
    }
}

fn table(pages: &Pages, rows: &[Row], uses: impl Fn(&str) -> Vec<Use>) -> Markup {
    html! {
        table.list {
            thead { tr { th { "Name" } th.number { "Members" } th { "30 days" } th.number { "Today" } th { "Used by" } } }
            tbody {
                @for row in rows {
                    tr id={ "segment/" (encoded(&row.id)) } {
                        td {
                            a.name href=(pages.segment(&row.id)) { bdi { (row.name) } }
                            p.quiet { bdi { (row.sentence) } }
                        }
                        td.number data-label="Members" { a href=(pages.members(&row.id)) { (number(row.count)) } }
                        td data-label="30 days" { (line(&row.id, &row.days)) }
                        td.number data-label="Today" {
                            span.enters.none[row.entered == 0] { "+" (number(row.entered)) } " "
                            span.leaves.none[row.left == 0] { "−" (number(row.left)) }
                        }
                        td data-label="Used by" { (used_by(pages, &row.users, &uses(&row.id))) }
                    }
                }
            }
        }
    }
}

/// Counts as a line in the segment's hue. The numbers that matter are next to it.
fn line(segment: &str, counts: &[u64]) -> Markup {
    const WIDTH: usize = 90;
    const HEIGHT: u64 = 20;
    let (lowest, highest) =
        (counts.iter().copied().min().unwrap_or(0), counts.iter().copied().max().unwrap_or(0));
    // From the least to the most: a line from 0 would be level in every segment that is not new.
    let range = (highest - lowest).max(1);
    let steps = counts.len().saturating_sub(1).max(1);
    // Of one count there is a level line.
    let last = counts.last().filter(|_| counts.len() == 1);
    let points = counts.iter().chain(last).enumerate().map(|(day, count)| {
        format!("{},{}", day * WIDTH / steps, HEIGHT + 1 - (count - lowest) * HEIGHT / range)
    });
    let points = points.collect::<Vec<_>>().join(" ");
    html! {
        svg.line.(hue(segment)) width=(WIDTH) height=(HEIGHT + 2) viewBox={ "0 0 " (WIDTH) " " (HEIGHT + 2) } aria-hidden="true" {
            polyline points=(points) fill="none" {}
        }
    }
}

fn rows(view: View<'_>) -> Result<Vec<Row>, Error> {
    let names: BTreeMap<&str, &str> =
        view.segments().map(|segment| (segment.id().as_str(), segment.name())).collect();
    let name = |id: &SegmentId| names.get(id.as_str()).map_or(id.as_str(), |name| *name).to_owned();
    let mut users: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for segment in view.segments() {
        for used in segment.rule().segments() {
            let user = (segment.id().as_str().to_owned(), segment.name().to_owned());
            users.entry(used.as_str()).or_default().push(user);
        }
    }
    let today = view.today();
    let shown = view.segments().map(|segment| {
        let id = segment.id().as_str();
        let days = view.counts_by_day(id)?;
        let this_day = days.iter().find(|each| Some(each.day) == today);
        let latest = &days[days.len().saturating_sub(DAYS)..];
        let count = view.count(id)?;
        Ok(Row {
            id: id.to_owned(),
            name: segment.name().to_owned(),
            sentence: segment.rule().sentence_naming(name),
            count,
            entered: this_day.map_or(0, |day| day.entered),
            left: this_day.map_or(0, |day| day.left),
            days: latest.iter().map(|day| day.count).chain([count]).collect(),
            users: users.remove(id).unwrap_or_default(),
        })
    });
    shown.collect()
}
