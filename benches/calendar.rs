//! Time: a midnight at which contacts are due, a year in which none is, the next deadline, and a change of time zone.
//! Each in a zone without daylight saving time and in one with it.

use std::time::Duration;

use criterion::{BatchSize, Criterion};
use enlist_bench::stopwatch::timed;
use enlist_bench::workload::Workload;
use enlist_bench::workspace::{Workspace, built, zone_set};
use enlist_model::draft::ContactSaved;
use enlist_model::{Day, Event, EventBuilder, Instant, Kind};

const ZONES: [&str; 2] = ["Asia/Kolkata", "Europe/Lisbon"];
const CONTACTS: i32 = 10_000;
/// Days over which the contacts are spread evenly, from today on. On each, a hundred contacts are due.
const PERIOD: i32 = 100;
const TODAY: i32 = 20_780;
const YEAR: i64 = 366 * 86_400_000;

/// Contacts with one day each, and segments over future days.
fn workspace(zone: &str) -> Workspace {
    let mut workspace = Workspace::new(&[("day", Kind::Date)]);
    workspace.zone(zone);
    for days in [1, 2, 3, 5, 7, 14, 30, 60, 90] {
        let condition = format!(r#"{{"field": "day", "operator": "is_in_next_n_days", "value": {days}}}"#);
        workspace.segment(&format!("next {days}"), &condition);
    }
    workspace.segment("today", r#"{"field": "day", "operator": "is_today"}"#);
    workspace.load((0..CONTACTS).map(|no| on_day(no, TODAY + no % PERIOD)));
    workspace
}

fn on_day(no: i32, day: i32) -> EventBuilder<ContactSaved> {
    let contact = Event::contact_saved(Workload::now(), &format!("contact-{no}"));
    contact.set("day", Day::from_number(day).to_string())
}

fn midnights(criterion: &mut Criterion) {
    for zone in ZONES {
        let mut workspace = workspace(zone);
        let mut passed = 0;
        let mut midnight = || {
            let deadline = workspace.engine.next_deadline().expect("a contact is due every day");
            let (flips, time) = timed(|| workspace.advance(deadline));
            assert!(flips > (CONTACTS / PERIOD) as usize, "{flips} flips at midnight");
            // A contact whose day is over gets another day, so that all midnights are alike.
            for no in (passed % PERIOD..CONTACTS).step_by(PERIOD as usize) {
                workspace.apply(&built(on_day(no, TODAY + passed + PERIOD)));
            }
            passed += 1;
            time
        };
        criterion.bench_function(&format!("calendar/midnight, {zone}"), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| midnight()).sum::<Duration>());
        });
    }
}

/// A contact is due far in the future, so the days until then are skipped.
fn years(criterion: &mut Criterion) {
    let later = Instant::from_milliseconds(Workload::now().milliseconds() + YEAR);
    let later = later.expect("time goes on for another year");
    for zone in ZONES {
        let quiet = || {
            let mut workspace = Workspace::new(&[("day", Kind::Date)]);
            workspace.zone(zone);
            workspace.segment("today", r#"{"field": "day", "operator": "is_today"}"#);
            workspace.apply(&built(on_day(0, 100_000)));
            workspace
        };
        criterion.bench_function(&format!("calendar/a year without anyone due, {zone}"), |bencher| {
            let advance = |workspace: &mut Workspace| workspace.advance(later);
            bencher.iter_batched_ref(quiet, advance, BatchSize::SmallInput);
        });
        let far = quiet();
        criterion.bench_function(&format!("calendar/next deadline, far, {zone}"), |bencher| {
            bencher.iter(|| far.engine.next_deadline());
        });
        let near = workspace(zone);
        criterion.bench_function(&format!("calendar/next deadline, near, {zone}"), |bencher| {
            bencher.iter(|| near.engine.next_deadline());
        });
    }
}

/// The workspace alternates between two zones, and every contact is evaluated again.
fn moves(criterion: &mut Criterion) {
    let mut workspace = workspace(ZONES[0]);
    let zones = [ZONES[1], ZONES[0]].map(zone_set);
    let mut next = zones.iter().cycle();
    criterion.bench_function("calendar/another time zone", |bencher| {
        bencher.iter(|| workspace.apply(next.next().expect("a cycle has no end")));
    });
}

fn main() {
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    midnights(&mut criterion);
    years(&mut criterion);
    moves(&mut criterion);
    criterion.final_summary();
}
