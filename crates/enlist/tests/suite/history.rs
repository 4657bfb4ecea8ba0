//! Counts over time and the latest transitions of a contact agree with a plain model that keeps everything.

use std::collections::BTreeMap;

use enlist::model::{Day, NoticeOutcome};
use enlist::{
    Change, DayCount, HistorySettings, HourCount, Instant, Published, SegmentId, Sequence, SubscribeOptions,
    Workspace, WorkspaceSettings,
};

use crate::scene::{at, built, drain, noon, only, save_segment};
use crate::subject::{ENLIST, workspace};

const HOUR: i64 = 3_600_000;

/// A model that keeps every published item. Its days are those of UTC.
#[derive(Default)]
struct Plain {
    /// When each segment was created, and its count then.
    created: BTreeMap<SegmentId, (Instant, u64)>,
    /// Each change of a count: by a transition, or by a saved rule (`None`).
    changes: Vec<(SegmentId, Instant, Option<ContactTransition>, i64)>,
}

/// A contact, whether it entered or left, and the sequence of the item.
type ContactTransition = (String, Change, Sequence);

impl Plain {
    fn add(&mut self, published: &Published) {
        match published {
            Published::Transition(transition) => {
                let change = transition.change();
                let by = if change == Change::Entered { 1 } else { -1 };
                let who = Some((transition.contact().as_str().to_owned(), change, transition.sequence()));
                self.changes.push((transition.segment().clone(), transition.at(), who, by));
            }
            Published::Notice(notice) => {
                let (entered, left) = (notice.entered().len(), notice.left().len());
                let segment = notice.notice().segment.clone();
                let at = notice.notice().at;
                if notice.notice().outcome == (NoticeOutcome::Built { members: entered }) {
                    self.created.insert(segment, (at, entered));
                } else {
                    self.changes.push((segment, at, None, entered.cast_signed() - left.cast_signed()));
                }
            }
            Published::Gap(gap) => panic!("{gap:?}"),
        }
    }

    fn count_before(&self, segment: &SegmentId, before: Instant) -> u64 {
        let changes = self.changes.iter().filter(|(of, at, ..)| of == segment && *at < before);
        self.created[segment].1.checked_add_signed(changes.map(|(.., by)| by).sum()).unwrap()
    }

    fn hours(&self, segment: &SegmentId, now: Instant, most: i64) -> Vec<HourCount> {
        let last = now.milliseconds().div_euclid(HOUR);
        let first = (self.created[segment].0.milliseconds().div_euclid(HOUR) + 1).max(last + 1 - most);
        let hours = (first..=last).map(|hour| Instant::from_milliseconds(hour * HOUR).unwrap());
        hours.map(|at| HourCount { at, count: self.count_before(segment, at) }).collect()
    }

    fn days(&self, segment: &SegmentId, now: Instant, most: i64) -> Vec<DayCount> {
        let number = |at: Instant| at.milliseconds().div_euclid(24 * HOUR);
        let first = number(self.created[segment].0).max(number(now) + 1 - most);
        let of_day = |day: i64| {
            let went = |which: Change| {
                let changes = self.changes.iter().filter(|(of, at, who, _)| {
                    of == segment && number(*at) == day && who.as_ref().is_some_and(|who| who.1 == which)
                });
                changes.count() as u64
            };
            let count = self.count_before(segment, Instant::from_milliseconds(day * 24 * HOUR).unwrap());
            let (entered, left) = (went(Change::Entered), went(Change::Left));
            DayCount { day: Day::from_number(day as i32), count, entered, left }
        };
        (first..=number(now)).map(of_day).collect()
    }

    /// The transitions of a contact from a sequence on, the newest first.
    fn transitions(&self, contact: &str, from: u64) -> Vec<(SegmentId, Instant, Change)> {
        let transitions =
            self.changes.iter().rev().filter_map(|(segment, at, who, _)| Some((segment, at, who.as_ref()?)));
        let of_contact = transitions.filter(|(_, _, who)| who.0 == contact && who.2.number() >= from);
        of_contact.map(|(segment, at, who)| (segment.clone(), *at, who.1)).collect()
    }
}

fn compare(workspace: &Workspace, plain: &Plain, contacts: usize) {
    let HistorySettings { hours, days, .. } = workspace.settings().history;
    workspace.read(|view| {
        let now = view.now().unwrap();
        for segment in plain.created.keys() {
            let id = segment.as_str();
            assert_eq!(
                view.counts_by_hour(id).unwrap(),
                plain.hours(segment, now, hours.into()),
                "{id} {now}"
            );
            assert_eq!(view.counts_by_day(id).unwrap(), plain.days(segment, now, days.into()), "{id} {now}");
        }
    });
    let retained = workspace.recently_published(usize::MAX);
    assert!(retained.len() <= workspace.settings().retained);
    let from = retained.last().map_or(u64::MAX, |first| first.sequence().number());
    for contact in (0..contacts).map(|number| format!("c{number}")) {
        let transitions = workspace.recent_transitions(&contact, usize::MAX).into_iter();
        let found: Vec<_> =
            transitions.map(|each| (each.segment().clone(), each.at(), each.change())).collect();
        assert_eq!(found, plain.transitions(&contact, from), "{contact}");
        for limit in [0, 1, 3] {
            let latest = workspace.recent_transitions(&contact, limit).into_iter();
            let expected = found.iter().take(limit).cloned();
            assert!(latest.map(|each| (each.segment().clone(), each.at(), each.change())).eq(expected));
        }
    }
}

/// Applies some weeks of random batches to a workspace and compares it with the plain model after each.
fn assert_agrees_with_the_plain_model(seed: u64, history: HistorySettings, retained: usize) {
    const CONTACTS: usize = 12;
    let mut random = fastrand::Rng::with_seed(seed);
    let partitions = random.usize(1..4);
    let workspace = workspace(
        WorkspaceSettings::default()
            .with_partitions(partitions)
            .with_history(history)
            .with_retained(retained),
    );
    let mut subscription = workspace.subscribe(SubscribeOptions::all());
    let mut plain = Plain::default();
    // Segments are created at the clock's time, which is noon.
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    save_segment(&workspace, "today", only("created_at", "is_today", "null"));
    let mut now = noon().milliseconds();
    for step in 0..120 {
        let mut batch = Vec::new();
        for _ in 0..random.usize(1..6) {
            now += [0, random.i64(0..HOUR), random.i64(0..6 * HOUR), random.i64(0..60 * HOUR)]
                [random.usize(0..4)];
            let at = Instant::from_milliseconds(now).unwrap();
            let contact = format!("c{}", random.usize(0..CONTACTS));
            batch.push(built(match random.usize(0..7) {
                0 => enlist::Event::contact_saved(at, &contact).set("created_at", at.to_string().as_str()),
                _ => enlist::Event::contact_saved(at, &contact).set("name", ["a", "b"][random.usize(0..2)]),
            }));
        }
        workspace.apply(batch).unwrap();
        if step % 25 == 7 {
            let operator = ["equals", "not_equals"][random.usize(0..2)];
            save_segment(&workspace, "a", only("name", operator, r#""a""#));
        }
        if step == 40 {
            save_segment(&workspace, "late", only("name", "equals", r#""b""#));
        }
        for item in drain(&mut subscription) {
            plain.add(&item);
        }
        if step % 3 == 0 {
            let (contact, at) =
                (format!("c{}", random.usize(0..CONTACTS)), Instant::from_milliseconds(now).unwrap());
            if workspace.apply_event(built(enlist::Event::contact_deleted(at, &contact))).is_ok() {
                for item in drain(&mut subscription) {
                    plain.add(&item);
                }
            }
        }
        compare(&workspace, &plain, CONTACTS);
    }
    assert!(plain.changes.len() > 100, "{}", plain.changes.len());
    ENLIST.drop_workspace(workspace.id().as_str()).unwrap();
}

#[test]
fn counts_over_time_and_recent_transitions_agree_with_a_plain_model() {
    for (seed, (hours, days, retained)) in
        [(168, 400, 65_536), (5, 3, 20), (24, 7, 1), (0, 0, 0)].into_iter().cycle().take(12).enumerate()
    {
        let history = HistorySettings::default().with_hours(hours).with_days(days);
        assert_agrees_with_the_plain_model(seed as u64, history, retained);
    }
}

#[test]
fn counts_by_day_use_the_workspaces_time_zone() {
    let workspace = workspace(WorkspaceSettings::default());
    workspace.set_time_zone("Asia/Tokyo").unwrap();
    save_segment(&workspace, "a", only("name", "equals", r#""a""#));
    let save = |contact: &str, instant: &str| {
        let event = enlist::Event::contact_saved(at(instant), contact).set("name", "a");
        workspace.apply_event(built(event)).unwrap();
    };
    save("c", "2026-11-23T14:59:59Z");
    save("d", "2026-11-23T15:00:00Z");
    workspace.advance(at("2026-11-24T16:00:00Z")).unwrap();
    let days = workspace.read(|view| view.counts_by_day("a")).unwrap();
    let days: Vec<_> =
        days.iter().map(|day| (day.day.to_string(), day.count, day.entered, day.left)).collect();
    let expected = [("2026-11-23", 0, 1, 0), ("2026-11-24", 1, 1, 0), ("2026-11-25", 2, 0, 0)];
    assert_eq!(days, expected.map(|(day, count, entered, left)| (day.to_owned(), count, entered, left)));
    assert!(workspace.read(|view| view.counts_by_hour("none")).is_err());
    assert_eq!(workspace.recent_transitions("c", 2).len(), 1);
    assert!(workspace.recent_transitions("nobody", 2).is_empty());
}
