//! The engine's days compared with the oracle's calendar, around every clock change of many zones.

use std::collections::BTreeSet;

use enlist_engine::{Engine, Output};
use enlist_model::{Day, Event, Instant, Transition};
use enlist_sim::{HASH_SEED, Zone};

const ZONES: [&str; 50] = [
    "UTC",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Pacific/Apia",
    "Europe/London",
    "Asia/Kathmandu",
    "Africa/Monrovia",
    "Antarctica/Troll",
    "America/New_York",
    "America/Havana",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Gaza",
    "Asia/Tehran",
    "Asia/Amman",
    "Asia/Beirut",
    "America/Santiago",
    "America/Asuncion",
    "America/Caracas",
    "America/Godthab",
    "America/Scoresbysund",
    "Atlantic/Azores",
    "Europe/Lisbon",
    "Europe/Dublin",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Asia/Pyongyang",
    "Asia/Dhaka",
    "Asia/Manila",
    "Pacific/Kwajalein",
    "Pacific/Enderbury",
    "Pacific/Kiritimati",
    "Pacific/Fakaofo",
    "Pacific/Tongatapu",
    "Pacific/Norfolk",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Antarctica/Casey",
    "Antarctica/Macquarie",
    "America/Argentina/San_Luis",
    "America/Montevideo",
    "America/Bogota",
    "America/Mexico_City",
    "America/Anchorage",
    "America/Juneau",
    "Asia/Almaty",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Africa/Windhoek",
    "Africa/Juba",
];

fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// An engine in a zone, with one contact for each day and a segment of the contacts whose day is today.
fn engine_of(zone: &str, start: Instant, days: &BTreeSet<Day>) -> Engine {
    let mut engine = Engine::new(HASH_SEED);
    let mut line = |members: &str| {
        let event = Event::parse(&format!(r#"{{"at":"{start}",{members}}}"#)).unwrap();
        engine.apply(&event, &mut Vec::new()).unwrap();
    };
    line(&format!(r#""type":"workspace_configured","time_zone":"{zone}""#));
    for day in days {
        line(&format!(r#""type":"contact_saved","contact":"{day}","set":{{"created_at":"{day}"}}"#));
    }
    line(
        r#""type":"segment_saved","segment":"today","name":"Today","rule":{"match":"all","conditions":[{"field":"created_at","operator":"is_today"}]}"#,
    );
    engine
}

/// The transitions that the calendar gives for these days, as (instant, contact, change).
fn expected(
    zone: &Zone,
    start: Instant,
    end: Instant,
    days: &BTreeSet<Day>,
) -> Vec<(Instant, String, &'static str)> {
    let mut expected = Vec::new();
    let (mut at, mut today) = (start, zone.day_of(start));
    while let Some(next) = zone.next_date_change(at, end) {
        let tomorrow = zone.day_of(next);
        let mut changes = vec![(today, "left"), (tomorrow, "entered")];
        // In order of creation, which is the order of the days, even where the date goes back.
        changes.sort();
        let told = changes.into_iter().filter(|(day, _)| days.contains(day));
        expected.extend(told.map(|(day, change)| (next, day.to_string(), change)));
        (at, today) = (next, tomorrow);
    }
    expected
}

fn told(out: Vec<Output>) -> Vec<(Instant, String, &'static str)> {
    let transition = |output| match output {
        Output::Transition(Transition { at, contact, change, .. }) => {
            (at, contact.to_string(), change.name())
        }
        Output::Notice(_) => panic!("a notice without a definition"),
    };
    out.into_iter().map(transition).collect()
}

#[test]
fn date_changes_in_fifty_zones_match_the_calendar() {
    let (start, end) = (instant("1970-01-01T00:00:00Z"), instant("2037-12-31T00:00:00Z"));
    let mut clock_changes = 0;
    for name in ZONES {
        let zone = Zone::named(name).unwrap();
        let changes = zone.clock_changes(start, end);
        clock_changes += changes.len();
        let days = changes.iter().map(|change| zone.day_of(*change));
        let days: BTreeSet<Day> = days.flat_map(|day| (-2..=2).map(move |by| day.plus(by))).collect();
        let mut engine = engine_of(name, start, &days);
        let mut out = Vec::new();
        engine.advance(end, &mut out);
        let expected = expected(&zone, start, end, &days);
        assert_eq!(told(out), expected, "{name}");
        assert_eq!(engine.verify(), Ok(()), "{name}");
        // The same with each date prepared before it begins.
        let (mut engine, mut out) = (engine_of(name, start, &days), Vec::new());
        while let Some(at) = engine.next_deadline().filter(|at| *at <= end) {
            let mut turn = engine.prepare_turn(at, &mut out).unwrap();
            engine.take_turn(&mut turn).unwrap();
        }
        assert_eq!(told(out), expected, "{name}");
        assert_eq!(engine.verify(), Ok(()), "{name}");
    }
    assert!(clock_changes > 3_000, "{clock_changes}");
}

#[test]
fn advancing_at_deadlines_sees_every_date_change() {
    for (name, start, end) in [
        ("America/St_Johns", "2010-11-01T00:00:00Z", "2010-11-15T00:00:00Z"),
        ("Pacific/Apia", "2011-12-20T00:00:00Z", "2012-01-10T00:00:00Z"),
        ("America/Sao_Paulo", "2018-10-28T00:00:00Z", "2018-11-10T00:00:00Z"),
        ("Africa/Monrovia", "1972-01-01T00:00:00Z", "1972-01-15T00:00:00Z"),
    ] {
        let (start, end) = (instant(start), instant(end));
        let zone = Zone::named(name).unwrap();
        let days: BTreeSet<Day> = (-2..25).map(|by| zone.day_of(start).plus(by)).collect();
        let mut engine = engine_of(name, start, &days);
        let mut out = Vec::new();
        while let Some(deadline) = engine.next_deadline().filter(|deadline| *deadline <= end) {
            assert!(engine.now().is_some_and(|now| now < deadline), "{name}: {deadline}");
            let just_before = Instant::from_milliseconds(deadline.milliseconds() - 1).unwrap();
            let before = out.len();
            engine.advance(just_before, &mut out);
            assert_eq!(out.len(), before, "{name}: something happened before {deadline}");
            engine.advance(deadline, &mut out);
        }
        assert_eq!(told(out), expected(&zone, start, end, &days), "{name}");
    }
}

/// The changes of the local date that go back.
fn returns(zone: &Zone, start: Instant, end: Instant) -> Vec<Instant> {
    let changes = zone.clock_changes(start, end).into_iter();
    let just_before = |at: &Instant| Instant::from_milliseconds(at.milliseconds() - 1).unwrap();
    changes.filter(|at| zone.day_of(*at) < zone.day_of(just_before(at))).collect()
}

#[test]
fn a_date_that_comes_twice_is_seen_when_no_other_contact_is_affected() {
    let mut seen = 0;
    for name in ["America/St_Johns", "America/Goose_Bay", "Atlantic/Azores", "Africa/Monrovia", "Asia/Manila"]
    {
        let zone = Zone::named(name).unwrap();
        for change in returns(&zone, instant("1970-01-01T00:00:00Z"), instant("2037-12-31T00:00:00Z")) {
            seen += 1;
            let days = |by: i64| Instant::from_milliseconds(change.milliseconds() + by * 86_400_000).unwrap();
            for by in -1..=1 {
                let only = BTreeSet::from([zone.day_of(change).plus(by)]);
                let mut engine = engine_of(name, days(-3), &only);
                let mut out = Vec::new();
                engine.advance(days(4), &mut out);
                assert_eq!(told(out), expected(&zone, days(-3), days(4), &only), "{name}: {change}");
            }
        }
    }
    assert!(seen > 20, "{seen}");
}
