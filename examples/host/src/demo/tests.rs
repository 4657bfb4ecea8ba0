//! The demo in an Enlist of its own, at a fixed now.

use std::collections::BTreeSet;

use enlist::{Clock, Dump, Published, SegmentId, SubscribeOptions, TestClock};

use super::*;

const NOW: &str = "2026-11-26T09:00:00Z";
const CONTACTS: usize = 1_000;

fn demo(seed: u64) -> Demo {
    Demo { seed, contacts: CONTACTS, now: Instant::parse(NOW).expect("an instant") }
}

/// An Enlist whose clock is that of the demo, with the demo.
fn loaded(demo: Demo) -> (Enlist, Feed) {
    let clock = DemoClock::following(TestClock::new(demo.now), demo.now);
    clock.stand(demo.base());
    let enlist = Enlist::builder().workers(1).clock(clock.clone()).build().expect("threads");
    let feed = demo.load(&enlist, Some(&clock)).expect("the demo");
    assert_eq!(clock.now(), demo.now);
    (enlist, feed)
}

fn workspace(enlist: &Enlist, id: &str) -> Workspace {
    enlist.workspace(id).expect("a workspace")
}

fn dump(enlist: &Enlist, id: &str) -> Dump {
    workspace(enlist, id).read(|view| view.dump()).expect("a dump")
}

#[test]
fn the_same_seed_gives_the_same_dump_and_another_seed_another() {
    let [(one, _), (two, _), (other, _)] = [1, 1, 2].map(|seed| loaded(demo(seed)));
    for id in [CRM, CDNOW, NOTHING] {
        assert_eq!(dump(&one, id), dump(&two, id), "{id}");
    }
    assert_ne!(dump(&one, CRM), dump(&other, CRM));
    assert_eq!(dump(&one, CDNOW), dump(&other, CDNOW));
}

#[test]
fn no_event_is_refused_and_there_are_as_many_contacts_as_asked_for() {
    for contacts in [0, 1, 2, 15, CONTACTS] {
        let (enlist, mut feed) = loaded(Demo { contacts, ..demo(1) });
        let crm = workspace(&enlist, CRM);
        assert_eq!(crm.read(|view| view.everyone().expect("everyone").len()), contacts as u64);
        for id in [CRM, CDNOW, NOTHING] {
            assert_eq!(workspace(&enlist, id).stats().refused, 0, "{id}");
        }
        let events: Vec<Event> =
            (0..2_000).map(|_| feed.next_event(enlist.clock_now()).expect("an event")).collect();
        assert_eq!(crm.apply(events).expect("applied").refused, []);
    }
}

#[test]
fn every_segment_has_members_and_nothing_is_what_it_says() {
    let (enlist, _) = loaded(demo(1));
    let counts = |id: &str| -> Vec<(String, u64)> {
        workspace(&enlist, id).read(|view| {
            let ids = view.segments().map(|segment| segment.id().as_str().to_owned());
            ids.map(|id| (id.clone(), view.count(&id).expect("a segment"))).collect()
        })
    };
    let crm = counts(CRM);
    assert_eq!(crm.len(), 12);
    assert!(BOARD.iter().all(|column| crm.iter().any(|(id, _)| id == column)));
    // Some, and not everyone.
    for (id, count) in &crm {
        assert!((1..CONTACTS as u64 * 3 / 4).contains(count), "{id}: {count}");
    }
    let cdnow = counts(CDNOW);
    assert_eq!(cdnow.len(), 14);
    assert_eq!(cdnow.iter().find(|(id, _)| id == "high-value").map(|(_, count)| *count), Some(280));
    // The log ends before today, and in its last year nobody is new.
    for (id, count) in &cdnow {
        assert_eq!(*count == 0, ["bought-today", "new-this-week"].contains(&id.as_str()), "{id}: {count}");
    }
    assert!(counts(NOTHING).is_empty());
}

#[test]
fn counts_over_time_are_those_of_sixty_days() {
    let (enlist, _) = loaded(demo(1));
    for (id, segment) in [(CRM, "new-this-week"), (CRM, "at-risk"), (CDNOW, "bought-last-7-days")] {
        let days = workspace(&enlist, id).read(|view| view.counts_by_day(segment)).expect("counts");
        let changing = days.iter().filter(|day| day.entered > 0 && day.left > 0).count();
        assert!(days.len() >= 60 && changing >= 40, "{segment}: {changing} of {} days", days.len());
    }
}

#[test]
fn fields_are_as_empty_as_said_and_names_are_of_every_script() {
    let (enlist, _) = loaded(demo(1));
    let Dump { contacts, .. } = dump(&enlist, CRM);
    let share = |field: &str| {
        let with =
            contacts.iter().filter(|contact| contact.values.iter().any(|(key, _)| key.as_str() == field));
        100 - with.count() * 100 / contacts.len()
    };
    for field in ["revenue", "newsletter", "birthday", "city", "company", "email", "phone", "interests"] {
        assert!((11..=24).contains(&share(field)), "{field}: {} %", share(field));
    }
    assert!((1..=6).contains(&share("name")), "{} %", share("name"));
    let crm = workspace(&enlist, CRM);
    let mut lines = Vec::new();
    crm.export(&mut lines).expect("an export");
    let text = String::from_utf8(lines).expect("text");
    for script in ["Müller", "Шевченко", "المصري", "शर्मा", "ராமசாமி", "欧阳", "さくら", "김"]
    {
        assert!(text.contains(script), "{script}");
    }
    let labels = crm.read(|view| view.labels().map(|labels| labels.len())).expect("labels");
    assert_eq!(labels, 9);
    for name in person::HOSTILE {
        assert!(text.contains(&format!("\"{name}\"")), "{name:?}");
    }
}

#[test]
fn in_every_minute_of_the_usual_feed_somebody_crosses_the_board() {
    for seed in 1..4 {
        let (enlist, mut feed) = loaded(demo(seed));
        let crm = workspace(&enlist, CRM);
        let board = BOARD.map(|id| SegmentId::new(id).expect("an id"));
        let mut crossings = crm.subscribe(SubscribeOptions::segments(board));
        for minute in 0..120 {
            let events = (0..120).map(|no| {
                let at =
                    Instant::from_milliseconds(demo(seed).now.milliseconds() + (minute * 120 + no) * 500);
                feed.next_event(at.expect("an instant")).expect("an event")
            });
            assert_eq!(crm.apply(events.collect::<Vec<_>>()).expect("applied").refused, []);
            let mut crossed = BTreeSet::new();
            while let Some(published) = crossings.try_next() {
                if let Published::Transition(transition) = published {
                    crossed.insert(transition.contact().as_str().to_owned());
                }
            }
            assert!(!crossed.is_empty(), "minute {minute} of seed {seed}");
        }
    }
}

#[test]
fn the_feed_is_the_same_for_the_same_seed_and_takes_two_in_a_hundred_away() {
    let sequence = |count: usize| -> Vec<Event> {
        let (enlist, mut feed) = loaded(demo(1));
        (0..count).map(|_| feed.next_event(enlist.clock_now()).expect("an event")).collect()
    };
    let events = sequence(10_000);
    assert_eq!(events, sequence(10_000));
    let of = |kind: &str| events.iter().filter(|event| event.body.type_name() == kind).count();
    let gone = of("contact_deleted") + of("contact_merged");
    assert!((100..300).contains(&gone), "{gone}");
    assert!(["activity", "conversation_saved", "contact_saved"].iter().all(|kind| of(kind) > 2_000));
}

#[test]
fn a_store_that_has_the_demo_is_left_as_it_is_and_the_feed_goes_on() {
    let enlist = Enlist::builder().workers(1).clock(TestClock::new(demo(1).now)).build().expect("threads");
    demo(1).load(&enlist, None).expect("the demo");
    let before = dump(&enlist, CRM);
    let mut feed = demo(1).load(&enlist, None).expect("it is there already");
    assert_eq!(dump(&enlist, CRM), before);
    let events: Vec<Event> =
        (0..2_000).map(|_| feed.next_event(enlist.clock_now()).expect("an event")).collect();
    assert_eq!(workspace(&enlist, CRM).apply(events).expect("applied").refused, []);
}

#[tokio::test]
async fn the_feed_keeps_its_rate_and_ends_when_it_is_stopped() {
    let (enlist, feed) = loaded(Demo { contacts: 50, ..demo(1) });
    let crm = workspace(&enlist, CRM);
    let before = crm.stats().events;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let began = tokio::time::Instant::now();
    let run = feed.run(enlist, enlist_tokio::AsyncWorkspace::new(crm.clone()), 500.0, stopped);
    let running = tokio::spawn(run);
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    stop.send(true).expect("it runs");
    running.await.expect("it ends");
    let (applied, milliseconds) = (crm.stats().events - before, began.elapsed().as_millis());
    assert!(applied >= 30 && u128::from(applied) <= milliseconds / 2, "{applied} in {milliseconds} ms");
}
