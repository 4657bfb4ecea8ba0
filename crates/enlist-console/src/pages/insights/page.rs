//! Segments over time, and what they share.
//!
//! Which segments, and how far back, is in the address.

use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};

use crate::access::{Look, Visit};
use crate::address::{Pages, encoded};
use crate::failure::Failure;
use crate::frame::{Drawn, Tab, framed};
use crate::live::stream;
use crate::pages::insights::overlap::Overlap;
use crate::pages::insights::series::{Series, Span};
use crate::words::number;

/// How many segments are shown unless the address says.
const SEGMENTS: usize = 4;
/// How many are shown at most.
const MOST: usize = 12;

/// What the address asks for.
#[derive(Clone, Debug, Default)]
struct Asked {
    segments: Vec<String>,
    span: Span,
}

impl Asked {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut asked = Asked::default();
        for (name, value) in pairs {
            match name.as_str() {
                "segment" if !value.is_empty() && !asked.segments.contains(&value) => {
                    asked.segments.push(value);
                }
                "over" => {
                    asked.span = Span::ALL.into_iter().find(|span| span.name() == value).unwrap_or_default();
                }
                _ => {}
            }
        }
        asked
    }

    fn path(&self) -> String {
        let over = format!("over={}", self.span.name());
        let segments = self.segments.iter().map(|id| format!("segment={}", encoded(id)));
        format!("insights?{}", [over].into_iter().chain(segments).collect::<Vec<_>>().join("&"))
    }
}

/// What is found out.
struct Found {
    zone: String,
    /// The ids and names of all segments.
    all: Vec<(String, String)>,
    /// The ids and names of those that are shown.
    shown: Vec<(String, String)>,
    /// Ids that no segment has.
    unknown: Vec<String>,
    series: Series,
    overlap: Overlap,
}

/// The page.
pub(crate) async fn show(
    visit: Visit<Look>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    Ok(framed(&visit, &draw(&visit, Asked::of(pairs)).await?))
}

/// The page, again and again.
pub(crate) async fn live(visit: Visit<Look>, Query(pairs): Query<Vec<(String, String)>>) -> Response {
    let asked = Asked::of(pairs);
    stream(visit, move |visit| {
        let asked = asked.clone();
        async move { draw(&visit, asked).await }
    })
}

async fn draw(visit: &Visit<Look>, asked: Asked) -> Result<Drawn, Failure> {
    let (segments, span) = (asked.segments.clone(), asked.span);
    let found = visit
        .read(move |view| {
            let all: Vec<(String, String)> = view
                .segments()
                .map(|segment| (segment.id().as_str().to_owned(), segment.name().to_owned()))
                .collect();
            let mut unknown = segments.clone();
            unknown.retain(|id| all.iter().all(|(each, _)| each != id));
            let shown: Vec<(String, String)> = if segments.is_empty() {
                all.iter().take(SEGMENTS).cloned().collect()
            } else {
                let known = segments.iter().filter_map(|id| all.iter().find(|(each, _)| each == id));
                known.take(MOST).cloned().collect()
            };
            let series = Series::find(view, &shown, span)?;
            let overlap = Overlap::find(view, &shown)?;
            Ok(Found { zone: view.time_zone().to_owned(), all, shown, unknown, series, overlap })
        })
        .await?;
    let content = content(&visit.pages, &asked, &found);
    let live = Some(visit.pages.live(&asked.path()));
    Ok(Drawn { tab: Tab::Insights, title: "Insights".to_owned(), zone: found.zone, content, live })
}

fn content(pages: &Pages, asked: &Asked, found: &Found) -> Markup {
    let known = asked.segments.len() - found.unknown.len();
    html! {
        header { h1 { "Insights" } }
        @if found.all.is_empty() {
            section.empty {
                p { "There is no segment yet. When there is one, its contacts over time are here." }
                p { a href=(pages.page("segments/-new")) { "New segment" } }
            }
        } @else {
            (choice(asked, found))
            @if known > MOST {
                p.problem { "At most " (MOST) " segments are shown at once: these are the first of " (number(known as u64)) "." }
            }
            @for id in &found.unknown { p.problem { "There is no segment “" bdi { (id) } "”. It may have been deleted." } }
            @if !found.shown.is_empty() {
                (found.series.drawn())
                (found.overlap.drawn())
            }
        }
    }
}

/// The form that chooses.
fn choice(asked: &Asked, found: &Found) -> Markup {
    let is_shown = |id: &str| found.shown.iter().any(|(each, _)| each == id);
    html! {
        form #choice method="get" hx-morph-skip {
            fieldset {
                legend { "Segments, at most " (MOST) }
                div.choices {
                    @for (id, name) in &found.all {
                        label { input type="checkbox" name="segment" value=(id) checked[is_shown(id)]; " " bdi { (name) } }
                    }
                }
            }
            div.bar {
                select name="over" aria-label="How far back" {
                    @for span in Span::ALL { option value=(span.name()) selected[span == asked.span] { (span.shown()) } }
                }
                button { "Show" }
            }
        }
    }
}
