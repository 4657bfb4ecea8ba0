//! Instants and days as people read them.
//!
//! It reads no clock: now is an argument. Invariant: an instant is shown in the time zone of the workspace.

use enlist::Instant;
use enlist::model::{Day, DayRange};
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};
use maud::{Markup, html};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long ago, in words.
pub(crate) fn ago(at: Instant, now: Instant) -> String {
    let passed = now.milliseconds() - at.milliseconds();
    match passed {
        ..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => format!("{} min ago", passed / MINUTE),
        HOUR..DAY => format!("{} h ago", passed / HOUR),
        _ if passed / DAY == 1 => "a day ago".to_owned(),
        _ => format!("{} days ago", passed / DAY),
    }
}

/// How long ago, with the instant itself as a title.
pub(crate) fn since(at: Instant, now: Instant, zone: &str) -> Markup {
    html! { time datetime=(at) title=(instant(at, zone)) { (ago(at, now)) } }
}

/// "26 Nov 2026, 14:03".
pub(crate) fn instant(at: Instant, zone: &str) -> String {
    // The zone is that of a workspace, which the same data has checked.
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
    let local = Timestamp::from_millisecond(at.milliseconds()).map(|at| zone.to_datetime(at));
    local.map_or_else(|_| at.to_string(), |local| local.strftime("%-d %b %Y, %H:%M").to_string())
}

/// When a day begins in a time zone.
pub(crate) fn beginning(day: Day, zone: &str) -> Option<Instant> {
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
    let began = zone.to_timestamp(date(day)?.at(0, 0, 0, 0)).ok()?;
    Instant::from_milliseconds(began.as_millisecond())
}

fn date(day: Day) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(Span::new().try_days(day.number()).ok()?).ok()
}

fn formatted(day: Day, format: &str) -> String {
    date(day).map_or_else(|| day.to_string(), |date| date.strftime(format).to_string())
}

/// "26 Nov 2026".
pub(crate) fn day(day: Day) -> String {
    formatted(day, "%-d %b %Y")
}

/// "19 – 25 Nov 2026".
pub(crate) fn days(range: DayRange) -> String {
    match (range.first, range.last) {
        (Some(first), Some(last)) if first == last => day(first),
        (Some(first), Some(last)) => {
            let shared = |format| formatted(first, format) == formatted(last, format);
            let begins = match (shared("%b %Y"), shared("%Y")) {
                (true, _) => formatted(first, "%-d"),
                (_, true) => formatted(first, "%-d %b"),
                _ => day(first),
            };
            format!("{begins} – {}", day(last))
        }
        (Some(first), None) => format!("{} or later", day(first)),
        (None, Some(last)) => format!("{} or earlier", day(last)),
        (None, None) => "any day".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant_of(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn time_that_has_passed_is_said_in_the_greatest_unit() {
        let at = instant_of("2026-11-26T12:00:00Z");
        for (now, said) in [
            ("2026-11-26T11:00:00Z", "just now"),
            ("2026-11-26T12:00:59Z", "just now"),
            ("2026-11-26T12:02:00Z", "2 min ago"),
            ("2026-11-26T15:00:00Z", "3 h ago"),
            ("2026-11-27T13:00:00Z", "a day ago"),
            ("2026-12-06T12:00:00Z", "10 days ago"),
        ] {
            assert_eq!(ago(at, instant_of(now)), said);
        }
        assert_eq!(instant(at, "Europe/Berlin"), "26 Nov 2026, 13:00");
        let began = Day::parse("2026-11-26").and_then(|day| beginning(day, "Europe/Berlin"));
        assert_eq!(began, Some(instant_of("2026-11-25T23:00:00Z")));
    }

    #[test]
    fn days_name_what_they_share_once() {
        let days = |first, last| days(DayRange { first: Day::parse(first), last: Day::parse(last) });
        assert_eq!(days("2026-11-19", "2026-11-25"), "19 – 25 Nov 2026");
        assert_eq!(days("2026-11-28", "2026-12-02"), "28 Nov – 2 Dec 2026");
        assert_eq!(days("2026-12-30", "2027-01-02"), "30 Dec 2026 – 2 Jan 2027");
        assert_eq!(days("2026-11-19", "2026-11-19"), "19 Nov 2026");
        assert_eq!(days("2026-11-19", ""), "19 Nov 2026 or later");
    }
}
