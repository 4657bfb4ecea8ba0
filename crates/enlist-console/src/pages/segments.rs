//! All segments: name, sentence, count, what came and went today, what uses each.

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
use crate::words::{hue, number};

/// How many days a line of counts has.
const DAYS: usize = 30;

/// What is sought, and the order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    q: String,
    sort: Order,
}

/// An order of segments.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Created,
    Name,
    Count,
}

impl Order {
    const ALL: [Order; 3] = [Order::Created, Order::Name, Order::Count];

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
    used_by: Vec<(String, String)>,
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
    let (rows, zone) = visit.read(|view| Ok((rows(view)?, view.time_zone().to_owned()))).await?;
    let (is_empty, mut rows) = (rows.is_empty(), rows);
    let q = sought.q.to_lowercase();
    rows.retain(|row| row.name.to_lowercase().contains(&q) || row.sentence.to_lowercase().contains(&q));
    match sought.sort {
        Order::Created => {}
        Order::Name => rows.sort_by_key(|row| row.name.to_lowercase()),
        Order::Count => rows.sort_by_key(|row| std::cmp::Reverse(row.count)),
    }
    let content = html! {
        header {
            h1 { "Segments" }
            a.button href=(visit.pages.page("segments/-new")) { "New segment" }
        }
        @if is_empty {
            (welcome())
        } @else {
            (search(&sought))
            (table(&visit.pages, &rows))
        }
    };
    let live = visit.pages.live(&format!("segments?q={}&sort={}", encoded(&sought.q), sought.sort.name()));
    Ok(Drawn { tab: Tab::Segments, title: "Segments".to_owned(), zone, content, live: Some(live) })
}

fn welcome() -> Markup {
    html! {
        section.empty {
            p { "A segment is a rule over your contacts. Who fits it is in it, and whoever stops fitting it leaves, by itself." }
        }
    }
}

fn search(sought: &Sought) -> Markup {
    html! {
        form.bar method="get" {
            input type="search" name="q" value=(sought.q) placeholder="Search segments" aria-label="Search segments";
            select name="sort" aria-label="Order" {
                @for order in Order::ALL {
                    option value=(order.name()) selected[order == sought.sort] { (order.shown()) }
                }
            }
            button { "Show" }
        }
    }
}

fn table(pages: &Pages, rows: &[Row]) -> Markup {
    html! {
        table {
            thead { tr { th { "Name" } th.number { "Members" } th { "30 days" } th.number { "Today" } th { "Used by" } } }
            tbody {
                @for row in rows {
                    tr {
                        td {
                            a.name.(hue(&row.id)) href=(pages.segment(&row.id)) { bdi { (row.name) } }
                            p.quiet { bdi { (row.sentence) } }
                        }
                        td.number { a href=(pages.members(&row.id)) { (number(row.count)) } }
                        td { (line(&row.days)) }
                        td.number { span.enters { "+" (number(row.entered)) } " " span.leaves { "−" (number(row.left)) } }
                        td { @for (id, name) in &row.used_by { (crate::frame::chip(&pages.segment(id), id, name)) } }
                    }
                }
            }
        }
    }
}

/// Counts as a line.
fn line(counts: &[u64]) -> Markup {
    const WIDTH: usize = 90;
    const HEIGHT: u64 = 20;
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let step = WIDTH / counts.len().max(2);
    let points = counts
        .iter()
        .enumerate()
        .map(|(day, count)| format!("{},{}", day * step, HEIGHT - count * HEIGHT / most));
    let points = points.collect::<Vec<_>>().join(" ");
    html! { svg.line width=(WIDTH) height=(HEIGHT) aria-hidden="true" { polyline points=(points) fill="none" {} } }
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
            used_by: users.remove(id).unwrap_or_default(),
        })
    });
    shown.collect()
}
