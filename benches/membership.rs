//! The members of segments: counted, looked up, paged, combined, exported and changed. The segments hold half of two
//! hundred thousand contacts, or a few hundred.

use std::hint::black_box;

use criterion::{BatchSize, Criterion};
use enlist_bench::workload::{Workload, contact_id};
use enlist_bench::workspace::{Workspace, built};
use enlist_engine::{PageRequest, PageStart};
use enlist_model::{Event, Json, Kind};
use fastrand::Rng;

const CONTACTS: u32 = 200_000;
/// One in this many contacts is in the sparse segment.
const SPARSE: u32 = 1_000;

fn workspace() -> Workspace {
    let mut workspace =
        Workspace::new(&[("half", Kind::Boolean), ("other", Kind::Boolean), ("few", Kind::Boolean)]);
    for (segment, field) in [("dense", "half"), ("other dense", "other"), ("sparse", "few")] {
        workspace.segment(segment, &format!(r#"{{"field": "{field}", "operator": "is_true"}}"#));
    }
    let mut random = Rng::with_seed(1);
    workspace.load((0..CONTACTS).map(|no| {
        let contact = Event::contact_saved(Workload::now(), contact_id(no).as_str());
        let contact = contact.set("half", random.bool()).set("other", random.bool());
        contact.set("few", random.u32(0..SPARSE) == 0)
    }));
    workspace
}

fn reads(criterion: &mut Criterion, workspace: &Workspace) {
    let engine = &workspace.engine;
    let mut random = Rng::with_seed(2);
    let contacts: Vec<String> =
        (0..1_000).map(|_| contact_id(random.u32(0..CONTACTS)).as_str().to_owned()).collect();
    for segment in ["dense", "sparse"] {
        let mut group = criterion.benchmark_group(format!("membership/{segment}"));
        let count = engine.count(segment).expect("the segment is known");
        assert!(count > 100, "{segment} has {count} members");
        group.bench_function("count", |bencher| bencher.iter(|| engine.count(black_box(segment))));
        group.bench_function("contains", |bencher| {
            let mut next = contacts.iter().cycle();
            bencher.iter(|| engine.contains(segment, next.next().expect("a cycle has no end")));
        });
        group.bench_function("page of 50 at a random offset", |bencher| {
            let request = || PageRequest::default().with_start(PageStart::Offset(random.u64(0..count - 50)));
            bencher.iter_batched(request, |request| engine.page(segment, &request), BatchSize::SmallInput);
        });
        group.bench_function("overlap with a dense one", |bencher| {
            bencher.iter(|| engine.overlap(black_box(segment), "other dense"));
        });
        group.bench_function("bitmap", |bencher| bencher.iter(|| engine.bitmap(black_box(segment))));
        group.finish();
    }
}

/// Contacts enter and leave one at a time, each at another position.
fn writes(criterion: &mut Criterion, workspace: &mut Workspace) {
    let mut group = criterion.benchmark_group("membership/entering and leaving");
    for (segment, field) in [("dense", "half"), ("sparse", "few")] {
        let mut random = Rng::with_seed(3);
        // A contact that enters the sparse segment leaves it one step later, so that it stays sparse.
        let steps = (0..10_000).flat_map(|_| {
            let contact = contact_id(random.u32(0..CONTACTS));
            let saved = |value: Json| {
                built(Event::contact_saved(Workload::now(), contact.as_str()).set(field, value))
            };
            [saved(true.into()), saved(false.into())]
        });
        let steps: Vec<Event> = steps.collect();
        let mut next = steps.iter().cycle();
        group.bench_function(segment, |bencher| {
            bencher.iter(|| workspace.apply(next.next().expect("a cycle has no end")));
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut workspace = workspace();
    reads(&mut criterion, &workspace);
    writes(&mut criterion, &mut workspace);
    criterion.final_summary();
}
