//! The bundled log with its dates moved by whole weeks, so that it ends yesterday or as few days before as whole weeks allow.
//!
//! Whole weeks keep the weekdays. It does not know how events are applied.

use std::io::{self, BufRead, BufReader, Lines};

use enlist::{Event, Instant};
use flate2::read::GzDecoder;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};
use serde_json::Value;

use crate::demo::DAY;
use crate::server::Failure;

const LOG: &[u8] = include_bytes!("../../../data/cdnow.jsonl.gz");
const TIME_ZONE: &str = "America/New_York";
/// The day of the log's last event.
const LAST_DAY: Date = Date::constant(1998, 6, 30);
/// The segment whose rule, and name, say a date.
const COHORT: &str = "first-quarter-cohort";

/// The events of the log.
pub(crate) struct Cdnow {
    lines: Lines<BufReader<GzDecoder<&'static [u8]>>>,
    weeks: i64,
}

impl Cdnow {
    /// The log as it ends before the day of `now`.
    pub(crate) fn before(now: Instant) -> Self {
        Self::moved(weeks_before(now))
    }

    fn moved(weeks: i64) -> Self {
        Cdnow { lines: BufReader::new(GzDecoder::new(LOG)).lines(), weeks }
    }

    /// The next event; `None` at the end.
    pub(crate) fn next_event(&mut self) -> Result<Option<Event>, Failure> {
        let Some(line) = self.lines.next().transpose()? else { return Ok(None) };
        let mut event: Value = serde_json::from_str(&line).map_err(io::Error::from)?;
        self.move_dates(&mut event);
        if event["segment"] == COHORT {
            self.move_name(&mut event);
        }
        Ok(Some(Event::parse(&event.to_string())?))
    }

    /// Moves all instants and dates.
    fn move_dates(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(moved) = self.moved_text(text) {
                    *text = moved;
                }
            }
            Value::Array(members) => members.iter_mut().for_each(|member| self.move_dates(member)),
            Value::Object(members) => members.values_mut().for_each(|member| self.move_dates(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn moved_text(&self, text: &str) -> Option<String> {
        if let Some(at) = Instant::parse(text) {
            let moved = Instant::from_milliseconds(at.milliseconds() + self.weeks * 7 * DAY)?;
            return Some(moved.to_string());
        }
        // The parser takes more than dates of ten bytes, such as words that begin with one.
        let date: Date = text.parse().ok().filter(|_| text.len() == 10)?;
        Some(date.checked_add(Span::new().try_weeks(self.weeks).ok()?).ok()?.to_string())
    }

    /// Says the moved date in a name that says it as a month.
    fn move_name(&self, event: &mut Value) {
        let first = event["rule"]["conditions"][0]["value"].as_str().and_then(|day| day.parse::<Date>().ok());
        if let Some(first) = first {
            let day = if self.weeks == 0 {
                "April 1997".to_owned()
            } else {
                first.strftime("%-d %B %Y").to_string()
            };
            event["name"] = Value::String(format!("First order before {day}"));
        }
    }
}

/// By how many weeks the log is moved to end before the day of `now`.
fn weeks_before(now: Instant) -> i64 {
    let zone = TimeZoneDatabase::bundled().get(TIME_ZONE).unwrap_or(TimeZone::UTC);
    let today = Timestamp::from_millisecond(now.milliseconds()).map(|now| zone.to_datetime(now).date());
    let days = today.and_then(|today| LAST_DAY.until(today)).map_or(0, |span| i64::from(span.get_days()));
    (days - 1).div_euclid(7)
}

#[cfg(test)]
mod tests {
    use enlist::Enlist;

    use super::*;

    /// The log in a workspace, moved, at the instant of its last event.
    fn loaded(weeks: i64) -> enlist::Workspace {
        let enlist = Enlist::builder().workers(1).manual_time().build().expect("threads");
        let workspace = enlist.create_workspace("cdnow").expect("a workspace");
        let mut log = Cdnow::moved(weeks);
        let mut events = Vec::new();
        while let Some(event) = log.next_event().expect("a line") {
            events.push(event);
        }
        let receipt = workspace.apply(events).expect("applied");
        assert_eq!((receipt.applied, receipt.refused.len()), (13_860, 0));
        workspace
    }

    #[test]
    fn it_ends_yesterday_or_as_few_days_before_as_whole_weeks_allow() {
        let end = |now: &str| {
            let weeks = weeks_before(Instant::parse(now).expect("an instant"));
            LAST_DAY.checked_add(Span::new().weeks(weeks)).expect("a date").to_string()
        };
        // A Wednesday, the Tuesday before it, and an instant that is still Tuesday in New York.
        assert_eq!(end("2026-11-25T12:00:00Z"), "2026-11-24");
        assert_eq!(end("2026-11-24T12:00:00Z"), "2026-11-17");
        assert_eq!(end("2026-11-25T04:59:59Z"), "2026-11-17");
        assert_eq!(end("2026-11-30T12:00:00Z"), "2026-11-24");
        assert_eq!(end("1998-07-01T12:00:00Z"), "1998-06-30");
    }

    #[test]
    fn moved_by_weeks_it_has_the_members_of_the_log_where_no_month_is_asked_for() {
        let (log, moved) = (loaded(0), loaded(1_482));
        let counts = |workspace: &enlist::Workspace| -> Vec<(String, u64)> {
            workspace.read(|view| {
                let ids = view.segments().map(|segment| segment.id().as_str().to_owned());
                ids.map(|id| (id.clone(), view.count(&id).expect("a segment"))).collect()
            })
        };
        let (log_counts, moved_counts) = (counts(&log), counts(&moved));
        assert_eq!(log_counts.len(), 14);
        for (count, moved) in log_counts.iter().zip(&moved_counts) {
            if !["bought-this-month", "bought-last-month", "slipping"].contains(&count.0.as_str()) {
                assert_eq!(count, moved);
            }
        }
        let count = |segment: &str| moved.count(segment).expect("a segment");
        assert_eq!((count("high-value"), count("repeat"), count("bought-last-7-days")), (280, 1_152, 27));
        let slipping = log.count("slipping").expect("a segment");
        assert_eq!((slipping, log.stats().events, log.stats().refused), (921, 13_860, 0));
        let name = moved.read(|view| {
            let cohort = view.segments().find(|segment| segment.id().as_str() == COHORT);
            cohort.map(|segment| segment.name().to_owned())
        });
        assert_eq!(name.as_deref(), Some("First order before 26 August 2025"));
    }
}
