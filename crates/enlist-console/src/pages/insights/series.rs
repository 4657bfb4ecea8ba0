//! Counts, entries and exits of segments over time, as tables from which a script draws pictures.
//!
//! It does not know which segments are chosen, or who chose them. Invariant: a picture shows nothing that is not in its table.

use std::collections::BTreeMap;

use enlist::{Error, Instant, View};
use maud::{Markup, html};

use crate::moments::{beginning, day, instant};
use crate::words::{hue, number};

const HOURS: usize = 7 * 24;

/// How far back, and in what steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Span {
    Hours,
    #[default]
    Days,
}

impl Span {
    pub(crate) const ALL: [Span; 2] = [Span::Hours, Span::Days];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Span::Hours => "hours",
            Span::Days => "days",
        }
    }

    pub(crate) fn shown(self) -> &'static str {
        match self {
            Span::Hours => "7 days by hour",
            Span::Days => "90 days by day",
        }
    }

    fn days(self) -> usize {
        match self {
            Span::Hours => 7,
            Span::Days => 90,
        }
    }
}

/// What was at an instant, or from it on: a label, and a number for each line; `None` before a segment was created.
struct Step {
    label: String,
    numbers: Vec<Option<u64>>,
}

/// Numbers of segments over time.
pub(crate) struct Series {
    span: Span,
    zone: String,
    /// The ids and names of the segments.
    segments: Vec<(String, String)>,
    counts: BTreeMap<Instant, Step>,
    /// Entries and exits: two numbers for each segment.
    passages: BTreeMap<Instant, Step>,
}

impl Series {
    pub(crate) fn find(view: View<'_>, segments: &[(String, String)], span: Span) -> Result<Self, Error> {
        let zone = view.time_zone().to_owned();
        let (mut counts, mut passages) = (BTreeMap::new(), BTreeMap::new());
        let note = |steps: &mut BTreeMap<Instant, Step>, at, label: String, line, lines, count| {
            let step = steps.entry(at).or_insert_with(|| Step { label, numbers: vec![None; lines] });
            step.numbers[line] = Some(count);
        };
        let lines = segments.len();
        for (line, (id, _)) in segments.iter().enumerate() {
            let days = view.counts_by_day(id)?;
            for each in &days[days.len().saturating_sub(span.days())..] {
                let Some(at) = beginning(each.day, &zone) else { continue };
                let so_far = if Some(each.day) == view.today() { ", so far" } else { "" };
                let label = format!("{}{so_far}", day(each.day));
                note(&mut passages, at, label.clone(), 2 * line, 2 * lines, each.entered);
                note(&mut passages, at, label, 2 * line + 1, 2 * lines, each.left);
                if span == Span::Days {
                    note(&mut counts, at, day(each.day), line, lines, each.count);
                }
            }
            if span == Span::Hours {
                let hours = view.counts_by_hour(id)?;
                for each in &hours[hours.len().saturating_sub(HOURS)..] {
                    note(&mut counts, each.at, instant(each.at, &zone), line, lines, each.count);
                }
            }
            if let Some(now) = view.now() {
                let label = format!("{}, now", instant(now, &zone));
                note(&mut counts, now, label, line, lines, view.count(id)?);
            }
        }
        Ok(Series { span, zone, segments: segments.to_vec(), counts, passages })
    }

    /// Both, each as a picture with its table.
    pub(crate) fn drawn(&self) -> Markup {
        let (first, counts) = match self.span {
            Span::Hours => ("Hour began", "Contacts as each hour began"),
            Span::Days => ("Day began", "Contacts as each day began"),
        };
        let heads = self.segments.iter().enumerate().map(|(line, segment)| head(line, segment, None));
        let both = self.segments.iter().enumerate().flat_map(|(line, segment)| {
            [head(line, segment, Some("entered")), head(line, segment, Some("left"))]
        });
        html! {
            h2 { "Contacts over time" }
            (self.figure("counts", counts, first, heads, &self.counts))
            h2 { "Entered and left" }
            (self.figure("passages", "Contacts that entered and left on each day", "Day", both, &self.passages))
        }
    }

    fn figure(
        &self,
        name: &str,
        caption: &str,
        first: &str,
        heads: impl Iterator<Item = Markup>,
        steps: &BTreeMap<Instant, Step>,
    ) -> Markup {
        html! {
            figure data-plot=(name) data-zone=(self.zone) {
                div.plot id={ "plot-" (name) } aria-hidden="true" hx-morph-skip {}
                figcaption.quiet { (caption) @if name == "passages" { ". In the picture, those that left are below the line" } "." }
                div.scroll tabindex="0" role="region" aria-label=(caption) {
                    table.numbers {
                        thead { tr { th { (first) } @for head in heads { (head) } } }
                        tbody {
                            @for (at, step) in steps.iter().rev() {
                                tr {
                                    th scope="row" { time datetime=(at) { (step.label) } }
                                    @for count in &step.numbers { td { @if let Some(count) = count { (number(*count)) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The head of a column. A script reads the line's number, its colour, and whether it goes down.
fn head(line: usize, (id, name): &(String, String), verb: Option<&str>) -> Markup {
    html! {
        th scope="col" data-line=(line) data-left[verb == Some("left")] {
            span.chip.(hue(id)) { bdi { (name) } } @if let Some(verb) = verb { " " (verb) }
        }
    }
}
